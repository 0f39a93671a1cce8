"""Names that programs outside this suite go by: of fields, actions, tables and links, and two sentences of a page."""

import re

import pytest
from django.utils import timezone

from articles import readership
from articles.models import Edition
from comments.models import Comment
from tests.factories import make_article, make_category, make_comment, make_rating, make_user

pytestmark = pytest.mark.django_db


def words(response):
    assert response.status_code == 200
    return response.content.decode()


def fields(html):
    return set(re.findall(r'<(?:input|textarea|select)\b[^>]*?\sname="([^"]+)"', html))


def test_comment_form_has_its_three_fields_and_a_honeypot_of_another_name(client):
    names = fields(words(client.get(f"{make_article().get_absolute_url()}comments/")))
    assert {"name", "email", "body"} <= names
    assert not [name for name in names - {"name", "email"} if "name" in name or "mail" in name]


def test_rating_form_has_stars(client):
    html = words(client.get(make_article().get_rating_url()))
    assert re.findall(r'<input[^>]* name="stars"[^>]* value="(\d)"', html) == ["1", "2", "3", "4", "5"]


def test_article_form_has_headline_and_subtitle(client):
    client.force_login(make_user(role="Editor"))
    assert {"headline", "subtitle", "body"} <= fields(words(client.get("/admin/articles/article/add/")))


def test_comments_changelist_searches_the_body_and_approves_without_a_second_question(client):
    client.force_login(make_user(role="Moderator"))
    article = make_article()
    wanted = make_comment(article, "The pelican left", state="pending")
    make_comment(article, "Somebody else's words", state="pending")
    html = words(client.get("/admin/comments/comment/", {"q": "pelican"}))
    assert f'value="{wanted.pk}"' in html
    assert "else&#x27;s words" not in html
    assert '<option value="approve">' in html
    client.post("/admin/comments/comment/", {"action": "approve", "_selected_action": [wanted.pk]})
    wanted.refresh_from_db()
    assert wanted.state == Comment.State.APPROVED


def test_page_says_its_readings_and_ratings(client):
    Edition.objects.create(language="fa", name="پیک")
    article, once = make_article("Read", hours_ago=3), make_article("Once", hours_ago=2)
    persian = make_article("خوانده", language="fa", hours_ago=2)
    for story in (article, persian):
        readership.ReadingTotal.objects.create(article=story, readings=4218)
    for _ in range(12):
        make_rating(article, 4)
    make_rating(once, 5)
    html = words(client.get(article.get_absolute_url()))
    assert "4,218 readings" in html
    assert "12 ratings" in html
    html = words(client.get(once.get_absolute_url()))
    assert "1 rating" in html
    assert "1 ratings" not in html
    assert "۴٬۲۱۸" in words(client.get(persian.get_absolute_url()))


def test_calendar_is_a_table_with_a_caption(client):
    make_article()
    for address in ("/", "/archive/", f"/archive/{timezone.localdate():%Y/%m}/"):
        html = words(client.get(address))
        assert re.search(r'<table class="calendar">\s*<caption\b', html), address


def test_previous_and_next_are_links_to_articles(client):
    category = make_category("Harbour")
    older, here, newer = (make_article(category=category, hours_ago=hours) for hours in (3, 2, 1))
    html = words(client.get(here.get_absolute_url()))
    links = re.findall(r"<a\b[^>]*>", html)
    for rel, story in (("prev", older), ("next", newer)):
        [link] = [link for link in links if f'rel="{rel}"' in link]
        assert f'href="{story.get_absolute_url()}"' in link
