"""The thread below an article and on its own page."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.template.loader import get_template
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from comments import threads
from comments.models import Comment
from comments.templatetags.comments import SHOWN
from tests.comments.sending import send
from tests.factories import make_article, make_author, make_comment, make_draft, make_user

pytestmark = pytest.mark.django_db

HIDDEN = [Comment.State.PENDING, Comment.State.REJECTED, Comment.State.SPAM, Comment.State.TRASH]


def page(client, article, query=""):
    response = client.get(threads.address(article) + query)
    assert response.status_code == 200
    return response.content.decode()


def numbers(comments):
    return [comment.pk for comment in comments]


def make_long_thread(article, *, roots, replies):
    """`roots` opening comments, a minute apart, each with so many answers; returns the opening ones."""
    start = timezone.now() - timedelta(days=9)
    facts = {"article": article, "state": "approved", "name": "Oda", "body": "Yes.", "body_html": "<p>Yes.</p>"}
    opening = [Comment(created_at=start + timedelta(minutes=number), **facts) for number in range(roots)]
    opening = Comment.objects.bulk_create(opening)
    Comment.objects.bulk_create(
        Comment(root=root, parent=root, depth=1, created_at=root.created_at + timedelta(seconds=number + 1), **facts)
        for root in opening
        for number in range(replies)
    )
    return opening


# What is shown


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL weighs its ways by what tables hold")
@pytest.mark.parametrize("address", ["", "comments/", "comments/feed/"])
def test_comments_of_a_story_are_looked_up_by_the_story(client, address):
    """And not among all of the site from the newest on, which is the order of the site's own feed."""
    article = make_article()
    make_comment(article)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(article.get_absolute_url() + address).status_code == 200
    read = [query["sql"] for query in captured if query["sql"].startswith('SELECT "comments_comment"')]
    assert read
    for sql in read:
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN QUERY PLAN " + sql)
            assert "comment_newest" not in str(cursor.fetchall())


def test_all_that_the_html_of_a_comment_reads_is_part_of_its_key():
    source = get_template("comments/_comment.html").template.source
    read = set(re.findall(r"comment\.(\w+)", source))
    assert read - {*SHOWN} == {"is_changeable"}  # on a page that is nobody else's
    around = set(re.findall(r"\b(thread_address|deepest|rules(?:\.\w+)?)", source))
    assert around == {"thread_address", "deepest", "rules.is_open"}


def test_changed_comment_is_shown_as_it_is(client):
    article = make_article()
    comment = make_comment(article, "First words")
    assert "First words" in page(client, article)
    Comment.objects.filter(pk=comment.pk).update(body_html="<p>Other words</p>")
    html = page(client, article)
    assert "Other words" in html
    assert "First words" not in html
    Comment.objects.filter(pk=comment.pk).update(featured_at=timezone.now())
    assert "Featured" in page(client, article)


def test_comment_that_answers_may_follow_loses_the_way_to_it_when_the_thread_closes(client):
    article = make_article()
    make_comment(article)
    assert "?reply=" in page(client, article)
    type(article).objects.filter(pk=article.pk).update(comment_mode="closed")
    assert "?reply=" not in page(client, article)


def test_answers_stand_below_what_they_answer(client):
    article = make_article()
    first = make_comment(article, "First", name="Ada")
    second = make_comment(article, "Second", name="Bo")
    answer = make_comment(article, "Answer", name="Cleo", parent=first)
    deeper = make_comment(article, "Deeper", name="Dan", parent=answer)
    assert numbers(threads.opening(article).comments) == numbers([first, answer, deeper, second])
    for html in (page(client, article), client.get(article.get_absolute_url()).content.decode()):
        assert html.index("First") < html.index("Answer") < html.index("Deeper") < html.index("Second")
        assert "<h3><bdi>Ada</bdi></h3>" in html
        assert "<h4><bdi>Cleo</bdi></h4>" in html
        assert html.count('<ol class="thread">') == 3
        assert html.count("<ol") == html.count("</ol>")
        assert len(re.findall(r"<li\b", html)) == html.count("</li>")
        assert "4 comments" in " ".join(html.split())


def test_count_has_a_singular(client):
    article = make_article()
    make_comment(article)
    assert "1 comment<" in page(client, article).replace("\n", "").replace(" </", "<")


def test_article_without_comments_says_so(client):
    article = make_article()
    assert "No comments yet" in client.get(article.get_absolute_url()).content.decode()
    assert "No comments yet" in page(client, article)


@pytest.mark.parametrize("state", HIDDEN)
def test_comment_that_is_not_approved_is_nowhere(client, state):
    """S12"""
    article = make_article()
    make_comment(article, "canaryword", name="canaryname", email="canary@post.example", state=state)
    for html in (page(client, article), client.get(article.get_absolute_url()).content.decode()):
        assert "canary" not in html
        assert "No comments yet" in html


@pytest.mark.parametrize("state", HIDDEN)
def test_answers_below_a_hidden_comment_are_hidden_with_it_at_any_depth(client, state):
    """S12"""
    article = make_article()
    shown = comment = make_comment(article, "Shown")
    line = [comment]
    for depth in range(1, 5):
        comment = make_comment(article, f"canary{depth}", parent=comment)
        line.append(comment)
    assert threads.opening(article).total == 5
    for depth in (1, 2, 3, 4):
        Comment.objects.filter(pk=line[depth].pk).update(state=state)
        assert threads.opening(article).total == depth
        assert numbers(threads.page(article).comments) == numbers(line[:depth])
        assert numbers(Comment.objects.public().order_by("pk")) == numbers(line[:depth])
        Comment.objects.filter(pk=line[depth].pk).update(state="approved")
    Comment.objects.filter(pk=shown.pk).update(state=state)
    assert "canary" not in page(client, article) + client.get(article.get_absolute_url()).content.decode()
    assert threads.opening(article).total == 0


def test_email_address_is_on_no_page(client):
    """S14"""
    article = make_article()
    make_comment(article, email="canary@post.example")
    assert "canary" not in page(client, article) + client.get(article.get_absolute_url()).content.decode()


def test_staff_and_authors_are_marked(client):
    writer, editor = make_user(role="Author"), make_user(role="Editor")
    article = make_article(authors=[make_author("Ines", user=writer)])
    make_comment(article, "By a reader", name="Oda")
    html = page(client, article)
    assert ">Author<" not in html
    assert ">Staff<" not in html
    make_comment(article, "By the author", name="Ines", user=writer)
    assert ">Author<" in page(client, article)
    make_comment(article, "By an editor", name="Leo", user=editor)
    html = page(client, article)
    assert (html.count(">Author<"), html.count(">Staff<")) == (1, 1)


def test_hostile_text_stays_text(client):
    """S4"""
    from tests.oracle import unsafe_parts

    article = make_article()
    hostile = "<script>alert(1)</script><img src=x onerror=alert(1)>\" onmouseover='x' javascript:alert(1) a <![x b"
    parent = make_comment(article, hostile, name=hostile[:80])
    make_comment(article, 'https://a.example/?"><svg/onload=alert(1)>', parent=parent, name="</bdi></h4><script>")
    for html in (page(client, article), page(client, article, f"?reply={parent.pk}")):
        assert unsafe_parts(html) == []
        assert "&lt;script&gt;" in html


def test_persian_thread_is_right_to_left_with_its_own_digits(client):
    article = make_article("نمونه", language="fa")
    make_comment(article, "درود", name="نور")
    html = page(client, article)
    assert 'dir="rtl"' in html
    assert "۱" in html.partition('id="comments-heading"')[2][:200]
    assert '<div class="words" dir="auto">' in html


# The address


def test_thread_page_is_never_stored(client):
    """S15"""
    article = make_article()
    assert "no-store" in client.get(threads.address(article))["Cache-Control"]
    assert "no-store" in client.get(f"{threads.address(article)}?fragment=1")["Cache-Control"]
    assert not client.get(threads.address(article)).cookies


@pytest.mark.parametrize("path", ["/articles/{pk}/old-words/comments/", "/fa/articles/{pk}/{slug}/comments/"])
def test_wrong_slug_or_edition_is_moved(client, path):
    article = make_article("Right words")
    response = client.get(path.format(pk=article.pk, slug=article.slug) + "?reply=1")
    assert response.status_code == 301
    assert response["Location"] == f"/articles/{article.pk}/right-words/comments/?reply=1"
    assert response["Cache-Control"] == "max-age=3600"


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "draft"},
        {"state": "withdrawn", "publish_at": timezone.now()},
        {"state": "published", "publish_at": timezone.now() + timedelta(days=1)},
        {"state": "published", "publish_at": timezone.now() - timedelta(days=2), "expire_at": timezone.now()},
    ],
)
def test_thread_of_what_is_not_public_is_not_found(client, reader, fields):
    """S12"""
    article = make_draft(**fields)
    make_comment(article)
    assert client.get(threads.address(article)).status_code == 404
    assert send(reader, article).status_code == 404
    assert Comment.objects.count() == 1


@pytest.mark.parametrize("query", ["more=x", "order=discussed&more=1.x", "order=discussed&more=x.AAAA", "more=1.AAAA"])
def test_unknown_place_among_the_most_discussed_is_not_found(client, query):
    article = make_article()
    make_comment(article)
    assert client.get(f"{threads.address(article)}?{query}").status_code == 404


@pytest.mark.parametrize("query", ["older=x", "newer=x", "older=AAAA", "newer=%00", "thread=9", "thread=x"])
def test_unknown_place_in_a_thread_is_not_found(client, query):
    article = make_article()
    make_comment(article)
    assert client.get(f"{threads.address(article)}?{query}").status_code == 404


def test_link_of_a_comment_leads_to_the_page_where_it_stands(client):
    article = make_article()
    opening = make_long_thread(article, roots=60, replies=1)
    answer = Comment.objects.get(root=opening[-1])
    assert answer.get_absolute_url() == f"{threads.address(article)}{answer.pk}/"
    response = client.get(answer.get_absolute_url())
    assert response.status_code == 302
    assert "no-store" in response["Cache-Control"]
    address, _hash, anchor = response["Location"].partition("#")
    html = client.get(address).content.decode()
    assert anchor == f"c{answer.pk}"
    assert f'id="{anchor}"' in html
    assert "Older" in html
    assert f'id="c{opening[0].pk}"' not in html


def test_comment_that_is_not_shown_is_not_told_from_one_that_never_was(client):
    """S12"""
    article = make_article()
    hidden = make_comment(article, state="pending", pk=987_654_321)  # digits that stand nowhere else in the page
    there, never = (
        page(client, article, f"?comment={number}").replace(str(number), "N") for number in (hidden.pk, hidden.pk + 9)
    )
    token = 'name="token" value="'
    assert there.partition(token)[0] == never.partition(token)[0]
    assert "may still wait" in there


# Long threads


def walk(article, **place):
    """The comments of all pages, from the place on, following the one kind of link."""
    found, seen = [], threads.page(article, **place)
    while True:
        found.append(seen)
        if not seen.newer:
            return found
        seen = threads.page(article, newer=seen.newer)


def test_pages_forward_show_every_comment_once():
    article = make_article()
    make_long_thread(article, roots=120, replies=2)
    pages = walk(article)
    shown = [pk for found in pages for pk in numbers(found.comments)]
    assert sorted(shown) == sorted(numbers(Comment.objects.all()))
    assert [len(found.comments) for found in pages] == [150, 150, 60]
    assert pages[0].older == ""


def test_pages_backward_are_the_same_pages():
    article = make_article()
    make_long_thread(article, roots=100, replies=0)
    first, second = walk(article)
    back = threads.page(article, older=second.older)
    assert numbers(back.comments) == numbers(first.comments)
    assert (back.older, bool(back.newer)) == ("", True)


def test_page_of_many_answers_ends_early_and_loses_none():
    article = make_article()
    make_long_thread(article, roots=9, replies=100)
    pages = walk(article)
    assert [len(found.comments) for found in pages] == [505, 404]
    back = threads.page(article, older=pages[1].older)
    assert numbers(back.comments) == numbers(pages[0].comments)


def test_single_long_thread_goes_on(client, monkeypatch):
    monkeypatch.setattr(threads, "MOST", 20)
    article = make_article()
    root, other = make_long_thread(article, roots=2, replies=45)
    first = threads.page(article)
    assert numbers(first.comments)[0] == root.pk
    assert len(first.comments) == 21
    last = Comment.objects.filter(root=root).order_by("created_at").last()
    make_comment(article, "To an answer of another page", parent=Comment.objects.filter(root=root).first())
    found, place = numbers(first.comments)[1:], first.rest
    while place:
        html = page(client, article, f"?thread={root.pk}&newer={place}")
        assert f'id="c{root.pk}"' in html
        rest = threads.answers_after(article, root, place)
        found, place = found + numbers(rest.comments)[1:], rest.rest
    assert len(found) == len(set(found)) == 46
    assert last.pk in found
    assert "to <bdi>Oda</bdi>" in html or "to Oda" in html
    assert numbers(threads.page(article, newer=first.newer).comments)[0] == other.pk


def test_link_far_down_a_long_thread_leads_to_a_page_that_holds_it(client, monkeypatch):
    monkeypatch.setattr(threads, "MOST", 20)
    article = make_article()
    root, _other = make_long_thread(article, roots=2, replies=45)
    replies = list(Comment.objects.filter(root=root).order_by("created_at"))
    for number in (0, 19, 20, 21, 44):
        shown = threads.page(article, at=replies[number])
        assert numbers(shown.comments)[0] == root.pk
        assert replies[number].pk in numbers(shown.comments)
        html = client.get(replies[number].get_absolute_url(), follow=True).content.decode()
        assert f'id="c{replies[number].pk}"' in html


@pytest.mark.parametrize("number", ["0", "9" * 18, "9" * 30])
def test_link_of_no_comment_says_so(client, number):
    article = make_article()
    response = client.get(f"{threads.address(article)}{number}/", follow=True)
    assert "That comment is not shown." in response.content.decode()
    assert client.get(f"{make_draft().get_absolute_url()}comments/{number}/").status_code == 404


# Orders


def onward(article, order, step):
    """The comments of all pages in an order, from the first on."""
    found, shown = [], threads.page(article, order=order)
    while True:
        found.append(shown)
        place = getattr(shown, step)
        if not place:
            return found
        shown = threads.page(article, order=order, **{step: place})


def test_newest_first_shows_every_comment_once_and_turns_back():
    article = make_article()
    opening = make_long_thread(article, roots=120, replies=2)
    pages = onward(article, "newest", "older")
    roots = [comment.pk for shown in pages for comment in shown.comments if not comment.root_id]
    assert roots == numbers(opening)[::-1]
    assert [len(shown.comments) for shown in pages] == [150, 150, 60]
    assert (pages[0].newer, pages[-1].older) == ("", "")
    back = threads.page(article, order="newest", newer=pages[1].newer)
    assert numbers(back.comments) == numbers(pages[0].comments)


def test_newest_page_of_many_answers_ends_early_and_loses_none():
    article = make_article()
    make_long_thread(article, roots=9, replies=100)
    pages = onward(article, "newest", "older")
    assert [len(shown.comments) for shown in pages] == [505, 404]
    assert len({pk for shown in pages for pk in numbers(shown.comments)}) == 909


def test_most_discussed_come_first_and_every_comment_once(monkeypatch):
    monkeypatch.setattr(threads, "SIZE", 3)
    article = make_article()
    opening = make_long_thread(article, roots=8, replies=0)
    for place, answers in ((2, 3), (5, 1), (7, 3)):
        for _ in range(answers):
            make_comment(article, parent=opening[place])
    make_comment(article, parent=opening[0], state="pending")
    pages = onward(article, "discussed", "more")
    roots = [comment.pk for shown in pages for comment in shown.comments if not comment.root_id]
    assert roots == [opening[place].pk for place in (2, 7, 5, 0, 1, 3, 4, 6)]
    assert sum(len(shown.comments) for shown in pages) == 15
    assert {shown.total for shown in pages} == {15}


def test_orders_are_offered_where_there_is_something_to_order(client):
    article = make_article()
    first = make_comment(article, "First of all")
    assert "Newest first" not in page(client, article)
    make_comment(article, "Second of all")
    make_comment(article, "Answer", parent=first)
    newest = page(client, article, "?order=newest")
    assert newest.index("Second of all") < newest.index("First of all") < newest.index("Answer")
    assert 'href="?' not in newest
    assert newest.count('aria-current="true">Newest first') == 1
    for query in ("", "?order=oldest", "?order=discussed", "?order=x", "?order=%00"):
        html = page(client, article, query)
        assert html.index("First of all") < html.index("Second of all")


def test_pages_keep_their_order(client, monkeypatch):
    monkeypatch.setattr(threads, "SIZE", 2)
    article = make_article()
    make_long_thread(article, roots=5, replies=0)
    html = page(client, article, "?order=newest")
    address = re.search(r'href="([^"]*older=[^"]*)"', html)[1].replace("&amp;", "&")
    assert "order=newest" in address
    assert 'aria-current="true">Newest first' in client.get(address).content.decode()
    assert "more=" in page(client, article, "?order=discussed")


@pytest.mark.parametrize("order", ["oldest", "newest", "discussed"])
def test_every_order_takes_the_same_queries_at_any_length(client, order):
    """S17"""
    counts = []
    for roots, replies in ((1, 1), (1500, 1)):
        article = make_article()
        make_long_thread(article, roots=roots, replies=replies)
        page(client, article, f"?order={order}")
        with CaptureQueriesContext(connection) as queries:
            page(client, article, f"?order={order}")
        counts.append(len(queries))
    assert counts == [4, 4]


@pytest.mark.parametrize(("roots", "replies"), [(1, 0), (500, 9), (1, 4999)])
def test_thread_below_an_article_is_one_query(roots, replies, django_assert_num_queries):
    article = make_article()
    make_long_thread(article, roots=roots, replies=replies)
    with django_assert_num_queries(1):
        assert threads.opening(article).total == roots * (replies + 1)


def test_article_page_shows_the_first_threads_and_leads_to_the_rest(client):
    article = make_article()
    opening = make_long_thread(article, roots=30, replies=0)
    html = client.get(article.get_absolute_url()).content.decode()
    assert f'id="c{opening[19].pk}"' in html
    assert f'id="c{opening[20].pk}"' not in html
    assert "30 comments" in " ".join(html.split())
    assert "All comments" in html


def test_thread_page_takes_the_same_queries_at_any_length(client):
    """S17"""
    counts = []
    for roots, replies in ((1, 0), (20, 9), (1, 4999)):
        article = make_article()
        make_long_thread(article, roots=roots, replies=replies)
        page(client, article)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            html = page(client, article)
        counts.append(len(queries))
        assert html.count('class="comment"') <= 501
    assert counts == [4, 4, 4]
