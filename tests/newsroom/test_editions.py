"""Editions: the address alone says which, and a page is the same bytes for every reader."""

import re

import pytest

from articles.languages import direction, edition_of
from articles.models import Edition
from tests.factories import make_appeal, make_article, make_author, make_category, make_page, make_user

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


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        *((language, "rtl") for language in "ar ckb dv fa he ks ku prs ps sd syr ug ur yi fa-AF az-Arab".split()),
        *((language, "ltr") for language in "en fr ja tr az ku-Latn ks-Latn am xx".split()),
    ],
)
def test_direction_of_a_language(language, expected):
    assert direction(language) == expected


@pytest.mark.parametrize("language", "ps sd yi dv ku ks prs syr ckb".split())
def test_edition_in_a_language_that_django_does_not_know(client, settings, language):
    settings.LANGUAGES = [*settings.LANGUAGES, (language, language)]
    for code in ("en", language):
        Edition.objects.create(language=code, name=f"Paper in {code}")
    article = make_article("کور", language=language)
    other = make_article("House", version_group=article.version_group)
    alone = make_article("Alone")
    address = article.get_absolute_url()
    assert address.startswith(f"/{language}/articles/")
    response = client.get(address)
    html = response.content.decode()
    assert (response.status_code, response["Content-Language"]) == (200, language)
    assert f'<html lang="{language}" dir="rtl">' in html
    for here, there in ((article, other), (other, article)):
        page = client.get(here.get_absolute_url()).content.decode()
        target = there.get_absolute_url()
        assert re.search(rf'<link rel="alternate" hreflang="{there.language}" href="[^"]*{target}">', page)
        assert f'<a href="{target}" lang="{there.language}" hreflang="{there.language}"' in page
    page = client.get(alone.get_absolute_url()).content.decode()
    assert f'<a href="/{language}/" lang="{language}" hreflang="{language}" dir="rtl"' in page
    item = client.get(f"/{language}/feed/json/").json()["items"][0]
    assert item["content_html"].startswith(f'<div lang="{language}" dir="rtl">')
    assert client.get(f"/{language}/no-such-page/").content.decode().count('dir="rtl"') >= 1


def test_address_near_that_of_an_edition_is_none_of_it(client):
    assert [edition_of(path) for path in ("/fa/", "/fa", "/", "/fa-ir/", "/farming/", "/archive/")] == [
        *("fa", "fa"),
        *["en"] * 4,
    ]
    assert client.get("/fr-ca/")["Content-Language"] == "en"


def test_desk_s_fields_run_as_the_language_of_their_row(client):
    client.force_login(make_user(role="Publisher"))
    rows = {
        "articles/article": (make_article("قایق", language="fa"), "headline"),
        "articles/category": (make_category("بندر", language="fa"), "name"),
        "articles/edition": (Edition.objects.create(language="fa", name="پیک"), "tagline"),
        "appeals/appeal": (make_appeal("فانوس", language="fa"), "excerpt"),
        "pages/page": (make_page("درباره", language="fa"), "title"),
    }
    for place, (row, name) in rows.items():
        html = form_at(client, f"{place}/{row.pk}/change")
        [field] = re.findall(rf'<(?:input|textarea)[^>]* name="{name}"[^>]*>', html)
        assert ('dir="rtl"' in field, 'lang="fa"' in field) == (True, True), field
    [field] = re.findall(r'<input[^>]* name="headline"[^>]*>', form_at(client, "articles/article/add"))
    assert 'dir="auto"' in field
    author = form_at(client, f"articles/author/{make_author('Ines').pk}/change")
    assert re.search(r'<input[^>]* name="name"[^>]* dir="auto"', author)
    assert not re.search(r'<input[^>]* name="slug"[^>]* dir=', author)


def form_at(client, path):
    response = client.get(f"/admin/{path}/")
    assert response.status_code == 200
    return response.content.decode()
