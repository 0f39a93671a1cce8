"""Appeals: the list, the page, the way to the giving, and what the sidebar shows of them."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from articles import listing
from newsroom.appeals.links import check_donation_link
from newsroom.appeals.models import Appeal, DonationClicks, DonationLink
from newsroom.appeals.templatetags.appeals import money
from tests.factories import make_appeal, make_article, make_category, make_channel, make_user

pytestmark = pytest.mark.django_db

BROWSER = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"}


def ended(title, *, hours_ago=1, **fields):
    return make_appeal(title, ends_at=timezone.now() - timedelta(hours=hours_ago), **fields)


def words(response):
    return response.content.decode()


# The list


def test_list_shows_running_appeals_in_the_editors_order_and_ended_ones_below(client):
    make_appeal("Second", position=2)
    make_appeal("First", position=1)
    ended("Long over", hours_ago=20, starts_at=timezone.now() - timedelta(days=3))
    ended("Just over")
    page = words(client.get("/appeals/"))
    places = [page.index(f">{title}</a></h3>") for title in ("First", "Second", "Just over", "Long over")]
    main = page[: page.index("</main>")]
    assert places == sorted(places)
    assert main.count('class="button') == 2


def test_list_says_so_where_nobody_asks(client):
    assert "No channel is asking for help just now." in words(client.get("/appeals/"))


@pytest.mark.parametrize(
    "fields",
    [
        {"is_published": False},
        {"starts_at": timezone.now() + timedelta(days=1)},
        {"language": "fa"},
        {"is_published": False, "ends_at": timezone.now() - timedelta(hours=1)},
    ],
    ids=["unpublished", "to come", "of another edition", "ended, unpublished"],
)
def test_appeal_that_is_not_public_here_shows_nowhere(client, fields):
    """S12"""
    appeal = make_appeal("Canary", **fields)
    make_article()
    for address in ("/", "/appeals/", "/archive/"):
        assert "Canary" not in words(client.get(address))
    assert client.get("/appeals/canary/").status_code == 404
    assert client.get("/appeals/canary/donate/1/", headers=BROWSER).status_code == 404
    assert not DonationClicks.objects.exists()
    assert Appeal.objects.get() == appeal


def test_ended_appeals_are_paged_by_keyset(client):
    channel = make_channel()
    for number in range(43):
        ended(f"Over number {number:02d}", channel=channel, hours_ago=number / 60, links=0)
    make_appeal("Running")
    seen, address = [], "/appeals/"
    for _ in range(3):
        page = words(client.get(address))
        main = page[page.index("<main") : page.index("</main>")]
        seen += [title for number in range(43) if f"{(title := f'Over number {number:02d}')}<" in main]
        assert ("Running" in main) == (address == "/appeals/")
        address = "/appeals/?older=" + main.partition("?older=")[2].partition('"')[0]
    assert seen == [f"Over number {number:02d}" for number in range(43)]
    assert client.get("/appeals/?older=nonsense").status_code == 404


def test_running_appeals_are_paged_in_the_editors_order(client):
    channel, moment = make_channel(), timezone.now() - timedelta(days=1)
    facts = {"channel": channel, "links": 0, "starts_at": moment, "is_featured": False}
    made = [make_appeal(f"Open {number:02d}", position=number // 10, **facts) for number in range(43)]
    order = [appeal.title for appeal in sorted(made, key=lambda appeal: (appeal.position, -appeal.pk))]
    ended("Over", channel=channel, starts_at=moment)
    pages, address = [], "/appeals/"
    while address:
        page = words(client.get(address))
        main = page[page.index("<main") : page.index("</main>")]
        pages.append(re.findall(r">(Open \d\d)</a></h3>", main))
        assert (">Over<" in main) == (address == "/appeals/")
        newer, older = re.search(r"\?before=[\w-]+", main), re.search(r"\?after=[\w-]+", main)
        assert bool(newer) == (address != "/appeals/")
        before, address = newer and f"/appeals/{newer[0]}", older and f"/appeals/{older[0]}"
    assert pages == [order[:20], order[20:40], order[40:]]
    assert re.findall(r">(Open \d\d)</a></h3>", words(client.get(before))) == order[20:40]


@pytest.mark.parametrize(
    "query", ["after=nonsense", "before=nonsense", "after=AAAA&before=AAAA", "after=AAAA&older=AAAA"]
)
def test_page_of_appeals_that_is_none_is_not_found(client, query):
    assert client.get(f"/appeals/?{query}").status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_further_page_of_running_appeals_asks_the_same_at_any_size(queries_of, rows):
    for _ in range(20 + rows):
        appeal = make_appeal(links=rows)
    last = listing.cursor(appeal.starts_at, appeal.pk, appeal.position)
    assert queries_of(f"/appeals/?before={last}") == (9, 2)


@pytest.mark.parametrize("rows", [1, 3])
def test_list_and_page_ask_the_same_whatever_they_show(queries_of, rows):
    for _ in range(rows):
        appeal = make_appeal(links=rows)
        ended(None)
    assert queries_of("/appeals/") == (10, 3)
    assert queries_of(appeal.get_absolute_url()) == (9, 2)


# The page


def test_page_shows_the_sum_of_its_day_and_every_link(client):
    make_appeal(
        "Lamp",
        channel=make_channel("Friends of the lamp", url="https://lamp.example/"),
        links=2,
        goal=20000,
        raised=12480,
        as_of=date(2026, 6, 14),
        supporters=312,
        body="<p>The lens needs <strong>bearings</strong>.</p><script>alert(1)</script>",
    )
    page = words(client.get("/appeals/lamp/"))
    assert '<progress max="100" value="62" aria-label="Raised so far">62%</progress>' in page
    assert "€12,480" in page
    assert "of €20,000" in page
    assert "312 supporters" in page
    assert '<time datetime="2026-06-14">as of 14 June 2026</time>' in page
    assert '<a class="button donate" href="/appeals/lamp/donate/1/" rel="nofollow">Give 1</a>' in page
    assert '<a class="button quiet small" href="/appeals/lamp/donate/2/" rel="nofollow">Give 2</a>' in page
    assert '<a href="https://lamp.example/" rel="external noopener nofollow">Friends of the lamp</a>' in page
    assert "<p>The lens needs <strong>bearings</strong>.</p>" in page
    assert "alert(1)" not in page


@pytest.mark.parametrize(
    ("hours", "left"), [(None, None), (1, "the last day"), (24, "1 day<"), (48, "2 days<")], ids=str
)
def test_page_says_when_it_began_and_how_long_is_left(client, hours, left):
    now = datetime(2026, 6, 14, 12, tzinfo=UTC)
    with time_machine.travel(now, tick=False):
        make_appeal("Lamp", starts_at=now - timedelta(days=3), ends_at=hours and now + timedelta(hours=hours))
        page = words(client.get("/appeals/lamp/"))
    assert "11 June 2026</time>" in page
    assert ("Time left" in page) == ("Closes" in page) == bool(left)
    assert not left or f'<dd class="num">{left}' in page


def test_appeal_without_a_goal_shows_no_bar(client):
    make_appeal("Lamp")
    main = words(client.get("/appeals/lamp/"))
    assert "<progress" not in main
    assert 'class="goal"' not in main


def test_more_than_the_goal_fills_the_bar(client):
    make_appeal("Lamp", goal=100, raised=250, as_of=date(2026, 6, 14))
    assert 'value="100"' in words(client.get("/appeals/lamp/"))


def test_ended_appeal_thanks_also_where_nobody_has_written_thanks(client):
    ended("Lamp")
    assert "Thank you to everybody who gave." in client.get("/appeals/lamp/").content.decode()
    ended("Room", thank_you="It turns.")
    assert "Thank you to everybody" not in client.get("/appeals/room/").content.decode()


def test_ended_appeal_thanks_and_asks_no_more(client):
    """A link that somebody kept leads to the thank-you, and counts nothing."""
    ended("Lamp", thank_you="It turns.\n\n<b>Thank you</b> all.")
    page = words(client.get("/appeals/lamp/"))
    assert "This appeal has ended" in page
    assert "<p>It turns.</p>" in page
    assert "&lt;b&gt;Thank you&lt;/b&gt;" in page
    assert "/donate/" not in page
    response = client.get("/appeals/lamp/donate/1/", headers=BROWSER)
    assert (response.status_code, response["Location"]) == (302, "/appeals/lamp/")
    assert not DonationClicks.objects.exists()


# The way to the giving


def test_link_leads_to_its_own_address_and_counts_the_click(client):
    make_appeal("Lamp", links=2)
    for _ in range(2):
        response = client.get("/appeals/lamp/donate/2/?url=https://evil.example/", headers=BROWSER)
        assert response.status_code == 302
        assert response["Location"].startswith("https://give.example/2?utm_source=")
        assert "evil" not in response["Location"]
        assert response["X-Robots-Tag"] == "noindex"
        assert "no-store" in response["Cache-Control"]
        assert not response.cookies
    row = DonationClicks.objects.get()
    assert (row.link.number, row.clicks, row.day) == (2, 2, timezone.localdate())


@pytest.mark.parametrize(
    "headers",
    [
        {"user-agent": "Googlebot/2.1 (+http://www.google.com/bot.html)"},
        {**BROWSER, "sec-purpose": "prefetch"},
    ],
    ids=["bot", "prefetch"],
)
def test_click_of_a_machine_is_not_counted(client, headers):
    make_appeal("Lamp")
    assert client.get("/appeals/lamp/donate/1/", headers=headers).status_code == 302
    assert not DonationClicks.objects.exists()


def test_head_leads_on_and_counts_nothing(client):
    """S16"""
    make_appeal("Lamp")
    assert client.head("/appeals/lamp/donate/1/", headers=BROWSER).status_code == 302
    assert client.post("/appeals/lamp/donate/1/", headers=BROWSER).status_code == 405
    assert not DonationClicks.objects.exists()


@pytest.mark.parametrize("number", ["0", "2", "40000", "99999999999999999999999999"])
def test_unknown_link_is_not_found(client, number):
    """S26"""
    make_appeal("Lamp")
    make_appeal("Other", links=3)
    assert client.get(f"/appeals/lamp/donate/{number}/", headers=BROWSER).status_code == 404


@pytest.mark.parametrize(
    "url",
    [
        "http://give.example/",
        "https://evil.com/",
        "https://give.example.evil.com/",
        "https://evilexample/",
        "https://user:pw@give.example/",
        "https://give.example:8443/",
        "https://evil.com\\@give.example/",
        "https://evil.com#@give.example/",
        "https://give.example\r\nSet-Cookie: a=b",
        "https://[::1/",
        "javascript:alert(1)//give.example",
        "//give.example/",
        "data:text/html,x",
        "",
    ],
)
def test_link_to_elsewhere_is_refused_and_never_followed(client, url):
    """S18"""
    with pytest.raises(ValidationError):
        check_donation_link(url)
    appeal = make_appeal("Lamp")
    DonationLink.objects.filter(appeal=appeal).update(url=url)
    assert client.get("/appeals/lamp/donate/1/", headers=BROWSER).status_code == 404


@pytest.mark.parametrize(
    "url", ["https://give.example/a?b=c#d", "https://www.paypal.com/donate", "https://GIVE.example./"]
)
def test_link_to_a_known_host_is_taken(url):
    check_donation_link(url)


def test_links_keep_their_numbers_when_one_goes():
    """An address in somebody's mail never leads to another provider."""
    appeal = make_appeal(links=3)
    appeal.links.get(number=2).delete()
    added = DonationLink.objects.create(appeal=appeal, provider="Givebox", url="https://give.example/new")
    assert added.number == 4


# The sidebar


def test_sidebar_shows_featured_appeals_of_its_edition_and_category(client):
    harbour = make_category("Harbour")
    ferries = make_category("Ferries", parent=harbour)
    make_article("Elsewhere", category=make_category("Town"))
    make_article("Boat", category=ferries)
    make_appeal("Everywhere")
    make_appeal("By the sea").categories.add(harbour)
    make_appeal("Not featured", is_featured=False)
    make_appeal("Persian", language="fa")
    ended("Over")
    shown = ("Everywhere", "By the sea", "Not featured", "Persian", "Over")

    def of(address):
        page = words(client.get(address))
        aside = page[page.index("<aside") :]
        return [title for title in shown if f">{title}</a>" in aside]

    assert of("/categories/town/") == ["Everywhere"]
    assert of("/categories/ferries/") == ["Everywhere", "By the sea"]
    assert of("/archive/") == ["Everywhere"]
    assert of("/fa/archive/") == ["Persian"]


@pytest.mark.parametrize(
    ("language", "amount", "currency", "text"),
    [
        ("en", 12480, "EUR", "€12,480"),
        ("en", "12480.5", "GBP", "£12,480.50"),
        ("fr", 12480, "EUR", "12\u202f480\xa0€"),
        ("fa", 12480, "EUR", "۱۲٬۴۸۰\xa0€"),
        ("en", 7, "XYZ", "XYZ\xa07"),
    ],
)
def test_money_is_written_as_the_edition_writes_it(language, amount, currency, text):
    from django.utils.translation import override

    with override(language):
        assert money(amount, currency).replace("\xa0480", "\u202f480") == text


# The desk


@pytest.fixture
def manager(client):
    client.force_login(make_user(role="Appeals manager"))
    return client


def form(**fields):
    links = {"links-TOTAL_FORMS": "1", "links-INITIAL_FORMS": "0", "links-0-position": "0"}
    return {
        **{"language": "en", "channel": "", "title": "", "currency": "EUR", "position": "0"},
        **{"starts_at_0": "2026-06-01", "starts_at_1": "08:00", "is_published": "on"},
        **links,
        **fields,
    }


def test_manager_makes_an_appeal_with_its_link(manager):
    channel = make_channel()
    fields = {"links-0-provider": "Givebox", "links-0-url": "https://give.example/lamp"}
    manager.post(reverse("admin:appeals_appeal_add"), form(title="Lamp", channel=channel.pk, **fields))
    appeal = Appeal.objects.get()
    assert appeal.slug == "lamp"
    assert appeal.links.get().number == 1


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"links-0-provider": "G", "links-0-url": "https://evil.com/"}, "is not a known donation host"),
        ({"links-0-provider": "G", "links-0-url": "http://give.example/"}, "Donation links begin with https"),
        ({"ends_at_0": "2026-05-01", "ends_at_1": "08:00"}, "The end must come after the start."),
        ({"raised": "5"}, "Say of which day the sum is."),
        ({"goal": "-5"}, "greater than or equal to 1"),
        ({"currency": "EURO"}, "at most 3 characters"),
        ({"currency": "<b>"}, "Three capital letters"),
    ],
)
def test_wrong_input_is_refused_beside_its_field_and_kept(manager, fields, message):
    page = words(
        manager.post(reverse("admin:appeals_appeal_add"), form(title="Kept", channel=make_channel().pk, **fields))
    )
    assert message in page
    assert 'value="Kept"' in page
    assert not Appeal.objects.exists()


def test_appeal_of_another_editions_category_is_refused(manager):
    persian = make_category("بندر", language="fa")
    page = words(
        manager.post(
            reverse("admin:appeals_appeal_add"),
            form(title="Lamp", channel=make_channel().pk, categories=[persian.pk]),
        )
    )
    assert "Of another edition: بندر" in page
    assert not Appeal.objects.exists()


def test_preview_shows_what_is_saved_to_the_desk_alone(client):
    """S13"""
    appeal = make_appeal("قایق", language="fa", is_published=False, body="<p>Words.</p>")
    address = reverse("admin:appeals_preview", args=[appeal.pk])
    assert client.get(address).status_code == 302
    client.force_login(make_user(role="Appeals manager"))
    response = client.get(address)
    assert '<html lang="fa" dir="rtl">' in words(response)
    assert "<p>Words.</p>" in words(response)
    assert '<meta name="robots" content="noindex">' in words(response)
    assert "no-store" in response["Cache-Control"]
    assert address in words(client.get(reverse("admin:appeals_appeal_change", args=[appeal.pk])))
    assert client.get(reverse("admin:appeals_preview", args=[appeal.pk + 1])).status_code == 404


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//evil.example/"])
def test_address_that_is_none_of_a_page_is_no_link(client, url):
    """S4: however it came into the row, past the checks of the form."""
    story = make_article(source_url=url, source_name="Bay Review", canonical_is_source=True)
    appeal = make_appeal(channel=make_channel(url=url))
    for address in (story.get_absolute_url(), appeal.get_absolute_url(), "/feed/json/", "/feed/atom/"):
        assert url not in words(client.get(address)), address
