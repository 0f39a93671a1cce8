"""Chromium, driven through Playwright; every page a test opens is watched for script errors and foreign requests."""

import os
import shutil
from urllib.parse import urlsplit

import pytest
from django.db import connection

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/browser/" in item.nodeid:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.enable_socket)


@pytest.fixture(scope="session")
def chromium():
    if not CHROMIUM:
        if os.environ.get("CI"):
            pytest.fail("Chromium is not installed")
        pytest.skip("Chromium is not installed")
    # Playwright's own loop runs in this thread, and Django would refuse the database beside a loop.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


class Visit:
    """One person's browser on the live server."""

    def __init__(self, context, site):
        self.context = context
        self.site = site
        self.faults = []
        self.page = self.watch(context.new_page())
        context.on("page", self.watch)

    def watch(self, page):
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        page.on("console", self.heard)
        page.on("request", self.asked)
        return page

    def heard(self, message):
        # A form that was refused answers 4xx on purpose; the browser calls that an error of loading.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.faults.append(f"console: {message.text}")

    def asked(self, request):
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https"} and not request.url.startswith(self.site):
            self.faults.append(f"another host: {request.url}")

    def open(self, path):
        """Open a path of the site, or an absolute address, and return the page."""
        response = self.page.goto(path if "://" in path else self.site + path)
        assert response is not None
        assert response.status < 500
        return self.page


@pytest.fixture
def visit(chromium, live_server):
    """A function that starts a fresh browser: width in CSS pixels, dark or light, with scripts or without."""
    visits = []
    # Found out once in a process, in a transaction of its own: not amid two requests on SQLite's one connection.
    assert connection.features.supports_json_field

    def start(*, width=1440, dark=False, scripts=True, **options):
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
            reduced_motion="reduce",
            **options,
        )
        visits.append(Visit(context, live_server.url))
        return visits[-1]

    yield start
    faults = [fault for visited in visits for fault in visited.faults]
    for visited in visits:
        visited.context.close()
    assert faults == []
