"""Two people at one form of a page, an appeal, a category and the like: nobody's save wins over another's unseen."""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from articles.models import Category, Tag
from comments.models import WordList
from tests.articles.desk import _sent
from tests.factories import make_appeal, make_author, make_category, make_channel, make_page, make_user

pytestmark = pytest.mark.django_db

MAKE = {
    "page": (lambda: make_page("About", body="<p>One.</p>\n<p>Two.</p>"), "title", "position"),
    "category": (lambda: make_category("Harbour", description="Boats"), "name", "description"),
    "author": (lambda: make_author("Ines", bio="She writes.\nShe waits."), "name", "role"),
    "tag": (lambda: Tag.objects.create(name="Boats"), "name", "slug"),
    "channel": (lambda: make_channel(), "name", "url"),
    "appeal": (
        lambda: make_appeal("Lamp", goal=200, starts_at=timezone.now(), body="<p>One.</p>", links=1),
        "title",
        "excerpt",
    ),
    "wordlist": (lambda: WordList.objects.get_or_create(kind="banned", defaults={"terms": "x"})[0], "terms", None),
}
NEW = {"position": ("7", 7), "url": ("https://tube.example/", "https://tube.example/"), "slug": ("new", "new")}


@pytest.fixture
def desks():
    """Two publishers, each in a browser of their own."""
    clients = [Client(), Client()]
    for client in clients:
        client.force_login(make_user(role="Publisher", is_superuser=True))
    return clients


def address(row):
    kind = ContentType.objects.get_for_model(row)
    return reverse(f"admin:{kind.app_label}_{kind.model}_change", args=[row.pk])


def opened(client, row):
    """What the form sends if nothing is changed in it."""
    context = client.get(address(row)).context
    sent = {"as_shown": context["as_shown"]}
    forms = [context["adminform"].form]
    for inline in context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    for form in forms:
        for bound in form:
            sent |= {name: value for name, value in _sent(bound).items() if value is not None}
    return sent


@pytest.mark.parametrize("kind", MAKE)
def test_field_that_both_have_changed_is_refused_with_what_stands_there(desks, kind):
    """F6"""
    anna, bo = desks
    make, name, _other = MAKE[kind]
    row = make()
    first, second = opened(anna, row), opened(bo, row)
    assert anna.post(address(row), {**first, name: "Anna"}).status_code == 302
    page = bo.post(address(row), {**second, name: "Bo"})
    assert "Somebody has changed this meanwhile, to: Anna." in page.content.decode()
    assert page.context["adminform"].form[name].value() == "Bo"
    row.refresh_from_db()
    assert getattr(row, name) == "Anna"
    again = {**second, name: "Bo", "as_shown": page.context["as_shown"]}
    assert bo.post(address(row), again).status_code == 302
    row.refresh_from_db()
    assert getattr(row, name) == "Bo"


@pytest.mark.parametrize("kind", [kind for kind in MAKE if MAKE[kind][2]])
def test_fields_that_only_the_other_has_changed_are_taken_over(desks, kind):
    """F6: also where another field clashed first."""
    anna, bo = desks
    make, name, other = MAKE[kind]
    row = make()
    first, second = opened(anna, row), opened(bo, row)
    typed, stored = NEW.get(other, ("Bo’s", "Bo’s"))
    anna.post(address(row), {**first, name: "Anna", other: typed})
    page = bo.post(address(row), {**second, name: "Bo"})
    assert bo.post(address(row), {**second, name: "Bo", "as_shown": page.context["as_shown"]}).status_code == 302
    row.refresh_from_db()
    assert (getattr(row, name), getattr(row, other)) == ("Bo", stored)


def test_categories_of_an_appeal_are_taken_over_whole(desks):
    anna, bo = desks
    appeal, harbour = make_appeal("Lamp"), make_category("Harbour")
    first, second = opened(anna, appeal), opened(bo, appeal)
    anna.post(address(appeal), {**first, "categories": [harbour.pk]})
    assert bo.post(address(appeal), {**second, "title": "Lantern"}).status_code == 302
    appeal.refresh_from_db()
    assert (appeal.title, list(appeal.categories.all())) == ("Lantern", [harbour])


@pytest.mark.parametrize("shown", ["", "x", "[]", '{"name": 1}', '{"no_such": "x", "pk": "x"}', "null"])
def test_odd_word_of_what_was_shown_is_no_error(desks, shown):
    row = make_category("Harbour")
    sent = {**opened(desks[0], row), "name": "Quay", "as_shown": shown}
    assert desks[0].post(address(row), sent).status_code in {200, 302}
    assert Category.objects.count() == 1
