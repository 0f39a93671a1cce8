"""The moderators' queue: what stands in it, what is done there, and by whom."""

import html
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from articles.models import CategoryScope
from comments import claims, moderation, own, queue
from comments.models import Claim, Comment, Decision, WatchedArticle
from tests.factories import make_article, make_category, make_comment, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def moderator():
    return make_user("leo", role="Moderator")


@pytest.fixture
def desk(client, moderator):
    client.force_login(moderator)
    return client


def address(query=""):
    return reverse("admin:comments_comment_queue") + query


def waiting(article=None, body="Waiting words.", **fields):
    return make_comment(article or make_article(), body, state="pending", **fields)


def do(desk, what, comment, query="", **fields):
    seen = {f"seen-{comment.pk}": fields.pop("seen", comment.state)}
    return desk.post(address(query), {"do": what, "comment": comment.pk} | seen | fields, follow=True)


def listed(response):
    return [row.pk for row in response.context["rows"]]


def said(response):
    return [str(message) for message in response.context["messages"]]


# Decisions


@pytest.mark.parametrize(
    ("verb", "state"), [("approve", "approved"), ("reject", "rejected"), ("spam", "spam"), ("trash", "trash")]
)
def test_decision_leads_to_the_next_comment_and_can_be_undone(desk, verb, state):
    article = make_article()
    last, comment, first = waiting(article), waiting(article), waiting(article)
    response = do(desk, verb, comment)
    comment.refresh_from_db()
    assert comment.state == state
    assert response.context["comment"] == last
    assert listed(response) == [first.pk, last.pk]
    response = desk.post(address(), {"do": "undo", "undo": response.context["undo"]["numbers"]}, follow=True)
    comment.refresh_from_db()
    assert comment.state == "pending"
    assert response.context["comment"] == comment
    assert list(comment.decisions.values_list("what", flat=True)) == ["undone", "decided", "received"]


def test_after_the_last_comment_the_first_is_next_and_then_none(desk):
    last, first = waiting(), waiting()
    assert do(desk, "approve", last).context["comment"] == first
    response = do(desk, "approve", first)
    assert "comment" not in response.context
    assert "Nothing here." in response.content.decode()


def test_rejection_keeps_its_ground_and_words(desk):
    comment = waiting()
    do(desk, "reject", comment, ground="insult", reason="Rude\nto the ferryman.")
    row = comment.decisions.first()
    assert (row.ground, row.reason) == ("insult", "Rude to the ferryman.")
    page = desk.get(address(f"?tab=rejected&comment={comment.pk}")).content.decode()
    assert "Rude to the ferryman." in page
    assert "It insults or attacks somebody." in page


def test_what_was_decided_meanwhile_stays_and_the_second_is_told_by_whom(desk):
    comment = waiting()
    moderation.reject([comment], by=make_user("ann", role="Moderator", first_name="Ann"))
    response = do(desk, "approve", comment, seen="pending")
    assert said(response) == ["Ann has decided on the comment of Oda already: rejected. It stays so."]
    comment.refresh_from_db()
    assert comment.state == "rejected"
    assert comment.decisions.filter(what="decided").count() == 1
    response = desk.post(address(), {"do": "approve", "comment": comment.pk}, follow=True)
    comment.refresh_from_db()
    assert comment.state == "rejected"


def test_words_that_nobody_has_read_are_not_approved(desk):
    """S17: the writer changes them between the page and the decision."""
    comment = waiting()
    page = desk.get(address())
    assert f'name="seen-{comment.pk}" value="pending"' in page.content.decode()
    own.change(comment, "Other words.", ask=lambda row: [], shows_at_once=lambda row: False)
    told = ["The words of Oda have changed meanwhile: read the comment once more."]
    response = do(desk, "approve", comment, seen="pending")
    assert said(response) == told
    assert response.context["comment"] == comment
    fields = {"do": "approve-picked", "pick": comment.pk, f"seen-{comment.pk}": "pending"}
    assert said(desk.post(address(), fields, follow=True)) == told
    changelist = reverse("admin:comments_comment_changelist")
    fields = {"action": "approve", "_selected_action": comment.pk, f"seen-{comment.pk}": "pending"}
    assert said(desk.post(changelist, fields, follow=True)) == told
    decide = reverse("admin:comments_comment_decide", args=[comment.pk])
    assert said(desk.post(decide, {"verb": "approve", "seen": "pending"}, follow=True)) == told
    assert said(do(desk, "answer", comment, seen="pending", body="Thank you.")) == told
    assert Comment.objects.get().state == "pending"
    comment.refresh_from_db()
    do(desk, "approve", comment, seen=comment.version)
    assert Comment.objects.get().state == "approved"


def test_second_of_two_edits_does_not_win_unseen(desk):
    comment = waiting()
    moderation.edit(comment, "First edit.", by=make_user(role="Moderator"))
    response = do(desk, "edit", comment, seen="pending", body="Second edit.")
    assert said(response) == ["The words of Oda have changed meanwhile: read the comment once more."]
    assert ">\nSecond edit.</textarea>" in response.content.decode()
    comment.refresh_from_db()
    assert comment.body == "First edit."
    do(desk, "edit", comment, seen=comment.version, body="Second edit.")
    comment.refresh_from_db()
    assert comment.body == "Second edit."


def test_of_many_ticked_the_decided_and_the_claimed_stay(desk):
    article, ann = make_article(), make_user("ann", role="Moderator")
    comments = [waiting(article, name=f"Writer {number}") for number in range(7)]
    moderation.reject(comments[:5], by=ann)
    claims.claim(comments[5], ann)
    fields = {"do": "approve-picked", "pick": [comment.pk for comment in comments]}
    fields |= {f"seen-{comment.pk}": "pending" for comment in comments}
    response = desk.post(address(), fields, follow=True)
    assert said(response) == [
        "ann reads the comment of Writer 5 now. It stays as it is until you take it over in the queue.",
        *(f"ann has decided on the comment of Writer {number} already: rejected. It stays so." for number in range(3)),
        "2 comments had been decided already and stay as they are.",
    ]
    assert [comment.pk for comment in Comment.objects.filter(state="approved")] == [comments[6].pk]
    assert Decision.objects.filter(what="decided").count() == 6


def test_many_ticked_are_decided_at_once_and_undone_at_once(desk):
    article = make_article()
    comments = [waiting(article) for _number in range(4)]
    fields = {"do": "spam-picked", "pick": [comment.pk for comment in comments[:3]]}
    fields |= {f"seen-{comment.pk}": "pending" for comment in comments}
    response = desk.post(address(), fields, follow=True)
    assert Comment.objects.filter(state="spam").count() == 3
    desk.post(address(), {"do": "undo", "undo": response.context["undo"]["numbers"]})
    assert Comment.objects.filter(state="pending").count() == 4


@pytest.mark.parametrize(
    "fields",
    [{}, {"do": "approve"}, {"do": "approve-picked", "pick": ["x", "9" * 40]}, {"do": "explode"}, {"do": "undo"}],
)
def test_odd_posts_change_nothing(desk, fields):
    """S26"""
    waiting()
    response = desk.post(address(), fields, follow=True)
    assert response.status_code == 200
    assert Decision.objects.exclude(what="received").count() == 0


def test_post_needs_its_token(desk, moderator):
    """S16"""
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(moderator)
    comment = waiting()
    assert strict.post(address(), {"do": "approve", "comment": comment.pk}).status_code == 403


# Answer, edit, feature, watch


def test_answer_is_shown_and_approves_what_it_answers(desk, client):
    comment = waiting()
    response = do(desk, "answer", comment, body="Thank you, it leaves at nine.")
    assert said(response) == ["Your answer is shown."]
    reply = Comment.objects.exclude(pk=comment.pk).get()
    comment.refresh_from_db()
    assert (comment.state, reply.state, reply.parent, reply.depth) == ("approved", "approved", comment, 1)
    assert reply.name == "The newsroom"
    assert reply.decisions.get().by.username == "leo"
    assert "Your answer" not in said(do(desk, "answer", comment, body=" "))


def test_answer_to_what_was_refused_meanwhile_is_not_sent_and_its_words_stay(desk, monkeypatch):
    comment = waiting()
    answer = moderation.answer

    def late(seen, *arguments, **fields):
        moderation.reject([Comment.objects.get(pk=seen.pk)], by=make_user("ann", role="Moderator"))
        return answer(seen, *arguments, **fields)

    monkeypatch.setattr(moderation, "answer", late)
    response = do(desk, "answer", comment, body="Thank you.")
    assert said(response) == ["ann has decided on the comment of Oda already: rejected. It stays so."]
    assert ">\nThank you.</textarea>" in response.content.decode()
    assert Comment.objects.get().state == "rejected"


def test_answer_goes_to_nothing_refused_and_not_too_deep(desk, settings):
    settings.COMMENT_MAX_DEPTH = 1
    root = make_comment(make_article())
    for comment in (make_comment(root.article, parent=root), make_comment(root.article, state="spam")):
        assert said(do(desk, "answer", comment, body="No.")) == ["This comment takes no answers."]
    assert Comment.objects.count() == 3


def test_edit_is_marked_for_readers_and_logged(desk, reader):
    comment = make_comment(make_article(), "Call me: 555 0100. Nice boat.")
    do(desk, "edit", comment, body="Nice boat.")
    comment.refresh_from_db()
    assert (comment.body, comment.body_html, comment.state) == ("Nice boat.", "<p>Nice boat.</p>", "approved")
    row = comment.decisions.first()
    assert (row.what, row.by.username) == ("edited", "leo")
    page = reader.get(comment.article.get_absolute_url() + "comments/").content.decode()
    assert "edited by the newsroom" in page
    assert "555 0100" not in page


@pytest.mark.parametrize("body", ["", "  ", "<b></b>", "y" * 5000])
def test_edit_takes_no_words_that_a_reader_could_not_send(desk, body):
    comment = make_comment(make_article(), "Nice boat.")
    response = do(desk, "edit", comment, "?tab=approved", body=body)
    assert response.status_code == 400
    assert said(response)
    assert f">\n{html.escape(body)}</textarea>" in response.content.decode()
    comment.refresh_from_db()
    assert comment.body == "Nice boat."


def test_featured_comment_is_marked(desk, reader):
    comment = make_comment(make_article())
    page = comment.article.get_absolute_url() + "comments/"
    do(desk, "feature", comment)
    assert "Featured" in reader.get(page).content.decode()
    do(desk, "feature", comment)
    assert "Featured" not in reader.get(page).content.decode()
    assert comment.decisions.filter(what="featured").count() == 2


def test_watch_list_of_articles(desk, moderator):
    here, there = waiting(), waiting()
    do(desk, "watch", here)
    assert listed(desk.get(address("?watched=1"))) == [here.pk]
    assert WatchedArticle.objects.get().user == moderator
    do(desk, "watch", here)
    assert listed(desk.get(address("?watched=1"))) == []
    assert there.pk in listed(desk.get(address()))


# Search, filters, pages


def test_filters_and_search(desk):
    harbour = make_category("Harbour")
    ferries = make_category("Ferries", parent=harbour)
    article = make_article(category=ferries)
    reason = [{"check": "links", "outcome": "hold", "reason": "Holds 3 links."}]
    comment = waiting(article, "Ü boats", name="Noor", email="no.or@gmail.com", reasons=reason)
    twin = waiting(email="noor@gmail.com")
    old = waiting(make_article(language="fa"), created_at=timezone.now() - timedelta(days=30), email="ann@post.example")
    for query, expected in [
        ("", [old, twin, comment]),
        ("?q=boats", [comment]),
        ("?q=NOOR", [twin, comment]),
        (f"?category={harbour.pk}", [comment]),
        (f"?article={article.pk}", [comment]),
        (f"?person={comment.pk}", [twin, comment]),
        ("?reason=links", [comment]),
        ("?age=day", [twin, comment]),
        ("?age=older", [old]),
        ("?language=fa", [old]),
        ("?language=fa&q=boats", []),
        ("?reason=nonsense&category=x&article=%00&age=never&before=zz", [old, twin, comment]),
        ("?tab=nonsense", [old, twin, comment]),
    ]:
        assert listed(desk.get(address(query))) == [row.pk for row in expected if row], query


def test_queue_is_paged_by_the_last_number(desk, monkeypatch):
    monkeypatch.setattr(queue, "ROWS", 2)
    article = make_article()
    comments = [waiting(article) for _number in range(5)]
    found, query = [], ""
    while True:
        response = desk.get(address(query))
        found += listed(response)
        query = response.context["older"]
        if not query:
            break
    assert found == [comment.pk for comment in reversed(comments)]


def test_counts_end_at_a_thousand(desk, monkeypatch):
    monkeypatch.setattr(queue, "MOST", 2)
    article = make_article()
    for _number in range(3):
        waiting(article)
    page = desk.get(address())
    assert [tab["count"] for tab in page.context["tabs"]] == ["2+", "0", "0", "0", "0", "0", "0"]
    assert "2+ comments to read" in page.content.decode()


@pytest.mark.parametrize("count", [1, 3, 30])
def test_page_asks_the_same_however_many_wait(desk, django_assert_num_queries, count):
    article = make_article()
    make_comment(article)
    for number in range(count):
        waiting(article if number % 2 else make_article())
    with django_assert_num_queries(26):
        desk.get(address())


# Beside a comment


def test_thread_and_history_stand_beside_it(desk):
    article = make_article()
    above = make_comment(article, "Was there tea?", name="Ann", email="ann@post.example")
    beside = make_comment(article, "There was cake.", parent=above, email="bo@post.example")
    comment = waiting(article, "There was tea.", parent=above, email="o.da@gmail.com")
    make_comment(make_article(), "An earlier one.", email="oda@gmail.com", state="rejected")
    page = desk.get(address(f"?comment={comment.pk}"))
    text = page.content.decode()
    for words in (
        "In reply to Ann",
        "Was there tea?",
        "There was cake.",
        "An earlier one.",
        "1 rejected",
        "o…@gmail.com",
    ):
        assert words in text
    assert "o.da@gmail.com" not in text
    assert page.context["near"] == [beside]


@pytest.mark.parametrize("words", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "\u202eevil\x07"])
def test_hostile_words_are_harmless_in_the_queue(desk, words):
    """S5"""
    comment = waiting(
        body=words, name=words[:80], reasons=[{"check": "links", "outcome": "hold", "reason": words}], email=""
    )
    moderation.reject([waiting(comment.article)], by=make_user(role="Moderator"), reason=words)
    text = desk.get(address(f"?q={words}")).content.decode()
    text += desk.get(address("?tab=rejected")).content.decode()
    text += desk.get(address()).content.decode()
    assert words not in text or "<" not in words
    assert html.escape(words) in text


# Claims


def test_claim_is_seen_by_others_and_ends(desk, moderator):
    comment, other = waiting(), make_user("ann", role="Moderator", first_name="Ann")
    mine = reverse("admin:comments_comment_claim")
    assert desk.post(mine, {"comment": comment.pk}).json() == {"taken": {}}
    assert not claims.claim(comment, other)
    assert claims.others(other) == {comment.pk: "leo"}
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        assert claims.claim(comment, other)
        answer = desk.post(mine, {"listed": [comment.pk, "x"]}).json()
        assert answer == {"taken": {str(comment.pk): "Ann reads this now"}}
        assert "Ann reads this now" in desk.get(address()).content.decode()
    assert Claim.objects.get().user == other


def test_what_somebody_else_reads_is_decided_after_taking_it_over(desk, moderator):
    comment, other = waiting(), make_user("ann", role="Moderator")
    claims.claim(comment, other)
    response = do(desk, "spam", comment)
    assert said(response) == [
        "ann reads the comment of Oda now. It stays as it is until you take it over in the queue."
    ]
    assert response.context["comment"] == comment
    assert said(do(desk, "answer", comment, body="Thank you.")) == said(response)
    changelist = reverse("admin:comments_comment_changelist")
    fields = {"action": "approve", "_selected_action": comment.pk, f"seen-{comment.pk}": "pending"}
    assert said(desk.post(changelist, fields, follow=True)) == said(response)
    assert Comment.objects.get().state == "pending"
    assert said(do(desk, "take", comment)) == ["You decide on it now."]
    assert moderation.reject([comment], by=other).taken == {comment: "leo"}
    do(desk, "spam", comment)
    assert Comment.objects.get().state == "spam"
    assert not Claim.objects.exists()
    comment.refresh_from_db()
    assert moderation.reject([comment], by=other).changed == [comment]


def test_next_comment_is_one_that_nobody_else_reads(desk):
    article = make_article()
    last, taken, first = waiting(article), waiting(article), waiting(article)
    claims.claim(taken, make_user(role="Moderator"))
    assert do(desk, "approve", first).context["comment"] == last


def test_a_moderator_holds_one_comment_at_a_time(moderator):
    first, second = waiting(), waiting()
    claims.claim(first, moderator)
    claims.claim(second, moderator)
    assert [row.comment for row in Claim.objects.all()] == [second]


# Who


def test_queue_keeps_to_a_persons_categories(desk, moderator):
    """S13"""
    harbour = make_category("Harbour")
    CategoryScope.objects.create(user=moderator, category=harbour)
    inside, outside = waiting(make_article(category=harbour)), waiting(make_article(category=make_category("Sport")))
    page = desk.get(address(f"?comment={outside.pk}"))
    assert listed(page) == [inside.pk]
    assert page.context["comment"] == inside
    assert page.context["tabs"][0]["count"] == "1"
    for what in ("approve", "edit", "feature", "watch", "answer", "take"):
        do(desk, what, outside, body="Other.")
    outside.refresh_from_db()
    assert (outside.state, outside.body, outside.featured_at) == ("pending", "Waiting words.", None)
    assert desk.post(reverse("admin:comments_comment_claim"), {"comment": outside.pk}).json() == {"taken": {}}
    assert not Claim.objects.exists()


@pytest.mark.parametrize("role", ["Author", "Editor", "Appeals manager"])
def test_queue_is_for_moderators(client, role):
    """S13"""
    client.force_login(make_user(role=role))
    comment = waiting()
    assert client.get(address()).status_code == 403
    assert do(client, "approve", comment).status_code == 403
    assert client.post(reverse("admin:comments_comment_claim"), {"comment": comment.pk}).status_code == 403


def test_list_stands_beside_the_queue(desk):
    comment = waiting()
    page = desk.get(reverse("admin:comments_comment_changelist")).content.decode()
    assert address() in page
    fields = {"action": "approve", "_selected_action": comment.pk, f"seen-{comment.pk}": "pending"}
    desk.post(reverse("admin:comments_comment_changelist"), fields)
    comment.refresh_from_db()
    assert comment.state == "approved"
