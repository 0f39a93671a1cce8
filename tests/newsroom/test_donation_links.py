"""`manage.py check_donation_links`: what it asks, what it refuses to ask, and what follows from the answers."""

import socket
import ssl
import threading
import time
from contextlib import suppress
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from articles.models import StaleTag, Upkeep
from newsroom import waiting
from newsroom.appeals import health
from newsroom.appeals.findings import WORDS, finding, in_words
from newsroom.appeals.management.commands.check_donation_links import Command
from newsroom.appeals.models import Appeal, DonationLink
from tests.factories import make_appeal, make_user

pytestmark = pytest.mark.django_db
BROWSER = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"}


class Web:
    """Answers by address; what is not there is gone."""

    def __init__(self, **answers):
        self.answers, self.asked = answers, []

    def __call__(self, method, host, path):
        self.asked.append((method, host, path))
        answer = self.answers.get(method) or self.answers.get(host.partition(".")[0], (404, ""))
        if isinstance(answer, Exception):
            raise answer
        return answer


def run(monkeypatch, web, times=1):
    monkeypatch.setattr(Command, "ask", staticmethod(web))
    for _day in range(times):
        DonationLink.objects.filter(checked_at__isnull=False).update(checked_at=timezone.now() - timedelta(days=1))
        call_command("check_donation_links", verbosity=0)


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ((200, ""), "works"),
        ((404, ""), "gone"),
        ((410, ""), "gone"),
        ((429, ""), "works"),
        ((500, ""), "silent"),
        ((302, "https://evil.com/"), "moved"),
        ((301, "http://give.example/"), "moved"),
        ((301, "https://127.0.0.1/"), "moved"),
        ((301, "https://other.give.example/"), "moved"),
        ((301, "/again"), "moved"),
        ((301, "https://give.example/1?a=b"), "moved"),
        ((301, ""), "works"),
        ((301, "https://[::1"), "moved"),
        (TimeoutError(), "silent"),
        (ConnectionRefusedError(), "silent"),
        (socket.gaierror(socket.EAI_NONAME, "not known"), "gone"),
        (socket.gaierror(socket.EAI_AGAIN, "try again"), "silent"),
        (ssl.SSLCertVerificationError("expired"), "silent"),
        (health.Refused(), "silent"),
    ],
)
def test_answer_says_how_a_link_is(answer, state):
    web = Web(give=answer, other=(200, ""))
    found, words = health.look("https://give.example/1?a=b", web)
    assert found == state
    assert bool(words) == (state != "works")
    assert web.asked[0] == ("HEAD", "give.example", "/1?a=b")
    assert {host for _method, host, _path in web.asked} <= {"give.example", "other.give.example"}


def test_page_behind_a_host_that_knows_no_head_is_asked_for():
    web = Web(HEAD=(405, ""), GET=(200, ""))
    assert health.look("https://give.example/", web) == ("works", "")


def test_move_within_the_host_is_no_trouble():
    answers = iter([(301, "/new"), (200, "")])
    assert health.look("https://give.example/", lambda *_asked: next(answers))[0] == "works"


@pytest.mark.parametrize(
    ("url", "location", "state"),
    [
        ("https://give.example/campaign/7", "/", "moved"),
        ("https://give.example/?campaign=7", "https://www.give.example", "moved"),
        ("https://give.example/", "https://www.give.example/", "works"),
        ("https://give.example/campaign/7", "https://www.give.example/campaign/7", "works"),
        ("https://www.give.example/campaign/7", "https://give.example/en/campaign/7", "works"),
    ],
)
def test_front_page_in_place_of_a_campaign_is_a_move_and_another_spelling_of_the_host_is_none(url, location, state):
    answers = iter([(302, location), (200, "")])
    found, words = health.look(url, lambda *_asked: next(answers))
    assert found == state
    assert ("front page of" in in_words(words)) == (state == "moved")


def test_address_with_letters_of_other_scripts_is_asked_as_browsers_ask():
    web = Web(give=(200, ""))
    assert health.look("https://give.example/خيمة?q=ü%20a", web)[0] == "works"
    assert web.asked == [("HEAD", "give.example", "/%D8%AE%D9%8A%D9%85%D8%A9?q=%C3%BC%20a")]


def test_server_that_drips_does_not_hold_the_run(monkeypatch):
    """S11: each wait is short, and so is the sum of them."""
    ours, theirs = socket.socketpair()

    def drip():
        with suppress(OSError):
            for _byte in range(200):
                theirs.send(b"H")
                time.sleep(0.05)

    class Plain(health._Pinned):
        def connect(self):
            self.sock = ours

    monkeypatch.setattr(health, "_Pinned", Plain)
    monkeypatch.setattr(health, "public_address", lambda host: "192.0.2.1")
    monkeypatch.setattr(health, "AT_MOST", 0.3)
    dripping = threading.Thread(target=drip)
    dripping.start()
    began = time.monotonic()
    found, words = health.look("https://give.example/1", health.ask)
    took = time.monotonic() - began
    theirs.close()
    dripping.join()
    assert (found, in_words(words)) == ("silent", "give.example did not answer.")
    assert took < 5


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.0.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1"),
        *("::1", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::"),
    ],
)
def test_private_address_is_never_connected_to(address):
    """S11: and one private address among public ones is enough."""

    def resolve(host, port, **kwargs):
        return [(2, 1, 6, "", (text, port)) for text in ("93.184.215.14", address)]

    with pytest.raises(health.Refused):
        health.public_address("give.example", resolve)


def test_public_address_is_taken_as_it_was_looked_at():
    """S11: the name is asked once, so that a second answer cannot lead elsewhere."""
    answers = iter(["93.184.215.14", "127.0.0.1"])
    assert health.public_address("give.example", lambda *_a, **_k: [(2, 1, 6, "", (next(answers), 443))]) == (
        "93.184.215.14"
    )


def test_link_gone_twice_is_offered_no_more_and_pages_know(client, monkeypatch):
    appeal = make_appeal("Lamp", links=2)
    DonationLink.objects.filter(number=2).update(url="https://other.example/")
    web = Web(other=(200, ""))
    run(monkeypatch, web)
    assert "/donate/1/" in client.get("/appeals/lamp/").content.decode()
    StaleTag.objects.all().delete()
    run(monkeypatch, web)
    assert StaleTag.objects.exists()
    page = client.get("/appeals/lamp/").content.decode()
    assert "/donate/1/" not in page
    assert "/donate/2/" in page
    assert client.get("/appeals/lamp/donate/1/", headers=BROWSER)["Location"] == "/appeals/lamp/"
    assert not Appeal.objects.get(pk=appeal.pk).has_ended


def test_appeal_none_of_whose_links_leads_anywhere_is_ended(monkeypatch):
    lost, kept = make_appeal("Lamp", links=2), make_appeal("Room", links=0)
    run(monkeypatch, Web())
    lost.refresh_from_db()
    assert not lost.has_ended
    run(monkeypatch, Web())
    lost.refresh_from_db()
    kept.refresh_from_db()
    assert lost.has_ended
    assert not kept.has_ended
    assert "Lamp" in [row.text for tile in waiting.tiles(make_user(role="Appeals manager")) for row in tile.rows]
    run_row = Upkeep.objects.get(name="check_donation_links")
    assert run_row.finished_at
    assert run_row.note == "works 0, moved 0, gone 2, silent 0, appeals ended 1"


def test_second_look_on_the_same_day_counts_nothing_twice(monkeypatch):
    appeal = make_appeal("Lamp")
    run(monkeypatch, Web())
    for _time in range(2):
        call_command("check_donation_links", verbosity=0)
    appeal.refresh_from_db()
    assert not appeal.has_ended
    assert DonationLink.objects.get().misses == 1


def test_where_nobody_answers_our_own_network_is_away_and_nothing_is_gone(monkeypatch):
    appeal = make_appeal("Lamp", links=2)
    run(monkeypatch, Web(HEAD=socket.gaierror(socket.EAI_NONAME, "not known")), times=3)
    appeal.refresh_from_db()
    assert not appeal.has_ended
    assert {link.state for link in appeal.links.all()} == {"silent"}
    DonationLink.objects.filter(number=2).update(url="https://other.example/")
    run(monkeypatch, Web(give=socket.gaierror(socket.EAI_NONAME, "not known"), other=(200, "")), times=2)
    assert [link.misses for link in appeal.links.order_by("number")] == [2, 0]


def test_silence_brings_no_lost_link_back(monkeypatch):
    appeal = make_appeal("Lamp", links=2)
    lost = appeal.links.order_by("number")[:1]
    DonationLink.objects.filter(pk=lost[0].pk).update(misses=2, state="gone")
    for answer in (socket.gaierror(socket.EAI_NONAME, "not known"), socket.gaierror(socket.EAI_AGAIN, "try again")):
        run(monkeypatch, Web(HEAD=answer), times=1)
        (link,) = lost.all()
        assert (link.state, link.misses) == ("silent", 2)
        assert "did not answer" in link.finding_words
    run(monkeypatch, Web(give=(200, ""), other=(200, "")), times=1)
    (link,) = lost.all()
    assert (link.state, link.misses) == ("works", 0)


def test_appeal_that_the_check_ended_is_told_although_all_else_is_done(client, monkeypatch):
    """The thank-you was written in advance and it stands in no sidebar: only the reason is left to tell."""
    make_appeal("Lamp", thank_you="Thank you all.", is_featured=False)
    make_appeal("Over", thank_you="Thank you.", is_featured=False, ends_at=timezone.now() - timedelta(hours=1))
    run(monkeypatch, Web(), times=2)
    tiles = {str(tile.heading): tile for tile in waiting.tiles(make_user(role="Appeals manager"))}
    (row,) = tiles["Ended appeals"].rows
    assert (row.text, row.note) == ("Lamp", "ended because no link leads anywhere")
    Appeal.objects.filter(title="Lamp").update(
        starts_at=timezone.now() - timedelta(days=30), ends_at=timezone.now() - timedelta(days=15)
    )
    tiles = {str(tile.heading): tile for tile in waiting.tiles(make_user(role="Appeals manager"))}
    assert not tiles["Ended appeals"].rows


def test_tiles_lead_to_the_appeals_that_they_count(client, monkeypatch):
    client.force_login(make_user(role="Appeals manager"))
    old = timezone.localdate() - timedelta(days=400)
    make_appeal("Trouble")
    make_appeal("Sums", links=0, raised=5, as_of=old)
    make_appeal("Ended", links=0, ends_at=timezone.now() - timedelta(hours=1))
    make_appeal("Fine", links=0)
    run(monkeypatch, Web())
    tiles = [tile for tile in waiting.tiles(make_user(role="Appeals manager")) if "appeal" in tile.url]
    shown = {str(tile.heading): client.get(tile.url).context["cl"].queryset for tile in tiles}
    assert {name: [row.title for row in rows] for name, rows in shown.items()} == {
        "Ended appeals": ["Ended"],
        "Donation links in trouble": ["Trouble"],
        "Old sums of appeals": ["Sums"],
    }
    assert client.get(reverse("admin:appeals_appeal_changelist"), {"care": "x"}).status_code == 200


def test_desk_reads_findings_in_its_own_language(client, monkeypatch):
    client.force_login(make_user(role="Appeals manager"))
    appeal = make_appeal("Lamp")
    run(monkeypatch, Web(give=(302, "https://evil.com/landing")))
    page = reverse("admin:appeals_appeal_change", args=[appeal.pk])
    for address in (page, reverse("admin:index")):
        english = client.get(address, headers={"accept-language": "en"}).content.decode()
        assert "Leads to https://evil.com/landing. evil.com is not a known donation host." in english
        persian = client.get(address, headers={"accept-language": "fa"}).content.decode()
        assert "\u2068https://evil.com/landing\u2069" in persian
        assert "Leads to" not in persian
        assert "known donation host" not in persian


def test_every_finding_has_words_and_fits_its_column():
    column = DonationLink._meta.get_field("finding").max_length
    for name in WORDS:
        for sign in ('"', "\\", "\x01", "ü", "\ud800"):
            kept = finding(name, url=f"https://{sign * 900}", host="h" * 900, status=404)
            assert "%(" not in in_words(kept)
            assert len(finding("refused", url=sign * 900)) <= column
    assert len(finding("error", host="h" * 900, status=404)) <= column
    for old in ("Gone.", "", "[]", "7", '["x", {}]', '["gone", {}]'):
        assert in_words(old) == old


def test_links_that_nobody_looked_at_are_not_said_to_work(monkeypatch):
    make_appeal("Lamp")
    words = []
    for _time in range(2):
        tiles = {str(tile.heading): tile for tile in waiting.tiles(make_user(role="Appeals manager"))}
        words.append(str(tiles["Donation links in trouble"].empty))
        run(monkeypatch, Web(give=(200, "")))
    assert words == ["Not every link has been looked at yet.", "Every link leads where it should."]


def test_sum_of_a_day_to_come_is_refused():
    appeal = make_appeal("Lamp", raised=5, as_of=timezone.localdate() + timedelta(days=1))
    with pytest.raises(ValidationError, match="has not come yet"):
        appeal.clean()


def test_link_that_answers_again_is_offered_again(monkeypatch):
    make_appeal("Lamp")
    DonationLink.objects.update(misses=5, state="gone")
    run(monkeypatch, Web(give=(200, "")))
    link = DonationLink.objects.get()
    assert (link.state, link.misses, link.finding) == ("works", 0, "")
    assert link.checked_at


def test_desk_names_links_in_trouble_and_old_sums(monkeypatch, settings):
    settings.APPEAL_FIGURES_DAYS = 30
    today = timezone.localdate()
    make_appeal("Lamp", raised=5, as_of=today - timedelta(days=31))
    make_appeal("Room", raised=5, as_of=today - timedelta(days=30))
    run(monkeypatch, Web(give=(302, "https://evil.com/")))
    tiles = {str(tile.heading): tile.rows for tile in waiting.tiles(make_user(role="Appeals manager"))}
    assert [row.text for row in tiles["Old sums of appeals"]] == ["Lamp"]
    assert "as of" in tiles["Old sums of appeals"][0].note
    assert len(tiles["Donation links in trouble"]) == 2
    assert "https://evil.com/" in tiles["Donation links in trouble"][0].note


def test_changed_address_begins_anew_and_an_unknown_one_is_refused_with_the_reason(client):
    client.force_login(make_user(role="Appeals manager"))
    appeal = make_appeal("Lamp")
    DonationLink.objects.update(misses=5, state="gone", finding="Gone.", checked_at=timezone.now())
    link = appeal.links.get()
    address = reverse("admin:appeals_appeal_change", args=[appeal.pk])
    page = client.get(address)
    assert "Gone." in page.content.decode()
    moment = timezone.localtime(appeal.starts_at)
    fields = {"language": "en", "channel": appeal.channel_id, "title": "Lamp", "slug": "lamp", "currency": "EUR"}
    fields |= {"starts_at_0": f"{moment:%Y-%m-%d}", "starts_at_1": f"{moment:%H:%M:%S}", "is_published": "on"}
    fields |= {"position": 0, "links-TOTAL_FORMS": 1, "links-INITIAL_FORMS": 1, "links-0-id": link.pk}
    fields |= {"links-0-appeal": appeal.pk, "links-0-position": 0, "links-0-provider": "Givebox"}
    for url, reason in (
        ("https://evil.com/", "evil.com is not a known donation host"),
        ("http://give.example/", "Donation links begin with https://"),
    ):
        response = client.post(address, {**fields, "links-0-url": url})
        assert reason in response.content.decode()
    response = client.post(address, {**fields, "links-0-url": "https://give.example/new"})
    assert response.status_code == 302
    link.refresh_from_db()
    assert (link.url, link.state, link.misses, link.checked_at) == ("https://give.example/new", "", 0, None)
