"""Category and open comments, edited in the list of articles."""

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from articles import versions, workflow
from articles.models import CategoryScope, Presence
from tests.factories import make_article, make_category, make_draft, make_user

pytestmark = pytest.mark.django_db

LIST = "/admin/articles/article/"


@pytest.fixture
def editor(client):
    client.user = make_user("ed", role="Editor")
    client.force_login(client.user)
    return client


def sent(client):
    """What the list sends if nothing is changed in it."""
    formset = client.get(LIST).context["cl"].formset
    data = {"_save": "Save"}
    for form in [formset.management_form, *formset.forms]:
        for bound in form:
            value = getattr(bound.value(), "pk", bound.value())
            shown = {bound.html_name: value}
            if bound.field.show_hidden_initial:
                shown[bound.html_initial_name] = value
            # A box that is not ticked is not sent; its hidden fellow says so.
            data |= {name: said for name, said in shown.items() if said is not None and said is not False}
            if value is False and bound.field.show_hidden_initial:
                data[bound.html_initial_name] = "False"
    return data


def row(client, article, data, **fields):
    """That data with fields of one article over it; None for a box without a tick."""
    number = next(key.split("-")[1] for key, value in data.items() if key.endswith("-id") and value == article.pk)
    data = {**data, **{f"form-{number}-{name}": value for name, value in fields.items()}}
    return {name: value for name, value in data.items() if value is not None}


def save(client, data):
    return client.post(LIST, data, follow=True).content.decode()


def test_changed_rows_are_saved_as_versions_and_others_left(editor):
    harbour = make_category("Harbour")
    article, other = make_draft("Quay"), make_draft("Lamp")
    data = sent(editor)
    assert "1 article was changed." in save(editor, row(editor, article, data, category=harbour.pk, comments_open=None))
    article.refresh_from_db()
    assert (article.category, article.comments_open) == (harbour, False)
    assert article.revisions.newest().first().created_by == editor.user
    assert not other.revisions.exists()
    assert LogEntry.objects.count() == 1


def test_row_that_another_has_changed_meanwhile_is_not_won_over(editor):
    """F6: neither one that was left alone in the list, nor one that was changed there."""
    harbour, town = make_category("Harbour"), make_category("Town")
    left, clashing = make_draft("Left alone"), make_draft("Quay")
    data = sent(editor)
    anna = make_user("anna", role="Editor")
    for article in (left, clashing):
        workflow.change(article, {"category": harbour.pk, "headline": f"{article} now"}, by=anna)
    page = save(editor, row(editor, clashing, data, category=town.pk))
    assert "“Quay now”: somebody has changed it meanwhile (primary category)." in page
    for article in (left, clashing):
        article.refresh_from_db()
        assert (article.category, article.headline.endswith(" now")) == (harbour, True)
    page = save(editor, row(editor, clashing, sent(editor), category=town.pk))
    clashing.refresh_from_db()
    assert (clashing.category, clashing.headline) == (town, "Quay now")


def test_what_another_has_changed_beside_it_is_kept(editor):
    """F6"""
    harbour, article = make_category("Harbour"), make_draft("Quay")
    data = sent(editor)
    workflow.change(article, {"headline": "Anna’s", "comments_open": False}, by=make_user("anna", role="Editor"))
    save(editor, row(editor, article, data, category=harbour.pk))
    article.refresh_from_db()
    assert (article.headline, article.comments_open, article.category) == ("Anna’s", False, harbour)


def test_list_says_who_has_a_changed_article_open(editor):
    harbour, article, other = make_category("Harbour"), make_draft("Quay"), make_draft("Lamp")
    anna = make_user("anna", role="Editor")
    for row_open in (article, other):
        Presence.objects.touch(row_open, anna)
    page = save(editor, row(editor, article, sent(editor), category=harbour.pk))
    assert page.count("Also open with: anna.") == 1
    assert "Quay: Also open with: anna." in page
    page = editor.post(LIST, {"action": "submit", "_selected_action": [other.pk]}, follow=True).content.decode()
    assert "Lamp: Also open with: anna." in page


def test_form_that_does_not_say_what_it_showed_wins_over_nothing(editor):
    """F6"""
    harbour, town = make_category("Harbour"), make_category("Town")
    article = make_draft("Quay", category=harbour)
    data = {name: value for name, value in sent(editor).items() if not name.startswith("initial-")}
    assert "somebody has changed it meanwhile" in save(editor, row(editor, article, data, category=town.pk))
    article.refresh_from_db()
    assert article.category == harbour


def test_category_of_a_public_article_waits_and_its_comments_close_at_once(editor):
    harbour, article = make_category("Harbour"), make_article("Quay")
    page = save(editor, row(editor, article, sent(editor), category=harbour.pk, comments_open=None))
    assert "The changes wait as version" in page
    article.refresh_from_db()
    assert (article.category, article.comments_open) == (None, False)
    waiting = versions.pending(article)
    assert waiting.content["category"] == harbour.pk
    # The list shows the article's own category: what waits is not changed by a choice made from that.
    page = save(editor, row(editor, article, sent(editor), category=make_category("Town").pk))
    assert "somebody has changed it meanwhile (primary category)" in page
    assert versions.pending(article) == waiting


def test_category_of_another_edition_is_refused(editor):
    article, port = make_draft("Quay"), make_category("Port", language="fr")
    assert "Select a valid choice" in save(editor, row(editor, article, sent(editor), category=port.pk))
    article.refresh_from_db()
    assert article.category is None


def test_nobody_changes_what_is_not_theirs_to_change():
    """S13: the fields stand still in the list, and what is sent for them counts for nothing."""
    author, limited, harbour = make_user(role="Author"), make_user(role="Editor"), make_category("Harbour")
    CategoryScope.objects.create(user=limited, category=harbour)
    published, draft = make_article("Out", created_by=author), make_draft("Mine", created_by=author)
    client = Client()
    client.force_login(author)
    data = sent(client)
    for article in (published, draft):
        data = row(client, article, data, category=harbour.pk, comments_open=None)
    assert "1 article was changed." in save(client, data)
    client.force_login(limited)
    data = row(client, draft, sent(client), category=make_category("Town").pk)
    assert "Select a valid choice" in save(client, data)
    published.refresh_from_db()
    draft.refresh_from_db()
    assert (published.category, published.comments_open) == (None, True)
    assert (draft.category, draft.comments_open) == (harbour, False)


def test_list_costs_the_same_at_any_number_of_rows(editor, django_assert_num_queries):
    for number in range(1, 4):
        make_draft(category=make_category())
        with django_assert_num_queries(11):
            page = editor.get(reverse("admin:articles_article_changelist"))
        assert page.content.decode().count('comments_open" ') >= number
        data = sent(editor)
        with django_assert_num_queries(8):
            editor.post(LIST, data)
