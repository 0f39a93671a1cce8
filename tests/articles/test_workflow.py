"""The verbs of an article: who may, from which state, what is refused with which sentence, and the history."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from articles import workflow
from articles.models import Article
from articles.workflow import WorkflowError
from tests.articles.desk import change, form
from tests.factories import make_article, make_draft, make_user

pytestmark = pytest.mark.django_db

State = Article.State
#: The verb, the state that it is used in, and the one that it leads to.
MOVES = [
    ("submit", State.DRAFT, State.IN_REVIEW),
    ("approve", State.IN_REVIEW, State.APPROVED),
    ("publish", State.DRAFT, State.PUBLISHED),
    ("publish", State.APPROVED, State.PUBLISHED),
    ("send_back", State.IN_REVIEW, State.DRAFT),
    ("send_back", State.APPROVED, State.DRAFT),
    ("withdraw", State.PUBLISHED, State.WITHDRAWN),
    ("restore", State.WITHDRAWN, State.DRAFT),
    ("trash", State.DRAFT, State.TRASHED),
    ("untrash", State.TRASHED, State.DRAFT),
]


def make(state, **fields):
    return make_draft("The quay", state=state, publish_at=timezone.now() - timedelta(hours=1), **fields)


def do(verb, article, by, **options):
    return workflow.VERBS[verb].do(article, by=by, **{"note": "Mind the tide.", **options})


@pytest.mark.parametrize(("verb", "before", "after"), MOVES)
def test_verb_moves_the_article_and_stands_in_its_history(verb, before, after):
    article, editor = make(before), make_user("ed", role="Editor")
    do(verb, article, editor)
    article.refresh_from_db()
    assert article.state == after
    line = LogEntry.objects.get(object_id=str(article.pk))
    assert line.user == editor
    assert line.change_message.endswith(". Mind the tide.")


@pytest.mark.parametrize("verb", workflow.VERBS)
@pytest.mark.parametrize("state", State)
def test_verb_refuses_every_other_state_with_its_name(verb, state):
    article, editor = make(state), make_user(role="Editor")
    if state in workflow.VERBS[verb].states:
        return
    with pytest.raises(WorkflowError) as refused:
        do(verb, article, editor)
    assert f"“The quay” is {article.get_status_display()} and cannot be " in refused.value.messages[0]
    article.refresh_from_db()
    assert article.state == state
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize("verb", workflow.VERBS)
def test_verb_refuses_who_may_not(verb):
    article = make(next(iter(workflow.VERBS[verb].states)))
    for person in (make_user(role="Moderator"), make_user(role="Author"), make_user()):
        with pytest.raises(WorkflowError, match="Your role does not allow it: “The quay” cannot be "):
            do(verb, article, person)


def test_author_submits_and_trashes_own_drafts_only():
    author = make_user(role="Author")
    assert workflow.may(make(State.DRAFT, created_by=author), author) == ["submit", "trash"]
    assert workflow.may(make(State.TRASHED, created_by=author), author) == ["untrash"]
    assert workflow.may(make(State.IN_REVIEW, created_by=author), author) == []
    assert workflow.may(make(State.DRAFT), author) == []


def test_author_does_not_change_what_is_approved_or_in_the_trash():
    author = make_user(role="Author")
    for state in (State.APPROVED, State.PUBLISHED, State.TRASHED):
        assert not workflow.may_change(make(state, created_by=author), author)


def test_sending_back_needs_a_note():
    article = make(State.IN_REVIEW)
    with pytest.raises(WorkflowError, match="Say in a note why “The quay” goes back"):
        workflow.send_back(article, by=make_user(role="Editor"), note=" ")


def test_schedule_needs_a_time_to_come():
    article, editor = make(State.DRAFT), make_user(role="Editor")
    with pytest.raises(WorkflowError, match="still to come"):
        workflow.schedule(article, by=editor)
    at = timezone.now() + timedelta(days=1)
    workflow.schedule(article, by=editor, at=at)
    assert article.is_scheduled
    workflow.schedule(article, by=editor, at=at + timedelta(hours=2))
    assert article.publish_at == at + timedelta(hours=2)


def test_public_article_is_not_scheduled():
    article, editor = make_article(), make_user(role="Editor")
    assert "schedule" not in workflow.may(article, editor)
    with pytest.raises(WorkflowError, match="withdraw it first"):
        workflow.schedule(article, by=editor, at=timezone.now() + timedelta(days=1))


def test_form_shows_exactly_the_buttons_of_the_person(client):
    author, editor = make_user(role="Author"), make_user(role="Editor")
    article = make(State.IN_REVIEW, created_by=author)
    address = reverse("admin:articles_article_change", args=[article.pk])
    for person, shown, hidden in (
        (author, [], ["approve", "publish", "send_back", "submit"]),
        (editor, ["approve", "publish", "schedule", "send_back"], ["submit", "withdraw", "restore"]),
    ):
        client.force_login(person)
        page = client.get(address).content.decode()
        for verb in (*shown, *hidden):
            button = reverse("admin:articles_verb", args=[article.pk, verb])
            assert (f'formaction="{button}"' in page) is (verb in shown), verb


def test_note_and_time_of_the_buttons_are_taken(client, settings):
    settings.TIME_ZONE = "Europe/Lisbon"
    client.force_login(make_user(role="Editor"))
    article = make(State.DRAFT)
    client.post(
        reverse("admin:articles_verb", args=[article.pk, "schedule"]),
        {"at": "2031-07-14T09:30", "note": "With the tide"},
    )
    article.refresh_from_db()
    assert article.publish_at.isoformat() == "2031-07-14T08:30:00+00:00"
    assert LogEntry.objects.get().change_message.endswith("With the tide")
    history = client.get(reverse("admin:articles_article_history", args=[article.pk]))
    assert "With the tide" in history.content.decode()


def test_time_that_is_none_is_refused_with_a_sentence(client):
    client.force_login(make_user(role="Editor"))
    article = make(State.DRAFT)
    response = client.post(reverse("admin:articles_verb", args=[article.pk, "schedule"]), {"at": "soon"}, follow=True)
    assert "Enter a valid date and time." in response.content.decode()


def test_trash_is_out_of_the_list_until_it_is_asked_for(client):
    client.force_login(make_user(role="Editor"))
    make(State.TRASHED)
    address = reverse("admin:articles_article_changelist")
    assert "The quay" not in client.get(address).content.decode()
    assert "The quay" in client.get(f"{address}?state__exact=trashed").content.decode()


def test_only_what_is_in_the_trash_is_deleted_for_good(client):
    client.force_login(make_user(role="Editor"))
    for state, status in ((State.DRAFT, 403), (State.WITHDRAWN, 403), (State.TRASHED, 302)):
        article = make(state)
        response = client.post(reverse("admin:articles_article_delete", args=[article.pk]), {"post": "yes"})
        assert response.status_code == status
        assert Article.objects.filter(pk=article.pk).exists() is (status == 403)


FEATURED = {"featured_slot": "lead", "featured_until": None}


def test_place_on_the_front_page_is_an_editors_to_give():
    """S13: by role, whatever form or command says it."""
    author, editor = make_user(role="Author"), make_user(role="Editor")
    article = make(State.DRAFT, created_by=author)
    workflow.change(article, {**FEATURED, "headline": "The lead"}, by=author)
    article.refresh_from_db()
    assert (article.headline, article.featured_slot) == ("The lead", "")
    workflow.change(article, FEATURED, by=editor)
    workflow.change(article, {"featured_slot": "", "headline": "Still the lead"}, by=author)
    article.refresh_from_db()
    assert (article.headline, article.featured_slot) == ("Still the lead", "lead")


@pytest.mark.parametrize(("role", "slot"), [("Author", ""), ("Editor", "lead")])
def test_form_gives_no_place_to_who_may_not_publish(client, role, slot):
    """S13"""
    client.force_login(make_user(role=role))
    client.post(reverse("admin:articles_article_add"), form(featured_slot="lead"))
    article = Article.objects.get()
    assert article.featured_slot == slot
    change(client, article, featured_slot="lead", subtitle="Saved")
    article.refresh_from_db()
    assert (article.featured_slot, article.subtitle) == (slot, "Saved")


def test_form_says_where_an_article_will_stand_before_it_is_published(client):
    said = "Once published, it stands on the front page"
    client.force_login(make_user(role="Editor"))

    def page(**fields):
        article = make(State.IN_REVIEW, **fields)
        return client.get(reverse("admin:articles_article_change", args=[article.pk])).content.decode()

    assert said not in page()
    assert f"{said}: lead story." in page(featured_slot="lead")
    soon = timezone.now() + timedelta(days=1)
    assert f"{said} until" in page(featured_slot="secondary", featured_until=soon)
    assert said not in page(featured_slot="lead", featured_until=timezone.now() - timedelta(days=1))
