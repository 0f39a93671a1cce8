"""S4, S5: every field of every row holds what an attacker would write; no page of readers or of the desk runs it."""

import functools

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import models

from articles.models import Article
from comments.models import Comment
from tests.browser.newsroom import make_newsroom
from tests.factories import make_article, make_comment, make_user
from tests.newsroom.test_permissions import World
from tests.oracle import unsafe_parts

pytestmark = pytest.mark.django_db

OWN = ("articles", "comments", "pages", "appeals", "importers", "redirects", "newsroom")
#: A field that an address, a template or the database itself reads: what it holds is chosen from a list, or is ours.
LEFT = {
    "slug",
    "network",
    "language",
    "state",
    "kind",
    "featured_slot",
    "name_in_storage",
    "old_path",
    "path",
    "currency",
}
VECTORS = {
    "markup": "\"'><svg/onload=alert(1)></title></textarea></script><script>alert(1)</script>{{ 7|add:7 }}<!--<a <![x",
    "address": 'javascript:alert(1)//"onmouseover=alert(1) ',
}
#: The desk's catalogue of words, a view of Django's own.
JSI18N = "<script src='/admin/jsi18n/'>"
judge = functools.lru_cache(maxsize=500)(unsafe_parts)


def text_fields():
    """(model, field) of all that people write, but for HTML that has passed the sanitiser."""
    for model in apps.get_models():
        if model._meta.app_label not in OWN:
            continue
        for field in model._meta.get_fields():
            is_text = isinstance(field, models.CharField | models.TextField) and not isinstance(field, models.FileField)
            if not is_text or field.name in LEFT or field.name.endswith("_html") or field.choices or field.primary_key:
                continue
            if not field.unique and not any(field.name in names for names in unique_together(model)):
                yield model, field


def unique_together(model):
    constraints = [rule for rule in model._meta.constraints if isinstance(rule, models.UniqueConstraint)]
    return [rule.fields for rule in constraints]


def poison(vector):
    written = 0
    for model, field in text_fields():
        value = vector[: field.max_length] if field.max_length else vector
        written += models.QuerySet(model).update(**{field.name: value})  # past every check, the log's own as well
    return written


def faults(client, addresses):
    found = {}
    for address in addresses:
        response = client.get(address)
        assert response.status_code < 500, address
        if response.get("Content-Type", "").startswith("text/html") and not response.streaming:
            unsafe = [part for part in judge(response.content.decode()) if part != JSI18N]
            if unsafe:
                found[address] = unsafe
    return found


def test_fields_that_are_filled_are_those_that_people_write():
    names = {f"{model._meta.label}.{field.name}" for model, field in text_fields()}
    assert {
        "articles.Article.headline",
        "articles.Article.source_url",
        "articles.Image.credit",
        "articles.Byline.alias",
        "comments.Comment.name",
        "comments.Comment.body",
        "appeals.Appeal.thank_you",
        "appeals.DonationLink.url",
        "articles.Edition.about",
    } <= names
    assert len(names) > 40


@pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS)
def test_no_page_of_readers_runs_what_a_field_holds(client, vector):
    """S4"""
    addresses = make_newsroom()
    assert poison(vector) > 60
    feeds = ["/feed/", "/feed/atom/", "/feed/json/", "/sitemap.xml", "/manifest.webmanifest"]
    assert faults(client, [*addresses.values(), *feeds]) == {}


@pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS)
def test_no_page_of_the_desk_runs_what_a_field_holds(client, vector):
    """S4, S5"""
    world = World()
    for state in Comment.State.values:
        make_comment(world.public, state=state)
    assert poison(vector) > 20
    client.force_login(make_user(is_superuser=True, role="Publisher"))
    addresses = ["/admin/"]
    for model in admin.site._registry:
        place = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        row = world.rows[model._meta.model_name]
        addresses += [place, *(f"{place}{row.pk}/{page}/" for page in ("change", "history", "delete"))]
    addresses += [f"/admin/comments/comment/?state__exact={state}" for state in Comment.State.values]
    assert faults(client, addresses) == {}


def test_comment_that_waits_harms_no_moderator(client):
    """S5: whatever a stranger sends, by every way that a form has."""
    article = make_article()
    for number, vector in enumerate(VECTORS.values()):
        make_comment(article, vector, name=vector[:60], email=f"a{number}@post.example", state="pending")
    client.force_login(make_user(role="Moderator"))
    addresses = ["/admin/", "/admin/comments/comment/", "/admin/comments/comment/?q=alert"]
    addresses += [f"/admin/comments/comment/{pk}/change/" for pk in Comment.objects.values_list("pk", flat=True)]
    assert faults(client, addresses) == {}


def test_odd_words_in_one_row_break_no_list(client):
    """S26, F15: control characters, half of a declaration, and letters of every direction."""
    for words in ("a <![x b", "\x01\x0b\x1f", "&#0;&#xD800;", "‮‏ضوء‬", "\ud7ff\ufffe\uffff", "%s %(x)s {0}"):
        make_article("Whole")
        broken = make_article("Broken", summary="x")
        Article.objects.filter(pk=broken.pk).update(
            headline=words, subtitle=words, summary=words, body_html=f"<p>{words}</p>", source_name=words
        )
        for address in ("/", "/archive/", "/feed/", "/feed/atom/", "/feed/json/", "/sitemap.xml", "/news-sitemap.xml"):
            response = client.get(address)
            assert response.status_code == 200, (address, words)
        assert client.get(f"/articles/{broken.pk}/{broken.slug}/").status_code == 200
