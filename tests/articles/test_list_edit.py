"""Category and open comments, edited in the list of articles."""

import re
from html import unescape

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


def options(page, article):
    """The values of the options that the row of an article has, and the one that is chosen."""
    select = re.search(rf'<select[^>]*aria-label="[^"]*: {article.headline}"[^>]*>(.*?)</select>', page)[1]
    chosen = re.search(r'value="(\d*)" selected', select)
    return re.findall(r'value="(\d*)"', select), chosen and chosen[1]


def test_row_holds_the_chosen_category_and_the_page_each_of_them_once(editor):
    harbour, port = make_category("Harbour & Docks"), make_category("Port", language="fr")
    town = make_category("Town", parent=harbour)
    rows = [make_draft(f"Quay {number}", category=harbour) for number in range(3)]
    empty, french = make_draft("Lamp"), make_draft("Phare", category=port, language="fr")
    page = editor.get(LIST).content.decode()
    for article, chosen in [*((row, str(harbour.pk)) for row in rows), (empty, ""), (french, str(port.pk))]:
        assert options(page, article) == ([chosen], chosen)
    assert page.count(f'<option value="{town.pk}">– Town</option>') == 1
    assert '<template data-choices-of="fr"><option value="">–</option>' in page
    assert page.count("Harbour &amp; Docks") == 5  # three rows, the choices and the filter


def test_list_without_scripts_has_every_choice_in_every_row(editor):
    harbour, town = make_category("Harbour"), make_category("Town")
    article = make_draft("Quay", category=harbour)
    page = editor.get(LIST, {"state__exact": "draft"}).content.decode()
    address = unescape(re.search(r'<noscript>.*?href="(\?[^"]*)"', page)[1])
    page = editor.get(f"{LIST}{address}").content.decode()
    assert options(page, article) == (["", str(harbour.pk), str(town.pk)], str(harbour.pk))
    assert "data-choices" not in page
    assert "state__exact=draft" in address


def test_row_in_none_of_a_limited_persons_categories_is_left_alone(editor):
    harbour, draft = make_category("Harbour"), make_draft("Mine", created_by=editor.user)
    CategoryScope.objects.create(user=editor.user, category=harbour)
    for address in (LIST, f"{LIST}?edit=1"):
        values, chosen = options(editor.get(address).content.decode(), draft)
        assert (values[0], chosen) == ("", "")


def test_refused_row_is_shown_again_as_it_was_sent(editor):
    harbour, town = make_category("Harbour"), make_category("Town")
    article, other = make_draft("Quay", category=harbour), make_draft("Lamp")
    data = row(editor, article, sent(editor), category=town.pk)
    page = save(editor, row(editor, other, data, category=99))
    assert options(page, article) == ([str(town.pk)], str(town.pk))


def test_list_grows_by_no_category_for_each_row(editor):
    """What is said of a row fits in a kilobyte and a half, however many categories there are."""
    for number in range(30):
        make_category(f"Section {number}")
    for _number in range(2):
        make_draft()
    few = len(editor.get(LIST).content)
    for _number in range(10):
        make_draft()
    assert len(editor.get(LIST).content) - few < 10 * 1_500
