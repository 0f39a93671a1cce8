"""The moderators' queue in a browser: by the keyboard alone, without scripts, and two people at once."""

import pytest
from django.urls import reverse

from comments import moderation, status
from comments.models import Comment, Decision
from tests.factories import make_article, make_comment, make_user

pytestmark = pytest.mark.django_db(transaction=True)

COUNT = 20


@pytest.fixture
def visit(visit):
    """As ever, and in the end no claim is on its way while the tables are emptied."""
    pages = []

    def start(**options):
        visitor = visit(**options)
        pages.append(visitor.page)
        return visitor

    yield start
    for page in pages:
        page.wait_for_load_state("networkidle")


def sign_in(visitor, name):
    make_user(name, role="Moderator")
    page = visitor.open("/accounts/login/?next=" + reverse("admin:comments_comment_queue"))
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/queue/**")
    return page


def make_waiting(count=COUNT):
    article = make_article()
    return [make_comment(article, f"Words number {number}.", state="pending") for number in range(count)]


def by(name):
    rows = Decision.objects.filter(what="decided", by__username=name).order_by("pk")
    return list(rows.values_list("comment", "after"))


def test_twenty_comments_by_the_keyboard_alone(visit):
    comments = make_waiting()
    page = sign_in(visit(), "leo")
    expected = []
    for number, comment in enumerate(reversed(comments)):
        page.get_by_role("heading", name="Oda").wait_for()
        assert page.locator(".review .words").inner_text() == comment.body
        key, state = [("a", "approved"), ("r", "rejected"), ("s", "spam"), ("t", "trash")][number % 4]
        with page.expect_navigation():
            if key == "r":
                page.keyboard.press("2")
            page.keyboard.press(key)
        expected.append((comment.pk, state))
    assert by("leo") == expected
    assert set(Decision.objects.filter(after="rejected").values_list("ground", flat=True)) == {"insult"}
    with page.expect_navigation():
        page.keyboard.press("z")
    assert list(Comment.objects.filter(state="pending")) == [comments[0]]


def test_twenty_comments_without_scripts(visit):
    comments = make_waiting()
    page = sign_in(visit(scripts=False), "leo")
    for number in range(COUNT):
        name = ["Approve A", "Reject R", "Spam S", "Trash T"][number % 4]
        page.get_by_role("button", name=name, exact=True).click()
        page.wait_for_load_state()
    assert [pk for pk, _state in by("leo")] == [comment.pk for comment in reversed(comments)]
    assert page.get_by_text("Nothing here.").is_visible()
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("Undone.").wait_for()
    assert list(Comment.objects.filter(state="pending")) == [comments[0]]


def test_next_comment_is_in_view_after_a_decision_on_a_phone(visit):
    make_waiting()
    page = sign_in(visit(width=390, has_touch=True, scripts=False), "leo")
    page.get_by_role("button", name="Approve", exact=True).click()
    page.get_by_text("Approved.").wait_for()
    top = page.locator(".review").bounding_box()["y"]
    assert 0 <= page.get_by_role("button", name="Undo").bounding_box()["y"] < top < 200


def test_other_keys(visit):
    comments = make_waiting(3)
    page = sign_in(visit(), "leo")
    page.keyboard.press("?")
    assert page.locator("#keys").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#keys").is_visible()
    with page.expect_navigation():
        page.keyboard.press("j")
    assert page.locator(".review .words").inner_text() == comments[1].body
    page.keyboard.press("x")
    assert page.locator("[name=pick]:checked").get_attribute("value") == str(comments[1].pk)
    page.keyboard.press("p")
    page.keyboard.type("a tea for all")
    assert page.locator("#answer").input_value() == "a tea for all"
    page.keyboard.press("Escape")
    with page.expect_navigation():
        page.keyboard.press("k")
    # Enter in the field of the reason presses none of the decisions.
    page.locator("#reason").fill("Off the story.")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("number 0")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.locator(".review .words").inner_text() == comments[0].body
    assert by("leo") == []


def test_two_moderators_never_decide_one_comment_twice(visit):
    comments = make_waiting(6)
    first, second = sign_in(visit(), "leo"), sign_in(visit(), "ann")
    # Both look at the same comment: of two decisions the first counts, and the other moderator is told.
    address = f"?comment={comments[-1].pk}"
    for page in (first, second):
        page.goto(page.url.split("?")[0] + address)
    with first.expect_navigation():
        first.keyboard.press("a")
    with second.expect_navigation():
        second.keyboard.press("s")
    assert second.get_by_text("leo has decided on the comment of Oda already: approved. It stays so.").is_visible()
    assert by("ann") == []
    # By turns, each always on the page that was loaded before the other's last decision.
    for page, key in [(first, "r"), (second, "a")] * 4:
        if page.locator(".review").count():
            with page.expect_navigation():
                page.keyboard.press(key)
    decided = list(Decision.objects.filter(what="decided").values_list("comment", flat=True))
    assert len(decided) == len(set(decided))


def test_appeal_is_decided_from_its_tab_by_the_keyboard(visit):
    [comment, _other] = make_waiting(2)
    moderation.reject([comment], by=make_user("mia", role="Moderator"))
    status.appeal(comment, "I named nobody.")
    page = sign_in(visit(), "leo")
    page.get_by_role("link", name="Appeals 1").click()
    page.get_by_text("I named nobody.").first.wait_for()
    with page.expect_navigation():
        page.keyboard.press("a")
    assert page.get_by_role("link", name="Appeals 0").is_visible()
    assert by("leo") == [(comment.pk, "approved")]


def test_a_claim_is_shown_to_the_other_within_fifteen_seconds_and_kept_until_it_is_taken_over(visit):
    [comment] = make_waiting(1)
    first, second = visit(), visit()
    for browser in (first, second):
        browser.page.clock.install()
    second, first = sign_in(second, "ann"), sign_in(first, "leo")
    here, there = (page.locator("[data-taken-here]") for page in (first, second))
    with second.expect_response("**/claims/"):
        second.clock.run_for(15_000)
    # Whoever came first has it.
    here.get_by_text("ann reads this now").wait_for()
    with first.expect_navigation():
        first.keyboard.press("s")
    assert first.get_by_text("ann reads the comment of Oda now.").is_visible()
    with first.expect_navigation():
        first.keyboard.press("o")
    second.clock.run_for(15_000)
    there.get_by_text("leo reads this now").wait_for()
    with second.expect_navigation():
        second.keyboard.press("a")
    assert second.get_by_text("leo reads the comment of Oda now.").is_visible()
    with first.expect_navigation():
        first.keyboard.press("s")
    assert list(Decision.objects.filter(what="decided").values_list("comment", "after")) == [(comment.pk, "spam")]
