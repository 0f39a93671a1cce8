"""Editions: the address alone says which, and a page is the same bytes for every reader."""

import pytest

from articles.models import Edition
from tests.factories import make_article

pytestmark = pytest.mark.django_db


def test_default_edition_has_no_prefix_and_others_have_theirs(client):
    english, persian = make_article("Harbour"), make_article("بندر", language="fa")
    assert english.get_absolute_url() == f"/articles/{english.pk}/harbour/"
    assert persian.get_absolute_url().startswith(f"/fa/articles/{persian.pk}/")
    assert b'<html lang="en" dir="ltr"' in client.get(english.get_absolute_url()).content
    assert b'<html lang="fa" dir="rtl"' in client.get(persian.get_absolute_url()).content


@pytest.mark.parametrize("path", ["/", "/archive/", "/categories/"])
def test_neither_cookie_nor_header_changes_the_language(client, path):
    """S15"""
    plain = client.get(path)
    asked = client.get(path, HTTP_ACCEPT_LANGUAGE="fa", headers={"cookie": "language=fa"})
    assert asked.content == plain.content
    assert "Accept-Language" not in plain.get("Vary", "")


def test_prefix_of_the_default_language_and_unknown_ones_are_not_found(client):
    assert client.get("/en/").status_code == 404
    assert client.get("/xx/").status_code == 404


def test_each_edition_shows_its_own(client):
    Edition.objects.create(language="en", name="Bay Courier")
    Edition.objects.create(language="fa", name="پیک خلیج")
    make_article("Harbour news")
    make_article("خبر بندر", language="fa")
    english, persian = client.get("/").content.decode(), client.get("/fa/").content.decode()
    assert "Harbour news" in english
    assert "خبر بندر" not in english
    assert "خبر بندر" in persian
    assert "Harbour news" not in persian
    assert "پیک خلیج" in persian
