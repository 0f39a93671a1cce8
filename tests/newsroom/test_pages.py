"""Static pages: About, Contact, House rules, Privacy, each edition its own."""

import pytest
from django.urls import reverse

from newsroom.pages.models import Page
from newsroom.redirects.models import Redirect
from tests.factories import make_page, make_user

pytestmark = pytest.mark.django_db


def words(response):
    return response.content.decode()


def footer(client, address):
    page = words(client.get(address))
    return page[page.index("<footer") :]


def make_edition(language):
    from articles.models import Edition

    return Edition.objects.create(language=language, name=f"Courier {language}")


def test_page_shows_its_sanitised_body(client):
    make_page("House rules", body="<h2>Be kind</h2><p>Write as you speak.</p><script>alert(1)</script>")
    response = client.get("/pages/house-rules/")
    assert "<h1>House rules</h1>" in words(response)
    assert "<h2>Be kind</h2>" in words(response)
    assert "alert(1)" not in words(response)
    assert '<link rel="canonical" href="http://127.0.0.1:8000/pages/house-rules/">' in words(response)
    assert not response.cookies


def test_footer_leads_to_the_pages_of_its_edition_in_order(client):
    for language in ("en", "fa"):
        make_edition(language)
    make_page("Privacy", in_menu=True, position=2)
    make_page("About", in_menu=True, position=1)
    make_page("Not in the footer")
    make_page("Unpublished", in_menu=True, is_published=False)
    make_page("درباره", language="fa", in_menu=True)
    english, persian = footer(client, "/"), footer(client, "/fa/")
    assert english.index('href="/pages/about/"') < english.index('href="/pages/privacy/"')
    assert "Not in the footer" not in english
    assert "Unpublished" not in english
    assert "درباره" not in english
    assert "درباره" in persian
    assert "/pages/about/" not in persian


@pytest.mark.parametrize("address", ["/", "/pages/about/", "/archive/", "/appeals/", "/no-such-page/"])
def test_footer_stands_for_what_is_there(client, address):
    """Every page but an error's leads to the static pages; an error's page asks no database."""
    make_edition("en")
    make_page("About", in_menu=True)
    assert ('href="/pages/about/"' in words(client.get(address))) == (address != "/no-such-page/")


def test_page_that_is_not_published_is_not_found(client):
    """S12"""
    make_page("Canary", is_published=False)
    make_page("Ours", language="fa")
    assert client.get("/pages/canary/").status_code == 404
    assert client.get("/pages/ours/").status_code == 404
    assert client.get("/fa/pages/ours/").status_code == 200


@pytest.mark.parametrize("slug", ["no-such", "a%00b", "%D8%B6", "a" * 300])
def test_unknown_page_is_not_found(client, slug):
    """S26"""
    assert client.get(f"/pages/{slug}/").status_code == 404


def test_page_only_answers_reading(client):
    make_page("About")
    assert client.post("/pages/about/").status_code == 405


def test_removed_page_answers_404_and_one_declared_gone_410(client):
    """What was withdrawn may come back; what an editor enters as removed will not, and machines drop it."""
    make_page("About").delete()
    response = client.get("/pages/about/")
    assert response.status_code == 404
    Redirect.objects.create(old_path="/pages/about/", new_path="")
    response = client.get("/pages/about/")
    assert response.status_code == 410
    assert "This page has been removed" in words(response)
    assert response["Content-Type"] == "text/html; charset=utf-8"
    persian = Redirect.objects.create(old_path="/fa/pages/about/", new_path="")
    assert 'dir="rtl"' in words(client.get(persian.old_path))


def test_two_pages_of_one_title_get_two_addresses():
    first, second, persian = make_page("About"), make_page("About"), make_page("About", language="fa")
    assert [first.slug, second.slug, persian.slug] == ["about", "about-2", "about"]


@pytest.mark.parametrize("title", ["!!!", "\N{PILE OF POO}", "‮"])
def test_title_without_letters_still_has_an_address(client, title):
    """S26"""
    page = make_page(title)
    assert page.slug
    assert client.get(page.get_absolute_url()).status_code == 200


@pytest.mark.parametrize("rows", [1, 3])
def test_page_asks_the_same_whatever_the_footer_holds(queries_of, rows):
    make_edition("en")
    for number in range(rows):
        page = make_page(f"Page {number}", in_menu=True)
    assert queries_of(page.get_absolute_url()) == (9, 2)


# The desk


def test_publisher_writes_a_page(client):
    client.force_login(make_user(role="Publisher"))
    fields = {"language": "en", "title": "Contact", "body": "<p>Write.</p>", "is_published": "on", "position": "0"}
    client.post(reverse("admin:pages_page_add"), fields)
    assert client.get("/pages/contact/").status_code == 200


def test_taken_address_is_refused_beside_its_field_and_the_text_is_kept(client):
    client.force_login(make_user(role="Publisher"))
    make_page("Contact")
    fields = {"language": "en", "title": "Other", "slug": "contact", "body": "<p>Kept words.</p>", "position": "0"}
    page = words(client.post(reverse("admin:pages_page_add"), fields))
    assert "already exists" in page
    assert "Kept words." in page
    assert Page.objects.count() == 1
