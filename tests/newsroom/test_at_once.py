"""Two people at one form of a page, an appeal, a category and the like: nobody's save wins over another's unseen."""

import re

import pytest
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from articles.admin.at_once import AtOnceInline, AtOnceMixin
from articles.admin.versions import VersionsMixin
from articles.models import Article, Category, Tag
from comments.models import Ban, WordList
from newsroom.redirects.models import Redirect
from tests.articles.desk import _sent
from tests.articles.test_two_at_once import at_the_same_time
from tests.factories import (
    make_appeal,
    make_article,
    make_author,
    make_category,
    make_channel,
    make_correction,
    make_page,
    make_user,
)

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
    "redirect": (lambda: Redirect.objects.create(old_path="/a/", new_path="/b/"), "new_path", "old_path"),
    "ban": (lambda: Ban.objects.create(person="x@example.org", effect="reject", reason="Rude"), "notes", "reason"),
    "user": (lambda: make_user("ed", role="Editor"), "first_name", "last_name"),
    "group": (lambda: Group.objects.create(name="Night desk"), "name", None),
    "correction": (lambda: make_correction(make_article()), "text", "kind"),
    "wordlist": (lambda: WordList.objects.get_or_create(kind="banned", defaults={"terms": "x"})[0], "terms", None),
}
NEW = {"position": ("7", 7), "url": ("https://tube.example/", "https://tube.example/"), "slug": ("new", "new")}
NEW |= {"kind": ("update", "update"), "old_path": ("/c/", "/c/")}


def word(kind, name):
    """What is typed in the first field."""
    return f"/{name}/" if kind == "redirect" else name


@pytest.fixture
def desks():
    """Two publishers, each in a browser of their own."""
    clients = [Client(), Client()]
    for client, name in zip(clients, ("Anna", "Bo"), strict=True):
        client.user = make_user(name.lower(), role="Publisher", is_superuser=True, first_name=name, last_name="K.")
        client.force_login(client.user)
    return clients


def address(row):
    kind = ContentType.objects.get_for_model(row)
    return reverse(f"admin:{kind.app_label}_{kind.model}_change", args=[row.pk])


def opened(client, row):
    """What the form sends if nothing is changed in it."""
    context = client.get(address(row)).context
    sent = {"as_shown": context.get("as_shown", "")}
    forms = [context["adminform"].form]
    for inline in context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    for form in forms:
        for bound in form:
            said = {name: value for name, value in _sent(bound).items() if value is not None}
            sent |= said
            if bound.field.show_hidden_initial:
                sent |= {f"initial-{name}": value for name, value in said.items()}
    return sent


@pytest.mark.parametrize("kind", MAKE)
def test_field_that_both_have_changed_is_refused_with_what_stands_there(desks, kind):
    """F6"""
    anna, bo = desks
    make, name, _other = MAKE[kind]
    row = make()
    first, second = opened(anna, row), opened(bo, row)
    assert anna.post(address(row), {**first, name: word(kind, "Anna")}).status_code == 302
    page = bo.post(address(row), {**second, name: word(kind, "Bo")})
    assert re.search(
        f"Anna K. has changed this at [0-9]+:[0-9]+, to: {word(kind, 'Anna')}. Saved", page.content.decode()
    )
    assert page.context["adminform"].form[name].value() == word(kind, "Bo")
    row.refresh_from_db()
    assert getattr(row, name) == word(kind, "Anna")
    again = {**second, name: word(kind, "Bo"), "as_shown": page.context["as_shown"]}
    assert bo.post(address(row), again).status_code == 302
    row.refresh_from_db()
    assert getattr(row, name) == word(kind, "Bo")


@pytest.mark.parametrize("kind", [kind for kind in MAKE if MAKE[kind][2]])
def test_fields_that_only_the_other_has_changed_are_taken_over(desks, kind):
    """F6: also where another field clashed first."""
    anna, bo = desks
    make, name, other = MAKE[kind]
    row = make()
    first, second = opened(anna, row), opened(bo, row)
    typed, stored = NEW.get(other, ("Bo’s", "Bo’s"))
    anna.post(address(row), {**first, name: word(kind, "Anna"), other: typed})
    page = bo.post(address(row), {**second, name: word(kind, "Bo")})
    assert (
        bo.post(address(row), {**second, name: word(kind, "Bo"), "as_shown": page.context["as_shown"]}).status_code
        == 302
    )
    row.refresh_from_db()
    assert (getattr(row, name), getattr(row, other)) == (word(kind, "Bo"), stored)


def test_categories_of_an_appeal_are_taken_over_whole(desks):
    anna, bo = desks
    appeal, harbour = make_appeal("Lamp"), make_category("Harbour")
    first, second = opened(anna, appeal), opened(bo, appeal)
    anna.post(address(appeal), {**first, "categories": [harbour.pk]})
    assert bo.post(address(appeal), {**second, "title": "Lantern"}).status_code == 302
    appeal.refresh_from_db()
    assert (appeal.title, list(appeal.categories.all())) == ("Lantern", [harbour])


@pytest.mark.parametrize("number", [1, 12])
def test_refused_rights_of_a_role_are_named_at_the_same_cost(desks, number, django_assert_num_queries):
    anna, bo = desks
    role = Group.objects.create(name="Night desk")
    rights = list(Permission.objects.filter(content_type__app_label__in=["articles", "comments"])[: number + 1])
    first, second = opened(anna, role), opened(bo, role)
    anna.post(address(role), {**first, "permissions": [right.pk for right in rights[1:]]})
    with django_assert_num_queries(15):
        page = bo.post(address(role), {**second, "permissions": [rights[0].pk]})
    assert re.search("Anna K. has changed this at [0-9:]+, to: Articles", page.content.decode())
    assert {right.pk for right in role.permissions.all()} == {right.pk for right in rights[1:]}


@pytest.mark.parametrize("shown", ["", "x", "[]", '{"name": 1}', '{"no_such": "x", "pk": "x"}', "null"])
def test_odd_word_of_what_was_shown_is_no_error(desks, shown):
    row = make_category("Harbour")
    sent = {**opened(desks[0], row), "name": "Quay", "as_shown": shown}
    assert desks[0].post(address(row), sent).status_code in {200, 302}
    assert Category.objects.count() == 1


# Who has changed it


def test_nobody_is_named_for_what_went_around_the_desk(desks):
    """An older line of the log names nobody for it either."""
    anna, bo = desks
    row = make_category("Harbour")
    anna.post(address(row), {**opened(anna, row), "name": "Quay"})
    sent = opened(bo, row)
    Category.objects.filter(pk=row.pk).update(name="By command")
    page = bo.post(address(row), {**sent, "name": "Bo"}).content.decode()
    assert "Somebody has changed this meanwhile, to: By command." in page
    assert "Anna" not in page


def test_who_changed_another_field_is_not_named_for_it(desks):
    anna, bo = desks
    row, carl = make_category("Harbour"), Client()
    carl.force_login(make_user("carl", role="Publisher", is_superuser=True))
    sent = opened(bo, row)
    anna.post(address(row), {**opened(anna, row), "name": "Quay"})
    carl.post(address(row), {**opened(carl, row), "description": "Boats"})
    page = bo.post(address(row), {**sent, "name": "Bo", "description": "Bo"}).content.decode()
    assert re.search("Anna K. has changed this at [0-9:]+, to: Quay", page)
    assert re.search("carl has changed this at [0-9:]+, to: Boats", page)


def test_who_changed_it_by_a_verb_is_named(desks):
    anna, bo = desks
    row = Redirect.objects.create(old_path="/a/", new_path="/b/")
    sent = opened(bo, row)
    Redirect.objects.filter(pk=row.pk).update(new_path="/c/")
    LogEntry.objects.log_actions(anna.user.pk, [row], CHANGE, "/c/", single_object=True)
    page = bo.post(address(row), {**sent, "new_path": "/d/"}).content.decode()
    assert re.search("Anna K. has changed this at [0-9:]+, to: /c/", page)


def test_time_of_another_day_is_said_with_its_date(desks, time_machine):
    anna, bo = desks
    row = make_category("Harbour")
    time_machine.move_to("2026-06-14T12:00:00+00:00", tick=False)
    sent = opened(bo, row)
    anna.post(address(row), {**opened(anna, row), "name": "Quay"})
    time_machine.move_to("2026-06-15T12:00:00+00:00", tick=False)
    page = bo.post(address(row), {**sent, "name": "Bo"}).content.decode()
    assert "Anna K. has changed this at 06/14/2026" in page


def test_no_secret_of_an_account_is_shown(desks):
    """S9: a password that another has set meanwhile is neither said nor written over."""
    person = make_user("ed", role="Editor")
    sent = opened(desks[0], person)
    assert "password" not in sent["as_shown"]
    person.set_password("another one entirely")
    person.save()
    assert desks[0].post(address(person), {**sent, "first_name": "Eda"}).status_code == 302
    person.refresh_from_db()
    assert person.first_name == "Eda"
    assert person.check_password("another one entirely")


def test_what_a_form_does_not_ask_stays_as_it_became_while_the_form_was_read(desks):
    """F6: the row was read before it could be held."""
    row = Redirect.objects.create(old_path="/a/", new_path="/b/")
    model_admin = admin.site.get_model_admin(Redirect)
    sent = {**opened(desks[0], row), "new_path": "/c/"}
    request = RequestFactory().post(address(row), sent)
    request.user = desks[0].user
    Redirect.objects.filter(pk=row.pk).update(hits=7)
    form = model_admin.get_form(request, row, change=True)(sent, instance=row)
    assert form.is_valid()
    form.save()
    row.refresh_from_db()
    assert (row.new_path, row.hits) == ("/c/", 7)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["category", "user", "redirect"])
def test_parallel_saves_of_a_form_lose_nothing(desks, kind):
    """F6, F8"""
    if connection.vendor == "sqlite":
        pytest.skip("threads cannot share SQLite's database in memory")
    anna, bo = desks
    make, name, other = MAKE[kind]
    row = make()
    first, second = opened(anna, row), opened(bo, row)
    typed, stored = NEW.get(other, ("Bo’s", "Bo’s"))

    def save(client, sent):
        return lambda: client.post(address(row), sent).status_code

    mine, theirs = {**first, name: word(kind, "Anna")}, {**second, other: typed}
    assert at_the_same_time(save(anna, mine), save(bo, theirs)) == [302, 302]
    row.refresh_from_db()
    assert (getattr(row, name), getattr(row, other)) == (word(kind, "Anna"), stored)
    each = [{**opened(client, row), name: word(kind, f"{client.user.first_name}2")} for client in desks]
    assert sorted(at_the_same_time(save(anna, each[0]), save(bo, each[1]))) == [200, 302]


# Every form of the desk

#: Inlines that need neither, with the reason.
WITHOUT = {
    "BylineInline": "its rows are part of the article's versions",
    "DecisionInline": "nobody changes the log of moderation",
}


def test_every_form_of_the_desk_says_what_it_showed(rf, admin_user):
    """F6: a new one has to as well, its inlines included; articles have versions for that."""
    request, missing = rf.get("/admin/"), []
    request.user = admin_user
    for model, model_admin in admin.site._registry.items():
        asked = set(model_admin.get_fields(request)) - set(model_admin.get_readonly_fields(request))
        is_changed = model_admin.has_change_permission(request) and asked
        if is_changed and not isinstance(model_admin, AtOnceMixin | VersionsMixin):
            missing.append(model.__name__)
        missing += [one.__name__ for one in model_admin.inlines if not issubclass(one, AtOnceInline)]
    assert set(missing) == set(WITHOUT)
    assert isinstance(admin.site.get_model_admin(Article), VersionsMixin)
    assert isinstance(admin.site.get_model_admin(User), AtOnceMixin)
