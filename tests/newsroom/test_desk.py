"""The desk's start page: what waits for whom, the numbers, the last runs."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.urls import reverse
from django.utils import timezone

from articles import workflow
from articles.library import add_image
from articles.models import Article, ArticleRevision, CategoryScope, ReadingHour, Upkeep
from articles.uploads import clean_image
from newsroom import numbers, waiting
from newsroom.appeals.models import Appeal
from newsroom.pages.models import Page
from tests.browser.newsroom import picture_file
from tests.factories import (
    make_appeal,
    make_article,
    make_category,
    make_comment,
    make_draft,
    make_rating,
    make_user,
)

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 6, 14, 12, tzinfo=UTC)


def tiles_of(user):
    return {str(tile.heading): [row.text for row in tile.rows] for tile in waiting.tiles(user)}


def start_page(client, user):
    client.force_login(user)
    response = client.get(reverse("admin:index"))
    assert response.status_code == 200
    return response.content.decode()


def test_author_sees_what_came_back_with_its_reason_and_the_own_drafts(client):
    author, editor = make_user(role="Author"), make_user(role="Editor")
    draft = make_draft("The quay at night", created_by=author)
    make_draft("Of somebody else", created_by=editor)
    workflow.submit(draft, by=author)
    workflow.send_back(draft, by=editor, note="Who says so?")
    make_draft("The tide", created_by=author)
    assert tiles_of(author) == {
        "Sent back to me": ["The quay at night"],
        "News of my articles": ["The quay at night"],
        "My drafts": ["The tide"],
        "Scheduled today": [],
        "Images without alternative text": [],
    }
    page = start_page(client, author)
    assert "Who says so?" in page
    assert "Of somebody else" not in page
    assert "Held comments" not in page
    assert "Upkeep" not in page


def news_of(user):
    return {
        row.text: row.note for tile in waiting.tiles(user) if tile.heading == "News of my articles" for row in tile.rows
    }


@time_machine.travel(NOON, tick=False)
def test_author_sees_what_became_of_what_was_submitted(settings):
    settings.TIME_ZONE = "UTC"
    author, editor = make_user(role="Author"), make_user("ed", role="Editor")
    articles = {name: make_draft(name, created_by=author) for name in ("Approved", "Out", "Later", "Back", "Gone")}
    make_draft("Of somebody else", created_by=editor)
    for article in articles.values():
        workflow.submit(article, by=author)
    assert news_of(author) == {}
    workflow.approve(articles["Approved"], by=editor, note="Well found.")
    workflow.publish(articles["Out"], by=editor)
    workflow.publish(articles["Later"], by=editor, at=NOON + timedelta(days=1))
    workflow.send_back(articles["Back"], by=editor, note="Who says so?")
    workflow.publish(articles["Gone"], by=editor)
    workflow.withdraw(articles["Gone"], by=editor, note="Wrong quay.")
    assert news_of(author) == {
        "Approved": "approved · ed · 14 June, 12:00 · Well found.",
        "Out": "published · ed · 14 June, 12:00",
        "Later": "scheduled: 15 June, 12:00 · ed · 14 June, 12:00",
        "Back": "sent back · ed · 14 June, 12:00 · Who says so?",
        "Gone": "withdrawn · ed · 14 June, 12:00 · Wrong quay.",
    }
    assert news_of(editor) == {}
    # What the author does with it oneself is no news, and ends what was.
    workflow.submit(articles["Back"], by=author)
    assert set(news_of(author)) == {"Approved", "Out", "Later", "Gone"}


def test_news_end_after_a_week_and_with_the_right_to_open_the_article():
    author, editor, harbour = make_user(role="Author"), make_user(role="Editor"), make_category("Harbour")
    article = make_draft("The quay", created_by=author, category=make_category("Town"))
    workflow.submit(article, by=author)
    workflow.approve(article, by=editor)
    assert set(news_of(author)) == {"The quay"}
    CategoryScope.objects.create(user=author, category=harbour)
    assert news_of(get_user_model().objects.get(pk=author.pk)) == {}
    CategoryScope.objects.all().delete()
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        assert news_of(get_user_model().objects.get(pk=author.pk)) == {}


def test_writer_of_changes_is_told_what_became_of_them(settings):
    settings.CHANGES_NEED_APPROVAL = True
    author, editor = make_user(role="Author"), make_user("ed", role="Editor")
    article = make_article("The quay", created_by=author)
    for verb, said in (("drop_changes", "changes dropped · ed"), ("publish_changes", "changes published · ed")):
        workflow.change(article, {"subtitle": verb}, by=author)
        workflow.VERBS[verb].do(article, by=editor)
        assert news_of(author)["The quay"].startswith(said)


def test_editor_sees_changes_that_wait_beside_published_articles():
    writer, editor = make_user("ines", role="Editor"), make_user(role="Editor")
    live, other = make_article("The quay"), make_article("Timed")
    fields = {"kind": ArticleRevision.Kind.PENDING, "content": {}, "created_by": writer}
    ArticleRevision.objects.create(article=live, number=7, **fields)
    ArticleRevision.objects.create(article=other, number=7, apply_at=timezone.now() + timedelta(days=3), **fields)
    tile = next(tile for tile in waiting.tiles(editor) if tile.heading == "Changes of published articles")
    assert [row.text for row in tile.rows] == ["The quay"]
    assert "ines" in tile.rows[0].note


def test_what_was_sent_back_is_so_no_longer_once_it_goes_on():
    author, editor = make_user(role="Author"), make_user(role="Editor")
    draft = make_draft(created_by=author)
    workflow.submit(draft, by=author)
    workflow.send_back(draft, by=editor, note="Shorter.")
    workflow.submit(draft, by=author)
    draft.refresh_from_db()
    assert draft.sent_back_note == ""
    assert tiles_of(author)["Sent back to me"] == []
    assert tiles_of(editor)["To review"] == [draft.headline]


def test_editor_sees_only_what_lies_within_the_limit(client):
    editor, harbour = make_user(role="Editor"), make_category("Harbour")
    CategoryScope.objects.create(user=editor, category=harbour)
    for category in (harbour, make_category("Sport")):
        for state in (Article.State.IN_REVIEW, Article.State.APPROVED):
            make_draft(f"{category} {state}", state=state, category=category)
    found = tiles_of(editor)
    assert found["To review"] == ["Harbour in_review"]
    assert found["Approved, to be published"] == ["Harbour approved"]
    page = start_page(client, editor)
    assert "Harbour in_review" in page
    assert "Sport in_review" not in page


@time_machine.travel(NOON, tick=False)
def test_scheduled_today_ends_at_the_newsrooms_midnight_and_holds_versions(settings):
    settings.TIME_ZONE = "Pacific/Auckland"  # there it is midnight already: today is the 15th
    with timezone.override("Pacific/Auckland"):
        editor = make_user(role="Editor")
        make_article("In an hour", publish_at=NOON + timedelta(hours=1))
        make_article("Tomorrow", publish_at=NOON + timedelta(hours=24))
        live = make_article("Live already", publish_at=NOON - timedelta(hours=1))
        kind = ArticleRevision.Kind.PENDING
        moment = NOON + timedelta(hours=2)
        ArticleRevision.objects.create(article=live, number=9, kind=kind, content={}, apply_at=moment)
        assert tiles_of(editor)["Scheduled today"] == ["In an hour", "Live already"]


def test_moderator_sees_held_comments_as_text(client):
    """S5"""
    make_comment(make_article(), "<script>alert(1)</script> a boat", state="pending")
    make_comment(make_article(), "Approved already")
    page = start_page(client, make_user(role="Moderator"))
    assert "&lt;script&gt;alert(1)&lt;/script&gt; a boat" in page
    assert "<script>alert" not in page
    assert "Approved already" not in page
    assert "My drafts" not in page


def test_appeals_manager_sees_ended_appeals_that_need_care():
    over = {"ends_at": timezone.now() - timedelta(hours=1)}
    make_appeal("Ended and forgotten", **over)
    make_appeal("Ended and thanked", thank_you="Thank you.", is_featured=False, **over)
    make_appeal("Running")
    assert tiles_of(make_user(role="Appeals manager")) == {
        "Ended appeals": ["Ended and forgotten"],
        "Donation links in trouble": [],
        "Old sums of appeals": [],
    }


def test_images_without_words_are_named():
    add_image(clean_image(picture_file(size=(60, 40))), title="Quay")
    assert tiles_of(make_user(role="Editor"))["Images without alternative text"] == ["Quay"]


def test_empty_desk_says_so(client):
    page = start_page(client, make_user(role="Publisher"))
    for words in ("Nothing waits for review.", "You have no drafts.", "No comment waits.", "never run"):
        assert words in page


def test_more_than_twenty_are_not_counted_out(client):
    author = make_user(role="Author")
    for _number in range(23):
        make_draft(created_by=author)
    tile = waiting.tiles(author)[2]
    assert tile.shown_number == "20+"
    assert len(tile.named) == 5


@time_machine.travel(NOON, tick=False)
def test_numbers_fall_on_days_of_the_newsrooms_clock():
    article = make_article()
    with timezone.override("Asia/Kolkata"):  # 00:00 there is 18:30 of the day before
        ReadingHour.objects.create(article=article, hour=NOON - timedelta(hours=16), readings=5, bots=90)
        ReadingHour.objects.create(article=article, hour=NOON - timedelta(hours=18), readings=2)
        ReadingHour.objects.create(article=article, hour=NOON - timedelta(days=9), readings=70)
        make_rating(article, 4)
        make_rating(article, 1, is_held=True)
        make_comment(article, state="spam")
        make_comment(article, state="pending")
        readings, ratings, comments = numbers.plots(numbers.last_days(2))
    assert readings.values == [2, 5]
    assert ratings.values == [0, 1]
    assert comments.values == [0, 1]
    assert readings.total == 7
    assert [(bar.height, bar.y) for bar in readings.bars] == [(32, 48), (80, 0)]


def test_author_sees_the_numbers_of_the_own_articles_only():
    author = make_user(role="Author")
    for owner, readings in ((author, 3), (None, 40)):
        article = make_article(created_by=owner)
        ReadingHour.objects.create(article=article, hour=timezone.now(), readings=readings)
    assert numbers.plots(numbers.last_days(2), numbers.articles_for(author))[0].total == 3
    assert numbers.articles_for(make_user(role="Editor")) is None


def test_numbers_stand_in_a_table_too(client):
    article = make_article()
    ReadingHour.objects.create(article=article, hour=timezone.now(), readings=4321)
    page = start_page(client, make_user(role="Editor"))
    assert "<td>4,321</td>" in page
    assert "Readings: <b>4,321</b>" in page
    assert "<svg" in page
    assert ' style="' not in page


def test_publisher_sees_the_last_run_of_each_command(client):
    Upkeep.objects.create(name="recount_readings", started_at=timezone.now(), note="<b>12</b> totals")
    Upkeep.objects.create(name="rankings", started_at=timezone.now())
    page = start_page(client, make_user(role="Publisher"))
    assert "recount_readings" in page
    assert "not finished" in page
    assert "&lt;b&gt;12&lt;/b&gt; totals" in page
    assert "rankings" not in page


def test_desk_costs_the_same_however_much_waits(client, django_assert_num_queries):
    publisher = make_user(role="Publisher")
    client.force_login(publisher)
    for _rows in range(2):
        for state in (Article.State.IN_REVIEW, Article.State.DRAFT):
            article = make_draft(state=state, created_by=publisher)
            make_comment(article, state="pending")
        make_article(publish_at=timezone.now() + timedelta(minutes=1))
        make_appeal(ends_at=timezone.now() - timedelta(hours=1))
        ReadingHour.objects.create(article=article, hour=timezone.now(), readings=1)
        with django_assert_num_queries(25):
            client.get(reverse("admin:index"))


def test_empty_lists_say_so(client):
    client.force_login(make_user(role="Editor"))
    address = reverse("admin:articles_article_changelist")
    assert "Nothing is here yet." in client.get(address).content.decode()
    assert "Nothing matches." in client.get(address, {"q": "harbour"}).content.decode()
    make_draft("The harbour")
    page = client.get(address).content.decode()
    assert "Nothing is here" not in page
    assert "The harbour" in page


@pytest.mark.parametrize(("model", "title"), [(Appeal, "title"), (Page, "title"), (Article, "headline")])
def test_form_asks_for_the_title_before_the_body_and_for_every_field(rf, model, title):
    model_admin = admin.site._registry[model]
    request = rf.get("/")
    request.user = make_user(role="Publisher")
    names = list(model_admin.get_form(request).base_fields)
    assert names.index(title) < names.index("body")
    fields = [*model._meta.fields, *model._meta.many_to_many]
    own = {field.name for field in fields if field.editable and not field.auto_created} - {"authors"}
    assert own <= set(names)


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("ar", "rtl")])
def test_body_runs_in_the_direction_of_its_language(client, language, direction):
    client.force_login(make_user(role="Editor"))
    article = make_draft(language=language)
    page = client.get(reverse("admin:articles_article_change", args=[article.pk]), headers={"accept-language": "fa"})
    (textarea,) = re.findall(r'<textarea name="body"[^>]*>', page.content.decode())
    assert f'dir="{direction}"' in textarea
