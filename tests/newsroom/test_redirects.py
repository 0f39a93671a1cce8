"""Moved addresses, made by themselves and by hand, and the list of those that nobody has found."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse

from articles.models import Article
from newsroom.importers.models import ImportedItem, ImportRun
from newsroom.redirects import moves
from newsroom.redirects.models import NotFound, Redirect
from tests.factories import make_appeal, make_article, make_author, make_category, make_draft, make_page, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(client):
    client.force_login(make_user(role="Editor"))
    return client


def add(client, **fields):
    empty = {"old_path": "", "new_path": "", "article": ""}
    return client.post(reverse("admin:redirects_redirect_add"), {**empty, **fields})


def make_import(article, key, kind="post"):
    run = ImportRun.objects.create(source="dnn.example")
    content_type = ContentType.objects.get_for_model(Article)
    return ImportedItem.objects.create(
        source=f"{run.pk}.example", kind=kind, key=key, run=run, content_type=content_type, object_id=article.pk
    )


# Addresses that move by themselves


def rename(row, slug):
    row.slug = slug
    row.save()


def test_renamed_category_leads_on_with_its_feeds(client):
    category = make_category("Harbour")
    make_article(category=category)
    rename(category, "quay")
    response = client.get("/categories/harbour/")
    assert (response.status_code, response["Location"]) == (301, "/categories/quay/")
    assert response["Cache-Control"] == "max-age=3600"
    assert Redirect.objects.get().hits == 1


def test_renamed_page_and_appeal_lead_on(client):
    rename(make_page("About", language="fa"), "us")
    rename(make_appeal("Boats"), "new-boats")
    assert client.get("/fa/pages/about/")["Location"] == "/fa/pages/us/"
    assert client.get("/appeals/boats/")["Location"] == "/appeals/new-boats/"


def test_renamed_author_leads_on_in_every_edition(client):
    author = make_author("Oda Lund")
    make_article(authors=[author])
    make_article(authors=[author], language="fa")
    rename(author, "oda")
    assert client.get("/authors/oda-lund/")["Location"] == "/authors/oda/"
    assert client.get("/fa/authors/oda-lund/")["Location"] == "/fa/authors/oda/"


def test_second_move_makes_no_chain_and_a_move_back_no_loop(client):
    category = make_category("One")
    make_article(category=category)
    rename(category, "two")
    rename(category, "three")
    assert set(Redirect.objects.values_list("old_path", "new_path")) == {
        ("/categories/one/", "/categories/three/"),
        ("/categories/two/", "/categories/three/"),
    }
    rename(category, "one")
    assert set(Redirect.objects.values_list("old_path", "new_path")) == {
        ("/categories/two/", "/categories/one/"),
        ("/categories/three/", "/categories/one/"),
    }
    assert client.get("/categories/one/").status_code == 200


def test_imported_address_follows_the_page_that_moves(client):
    page = make_page("About")
    Redirect.objects.create(old_path="/about-us/", new_path="/pages/about/")
    rename(page, "us")
    assert client.get("/about-us/")["Location"] == "/pages/us/"


def test_redirect_to_what_is_not_public_shows_no_trace(client):
    """S12"""
    page = make_page("Secret plans", is_published=False)
    rename(page, "more-secret-plans")
    rename(make_author("Hidden"), "still-hidden")
    Redirect.objects.create(old_path="/old/", article=make_draft("Not yet"))
    for path in ("/pages/secret-plans/", "/authors/hidden/", "/old/"):
        response = client.get(path)
        assert response.status_code == 404
        assert "Location" not in response
    page.is_published = True
    page.save()
    assert client.get("/pages/secret-plans/")["Location"] == "/pages/more-secret-plans/"


def test_script_of_any_kind_moves(client):
    page = make_page("درباره ما", language="fa")
    rename(page, "تماس")
    response = client.get("/fa/pages/درباره-ما/")
    assert response["Location"] == "/fa/pages/%D8%AA%D9%85%D8%A7%D8%B3/"


# Addresses of other systems


def test_dotnetnuke_address_finds_the_article_by_its_imported_number(client):
    article = make_article("The ferry waits")
    make_import(article, "98")
    for path in ("/News/ArtMID/412/ArticleID/98/Old-words", "/en-us/news/artmid/412/articleid/98"):
        response = client.get(path)
        assert (response.status_code, response["Location"]) == (301, article.get_absolute_url())


def test_dotnetnuke_address_that_two_sources_know_or_none_is_not_found(client):
    make_import(make_article(), "98")
    make_import(make_article(), "98")
    make_import(make_draft(), "7")
    for number in ("98", "7", "99", "9" * 18, "9" * 400):
        assert client.get(f"/News/ArtMID/412/ArticleID/{number}/Words").status_code == 404


def test_gone_address_says_so(client):
    Redirect.objects.create(old_path="/old/")
    assert client.get("/old/").status_code == 410


# By hand


def test_editor_adds_a_redirect_that_goes_straight_to_the_end(editor):
    make_page("End")
    Redirect.objects.create(old_path="/middle/", new_path="/pages/end/")
    NotFound.objects.create(path="/start/", seen_at="2026-01-01T00:00Z")
    response = add(editor, old_path="/start/", new_path="/middle/")
    assert response.status_code == 302
    assert Redirect.objects.get(old_path="/start/").new_path == "/pages/end/"
    assert editor.get("/start/")["Location"] == "/pages/end/"
    assert not NotFound.objects.filter(path="/start/").exists()


def test_what_led_to_the_old_address_leads_to_the_new_one(editor):
    Redirect.objects.create(old_path="/first/", new_path="/second/")
    add(editor, old_path="/second/", new_path="/archive/")
    assert Redirect.objects.get(old_path="/first/").new_path == "/archive/"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("/a/", "/a/", "lead back to itself"),
        ("/b/", "/a/", "lead back to itself"),
        ("a/", "/c/", "Begin with one slash"),
        ("//evil.example/", "/c/", "Begin with one slash"),
        ("/a1/", "https://evil.example/", "beginning with one slash"),
        ("/a1/", "//evil.example/", "beginning with one slash"),
        ("/a1/", "/\\evil.example/", "beginning with one slash"),
        ("/" + "船" * 900, "/c/", "too long"),
        ("/a\0b/", "/c/", "Null characters"),
    ],
)
def test_wrong_redirect_is_refused_beside_the_field(editor, old, new, words):
    """S18"""
    Redirect.objects.create(old_path="/a/", new_path="/b/")
    response = add(editor, old_path=old, new_path=new)
    assert response.status_code == 200
    assert words in response.content.decode()
    assert Redirect.objects.count() == 1


def test_author_may_not_touch_redirects(client):
    client.force_login(make_user(role="Author"))
    assert add(client, old_path="/a/", new_path="/b/").status_code == 403


# Addresses not found


def test_addresses_not_found_are_counted(client):
    for _ in range(3):
        client.get("/no-such-page/?token=secret")
    client.head("/no-such-page/")
    client.get("/another/")
    assert list(NotFound.objects.values_list("path", "hits")) == [("/no-such-page/", 3), ("/another/", 1)]


@pytest.mark.parametrize(
    "path", ["/preview/abc/", "/admin/none/", "/accounts/none/", "/media/x.jpg", "/a%0Ab/", "/" + "x" * 600]
)
def test_what_is_no_page_of_readers_is_not_noted(client, path):
    client.get(path)
    assert not NotFound.objects.exists()


def test_table_of_addresses_not_found_is_bounded(client, monkeypatch):
    monkeypatch.setattr(moves, "MOST_NOT_FOUND", 3)
    client.get("/wanted/")
    client.get("/wanted/")
    for number in range(6):
        client.get(f"/scan-{number}/")
    assert NotFound.objects.count() == 3
    assert NotFound.objects.get(path="/wanted/").hits == 2


def test_flood_of_one_address_costs_two_queries(client, django_assert_num_queries):
    client.get("/no-such-page/")
    with django_assert_num_queries(4):  # with the two of the savepoint
        client.get("/no-such-page/")


def test_one_click_leads_an_address_to_the_article_of_the_same_words(editor):
    article = make_article("The ferry that waits")
    row = NotFound.objects.create(path="/2019/05/the-ferry-that-waits.html", seen_at="2026-01-01T00:00Z")
    page = editor.get(reverse("admin:redirects_notfound_changelist")).content.decode()
    address = reverse("admin:redirects_notfound_lead", args=[row.pk, article.pk])
    assert f'formaction="{address}"' in page
    assert "old_path=%2F2019%2F05%2F" in page
    assert editor.post(address).status_code == 302
    assert editor.get(row.path)["Location"] == article.get_absolute_url()
    assert not NotFound.objects.exists()
    assert LogEntry.objects.filter(content_type__model="redirect").count() == 1


def test_one_click_needs_a_public_article_and_a_post(editor):
    row = NotFound.objects.create(path="/x/", seen_at="2026-01-01T00:00Z")
    address = reverse("admin:redirects_notfound_lead", args=[row.pk, make_draft().pk])
    assert editor.get(address).status_code == 405
    assert editor.post(address).status_code == 404
    assert editor.post(reverse("admin:redirects_notfound_lead", args=[row.pk, 10**30])).status_code == 404
