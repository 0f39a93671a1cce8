"""The log of moderation: complete, kept, and read at the desk."""

import contextlib
import csv
import io
import random
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from articles.models import CategoryScope
from comments import log, moderation, own, own_data, reports, status
from comments.models import Comment, Decision, LogIsKept, WordList
from tests.comments.sending import send
from tests.factories import make_article, make_category, make_comment, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def moderator():
    return make_user("leo", role="Moderator")


@pytest.fixture
def desk(client, moderator):
    client.force_login(moderator)
    return client


def lines(comment):
    return list(comment.decisions.order_by("pk").values_list("what", "before", "after", "by__username"))


# Complete


def test_every_state_change_has_its_log_row(reader, moderator):
    article = make_article()
    send(reader, article)
    comment = Comment.objects.get()
    moderation.approve([comment], by=moderator)
    comment.refresh_from_db()
    own.change(comment, "Other words.", ask=lambda changed: [], shows_at_once=lambda changed: False)
    comment.refresh_from_db()
    moderation.mark_spam([comment], by=moderator)
    comment.refresh_from_db()
    moderation.undo([comment], by=moderator)
    comment.refresh_from_db()
    own.withdraw(comment)
    assert lines(comment) == [
        ("received", "", "pending", None),
        ("decided", "pending", "approved", "leo"),
        ("changed", "approved", "pending", None),
        ("decided", "pending", "spam", "leo"),
        ("undone", "spam", "pending", "leo"),
        ("withdrawn", "pending", "trash", None),
    ]


@pytest.mark.parametrize("verb", ["approve", "reject", "mark_spam", "trash"])
@pytest.mark.parametrize("before", Comment.State.values)
def test_each_line_begins_where_the_last_has_ended(moderator, before, verb):
    comment = make_comment(make_article(), state=before)
    getattr(moderation, verb)([comment], by=moderator)
    comment.refresh_from_db()
    moderation.approve([comment], by=moderator)
    comment.refresh_from_db()
    found = list(comment.decisions.order_by("pk").values_list("before", "after"))
    assert [begin for begin, _end in found] == ["", *(end for _begin, end in found[:-1])]
    assert found[-1][1] == comment.state


def step(chance, comment, people, settings):
    """Something that may happen to a comment, whatever state it is in."""
    by, verb = chance.choice(people), chance.choice(["approve", "reject", "mark_spam", "trash"])
    number = chance.randrange(10**6)
    settings.COMMENT_REPORTS = 1
    deed = chance.choice(
        [
            lambda: getattr(moderation, verb)([comment], by=by),
            lambda: getattr(moderation, verb)(Comment.objects.filter(pk=comment.pk), by=by),
            lambda: [moderation.trash([comment], by=by), moderation.undo([comment], by=by)],
            lambda: moderation.undo([comment], by=by),
            lambda: moderation.edit(comment, f"Words {number}.", by=by),
            lambda: moderation.feature(comment, by=by),
            lambda: moderation.answer(comment, "Thank you.", name="Leo", by=by),
            lambda: own.change(
                comment, f"Other {number}.", ask=lambda row: [], shows_at_once=lambda row: number % 2 == 0
            ),
            lambda: own.withdraw(comment) if number % 20 == 0 else None,
            lambda: own_data.erase(comment.email) if number % 20 == 0 else None,
            lambda: reports.report(comment, reporter=f"{number}", ground="insult"),
            lambda: status.appeal(comment, "I named nobody."),
        ]
    )
    with contextlib.suppress(PermissionDenied, own.TooLate):
        deed()


@pytest.mark.parametrize("seed", [1, 2])
def test_log_tells_the_states_whatever_happens_in_whatever_order(settings, seed):
    """Each line begins where the one before has ended, and the last one ends where the comment is."""
    chance, article = random.Random(seed), make_article()
    people = [make_user(role="Moderator"), make_user(role="Moderator")]
    comments = [
        make_comment(article, state=chance.choice(Comment.State.values), email=f"{number}@post.example")
        for number in range(4)
    ]
    for _step in range(200):
        comment = Comment.objects.get(pk=chance.choice(comments).pk)
        step(chance, comment, people, settings)
        for row in Comment.objects.prefetch_related("decisions"):
            found = sorted(row.decisions.all(), key=lambda line: line.pk)
            assert [line.before for line in found] == ["", *(line.after for line in found[:-1])]
            assert found[-1].after == row.state
    whats = set(Decision.objects.values_list("what", flat=True))
    assert whats >= {"received", "decided", "undone", "edited", "featured", "changed", "reported", "appealed"}


def test_what_a_mode_or_a_check_decides_is_logged(reader, another_reader):
    send(reader, make_article(comment_mode="open"))
    WordList.objects.update_or_create(kind="banned", defaults={"terms": "gadzooks"})
    send(another_reader, make_article(), body="Gadzooks, my lamps!", email="x@post.example")
    shown, refused = Decision.objects.order_by("pk")
    assert (shown.what, shown.after, shown.ground, shown.by) == ("received", "approved", "", None)
    assert (refused.what, refused.after, refused.ground) == ("received", "rejected", "checks")
    assert "gadzooks" in refused.reason


def test_a_save_that_changes_the_state_is_logged():
    comment = Comment.objects.get(pk=make_comment(make_article(), state="pending").pk)
    comment.state = "trash"
    comment.save()
    comment.save()
    assert lines(comment)[1:] == [("decided", "pending", "trash", None)]


def test_rejection_has_a_ground_and_words(moderator):
    comment = make_comment(make_article(), state="pending")
    moderation.reject([comment], by=moderator, reason=" Twice the same. ", ground="repeated")
    row = comment.decisions.first()
    assert (row.ground, row.reason) == ("repeated", "Twice the same.")
    comment.refresh_from_db()
    moderation.approve([comment], by=moderator)
    comment.refresh_from_db()
    moderation.reject([comment], by=moderator, ground="' or 1=1")
    assert comment.decisions.first().ground == "other"


# Undo


def test_undo_takes_back_the_own_last_decision_alone(moderator):
    comment = make_comment(make_article(), state="pending")
    moderation.reject([comment], by=moderator)
    other = make_user(role="Moderator")
    assert moderation.undo([comment], by=other).changed == []
    assert [changed.state for changed in moderation.undo([comment], by=moderator).changed] == ["pending"]
    assert moderation.undo([comment], by=moderator).changed == []
    comment.refresh_from_db()
    assert (comment.state, comment.decided_by, comment.decided_at) == ("pending", None, None)


def test_undo_brings_back_nothing_that_was_withdrawn(moderator):
    comment = make_comment(make_article(), state="approved")
    moderation.mark_spam([comment], by=moderator)
    Comment.objects.update(withdrawn_at=timezone.now())
    assert moderation.undo([comment], by=moderator).changed == []


# Kept


def test_log_is_neither_changed_nor_deleted(moderator):
    comment = make_comment(make_article(), state="pending")
    moderation.reject([comment], by=moderator)
    row = Decision.objects.first()
    row.reason = "Nothing happened."
    attempts = [
        row.save,
        row.delete,
        Decision.objects.all().delete,
        lambda: Decision.objects.update(reason=""),
        lambda: Decision.objects.bulk_update([row], ["reason"]),
        lambda: Decision.objects.update_or_create(pk=row.pk, defaults={"reason": ""}),
        lambda: Decision.objects.bulk_create(
            [row], update_conflicts=True, update_fields=["reason"], unique_fields=["id"]
        ),
        lambda: comment.decisions.all().delete(),
        comment.decisions.clear,
    ]
    for attempt in attempts:
        with pytest.raises(LogIsKept):
            attempt()
    assert list(Decision.objects.values_list("what", "reason")) == [("decided", ""), ("received", "")]


def test_log_outlives_the_comment_the_article_and_the_account(moderator):
    article = make_article()
    comment = make_comment(article, state="pending")
    moderation.reject([comment], by=moderator)
    number = comment.pk
    article.delete()
    type(moderator).objects.filter(pk=moderator.pk).delete()
    assert Decision.objects.filter(comment_id=number).count() == 2
    assert len(list(log.table(Decision.objects.order_by("pk")))) == 3


@pytest.mark.parametrize("role", ["Moderator", "superuser"])
def test_nobody_changes_the_log_at_the_desk(client, role):
    """S13"""
    is_root = role == "superuser"
    client.force_login(make_user(role="Publisher" if is_root else role, is_superuser=is_root))
    row = make_comment(make_article()).decisions.get()
    for name in ("change", "delete"):
        response = client.post(
            reverse(f"admin:comments_decision_{name}", args=[row.pk]), {"post": "yes", "reason": "x"}
        )
        assert response.status_code == 403
    assert client.post(reverse("admin:comments_decision_add"), {"after": "spam"}).status_code == 403
    action = {"action": "delete_selected", "_selected_action": row.pk, "post": "yes"}
    client.post(reverse("admin:comments_decision_changelist"), action)
    assert Decision.objects.get() == row


# Read


def test_log_stands_on_the_comment_and_on_the_person(desk, moderator):
    article = make_article()
    first = make_comment(article, state="pending", email="o.da+x@gmail.com")
    second = make_comment(article, state="pending", email="oda@gmail.com")
    stranger = make_comment(article, email="ann@post.example")
    moderation.reject([first], by=moderator, reason="Rude to the ferryman.")
    page = desk.get(reverse("admin:comments_comment_change", args=[first.pk])).content.decode()
    assert "Rude to the ferryman." in page
    assert f"?writer={first.pk}" in page
    listed = desk.get(reverse("admin:comments_decision_changelist"), {"writer": second.pk})
    numbers = {row.comment_id for row in listed.context["cl"].result_list}
    assert numbers == {first.pk, second.pk}
    assert stranger.pk not in numbers
    for odd in ("x", "9" * 30, "²"):
        assert desk.get(reverse("admin:comments_decision_changelist"), {"writer": odd}).status_code == 200


def test_log_is_filtered_and_searched(desk, moderator):
    comment = make_comment(make_article(), state="pending")
    moderation.reject([comment], by=moderator, ground="insult")
    address = reverse("admin:comments_decision_changelist")
    for query, count in [
        ({"what__exact": "received"}, 1),
        ({"after__exact": "rejected"}, 1),
        ({"ground__exact": "insult"}, 1),
        ({"ground__exact": "hate"}, 0),
        ({"q": "leo"}, 1),
        ({"q": str(comment.pk)}, 2),
    ]:
        assert len(desk.get(address, query).context["cl"].result_list) == count, query


def test_csv_is_what_the_filters_leave_and_runs_no_formula(desk, moderator):
    """S5"""
    article = make_article()
    hostile = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", ' =cmd|"/c calc"!A0']
    for words in hostile:
        comment = make_comment(article, state="pending")
        row = Decision(comment=comment, before="pending", after="rejected", by=moderator, reason=words, ground="other")
        row.save()
    response = desk.get(reverse("admin:comments_decision_csv"), {"after__exact": "rejected"})
    assert response["Content-Type"].startswith("text/csv")
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert len(rows) == 1 + len(hostile)
    assert [row[-1] for row in rows[1:]] == [f"'{words}" for words in hostile]
    assert {row[6] for row in rows[1:]} == {"leo"}


def test_csv_is_for_moderators(client):
    """S13"""
    client.force_login(make_user(role="Author"))
    assert client.get(reverse("admin:comments_decision_csv")).status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_log_asks_the_same_however_long_it_is(desk, django_assert_num_queries, count):
    for _number in range(count):
        make_comment(make_article(), created_at=timezone.now() - timedelta(hours=1))
    with django_assert_num_queries(8):
        desk.get(reverse("admin:comments_decision_changelist"))


# Limits to categories


def test_moderator_limited_to_a_category_sees_and_decides_there_alone(desk, moderator):
    """S13"""
    harbour, sport = make_category("Harbour"), make_category("Sport")
    CategoryScope.objects.create(user=moderator, category=harbour)
    inside = make_comment(make_article(category=harbour), state="pending")
    outside = make_comment(make_article(category=sport), state="pending")
    listed = desk.get(reverse("admin:comments_comment_changelist")).context["cl"].result_list
    assert [comment.pk for comment in listed] == [inside.pk]
    listed = desk.get(reverse("admin:comments_decision_changelist")).context["cl"].result_list
    assert {row.comment_id for row in listed} == {inside.pk}
    decide = reverse("admin:comments_comment_decide", args=[outside.pk])
    assert desk.post(decide, {"verb": "approve"}).status_code == 404
    with pytest.raises(PermissionDenied):
        moderation.approve([inside, outside], by=type(moderator).objects.get(pk=moderator.pk))
    assert not Comment.objects.filter(state="approved").exists()
    desk.post(reverse("admin:comments_comment_decide", args=[inside.pk]), {"verb": "approve"})
    assert Comment.objects.get(state="approved") == inside
