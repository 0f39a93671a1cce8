"""Two people at the rows of one form (corrections, ways to give, synonyms, names): none is lost, none written over."""

import json
import re

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from articles import workflow
from articles.models import AuthorName, CategoryScope, Correction, Tag, TagSynonym
from newsroom.appeals.models import DonationLink
from tests.articles.test_two_at_once import at_the_same_time, sent_by_the_page
from tests.factories import (
    make_appeal,
    make_article,
    make_author,
    make_category,
    make_correction,
    make_draft,
    make_user,
)
from tests.newsroom.test_at_once import address, desks, opened  # noqa: F401  (a fixture)

pytestmark = pytest.mark.django_db


def article_with_corrections():
    article = make_article("Quay")
    return article, [make_correction(article, text) for text in ("Nine.", "Ten.")]


def appeal_with_links():
    appeal = make_appeal("Lamp", goal=200, starts_at=timezone.now(), body="<p>One.</p>", links=2)
    return appeal, list(appeal.links.all())


def tag_with_synonyms():
    tag = Tag.objects.create(name="Boats")
    return tag, [TagSynonym.objects.create(tag=tag, name=name) for name in ("Ferries", "Ships")]


def author_with_names():
    author = make_author("Ines")
    return author, [AuthorName.objects.create(author=author, language=code, name="I.") for code in ("fa", "fr")]


#: Each with the prefix of its fields, one that is typed in, and another one with a value that is typed there.
INLINES = {
    "corrections": (article_with_corrections, "corrections", "text", ("kind", "update")),
    "links": (appeal_with_links, "links", "provider", ("label", "Give")),
    "synonyms": (tag_with_synonyms, "synonyms", "name", None),
    "names": (author_with_names, "names", "name", ("bio", "She writes.")),
}
EACH = pytest.mark.parametrize("kind", INLINES)


def place(sent, prefix, row):
    """The place of the row in the form."""
    total = int(sent[f"{prefix}-INITIAL_FORMS"])
    return next(number for number in range(total) if str(sent[f"{prefix}-{number}-id"]) == str(row.pk))


def typed(sent, prefix, row, **fields):
    """What the form sends with these fields of a row typed over."""
    before = f"{prefix}-{place(sent, prefix, row)}"
    return {**sent, **{f"{before}-{name}": value for name, value in fields.items()}}


def again(page, sent, prefix):
    """What the refused page sends."""
    shown = next(inline.formset for inline in page.context["inline_admin_formsets"] if inline.formset.prefix == prefix)
    assert [row.form for row in inline_of(page, prefix)][: len(shown.forms)] == shown.forms  # none is left out
    return {**sent, f"{prefix}-as_shown": shown.management_form["as_shown"].value()}


def inline_of(page, prefix):
    return next(inline for inline in page.context["inline_admin_formsets"] if inline.formset.prefix == prefix)


def words(page):
    return page.content.decode()


@EACH
def test_row_that_only_the_other_has_changed_stays_changed(desks, kind):  # noqa: F811
    """F6: a form that was opened before does not bring the older words back."""
    anna, bo = desks
    make, prefix, name, _other = INLINES[kind]
    parent, (one, two) = make()
    first, second = opened(anna, parent), opened(bo, parent)
    assert anna.post(address(parent), typed(first, prefix, one, **{name: "Anna"})).status_code == 302
    assert bo.post(address(parent), typed(second, prefix, two, **{name: "Bo"})).status_code == 302
    one.refresh_from_db()
    two.refresh_from_db()
    assert (getattr(one, name), getattr(two, name)) == ("Anna", "Bo")
    lines = json.loads(LogEntry.objects.filter(user=bo.user).latest("pk").change_message)
    assert [line["changed"]["object"] for line in lines if "name" in line["changed"]] == [str(two)]


@pytest.mark.parametrize("kind", [kind for kind in INLINES if INLINES[kind][3]])
def test_field_of_a_row_that_both_have_changed_is_refused_and_the_others_are_taken_over(desks, kind):  # noqa: F811
    """F6"""
    anna, bo = desks
    make, prefix, name, (other, value) = INLINES[kind]
    parent, (row, _other) = make()
    first, second = opened(anna, parent), opened(bo, parent)
    anna.post(address(parent), typed(first, prefix, row, **{name: "Anna", other: value}))
    mine = typed(second, prefix, row, **{name: "Bo"})
    page = bo.post(address(parent), mine)
    form = inline_of(page, prefix).formset.forms[place(second, prefix, row)]
    assert re.search("Anna K. has changed this at [0-9]+:[0-9]+, to: Anna. Saved again", str(form.errors[name]))
    assert list(form.errors) == [name]
    assert form[name].value() == "Bo"
    row.refresh_from_db()
    assert getattr(row, name) == "Anna"
    assert bo.post(address(parent), again(page, mine, prefix)).status_code == 302
    row.refresh_from_db()
    assert (getattr(row, name), getattr(row, other)) == ("Bo", value)


@EACH
def test_row_that_another_has_deleted_is_gone_unless_something_was_typed_in_it(desks, kind):  # noqa: F811
    """F6: what was typed is shown still, and saved again it is a row of its own."""
    anna, bo = desks
    make, prefix, name, _other = INLINES[kind]
    parent, (one, two) = make()
    first, second, third = opened(anna, parent), opened(bo, parent), opened(bo, parent)
    gone = typed(typed(first, prefix, one, DELETE="on"), prefix, two, DELETE="on")
    assert anna.post(address(parent), gone).status_code == 302
    assert bo.post(address(parent), third).status_code == 302
    assert not type(one).objects.exists()
    mine = typed(second, prefix, two, **{name: "Bo"})
    page = bo.post(address(parent), mine)
    assert "Anna K. has deleted this at" in words(page)
    assert inline_of(page, prefix).formset.forms[place(second, prefix, two)][name].value() == "Bo"
    assert words(page).count("deleted meanwhile") == 2
    sent = again(page, mine, prefix)
    assert bo.post(address(parent), typed(sent, prefix, two, DELETE="on")).status_code == 302
    assert not type(one).objects.exists()
    assert bo.post(address(parent), sent).status_code == 302
    assert [getattr(row, name) for row in type(one).objects.all()] == ["Bo"]


@EACH
def test_row_is_not_deleted_over_what_another_has_made_of_it(desks, kind):  # noqa: F811
    """F6: the page says what stands there; deleted again, it goes."""
    anna, bo = desks
    make, prefix, name, _other = INLINES[kind]
    parent, (row, other) = make()
    first, second = opened(anna, parent), opened(bo, parent)
    anna.post(address(parent), typed(first, prefix, row, **{name: "Anna"}))
    mine = typed(second, prefix, row, DELETE="on")
    page = bo.post(address(parent), mine)
    assert "What was to be deleted has been changed meanwhile" in words(page)
    assert re.search("Anna K. has changed this at [0-9:]+, to: Anna. Saved again, it is deleted", words(page))
    assert type(row).objects.count() == 2
    assert bo.post(address(parent), again(page, mine, prefix)).status_code == 302
    assert list(type(row).objects.all()) == [other]


@EACH
def test_row_that_another_has_added_stays_and_no_row_is_taken_for_it(desks, kind):  # noqa: F811
    bo = desks[1]
    make, prefix, name, _other = INLINES[kind]
    parent, (one, two) = make()
    second = opened(bo, parent)
    added = type(one)(**{field.attname: getattr(one, field.attname) for field in one._meta.concrete_fields})
    added.pk = None
    unique = {"name": "Launches", "slug": "", "key": ""} if kind == "synonyms" else {"language": "ar"}
    for field, value in {**unique, name: "Added", "number": 9, "position": 0}.items():
        setattr(added, field, value)
    added.save()
    mine = typed(typed(second, prefix, one, **{name: ""}), prefix, two, **{name: "Bo"})
    page = bo.post(address(parent), mine)
    assert [str(row.original) for row in inline_of(page, prefix) if row.original][1] == str(
        inline_of(page, prefix).formset.forms[1].instance
    )
    assert bo.post(address(parent), typed(again(page, mine, prefix), prefix, one, **{name: "One"})).status_code == 302
    assert sorted(getattr(row, name) for row in type(one).objects.all()) == ["Added", "Bo", "One"]


@pytest.mark.parametrize("shown", ["", "x", "[]", "null", '{"at": null, "rows": {}}', '{"at": "x", "rows": {"1": 2}}'])
def test_odd_word_of_what_was_shown_is_no_error(desks, shown):  # noqa: F811
    parent, (row, _other) = article_with_corrections()
    sent = typed(opened(desks[0], parent), "corrections", row, text="Anna")
    assert desks[0].post(address(parent), {**sent, "corrections-as_shown": shown}).status_code == 302
    row.refresh_from_db()
    assert row.text == "Anna"


def test_number_of_another_articles_correction_changes_nothing_there(desks):  # noqa: F811
    """S16"""
    parent, (row, _other) = article_with_corrections()
    foreign = make_correction(make_article("Lamp"), "Eleven.")
    sent = typed(opened(desks[0], parent), "corrections", row, id=foreign.pk, text="Anna")
    desks[0].post(address(parent), sent)
    foreign.refresh_from_db()
    assert foreign.text == "Eleven."


def test_limits_of_an_account_are_not_widened_by_an_older_form(desks):  # noqa: F811
    """S13, F6: a limit that one takes away and another one changes is asked about."""
    anna, bo = desks
    person, harbour, town = make_user("ed", role="Editor"), make_category("Harbour"), make_category("Town")
    limit = CategoryScope.objects.create(user=person, category=harbour)
    first, second = opened(anna, person), opened(bo, person)
    assert anna.post(address(person), typed(first, "category_scope", limit, category=town.pk)).status_code == 302
    page = bo.post(address(person), typed(second, "category_scope", limit, DELETE="on"))
    assert "Anna K. has changed this at" in words(page)
    limit.refresh_from_db()
    assert limit.category == town


# Together with the article's own merge


def test_clash_of_the_article_keeps_the_rows_for_the_choice(desks):  # noqa: F811
    """F6: nothing of the corrections is saved before the choice is made, and all of it after."""
    anna, bo = desks
    article = make_draft("Quay", body="<p>At nine.</p>")
    one, two = (make_correction(article, text) for text in ("Nine.", "Ten."))
    first, second = opened(anna, article), opened(bo, article)
    anna.post(address(article), {**typed(first, "corrections", one, text="Anna"), "headline": "Anna"})
    asked = bo.post(address(article), {**typed(second, "corrections", two, text="Bo"), "headline": "Bo"})
    assert asked.status_code == 409
    two.refresh_from_db()
    assert two.text == "Ten."
    chosen = sent_by_the_page(asked, **{"choice:headline": "mine"})
    assert bo.post(address(article), chosen).status_code == 302
    article.refresh_from_db()
    texts = [row.text for row in Correction.objects.order_by("pk")]
    assert (article.headline, texts) == ("Bo", ["Anna", "Bo"])


def test_clash_of_a_row_keeps_what_was_typed_of_the_article(desks):  # noqa: F811
    anna, bo = desks
    article, (row, _other) = article_with_corrections()
    first, second = opened(anna, article), opened(bo, article)
    anna.post(address(article), {**typed(first, "corrections", row, text="Anna"), "subtitle": "Anna"})
    mine = {**typed(second, "corrections", row, text="Bo"), "headline": "Bo"}
    page = bo.post(address(article), mine)
    assert page.context["adminform"].form["headline"].value() == "Bo"
    assert bo.post(address(article), again(page, mine, "corrections")).status_code == 302
    row.refresh_from_db()
    waiting = article.revisions.get(kind="pending")
    assert (row.text, waiting.content["headline"], waiting.content["subtitle"]) == ("Bo", "Bo", "Anna")


def test_form_that_a_verb_went_before_is_merged(desks):  # noqa: F811
    anna, bo = desks
    article = make_draft("Quay")
    row = make_correction(article, "Nine.")
    sent = opened(bo, article)
    Correction.objects.filter(pk=row.pk).update(text="By command")
    workflow.publish(article, by=anna.user)
    page = bo.post(address(article), typed(sent, "corrections", row, text="Bo"))
    assert "Somebody has changed this meanwhile, to: By command." in words(page)


# The correction's own form


def test_own_form_of_a_correction_and_the_articles_know_of_each_other(desks):  # noqa: F811
    """F6: in both directions, by name."""
    anna, bo = desks
    article, (row, _other) = article_with_corrections()
    first, second, own = opened(anna, article), opened(bo, row), opened(anna, row)
    anna.post(address(article), typed(first, "corrections", row, text="Anna"))
    page = bo.post(address(row), {**second, "text": "Bo"})
    assert re.search("Anna K. has changed this at [0-9:]+, to: Anna.", words(page))
    assert bo.post(address(row), {**second, "text": "Bo", "as_shown": page.context["as_shown"]}).status_code == 302
    mine = typed(first, "corrections", row, text="Anna again")
    assert re.search("Bo K. has changed this at [0-9:]+, to: Bo.", words(anna.post(address(article), mine)))
    bo.post(reverse("admin:articles_correction_delete", args=[row.pk]), {"post": "yes"})
    assert "Bo K. has deleted this at" in words(anna.post(address(article), mine))
    assert anna.post(address(row), {**own, "text": "Anna"}).status_code == 302  # to the desk: it is gone


# At one instant


@pytest.mark.django_db(transaction=True)
@EACH
def test_parallel_saves_of_rows_lose_nothing(desks, kind):  # noqa: F811
    """F6, F8: of two that change one field, one is asked; of two that change two rows, neither."""
    if connection.vendor == "sqlite":
        pytest.skip("threads cannot share SQLite's database in memory")
    anna, bo = desks
    make, prefix, name, _other = INLINES[kind]
    parent, (one, two) = make()
    first, second = opened(anna, parent), opened(bo, parent)

    def save(client, sent):
        return lambda: client.post(address(parent), sent).status_code

    both = [typed(first, prefix, one, **{name: "Anna"}), typed(second, prefix, one, **{name: "Bo"})]
    assert sorted(at_the_same_time(save(anna, both[0]), save(bo, both[1]))) == [200, 302]
    first, second = opened(anna, parent), opened(bo, parent)
    each = [typed(first, prefix, one, **{name: "Una"}), typed(second, prefix, two, **{name: "Dua"})]
    assert at_the_same_time(save(anna, each[0]), save(bo, each[1])) == [302, 302]
    one.refresh_from_db()
    two.refresh_from_db()
    assert (getattr(one, name), getattr(two, name)) == ("Una", "Dua")


@pytest.mark.django_db(transaction=True)
def test_parallel_new_corrections_of_one_article_are_both_there(desks):  # noqa: F811
    """F8"""
    if connection.vendor == "sqlite":
        pytest.skip("threads cannot share SQLite's database in memory")
    article = make_article("Quay")
    calls = []
    for client, text in zip(desks, ("Nine.", "Ten."), strict=True):
        sent = {**opened(client, article), "corrections-0-text": text}
        calls.append(lambda client=client, sent=sent: client.post(address(article), sent).status_code)
    assert at_the_same_time(*calls) == [302, 302]
    assert sorted(row.text for row in Correction.objects.all()) == ["Nine.", "Ten."]


@pytest.mark.parametrize("number", [1, 6])
def test_refusal_asks_the_same_at_any_number_of_rows(desks, number, django_assert_num_queries):  # noqa: F811
    anna, bo = desks
    appeal = make_appeal("Lamp", goal=200, starts_at=timezone.now(), body="<p>One.</p>", links=number)
    row = DonationLink.objects.first()
    first, second = opened(anna, appeal), opened(bo, appeal)
    anna.post(address(appeal), typed(first, "links", row, label="Anna"))
    with django_assert_num_queries(21):
        bo.post(address(appeal), typed(second, "links", row, label="Bo"))
