"""Pages for what fails: with DEBUG off, without a database, in the language of the address, repeating nothing."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404
from django.template import TemplateSyntaxError
from django.test import Client, RequestFactory
from django.urls import path

from newsroom import errors
from newsroom import urls as site

VECTORS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<svg/onload=alert(1)>",
    "javascript:alert(1)",
    "{{ 7|add:7 }}",
]


class urls:
    """The site's addresses, and some that fail."""

    handler400, handler403 = site.handler400, site.handler403
    handler404, handler500 = site.handler404, site.handler500


def fail_with(error):
    def view(request):
        raise error

    return view


def fail_in_a_template(request):
    from django.template import engines

    page = engines["django"].from_string("{% load i18n %}{% translate word|add:missing.name.deep %}{% url 'no-such' %}")
    return errors.HttpResponse(page.render({}, request))


urls.urlpatterns = [
    path("fails/", fail_with(ValueError("the secret word"))),
    path("fails/template/", fail_in_a_template),
    path("fails/syntax/", fail_with(TemplateSyntaxError("x"))),
    path("fails/database/", fail_with(OperationalError("server closed the connection"))),
    path("fa/fails/", fail_with(ValueError("x"))),
    path("forbidden/", fail_with(PermissionDenied())),
    path("forbidden/why/", fail_with(PermissionDenied("<b>The form was sent from another site.</b>"))),
    path("lost/", fail_with(Http404("the secret word"))),
    *site.urlpatterns,
]


@pytest.fixture
def visitor(settings):
    settings.ROOT_URLCONF = urls
    return Client(raise_request_exception=False)


def words(response):
    return response.content.decode()


@pytest.mark.parametrize("address", ["/fails/", "/fails/template/", "/fails/syntax/"])
def test_fault_answers_500_with_the_plain_page(visitor, address):
    """S25"""
    response = visitor.get(address)
    assert response.status_code == 500
    assert response["Cache-Control"] == "no-store"
    assert "Something went wrong on our side" in words(response)
    assert "secret word" not in words(response)
    assert "Traceback" not in words(response)
    assert 'lost-n" aria-hidden="true">500<' in words(response)


def test_database_away_answers_503_and_says_when_to_come_again(visitor):
    response = visitor.get("/fails/database/")
    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert "server closed" not in words(response)


@pytest.mark.django_db
def test_unknown_address_answers_404_for_seconds(visitor):
    """S15"""
    response = visitor.get("/lost/")
    assert response.status_code == 404
    assert response["Cache-Control"] == "public, max-age=30"
    assert 'class="lost-n"' in words(response)
    assert 'href="/"' in words(response)
    assert "secret word" not in words(response)
    assert not response.cookies


def test_forbidden_answers_403_with_its_reason_escaped(visitor):
    assert "This is not open to you" in words(visitor.get("/forbidden/"))
    response = visitor.get("/forbidden/why/")
    assert response.status_code == 403
    assert "&lt;b&gt;The form was sent from another site." in words(response)


@pytest.mark.django_db
def test_page_is_in_the_language_of_the_address(visitor):
    persian = words(visitor.get("/fa/no-such-page/", headers={"accept-language": "fr"}))
    assert '<html lang="fa" dir="rtl">' in persian
    assert "۴۰۴" in persian
    assert 'href="/fa/"' in persian
    assert '<html lang="fa" dir="rtl">' in words(visitor.get("/fa/fails/"))
    assert '<html lang="en" dir="ltr">' in words(visitor.get("/lost/", headers={"accept-language": "fa"}))


@pytest.mark.parametrize("handler", ["bad_request", "permission_denied", "page_not_found", "server_error", "gone"])
def test_page_asks_neither_database_nor_cache(handler, monkeypatch, settings):
    def refuse(*args, **kwargs):
        raise AssertionError("asked")

    # No database: this test has no mark for one, so any query is an error; the cache is made one too.
    monkeypatch.setattr("django.core.cache.backends.db.DatabaseCache.get", refuse)
    response = getattr(errors, handler)(RequestFactory().get("/x/"))
    assert response.status_code >= 400
    assert "newsroom.css" in words(response)
    assert "frame-ancestors 'none'" in response["Content-Security-Policy"]


def test_broken_template_of_an_error_still_gets_an_answer(monkeypatch, caplog):
    """S25"""

    def fail(*args, **kwargs):
        raise RuntimeError("no templates")

    monkeypatch.setattr(errors, "render_to_string", fail)
    response = errors.server_error(RequestFactory().get("/"))
    assert response.status_code == 500
    assert "500" in words(response)
    assert "cannot be made" in caplog.text


def test_host_that_is_not_ours_answers_400(visitor):
    """S19"""
    response = visitor.get("/", headers={"host": "evil.example"})
    assert response.status_code == 400
    assert "evil.example" not in words(response)
    assert "We could not understand this request" in words(response)


@pytest.mark.parametrize("vector", VECTORS)
@pytest.mark.django_db
def test_nothing_of_the_request_comes_back_as_code(visitor, vector):
    """S25"""
    for response in (
        visitor.get(f"/{vector}/"),
        visitor.get("/lost/", {"q": vector, vector: vector}, headers={"user-agent": vector, "referer": vector}),
        visitor.get("/fails/", {"q": vector}),
        visitor.get("/forbidden/", {"next": vector}),
    ):
        assert vector not in words(response)


@pytest.mark.django_db
def test_form_without_its_token_answers_403_with_advice(visitor):
    """S16"""
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    response = client.post("/accounts/login/", {"username": "a", "password": "b"})
    assert response.status_code == 403
    assert "The form could not be accepted" in words(response)
