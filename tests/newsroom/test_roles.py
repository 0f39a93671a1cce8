"""Accounts, groups and the categories that people are limited to."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.db.models import ProtectedError
from django.urls import reverse

from articles import scope, workflow
from articles.models import Article, CategoryScope, Correction
from newsroom.roles import ROLES
from tests.factories import make_article, make_category, make_correction, make_draft, make_user

pytestmark = pytest.mark.django_db

#: What an editor may do with a draft.
DRAFT_VERBS = ["submit", "publish", "schedule", "trash"]


@pytest.fixture
def publisher(client):
    client.publisher = make_user("boss", role="Publisher")
    client.force_login(client.publisher)
    return client


def account_form(user, **fields):
    prefixes = ("category_scope", "authenticator_set")
    inline = {f"{prefix}-{name}": 0 for prefix in prefixes for name in ("TOTAL_FORMS", "INITIAL_FORMS")}
    return {"username": user.username, "is_active": "on", "groups": [], **inline, **fields}


def change(client, user, **fields):
    return client.post(reverse("admin:auth_user_change", args=[user.pk]), account_form(user, **fields))


def test_groups_hold_what_the_roles_say():
    for name, wanted in ROLES.items():
        held = Group.objects.get(name=name).permissions.values_list("content_type__app_label", "codename")
        assert {f"{app}.{codename}" for app, codename in held} == wanted


def test_publisher_gives_a_role_and_limits_it(publisher):
    person, category = make_user(), make_category()
    rows = {"category_scope-TOTAL_FORMS": 1, "category_scope-0-category": category.pk}
    group = Group.objects.get(name="Editor")
    assert change(publisher, person, is_staff="on", groups=[group.pk], **rows).status_code == 302
    person.refresh_from_db()
    assert person.is_staff
    assert list(person.groups.all()) == [group]
    assert scope.categories_of(person) == {category.pk}


def test_log_names_a_role_as_it_is_stored(client, settings):
    client.force_login(make_user("root", role="Publisher", is_superuser=True))
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "fr"
    group = Group.objects.get(name="Publisher")
    data = {"name": group.name, "permissions": [Permission.objects.first().pk]}
    address = reverse("admin:auth_group_change", args=[group.pk])
    assert "Directeur de publication" in client.get(address, headers={"accept-language": "fr"}).content.decode()
    assert client.post(address, data, headers={"accept-language": "fr"}).status_code == 302
    assert LogEntry.objects.get().object_repr == "Publisher"


@pytest.mark.parametrize("field", ["is_superuser", "user_permissions"])
def test_publisher_gives_no_rights_beyond_the_groups(publisher, field):
    """S13"""
    value = "on" if field == "is_superuser" else [Permission.objects.first().pk]
    change(publisher, publisher.publisher, is_staff="on", **{field: value})
    publisher.publisher.refresh_from_db()
    assert not publisher.publisher.is_superuser
    assert not publisher.publisher.user_permissions.exists()


def test_publisher_gives_no_group_that_may_do_more(publisher):
    """S13"""
    group = Group.objects.create(name="Operators")
    group.permissions.add(Permission.objects.get(codename="delete_group"))
    person = make_user()
    response = change(publisher, person, groups=[group.pk])
    assert response.status_code == 200
    assert not person.groups.exists()


def test_publisher_does_not_touch_those_who_may_do_more(publisher):
    """S13"""
    root = make_user("root", is_superuser=True, role="Publisher")
    strong = make_user("strong", role="Editor")
    strong.user_permissions.add(Permission.objects.get(codename="delete_group"))
    for person in (root, strong):
        assert change(publisher, person, email="taken@over.example").status_code == 403
        password = {"password1": "another horse battery", "password2": "another horse battery"}
        for name in ("auth_user_password_change", "auth_user_delete"):
            assert publisher.post(reverse(f"admin:{name}", args=[person.pk]), password).status_code == 403
        person.refresh_from_db()
        assert person.email != "taken@over.example"
        assert person.check_password("correct horse battery")


def test_superuser_may_give_everything(client):
    client.force_login(make_user("root", is_superuser=True, role="Publisher"))
    person = make_user()
    change(client, person, is_superuser="on")
    person.refresh_from_db()
    assert person.is_superuser


def test_who_has_done_something_cannot_be_deleted_and_nobody_deletes_themselves(publisher):
    busy = make_user("busy", role="Editor")
    content_type = ContentType.objects.get_for_model(Article)
    LogEntry.objects.create(user=busy, content_type=content_type, object_id="1", object_repr="x", action_flag=2)
    for person in (busy, publisher.publisher):
        response = publisher.post(reverse("admin:auth_user_delete", args=[person.pk]), {"post": "yes"})
        assert response.status_code == 403
    assert User.objects.filter(pk__in=[busy.pk, publisher.publisher.pk]).count() == 2


def test_deactivation_ends_the_sessions(client, publisher):
    """S21"""
    person = make_user("leaving", role="Editor")
    other = type(client)()
    other.force_login(person)
    assert other.get(reverse("admin:index")).status_code == 200
    change(publisher, person, is_active="", is_staff="on")
    assert other.get(reverse("admin:index")).status_code == 302


# Limits to categories


@pytest.fixture
def limited():
    """An editor of Harbour and all below it."""
    user = make_user("limited", role="Editor")
    harbour = make_category("Harbour")
    user.harbour, user.ferries = harbour, make_category("Ferries", parent=harbour)
    user.sport = make_category("Sport")
    CategoryScope.objects.create(user=user, category=harbour)
    return user


def test_limit_holds_what_lies_below_a_category(limited):
    assert scope.categories_of(limited) == {limited.harbour.pk, limited.ferries.pk}
    assert workflow.may(make_draft(category=limited.ferries), limited) == DRAFT_VERBS
    assert workflow.may(make_draft(category=limited.sport), limited) == []
    assert workflow.may(make_draft(), limited) == []
    assert workflow.may(make_draft(created_by=limited), limited) == DRAFT_VERBS


def test_verb_beyond_the_limit_is_refused(limited):
    article = make_draft("Cup final", category=limited.sport)
    with pytest.raises(workflow.WorkflowError, match="Cup final"):
        workflow.publish(article, by=limited)
    article.refresh_from_db()
    assert article.state == Article.State.DRAFT


def test_list_form_and_actions_show_only_what_lies_within(client, limited):
    client.force_login(limited)
    inside, outside = make_draft("Quay", category=limited.ferries), make_draft("Cup final", category=limited.sport)
    changelist = reverse("admin:articles_article_changelist")
    page = client.get(changelist).content.decode()
    assert "Quay" in page
    assert "Cup final" not in page
    assert client.get(reverse("admin:articles_article_change", args=[inside.pk])).status_code == 200
    assert client.get(reverse("admin:articles_article_change", args=[outside.pk])).status_code == 302
    assert client.get(reverse("admin:articles_preview", args=[outside.pk])).status_code == 404
    client.post(changelist, {"action": "publish", "_selected_action": [inside.pk, outside.pk]})
    assert list(Article.objects.public()) == [inside]


def test_article_cannot_be_moved_beyond_the_limit(client, limited):
    """S13"""
    client.force_login(limited)
    article = make_draft("Quay", category=limited.ferries)
    address = reverse("admin:articles_article_change", args=[article.pk])
    for category in (limited.sport.pk, ""):
        response = client.post(address, {"headline": "Quay", "language": "en", "category": category})
        assert response.status_code == 200
        assert response.context["adminform"].form.errors["category"]
    article.refresh_from_db()
    assert article.category == limited.ferries


def test_correction_beyond_the_limit_is_not_there(client, limited):
    """S13"""
    client.force_login(limited)
    article = make_article("Cup final", category=limited.sport)
    correction = make_correction(article)
    assert client.get(reverse("admin:articles_correction_change", args=[correction.pk])).status_code == 302
    fields = {"kind": "update", "text": "x", "published_at_0": "2026-01-01", "published_at_1": "12:00"}
    response = client.post(reverse("admin:articles_correction_add"), {"article": article.pk, **fields})
    assert response.status_code == 200
    assert Correction.objects.count() == 1


def test_category_that_limits_somebody_cannot_go_away_and_free_them(limited):
    CategoryScope.objects.filter(user=limited).update(category=limited.sport)
    with pytest.raises(ProtectedError):
        limited.sport.delete()


def test_limits_ask_twice_once_a_person(limited, django_assert_num_queries):
    person = User.objects.get(pk=limited.pk)
    with django_assert_num_queries(2):
        scope.categories_of(person)
        scope.categories_of(person)
    free = make_user(role="Editor")
    with django_assert_num_queries(1):
        assert scope.categories_of(free) is None


# Corrections on their own


def test_editor_publishes_a_correction_and_readers_see_its_kind(client):
    client.force_login(make_user(role="Editor"))
    article = make_article("The ferry waits")
    fields = {"kind": "clarification", "text": "It waits <b>four</b> minutes."}
    moment = {"published_at_0": "2026-01-01", "published_at_1": "12:00"}
    response = client.post(reverse("admin:articles_correction_add"), {"article": article.pk, **fields, **moment})
    assert response.status_code == 302
    assert client.get(reverse("admin:articles_correction_changelist") + "?q=four").status_code == 200
    page = client.get("/corrections/").content.decode()
    assert "Clarification" in page
    assert "It waits &lt;b&gt;four&lt;/b&gt; minutes." in page


def test_correction_without_text_is_refused(client):
    client.force_login(make_user(role="Editor"))
    response = client.post(reverse("admin:articles_correction_add"), {"article": make_article().pk, "kind": "other"})
    assert response.status_code == 200
    assert {"text", "kind", "published_at"} <= set(response.context["adminform"].form.errors)
