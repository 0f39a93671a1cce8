"""Corrections: made on the article's form or in their own list, shown on the story, on their page and in their feed."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from articles.models import Correction, StaleTag
from tests.articles.desk import change
from tests.factories import make_article, make_correction, make_draft, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    client.force_login(make_user(role="Editor"))
    return client


def on_form(text="Nine, not ten.", kind="correction", when=None, **fields):
    when = timezone.localtime(when)
    row = {
        "id": "",
        "kind": kind,
        "text": text,
        "published_at_0": f"{when:%Y-%m-%d}",
        "published_at_1": f"{when:%H:%M:%S}",
    }
    sent = {f"corrections-0-{name}": value for name, value in {**row, **fields}.items()}
    return {**sent, "corrections-TOTAL_FORMS": 1, "corrections-INITIAL_FORMS": 0}


@pytest.mark.parametrize(
    ("kind", "label"), [("correction", "Correction"), ("clarification", "Clarification"), ("update", "Update")]
)
def test_correction_of_the_articles_form_is_read_in_all_places(desk, client, kind, label):
    article = make_article("Ferry")
    response = change(desk, article, **on_form(kind=kind), **{"corrections-0-article": article.pk})
    assert response.status_code == 302, response.context["errors"]
    made = Correction.objects.get()
    for path in (article.get_absolute_url(), "/corrections/"):
        page = client.get(path).content.decode()
        assert "Nine, not ten." in page
        assert f"<strong>{label}</strong>" in page
    assert f'id="correction-{made.pk}"' in client.get(article.get_absolute_url()).content.decode()
    assert f"{label}: Ferry" in client.get("/corrections/feed/").content.decode()
    assert "Ferry" in client.get("/corrections/feed/json/").content.decode()


def test_correction_alone_does_not_mark_the_story_as_updated(desk, client):
    article = make_article()
    change(desk, article, **on_form(), **{"corrections-0-article": article.pk})
    article.refresh_from_db()
    assert article.updated_at is None
    assert "<dt>Updated </dt>" not in client.get(article.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": "  ", "kind": "update"},
        {"kind": "apology"},
        {"published_at_0": "2026-02-30"},
        {"text": "x" * 2001},
        {"text": "a\0b"},
    ],
)
def test_wrong_correction_is_refused_beside_its_field_with_what_was_typed(desk, wrong):
    article = make_article()
    response = change(desk, article, **on_form(**wrong), **{"corrections-0-article": article.pk})
    assert response.status_code == 200
    assert 'class="errorlist"' in response.content.decode()
    assert not Correction.objects.exists()


def test_row_that_stands_ready_is_no_correction_until_it_says_something(desk):
    article = make_article()
    assert change(desk, article, headline="Other words").status_code == 302
    assert change(desk, article, **on_form(text="")).status_code == 302
    assert not Correction.objects.exists()


def test_correction_to_come_waits_for_its_time(desk, client):
    article = make_article()
    later = timezone.now() + timedelta(hours=2)
    change(desk, article, **on_form(when=later), **{"corrections-0-article": article.pk})
    assert Correction.objects.exists()
    for path in (article.get_absolute_url(), "/corrections/", "/corrections/feed/"):
        assert "Nine, not ten." not in client.get(path).content.decode()


def test_zone_of_the_time_is_named_beside_it(desk, settings):
    settings.TIME_ZONE = "Europe/Oslo"
    page = desk.get(reverse("admin:articles_correction_add")).content.decode()
    assert "Time zone: Europe/Oslo." in page


def test_correction_stays_with_its_story(desk):
    """Moved to another one, it would stay on the kept page of the first, and its address in feeds would lead astray."""
    first, second = make_article(), make_article()
    correction = make_correction(first)
    now = timezone.localtime()
    desk.post(
        reverse("admin:articles_correction_change", args=[correction.pk]),
        {
            "article": second.pk,
            "kind": "update",
            "text": "New words.",
            "published_at_0": f"{now:%Y-%m-%d}",
            "published_at_1": f"{now:%H:%M:%S}",
        },
    )
    correction.refresh_from_db()
    assert (correction.article, correction.text) == (first, "New words.")


def test_changed_and_deleted_corrections_mark_the_pages_that_show_them(desk):
    article = make_article()
    correction = make_correction(article)
    StaleTag.objects.all().delete()
    desk.post(reverse("admin:articles_correction_delete", args=[correction.pk]), {"post": "yes"})
    assert {f"article:{article.pk}", "lists:en"} <= set(StaleTag.objects.values_list("tag", flat=True))
    assert LogEntry.objects.get().object_repr == "Correction: The ferry leaves at nine."


def test_corrections_of_what_is_not_public_show_no_trace(client):
    """S12"""
    make_correction(make_draft("Secret plans"), "Nobody knows.")
    make_correction(make_article("Later", hours_ago=-2), "Not yet.")
    for path in ("/corrections/", "/corrections/feed/", "/corrections/feed/atom/", "/corrections/feed/json/"):
        page = client.get(path).content.decode()
        assert "Nobody knows." not in page
        assert "Not yet." not in page


def test_newest_come_first_and_older_ones_are_a_page_further(client):
    article = make_article()
    now = timezone.now()
    for number in range(25):
        make_correction(article, f"Number {number}.", published_at=now - timedelta(minutes=number // 2))
    first = client.get("/corrections/").context["page"]
    second = client.get(f"/corrections/?older={first.older}").context["page"]
    numbers = [row.pk for row in [*first.rows, *second.rows]]
    wanted = Correction.objects.order_by("-published_at", "-pk").values_list("pk", flat=True)
    assert numbers == list(wanted)


@pytest.mark.parametrize("typed", ["999999", "x", "9" * 30, "1,2"])
def test_number_of_no_story_is_refused(desk, typed):
    address = reverse("admin:articles_correction_add")
    response = desk.post(address, {"article": ["", typed], "kind": "update", "text": "Words."})
    assert "Select a valid choice" in response.content.decode()


@pytest.mark.parametrize("typed", ["999999", "x", "9" * 30, "1,x", "²"])
def test_number_of_no_category_is_refused(desk, typed):
    article = make_article()
    response = change(desk, article, categories=["", typed])
    assert response.status_code == 200
    assert "errorlist" in response.content.decode()
