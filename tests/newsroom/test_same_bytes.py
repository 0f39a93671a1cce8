"""S15: a page is the same bytes for every anonymous reader and sets no cookie, whatever they send."""

import pytest

from tests.browser.newsroom import make_newsroom
from tests.conftest import ReaderClient
from tests.factories import make_user

pytestmark = pytest.mark.django_db

PERSONAL = {"what is stored", "thread", "report", "Persian thread", "rating", "sign-in", "password reset"}


def test_page_is_the_same_for_all_who_have_no_session(client):
    """S15"""
    reader, voter = ReaderClient(), ReaderClient(REMOTE_ADDR="192.0.2.9")
    addresses = make_newsroom()
    voter.post(addresses["rating"], {"stars": "5"})
    voter.cookies["unknown"] = "x"
    editor = ReaderClient()
    editor.force_login(make_user(role="Editor"))
    for name, address in addresses.items():
        if name in PERSONAL:
            continue
        first = reader.get(address)
        editor.get(address)
        odd = voter.get(
            f"{address}{'&' if '?' in address else '?'}utm_source=x",
            headers={
                "accept-language": "ar",
                "x-forwarded-host": "evil.example",
                "user-agent": "Other",
                "range": "bytes=0-9",
            },
        )
        again = reader.get(address)
        assert first.content == again.content == odd.content, name
        assert not first.cookies, name
        assert "csrfmiddlewaretoken" not in first.content.decode(), name
        assert "Cookie" not in first.get("Vary", ""), name


def test_page_of_somebody_with_a_session_is_not_stored(client):
    """S15"""
    client.force_login(make_user(role="Editor"))
    for name, address in make_newsroom().items():
        assert "no-store" in client.get(address).get("Cache-Control", ""), name


def test_errors_are_not_kept_long(client):
    """S15"""
    control = client.get("/no-such-page/").get("Cache-Control", "")
    ages = [int(part.partition("=")[2]) for part in control.split(",") if "max-age" in part]
    assert all(age <= 60 for age in ages)
