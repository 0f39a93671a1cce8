"""robots.txt, security.txt, the manifest and the icons."""

import json

import pytest
from django.contrib.staticfiles import finders

from articles.models import Edition

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _site(settings):
    settings.SITE_URL = "https://news.example"


def test_robots_are_told_what_not_to_fetch_and_where_the_sitemaps_are(client):
    lines = client.get("/robots.txt").content.decode().splitlines()
    assert lines[0] == "User-agent: *"
    assert "Disallow: /admin/" in lines
    assert "Disallow: /fa/search/" in lines
    assert "Sitemap: https://news.example/sitemap.xml" in lines
    assert "Sitemap: https://news.example/fa/news-sitemap.xml" in lines
    assert "Disallow: /" not in lines


def test_security_contact_is_named(client, settings):
    settings.SECURITY_CONTACT = "mailto:security@news.example"
    response = client.get("/.well-known/security.txt")
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    content = response.content.decode()
    assert "Contact: mailto:security@news.example\n" in content
    assert "\nExpires: 20" in content
    assert "Canonical: https://news.example/.well-known/security.txt\n" in content


def test_manifest_speaks_the_language_of_the_edition(client):
    Edition.objects.create(language="fa", name="پیک خلیج")
    response = client.get("/fa/manifest.webmanifest")
    assert response["Content-Type"] == "application/manifest+json"
    facts = json.loads(response.content)
    assert (facts["name"], facts["lang"], facts["dir"], facts["start_url"]) == ("پیک خلیج", "fa", "rtl", "/fa/")
    for icon in facts["icons"]:
        assert finders.find(icon["src"].removeprefix("/static/"))


def test_short_name_under_an_icon_breaks_no_word(client):
    Edition.objects.create(language="en", name="Alder Bay Courier")
    assert client.get("/manifest.webmanifest").json()["short_name"] == "Alder Bay"


def test_icon_that_browsers_ask_for_unasked_is_there(client):
    response = client.get("/favicon.ico")
    assert response.status_code == 302
    assert finders.find(response["Location"].removeprefix("/static/"))


@pytest.mark.parametrize("path", ["/robots.txt", "/sitemap.xml", "/news-sitemap.xml", "/.well-known/security.txt", "/"])
def test_no_address_comes_from_the_request(client, settings, path):
    """S19"""
    settings.ALLOWED_HOSTS = ["*"]
    response = client.get(path, headers={"host": "evil.example", "x-forwarded-host": "evil.example"})
    assert b"evil.example" not in response.content
