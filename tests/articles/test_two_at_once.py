"""Two people, one article: what does not touch is merged, what clashes is chosen, and nothing is lost."""

import threading
from html import unescape

import pytest
from django.db import connection, connections
from django.test import Client
from django.urls import reverse

from articles import versions, workflow
from articles.models import Article
from articles.versions import Kind
from tests.articles.desk import form, opened
from tests.factories import make_article, make_author, make_category, make_draft, make_user

pytestmark = pytest.mark.django_db

BODY = "<p>At nine.</p><p>The lamp turns.</p><p>The end.</p>"


@pytest.fixture
def desks():
    """Two editors, each in a browser of their own."""
    clients = []
    for name in ("anna", "bo"):
        clients.append(Client())
        clients[-1].user = make_user(name, role="Editor")
        clients[-1].force_login(clients[-1].user)
    return clients


def save(client, article, sent, **fields):
    return client.post(reverse("admin:articles_article_change", args=[article.pk]), {**sent, **fields})


def test_changes_of_different_fields_and_blocks_are_merged(desks):
    """F6"""
    anna, bo = desks
    author = make_author()
    article = make_draft("Quay", body=BODY, tags=["Sea"], subtitle="Old")
    first, second = opened(anna, article), opened(bo, article)
    save(anna, article, first, headline="The quay", body=BODY.replace("nine", "six"), tags="Sea, Boats")
    row = {"bylines-0-author": author.pk}
    body = BODY.replace("The end", "Over")
    response = save(bo, article, second, subtitle="New", body=body, tags="Sea, Lamps", **row)
    assert response.status_code == 302
    article.refresh_from_db()
    assert (article.headline, article.subtitle) == ("The quay", "New")
    assert "At six." in article.body
    assert "Over." in article.body
    assert sorted(article.tags.names()) == ["Boats", "Lamps", "Sea"]
    assert article.bylines.get().author == author
    page = bo.get(reverse("admin:articles_article_change", args=[article.pk])).content.decode()
    assert "Merged with what others have saved meanwhile: headline, body, tags." in page


def test_clash_shows_both_texts_and_keeps_the_later_one(desks):
    """F6"""
    anna, bo = desks
    article = make_draft("Quay", body=BODY)
    first, second = opened(anna, article), opened(bo, article)
    save(anna, article, first, headline="Anna’s quay", body=BODY.replace("nine", "six"))
    response = save(bo, article, second, headline="Bo’s quay", body=BODY.replace("nine", "seven"), subtitle="New")
    assert response.status_code == 409
    page = unescape(response.content.decode())
    for words in ("anna", "<del>Anna</del>’s quay", "<ins>Bo</ins>’s quay", "At <del>six</del>", "At <ins>seven</ins>"):
        assert words in page
    article.refresh_from_db()
    assert article.headline == "Anna’s quay"
    kept = article.revisions.get(kind=Kind.KEPT)
    assert (kept.content["headline"], kept.created_by) == ("Bo’s quay", bo.user)
    assert "At seven." in kept.content["body"]


def sent_by_the_page(response, **choices):
    """What the page of clashes sends with these choices."""
    sent = {}
    for name, value in response.context["sent"]:
        sent.setdefault(name, []).append(value)
    return {**sent, "against": response.context["against"], **choices}


@pytest.mark.parametrize(
    ("headline", "body", "wanted"),
    [
        ("theirs", "mine", ("Anna", ["seven"])),
        ("mine", "theirs", ("Bo", ["six"])),
        ("mine", "both", ("Bo", ["six", "seven"])),
    ],
)
def test_choice_for_each_piece_is_saved(desks, headline, body, wanted):
    """F6"""
    anna, bo = desks
    article = make_draft("Quay", body=BODY)
    first, second = opened(anna, article), opened(bo, article)
    save(anna, article, first, headline="Anna", body=BODY.replace("nine", "six"))
    asked = save(bo, article, second, headline="Bo", body=BODY.replace("nine", "seven"), subtitle="New")
    choices = {"choice:headline": headline, "choice:body-0": body}
    response = save(bo, article, sent_by_the_page(asked, **choices))
    assert response.status_code == 302
    article.refresh_from_db()
    assert (article.headline, article.subtitle) == (wanted[0], "New")
    assert [hour for hour in ("six", "seven") if f"At {hour}." in article.body] == wanted[1]
    texts = [revision.content["headline"] for revision in article.revisions.all()]
    assert {"Quay", "Anna", "Bo"} <= set(texts)


def test_choice_holds_only_against_what_was_shown(desks):
    """F6"""
    anna, bo = desks
    article = make_draft("Quay")
    first, second = opened(anna, article), opened(bo, article)
    save(anna, article, first, headline="Anna")
    asked = save(bo, article, second, headline="Bo")
    save(anna, article, opened(anna, article), headline="Anna again")
    response = save(bo, article, sent_by_the_page(asked, **{"choice:headline": "mine"}))
    assert response.status_code == 409
    assert "again" in response.content.decode()


def test_missing_choice_asks_again_and_keeps_one_version(desks):
    anna, bo = desks
    article = make_draft("Quay")
    first, second = opened(anna, article), opened(bo, article)
    save(anna, article, first, headline="Anna")
    asked = save(bo, article, second, headline="Bo")
    assert save(bo, article, sent_by_the_page(asked)).status_code == 409
    assert article.revisions.filter(kind=Kind.KEPT).count() == 1


def test_changes_that_wait_are_merged_too(desks):
    """F6"""
    anna, bo = desks
    article = make_article("Quay", body=BODY)
    first, second = opened(anna, article), opened(bo, article)
    save(anna, article, first, headline="The quay")
    save(bo, article, second, subtitle="New")
    waiting = versions.pending(article)
    assert (waiting.content["headline"], waiting.content["subtitle"]) == ("The quay", "New")


def test_save_of_what_was_published_meanwhile_waits(desks):
    """F6"""
    anna, bo = desks
    article = make_draft("Quay")
    sent = opened(bo, article)
    workflow.publish(article, by=anna.user)
    save(bo, article, sent, headline="After")
    article.refresh_from_db()
    assert (article.state, article.headline) == (Article.State.PUBLISHED, "Quay")
    assert versions.pending(article).content["headline"] == "After"


def test_save_of_what_was_trashed_or_deleted_meanwhile_is_refused(desks):
    """F6"""
    anna, bo = desks
    article = make_draft("Quay")
    sent = opened(bo, article)
    workflow.trash(article, by=anna.user)
    assert save(bo, article, sent, headline="After").status_code == 403
    anna.post(reverse("admin:articles_article_delete", args=[article.pk]), {"post": "yes"})
    assert save(bo, article, sent, headline="After").status_code == 302  # to the desk, which says that it is gone


def test_save_over_an_import_is_merged(desks):
    """F6: and what no version had been made of is one now."""
    bo = desks[1]
    article = make_draft("Quay", body=BODY)
    versions.record(article)
    sent = opened(bo, article)
    article.subtitle = "By command"
    article.save()
    save(bo, article, sent, headline="After")
    article.refresh_from_db()
    assert (article.headline, article.subtitle) == ("After", "By command")
    assert article.revisions.filter(content__subtitle="By command", content__headline="Quay").exists()


def test_form_of_what_no_version_stands_for_clashes_with_nothing(desks):
    anna = desks[0]
    article = make_draft("Quay")
    versions.record(article)
    Article.objects.filter(pk=article.pk).update(headline="By command")
    assert save(anna, article, opened(anna, article), headline="After").status_code == 302
    article.refresh_from_db()
    assert article.headline == "After"


def test_verb_on_what_another_has_saved_since_is_refused(desks):
    """F6"""
    anna, bo = desks
    article = make_draft("Quay")
    seen = opened(bo, article)["started_from"]
    save(anna, article, opened(anna, article), headline="After")
    address = reverse("admin:articles_verb", args=[article.pk, "publish"])
    page = bo.post(address, {"seen": seen}, follow=True).content.decode()
    assert "Anna has saved “After” since you opened it" in page
    article.refresh_from_db()
    assert article.state == Article.State.DRAFT
    bo.post(address, {"seen": opened(bo, article)["started_from"]})
    article.refresh_from_db()
    assert article.state == Article.State.PUBLISHED


def test_bulk_action_leaves_what_another_has_saved_since(desks):
    """F6"""
    anna, bo = desks
    article, other = make_draft("Quay"), make_draft("Lamp")
    changelist = reverse("admin:articles_article_changelist")
    seen = bo.get(changelist).context["action_form"].fields["seen"].initial()
    save(anna, article, opened(anna, article), headline="After")
    data = {"action": "publish", "_selected_action": [article.pk, other.pk], "seen": seen}
    page = bo.post(changelist, data, follow=True).content.decode()
    assert "Anna has saved “After” since you opened it" in page
    article.refresh_from_db()
    other.refresh_from_db()
    assert (article.state, other.state) == (Article.State.DRAFT, Article.State.PUBLISHED)


# The same form sent twice


def test_form_of_a_new_article_sent_twice_makes_one(desks):
    """F8"""
    anna = desks[0]
    address = reverse("admin:articles_article_add")
    sent = form(made_as=str(anna.get(address).context["adminform"].form.initial["made_as"]), headline="Once")
    answers = [anna.post(address, sent) for _ in range(2)]
    assert Article.objects.count() == 1
    assert [answer.status_code for answer in answers] == [302, 302]
    assert answers[0].url == answers[1].url


def test_save_sent_twice_makes_one_version(desks):
    """F8"""
    anna = desks[0]
    article = make_draft("Quay")
    sent = opened(anna, article)
    answers = [save(anna, article, sent, headline="After") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert article.revisions.count() == 2


def test_verb_sent_twice_is_done_once(desks):
    """F8"""
    anna = desks[0]
    article = make_draft("Quay")
    address = reverse("admin:articles_verb", args=[article.pk, "publish"])
    for _ in range(2):
        assert anna.post(address).status_code == 302
    article.refresh_from_db()
    assert article.state == Article.State.PUBLISHED


def at_the_same_time(*calls):
    """Their results; each in a thread with a connection of its own."""
    barrier, results = threading.Barrier(len(calls)), [None] * len(calls)

    def run(place, call):
        try:
            barrier.wait(timeout=30)
            results[place] = call()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.django_db(transaction=True)
def test_parallel_saves_lose_nothing(desks):
    """F6, F8: two saves of the same form, and one form of a new article sent twice."""
    if connection.vendor == "sqlite":
        pytest.skip("threads cannot share SQLite's database in memory")
    anna, bo = desks
    article = make_draft("Quay", body=BODY)
    first, second = opened(anna, article), opened(bo, article)
    answers = at_the_same_time(
        lambda: save(anna, article, first, headline="The quay").status_code,
        lambda: save(bo, article, second, subtitle="New").status_code,
    )
    article.refresh_from_db()
    assert answers == [302, 302]
    assert (article.headline, article.subtitle) == ("The quay", "New")

    address = reverse("admin:articles_article_add")
    sent = form(made_as=str(anna.get(address).context["adminform"].form.initial["made_as"]), headline="Once")
    again = Client()
    again.cookies = anna.cookies
    answers = at_the_same_time(lambda: anna.post(address, sent).url, lambda: again.post(address, sent).url)
    assert answers[0] == answers[1]
    assert Article.objects.filter(headline="Once").count() == 1


def test_category_of_another_edition_is_still_refused(desks):
    anna = desks[0]
    article = make_draft("Quay")
    response = save(anna, article, opened(anna, article), category=make_category("Port", language="fr").pk)
    assert "another edition" in response.content.decode()
