"""Headers of every answer, whoever asks: S29. And one line of the log for one request: S24."""

import logging
import re

import pytest
from django.conf import settings as site_settings
from django.test import Client

from newsroom.security import OneLineFilter
from tests.browser.newsroom import make_newsroom
from tests.factories import make_user

pytestmark = pytest.mark.django_db

DESK = [
    "/admin/",
    "/admin/articles/article/",
    "/admin/articles/article/add/",
    "/admin/comments/comment/",
    "/accounts/login/",
]
MACHINES = ["/robots.txt", "/sitemap.xml", "/feed/", "/feed/json/", "/healthz", "/readyz", "/manifest.webmanifest"]


def policy_of(response):
    parts = (part.split() for part in response["Content-Security-Policy"].split("; "))
    return {directive: sources for directive, *sources in parts}


def check(response):
    assert response.status_code < 500
    policy = policy_of(response)
    for source in policy.get("script-src", policy["default-src"]):
        assert re.fullmatch(r"'self'|'none'|'nonce-[\w-]{20,}'", source), source
    for directive in ("object-src", "base-uri", "frame-ancestors"):
        assert policy[directive] == ["'none'"]
    assert set(policy["form-action"]) <= {"'self'", "'none'"}
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "Server" not in response
    assert "X-Powered-By" not in response


def test_every_page_of_readers_has_the_headers(client):
    """S29"""
    addresses = make_newsroom()
    for address in [*addresses.values(), *MACHINES]:
        response = client.get(address)
        check(response)
        if response.status_code < 400:
            policies = {"strict-origin-when-cross-origin", "no-referrer", "same-origin"}
            assert response["Referrer-Policy"] in policies, address
            assert response["Cross-Origin-Opener-Policy"] == "same-origin", address
            assert response["X-Frame-Options"] == "DENY", address
            is_desk = address.startswith("/accounts/")
            assert is_desk or "'unsafe" not in response["Content-Security-Policy"], address
            assert "camera=()" in response["Permissions-Policy"], address


def test_every_page_of_the_desk_has_the_headers_and_is_kept_nowhere(client):
    """S29, S15"""
    client.force_login(make_user(role="Publisher"))
    for address in DESK:
        response = client.get(address)
        check(response)
        assert response["Cache-Control"] == "private, no-store", address


def test_inline_script_of_the_desk_carries_this_answers_nonce(client):
    """S29"""
    client.force_login(make_user(role="Publisher"))
    seen = set()
    for _ in range(2):
        response = client.get("/admin/articles/article/add/")
        nonces = set(re.findall(r'nonce="([^"]+)"', response.content.decode()))
        assert {f"'nonce-{nonce}'" for nonce in nonces} <= set(policy_of(response)["script-src"])
        seen |= nonces
    assert len(seen) == 2


def test_https_is_asked_for_a_year_where_the_site_is_https(settings):
    """S29: that the setting follows SITE_URL is asked in test_settings.py."""
    settings.SECURE_HSTS_SECONDS = 31536000
    response = Client().get("/healthz", secure=True)
    assert response["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.parametrize(
    ("message", "written"),
    [
        ("GET /a\r\nERROR forged", "GET /a\\x0d\\x0aERROR forged"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("line\u2028line\u2029\x85", "line\\x2028line\\x2029\\x85"),
        ("plain words, ضوء", "plain words, ضوء"),
    ],
)
def test_request_writes_one_line_of_the_log_and_colours_nothing(message, written):
    """S24"""
    record = logging.LogRecord("django.request", logging.WARNING, __file__, 1, "Not Found: %s", (message,), None)
    assert OneLineFilter().filter(record)
    assert record.getMessage() == f"Not Found: {written}"


def test_every_handler_of_the_log_writes_one_line():
    """S24"""
    assert all("one_line" in handler["filters"] for handler in site_settings.LOGGING["handlers"].values())
