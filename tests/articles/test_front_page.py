"""The front page, arranged on the desk."""

import re
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from articles.models import Article, CategoryScope
from tests.articles.desk import change
from tests.articles.test_two_at_once import at_the_same_time
from tests.factories import make_article, make_category, make_draft, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    client.force_login(make_user("boss", role="Editor"))
    return client


def address(language="en", name="articles_front"):
    return f"{reverse(f'admin:{name}')}?language={language}"


def sent(client, language="en", **places):
    """What the form sends: what it shows, with these rows over it, as slot, place and until by the article's number."""
    context = client.get(address(language)).context
    data = {"seen": context["seen"]}
    for _slot, _label, rows in context["groups"]:
        for row in rows:
            key = row.article.pk
            data |= {f"slot-{key}": row.slot, f"place-{key}": row.place, f"until-{key}": row.until}
    for key, (slot, place, until) in places.items():
        pk = key.removeprefix("a")
        data |= {f"slot-{pk}": slot, f"place-{pk}": place, f"until-{pk}": until}
    return data


def shown(client, path="/"):
    context = client.get(path).context
    lead = context["lead"]
    return [lead and lead.headline, *(article.headline for article in context["secondary"])]


def test_chosen_stories_stand_in_the_order_of_their_numbers(desk):
    stories = {name: make_article(name, hours_ago=hours) for hours, name in enumerate("ABCDEF", start=1)}
    places = {
        f"a{stories['F'].pk}": ("lead", "", ""),
        f"a{stories['C'].pk}": ("secondary", "2", ""),
        f"a{stories['E'].pk}": ("secondary", "1", ""),
    }
    assert desk.post(address(), sent(desk, **places)).status_code == 302
    assert shown(desk) == ["F", "E", "C", "A"]
    assert LogEntry.objects.count() == 3
    assert stories["F"].revisions.count() == 2
    assert desk.post(address(), sent(desk)).status_code == 302
    assert LogEntry.objects.count() == 3


def test_story_taken_off_and_one_chosen_on_its_own_form_stands_first(desk):
    one, two = make_article("One", hours_ago=4), make_article("Two", hours_ago=3)
    for hours in (1, 2):
        make_article(f"New {hours}", hours_ago=hours)
    desk.post(address(), sent(desk, **{f"a{one.pk}": ("secondary", "1", ""), f"a{two.pk}": ("lead", "1", "")}))
    assert shown(desk)[:2] == ["Two", "One"]
    chosen = Article.objects.get(headline="New 2")
    chosen.featured_slot = Article.Slot.LEAD
    chosen.save()
    assert shown(desk)[0] == "New 2"
    desk.post(address(), sent(desk, **{f"a{two.pk}": ("", "", ""), f"a{one.pk}": ("", "", "")}))
    two.refresh_from_db()
    assert (two.featured_slot, two.featured_place) == ("", 0)
    assert shown(desk) == ["New 2", "New 1", "Two", "One"]


def test_until_ends_it(desk):
    one = make_article("One", hours_ago=4)
    make_article("New", hours_ago=1)
    until = timezone.localtime() + timedelta(days=1)
    desk.post(address(), sent(desk, **{f"a{one.pk}": ("lead", "1", until.strftime("%Y-%m-%dT%H:%M"))}))
    assert shown(desk)[0] == "One"
    one.refresh_from_db()
    assert abs(one.featured_until - until) < timedelta(minutes=1)
    Article.objects.filter(pk=one.pk).update(featured_until=timezone.now() - timedelta(seconds=1))
    assert shown(desk)[0] == "New"


def test_other_story_is_added_by_number_or_address(desk):
    for hours in range(30):
        make_article(hours_ago=hours + 1)
    old, older = make_article("Old", hours_ago=90), make_article("Older", hours_ago=91)
    desk.post(address(), sent(desk) | {"add": str(old.pk), "add-slot": "lead"})
    desk.post(address(), sent(desk) | {"add": f"https://news.example{older.get_absolute_url()}"})
    assert shown(desk)[:2] == ["Old", "Older"]


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        (("lead", "x", ""), "The place is a number."),
        (("top", "", ""), "Choose one of the places."),
        (("lead", "", "2001-01-01T10:00"), "The end lies in the past."),
        (("lead", "", "soon"), "Enter a valid date/time."),
        (("lead", "\0", "\0"), "The place is a number."),
    ],
)
def test_what_is_typed_wrong_is_named_beside_the_story_and_kept(desk, typed, fault):
    story = make_article("Story")
    page = desk.post(address(), sent(desk, **{f"a{story.pk}": typed})).content.decode()
    assert fault in page
    story.refresh_from_db()
    assert story.featured_slot == ""


def test_draft_two_leads_and_a_stranger_are_refused(desk):
    one, two, draft = make_article("One"), make_article("Two"), make_draft("Not yet")
    both = {f"a{one.pk}": ("lead", "", ""), f"a{two.pk}": ("lead", "", "")}
    assert "One story leads" in desk.post(address(), sent(desk, **both)).content.decode()
    page = desk.post(address(), sent(desk) | {"add": str(draft.pk)}).content.decode()
    assert "It is draft: only published or scheduled stories can stand there." in page
    for stranger in ("999999", "/pages/about/", "9" * 30, str(make_article(language="fa").pk)):
        page = desk.post(address(), sent(desk) | {"add": stranger}).content.decode()
        assert "neither the number nor the address" in page
    assert not Article.objects.exclude(featured_slot="").exists()


def test_second_editor_does_not_undo_the_first_unseen(desk):
    one, two = make_article("One"), make_article("Two", hours_ago=2)
    mine = sent(desk, **{f"a{two.pk}": ("lead", "1", "")})
    desk.post(address(), sent(desk, **{f"a{one.pk}": ("lead", "1", "")}))
    page = desk.post(address(), mine)
    assert re.search("boss has changed the front page at [0-9]+:[0-9]+. Look", page.content.decode())
    assert shown(desk)[0] == "One"


def test_end_that_another_has_set_is_not_undone_unseen(desk):
    """F6"""
    one = make_article("One", featured_slot="lead", featured_place=1)
    mine = sent(desk)
    until = timezone.localtime() + timedelta(days=1)
    desk.post(address(), sent(desk, **{f"a{one.pk}": ("lead", "1", until.strftime("%Y-%m-%dT%H:%M"))}))
    assert "boss has changed the front page at" in desk.post(address(), mine).content.decode()
    one.refresh_from_db()
    assert one.featured_until is not None


def test_who_has_changed_the_page_is_named_and_nobody_else(desk):
    """F6: neither who has done something else with a story there nor who has placed another before."""
    one, two, three = (make_article(name, hours_ago=hours) for hours, name in enumerate(("One", "Two", "Three"), 1))
    anna, bo = Client(), Client()
    for client, name in ((anna, "Anna"), (bo, "Bo")):
        client.force_login(make_user(name.lower(), role="Publisher", first_name=name, last_name="K."))
    bo.post(address(), sent(bo, **{f"a{one.pk}": ("secondary", "1", "")}))
    mine = sent(desk, **{f"a{two.pk}": ("lead", "1", "")})
    anna.post(address(), sent(anna, **{f"a{two.pk}": ("secondary", "2", "")}))
    bo.post(reverse("admin:articles_verb", args=[three.pk, "withdraw"]))
    change(bo, two, subtitle="New")
    page = desk.post(address(), mine).content.decode()
    assert "Anna K. has changed the front page at" in page
    assert "Bo K." not in page


def test_nobody_is_named_where_a_place_has_ended_by_itself(desk, time_machine):
    make_article("One", featured_slot="lead", featured_until=timezone.now() + timedelta(hours=1), featured_place=1)
    two = make_article("Two", hours_ago=2)
    mine = sent(desk, **{f"a{two.pk}": ("secondary", "1", "")})
    time_machine.move_to(timezone.now() + timedelta(hours=2))
    mine = {name: "" if name.startswith("until") else value for name, value in mine.items()}
    assert "Somebody has changed the front page meanwhile." in desk.post(address(), mine).content.decode()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_fill_an_empty_page_at_one_instant_the_later_is_asked(desk):
    """F6, F8: there is no row yet that the first could hold."""
    if connection.vendor == "sqlite":
        pytest.skip("threads cannot share SQLite's database in memory")
    other = Client()
    other.force_login(make_user(role="Publisher"))
    one, two = make_article("One"), make_article("Two")
    calls = []
    for client, article in ((desk, one), (other, two)):
        data = sent(client, **{f"a{article.pk}": ("lead", "1", "")})
        calls.append(lambda client=client, data=data: client.post(address(), data).status_code)
    assert sorted(at_the_same_time(*calls)) == [200, 302]
    assert Article.objects.exclude(featured_slot="").count() == 1


@pytest.mark.parametrize(
    "seen", ["", "x", "[]", "null", '{"rows": 1}', '{"at": "2026-06-14", "rows": {"\\u0000": [1]}}']
)
def test_odd_word_of_what_was_shown_is_refused(desk, seen):
    one = make_article("One", featured_slot="lead", featured_place=1)
    data = {**sent(desk, **{f"a{one.pk}": ("", "", "")}), "seen": seen}
    assert desk.post(address(), data).status_code == 200
    one.refresh_from_db()
    assert one.featured_slot == "lead"
    assert desk.post(address("fr"), {"seen": seen}).status_code == 200  # nor is an empty page taken for shown


def test_each_edition_has_its_own(desk):
    make_article("English", hours_ago=1)
    persian = make_article("فارسی", language="fa", hours_ago=9)
    make_article("تازه", language="fa")
    desk.post(address("fa"), sent(desk, "fa", **{f"a{persian.pk}": ("lead", "1", "")}))
    assert shown(desk, "/fa/")[0] == "فارسی"
    assert shown(desk)[0] == "English"
    assert desk.get(address("xx")).status_code == 404


def test_preview_shows_what_is_not_saved(desk):
    make_article("New", hours_ago=1)
    old = make_article("Old", hours_ago=9)
    data = sent(desk, **{f"a{old.pk}": ("lead", "1", "")})
    response = desk.post(address(name="articles_front_preview"), data)
    assert response.context["lead"] == old
    assert "no-store" in response["Cache-Control"]
    assert shown(desk)[0] == "New"


def test_person_limited_to_categories_does_not_arrange_it(client):
    """S13"""
    person = make_user(role="Editor")
    CategoryScope.objects.create(user=person, category=make_category())
    client.force_login(person)
    assert client.get(address()).status_code == 403
    assert client.post(address(name="articles_front_preview")).status_code == 403


def test_page_costs_the_same_at_any_number_of_stories(desk, django_assert_num_queries):
    for _ in range(3):
        make_article(featured_slot="secondary", category=make_category())
        with django_assert_num_queries(9):
            desk.get(address())
