"""Who is asking: addresses behind proxies, hashes, limits, origins."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from articles import visitors
from articles.models import RateLimit


@pytest.mark.parametrize(
    ("proxies", "remote", "forwarded", "address"),
    [
        ([], "203.0.113.9", "", "203.0.113.9"),
        ([], "203.0.113.9", "198.51.100.1", "203.0.113.9"),
        (["10.0.0.0/8"], "10.1.1.1", "198.51.100.1", "198.51.100.1"),
        (["10.0.0.0/8"], "10.1.1.1", "1.2.3.4, 198.51.100.1", "198.51.100.1"),
        (["10.0.0.0/8"], "10.1.1.1", "198.51.100.1, 10.2.2.2", "198.51.100.1"),
        (["10.0.0.0/8"], "10.1.1.1", "nonsense", "10.1.1.1"),
        (["10.0.0.0/8"], "10.1.1.1", "", "10.1.1.1"),
        (["10.0.0.0/8"], "10.1.1.1", "198.51.100.1, nonsense", "10.1.1.1"),
        (["::1"], "::1", "2001:db8::7", "2001:db8::7"),
        ([], "::ffff:203.0.113.9", "", "203.0.113.9"),
        ([], "", "198.51.100.1", "None"),
    ],
)
def test_only_trusted_proxies_are_believed(rf, settings, proxies, remote, forwarded, address):
    settings.TRUSTED_PROXIES = proxies
    request = rf.get("/", REMOTE_ADDR=remote, HTTP_X_FORWARDED_FOR=forwarded)
    assert str(visitors.client_address(request)) == address


def test_one_subscriber_is_one_network():
    prefix = visitors.network_prefix
    parse = visitors.parse_address
    assert prefix(parse("2001:db8:1:2:3::4")) == prefix(parse("2001:db8:1:2:ffff::9")) == "2001:db8:1:2::/64"
    assert prefix(parse("192.0.2.1")) != prefix(parse("192.0.2.2"))
    assert prefix(None) == ""


def test_hash_delimits_its_fields_and_keeps_purposes_apart(settings):
    assert visitors.keyed_hash("a", "bc", "d") != visitors.keyed_hash("a", "b", "cd")
    assert visitors.keyed_hash("a", "b") != visitors.keyed_hash("c", "b")
    before = visitors.keyed_hash("a", "b")
    settings.SECRET_KEY = "another"
    assert visitors.keyed_hash("a", "b") != before
    assert visitors.keyed_hash("a", "\ud800")


@pytest.mark.django_db
def test_limit_says_how_long_to_wait_and_starts_anew_with_the_window():
    with time_machine.travel(datetime(2026, 6, 12, 9, 0, 10, tzinfo=UTC), tick=False) as clock:
        window = timedelta(minutes=1)
        assert [visitors.hit_limit("k", 2, window) for _ in range(3)] == [0, 0, 50]
        assert visitors.hit_limit("other", 2, window) == 0
        clock.shift(50)
        assert visitors.hit_limit("k", 2, window) == 0


@pytest.mark.django_db
def test_limits_of_other_days_are_cleared_away():
    with time_machine.travel(datetime(2026, 6, 12, 9, tzinfo=UTC), tick=False) as clock:
        visitors.hit_limit("k", 2, timedelta(minutes=1))
        clock.shift(timedelta(days=2))
        visitors.hit_limit("k", 2, timedelta(minutes=1))
    assert RateLimit.objects.count() == 1


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({"HTTP_ORIGIN": "http://testserver"}, True),
        ({"HTTP_ORIGIN": "HTTP://TESTSERVER"}, True),
        ({"HTTP_ORIGIN": "http://testserver.evil.example"}, False),
        ({"HTTP_ORIGIN": "https://testserver"}, False),
        ({"HTTP_ORIGIN": "null"}, False),
        ({"HTTP_ORIGIN": ""}, False),
        ({"HTTP_ORIGIN": "http://[::1"}, False),
        ({"HTTP_ORIGIN": "https://evil.example", "HTTP_REFERER": "http://testserver/"}, False),
        ({"HTTP_REFERER": "http://testserver/articles/1/x/"}, True),
        ({"HTTP_REFERER": "http://testserver@evil.example/"}, False),
        ({"HTTP_REFERER": "http://evil.example/http://testserver/"}, False),
        ({}, False),
    ],
)
def test_origin_is_ours_or_not(rf, headers, ours):
    """S16"""
    assert visitors.is_our_origin(rf.post("/", **headers)) is ours


def test_address_of_the_site_is_ours_behind_a_proxy_that_renames_hosts(rf, settings):
    settings.SITE_URL = "https://news.example"
    assert visitors.is_our_origin(rf.post("/", HTTP_ORIGIN="https://news.example"))
