"""The front page: what editors chose, filled up with the newest, and a block for each category that wants one."""

from datetime import timedelta

import pytest
from django.test import RequestFactory
from django.utils import timezone
from django.utils.translation import override

from articles import taxonomy
from articles.front import front_page
from articles.library import add_image
from articles.uploads import clean_image
from tests.browser.newsroom import picture_file
from tests.factories import make_article, make_category, make_draft

pytestmark = pytest.mark.django_db

NOW = timezone.now()


def front(language="en"):
    with override(language):
        request = RequestFactory().get("/")
        return front_page(request, taxonomy.tree(request))


def headlines(articles):
    return [article.headline for article in articles]


def columns(block):
    return [headlines(block[place]) for place in ("first", "second", "third")]


def test_newest_fill_in_where_editors_chose_nothing():
    for number in range(6):
        make_article(f"Story {number}", hours_ago=number + 1)
    page = front()
    assert page["lead"].headline == "Story 0"
    assert headlines(page["secondary"]) == ["Story 1", "Story 2", "Story 3"]


def test_chosen_stories_lead_until_their_time_is_over():
    tomorrow, yesterday = NOW + timedelta(days=1), NOW - timedelta(days=1)
    make_article("Newest")
    make_article("Lead", hours_ago=50, featured_slot="lead", featured_until=tomorrow)
    make_article("Second", hours_ago=60, featured_slot="secondary", featured_until=tomorrow)
    make_article("For ever", hours_ago=70, featured_slot="secondary")
    make_article("Over", hours_ago=80, featured_slot="lead", featured_until=yesterday)
    page = front()
    assert page["lead"].headline == "Lead"
    assert headlines(page["secondary"]) == ["Second", "For ever", "Newest"]


def test_two_chosen_leads_are_the_newer_one_and_a_second():
    for hours in (40, 50):
        make_article(f"{hours} hours", hours_ago=hours, featured_slot="lead")
    page = front()
    assert page["lead"].headline == "40 hours"
    assert headlines(page["secondary"]) == ["50 hours"]


def test_draft_that_is_chosen_and_other_editions_show_nothing():
    """S12"""
    make_draft("Canary", featured_slot="lead", category=make_category("Harbour", on_front=True))
    make_article("فارسی", language="fa", featured_slot="lead")
    page = front()
    assert (page["lead"], page["secondary"], page["blocks"], page["latest"]) == (None, [], [], [])


def test_blocks_show_no_story_twice():
    root = make_category("Harbour", on_front=True)
    below = make_category("Ferries", parent=root, on_front=True)
    make_category("Town")
    for number in range(12):
        make_article(f"Story {number:02d}", category=below, hours_ago=number + 1)
    page = front()
    shown = [page["lead"], *page["secondary"]]
    for block in page["blocks"]:
        shown += [article for place in ("first", "second", "third") for article in block[place]]
    assert len(shown) == len({article.pk for article in shown})
    assert [block["category"].name for block in page["blocks"]] == ["Harbour"]
    assert columns(page["blocks"][0]) == [
        ["Story 04"],
        ["Story 05", "Story 06"],
        ["Story 07", "Story 08", "Story 09"],
    ]


def test_newest_story_with_a_picture_leads_its_block():
    image, _created = add_image(clean_image(picture_file(size=(60, 40))))
    harbour = make_category("Harbour", on_front=True)
    for number in range(4):
        make_article(f"Above {number}")
    for number in range(4):
        make_article(
            f"Story {number}", category=harbour, hours_ago=number + 2, lead_image=image if number > 1 else None
        )
    assert columns(front()["blocks"][0]) == [["Story 2"], ["Story 0", "Story 1"], ["Story 3"]]


def test_page_is_headed_by_the_name_of_the_site_alone(client):
    make_article("Lead", category=make_category("Harbour", on_front=True))
    page = client.get("/").content.decode()
    assert page.count("<h1") == 1
    assert "<h1" in page[: page.index("</header>")]
