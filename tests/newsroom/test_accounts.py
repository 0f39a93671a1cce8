"""Signing in: the password, the second step, limits, sessions, and the way back to a forgotten password."""

import base64
import hashlib
import hmac
import re
import struct
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings as site
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_tasks_db.models import DBTaskResult

from articles.visitors import hit_limit
from newsroom import accounts, reset
from tests.factories import make_user

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"
LOGIN, DESK, SECOND = "/accounts/login/", "/admin/", "/accounts/second-factor/authenticate/"


def code_of(secret):
    """RFC 6238, as an authenticator app does it."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", int(time.time() // 30)), hashlib.sha1)
    place = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[place : place + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def wrong_code(secret):
    return f"{(int(code_of(secret)) + 500_000) % 1_000_000:06d}"


def make_app(user):
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def sign_in(client, user, **fields):
    return client.post(LOGIN, {"username": user.username, "password": PASSWORD, **fields})


def is_in(client):
    return client.get(DESK).status_code == 200


class CountingHasher(MD5PasswordHasher):
    """Counts how often a password is hashed, which is what takes time."""

    hashed = 0

    def encode(self, password, salt):
        type(self).hashed += 1
        return super().encode(password, salt)


# The password


def test_every_name_costs_the_same_hashing(client, settings, monkeypatch):
    """S20: one that is not known, one that may not sign in, one without a password, one with a wrong one."""
    settings.PASSWORD_HASHERS = ["tests.newsroom.test_accounts.CountingHasher"]
    known, ended, without = (
        make_user(role="Editor"),
        make_user(role="Editor", is_active=False),
        make_user(role="Editor"),
    )
    without.set_unusable_password()
    without.save()
    work, pages = [], []
    for name in (known.username, ended.username, without.username, "nobody"):
        monkeypatch.setattr(CountingHasher, "hashed", 0)
        page = client.post(LOGIN, {"username": name, "password": "no such password"})
        pages.append(re.sub(rf' value="({name}|[A-Za-z0-9]{{64}})"', "", page.content.decode()))
        work.append(CountingHasher.hashed)
    assert work == [1, 1, 1, 1]
    assert len(set(pages)) == 1


def test_password_alone_opens_the_desk_of_who_has_no_second_factor(client):
    user = make_user(role="Editor")
    response = sign_in(client, user, next="/admin/articles/article/")
    assert response["Location"] == "/admin/articles/article/"
    assert is_in(client)


@pytest.mark.parametrize("name", ["signup", "email", "password/set", "social/connections"])
def test_nobody_signs_up(client, name):
    assert client.get(f"/accounts/{name}/").status_code == 404
    assert client.post(f"/accounts/{name}/", {"username": "x"}).status_code == 404


@pytest.mark.parametrize(
    "address",
    [
        *("https://evil.example/", "//evil.example/", r"/\evil.example/", r"\\evil.example", "javascript:alert(1)"),
        *("https:evil.example", "///evil.example", "http://testserver@evil.example/", "\t//evil.example"),
    ],
)
@pytest.mark.parametrize("has_app", [False, True])
def test_next_never_leads_away(client, address, has_app):
    """S18"""
    user = make_user(role="Editor")
    secret = make_app(user) if has_app else None
    response = sign_in(client, user, next=address)
    if has_app:
        assert response["Location"] == SECOND
        response = client.post(f"{SECOND}?next={address}", {"code": code_of(secret), "next": address})
    assert response["Location"] == DESK


@pytest.mark.usefixtures("in_one_window")
def test_tries_of_one_account_are_limited_whatever_the_password(client):
    """S21"""
    user = make_user(role="Editor")
    for _try in range(accounts.TRIES_OF_ACCOUNT):
        hit_limit(f"sign-in:account:{user.username}", accounts.TRIES_OF_ACCOUNT, accounts.WINDOW)
    response = sign_in(client, user)
    assert response.status_code == 429
    assert not is_in(client)


def test_session_is_another_after_signing_in(client):
    """S21"""
    user = make_user(role="Editor")
    secret = make_app(user)
    sign_in(client, user)
    before = client.cookies[site.SESSION_COOKIE_NAME].value
    client.post(SECOND, {"code": code_of(secret)})
    assert client.cookies[site.SESSION_COOKIE_NAME].value != before
    assert is_in(client)


def test_other_sessions_end_when_the_password_changes(client):
    """S21"""
    user = make_user(role="Editor")
    other = type(client)()
    for browser in (client, other):
        sign_in(browser, user)
    fields = {
        "old_password": PASSWORD,
        "new_password1": "staple tower lantern",
        "new_password2": "staple tower lantern",
    }
    assert client.post(reverse("admin:password_change"), fields).status_code == 302
    assert is_in(client)
    assert not is_in(other)


# The second step


def test_password_opens_nothing_where_there_is_an_app(client):
    user = make_user(role="Editor")
    secret = make_app(user)
    assert sign_in(client, user, next="/admin/articles/article/")["Location"] == SECOND
    assert not is_in(client)
    page = client.post(SECOND, {"code": wrong_code(secret)})
    assert page.status_code == 200
    assert "Incorrect code" in page.content.decode()
    assert not is_in(client)
    assert client.post(SECOND, {"code": code_of(secret)})["Location"] == "/admin/articles/article/"
    assert is_in(client)


def test_code_is_taken_once(client):
    user = make_user(role="Editor")
    code = code_of(make_app(user))
    other = type(client)()
    for browser in (client, other):
        sign_in(browser, user)
        browser.post(SECOND, {"code": code})
    assert is_in(client)
    assert not is_in(other)


def test_recovery_code_stands_in_for_the_app_once(client):
    user = make_user(role="Editor")
    make_app(user)
    code = RecoveryCodes.activate(user).get_unused_codes()[0]
    other = type(client)()
    for browser in (client, other):
        sign_in(browser, user)
        browser.post(SECOND, {"code": code})
    assert is_in(client)
    assert not is_in(other)


def test_codes_cannot_be_tried_on_and_on(client):
    """S21"""
    user = make_user(role="Editor")
    secret = make_app(user)
    sign_in(client, user)
    for _try in range(5):
        client.post(SECOND, {"code": wrong_code(secret)})
    client.post(SECOND, {"code": code_of(secret)})
    assert not is_in(client)


def test_second_step_without_the_first_leads_to_the_first(client):
    assert client.get(SECOND)["Location"] == LOGIN
    assert client.post(SECOND, {"code": "123456"})["Location"] == LOGIN


@pytest.mark.parametrize(
    "credential",
    ["", "{}", "[]", "null", "x", '{"id": 1}', '{"id": "YQ", "rawId": "YQ"}', '{"rawId": "a", "response": {}}'],
)
def test_odd_passkey_is_no_error(client, credential):
    user = make_user(role="Editor")
    make_app(user)
    sign_in(client, user)
    assert client.post(SECOND, {"credential": credential}).status_code == 200
    assert not is_in(client)


def test_odd_new_passkey_is_refused_with_a_message(client):
    user = make_user(role="Editor")
    sign_in(client, user)
    address = reverse("mfa_add_webauthn")
    confirm(client, address)
    client.get(address)
    for credential in ("", "{}", '{"rawId": "a", "response": {}}', '{"id": "YQ", "rawId": "YQ", "type": "public-key"}'):
        assert client.post(address, {"name": "Phone", "credential": credential}).status_code == 200
    assert not user.authenticator_set.exists()


# Setting it up


def confirm(client, address):
    """Say the password again, as is asked before a factor changes."""
    response = client.get(address)
    assert response["Location"].startswith("/accounts/confirm/")
    response = client.post(response["Location"], {"password": PASSWORD})
    assert response["Location"] == address


def test_app_is_set_up_with_the_password_said_again(client):
    user = make_user(role="Editor")
    sign_in(client, user)
    address = reverse("mfa_activate_totp")
    confirm(client, address)
    page = client.get(address)
    secret = page.context["form"].secret
    assert secret in page.content.decode()
    assert client.post(address, {"code": wrong_code(secret)}).status_code == 200
    assert not Authenticator.objects.exists()
    response = client.post(address, {"code": code_of(secret)}, follow=True)
    assert "Recovery codes" in response.content.decode()
    assert {row.type for row in user.authenticator_set.all()} == {"totp", "recovery_codes"}
    assert is_in(client)


def test_required_factor_keeps_the_desk_closed_until_there_is_one(client, settings):
    settings.SECOND_FACTOR_REQUIRED = True
    user = make_user(role="Publisher")
    sign_in(client, user)
    for address in (DESK, "/admin/articles/article/", "/admin/password_change/"):
        assert client.get(address)["Location"] == reverse("mfa_index")
    assert "Set up a second factor first" in client.get(reverse("mfa_index")).content.decode()
    make_app(user)
    assert is_in(client)


def test_last_factor_stays_where_one_is_required(client, settings):
    user = make_user(role="Editor")
    sign_in(client, user)
    make_app(user)
    address = reverse("mfa_deactivate_totp")
    client.post(f"/accounts/second-factor/reauthenticate/?next={address}", {"code": code_of(secret_of(user))})
    settings.SECOND_FACTOR_REQUIRED = True
    client.post(address)
    assert user.authenticator_set.exists()
    settings.SECOND_FACTOR_REQUIRED = False
    client.post(address)
    assert not user.authenticator_set.exists()


def secret_of(user):
    return user.authenticator_set.get(type="totp").wrap().instance.data["secret"]


def test_publisher_takes_away_a_lost_factor_and_sees_no_secret(client):
    person, publisher = make_user(role="Editor"), make_user(role="Publisher")
    secret = make_app(person)
    row = person.authenticator_set.get()
    client.force_login(publisher)
    address = reverse("admin:auth_user_change", args=[person.pk])
    page = client.get(address).content.decode()
    assert "authenticator_set-0" in page
    assert secret not in page
    counts = {"TOTAL_FORMS": 1, "INITIAL_FORMS": 1, "0-id": row.pk, "0-user": person.pk, "0-DELETE": "on"}
    fields = {f"authenticator_set-{name}": value for name, value in counts.items()}
    fields |= {"category_scope-TOTAL_FORMS": 0, "category_scope-INITIAL_FORMS": 0}
    fields |= {"username": person.username, "is_active": "on", "is_staff": "on"}
    fields["groups"] = [group.pk for group in person.groups.all()]
    assert client.post(address, fields).status_code == 302
    assert not person.authenticator_set.exists()


def test_pages_hold_no_script_of_their_own(client):
    user = make_user(role="Editor")
    secret = make_app(user)
    sign_in(client, user)
    pages = [client.get(SECOND).content.decode()]
    client.post(SECOND, {"code": code_of(secret)})
    address = reverse("mfa_add_webauthn")
    client.get(address)
    client.post(f"/accounts/second-factor/reauthenticate/?next={address}", {"code": wrong_code(secret)})
    pages += [client.get(reverse(name)).content.decode() for name in ("mfa_index", "mfa_list_webauthn")]
    for page in pages:
        for script in re.findall(r"<script[^>]*>", page):
            assert "src=" in script or 'type="application/json"' in script, script
        assert not re.search(r"\son\w+=|style=", page)


# The forgotten password


def test_reset_says_the_same_of_every_address(client):
    """S20"""
    user = make_user(role="Editor")
    answers = [
        client.post("/accounts/password/reset/", {"email": email}, follow=True).content
        for email in (user.email, "nobody@example.org")
    ]
    assert answers[0] == answers[1]
    assert [message.to for message in mail.outbox] == [[user.email]]


def questions_of(client, email):
    """Of the database, by a request for a new password."""
    with CaptureQueriesContext(connection) as asked:
        assert client.post("/accounts/password/reset/", {"email": email}).status_code == 302
    return [query["sql"].split(" ", 1)[0] for query in asked.captured_queries if "SAVEPOINT" not in query["sql"]]


def test_reset_does_the_same_for_every_address_and_leaves_the_rest_to_a_worker(client, settings):
    """S20, F13"""
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    user = make_user(role="Editor")
    known, unknown = (questions_of(client, email) for email in (user.email, "nobody@example.org"))
    assert known == unknown
    assert known[-1] == "INSERT"
    assert mail.outbox == []
    for row in DBTaskResult.objects.order_by("enqueued_at"):
        reset.send_by_worker.func(*row.args_kwargs["args"], **row.args_kwargs["kwargs"])
    assert [message.to for message in mail.outbox] == [[user.email]]
    assert f"{site.SITE_URL}/accounts/password/reset/" in mail.outbox[0].body


def test_reset_without_a_worker_is_sent_beside_the_request(client, settings, monkeypatch):
    """S20, F13"""
    settings.LETTERS_IN_THREAD = True
    user, begun = make_user(role="Editor"), []

    class Thread:
        def __init__(self, target, args, **options):
            self.work = lambda: reset.send(*args)

        def start(self):
            begun.append(self.work)

    monkeypatch.setattr(reset, "Thread", Thread)
    assert questions_of(client, user.email) == questions_of(client, "nobody@example.org")
    assert mail.outbox == []
    for work in begun:
        work()
    assert [message.to for message in mail.outbox] == [[user.email]]


@pytest.mark.usefixtures("in_one_window")
def test_nobody_is_sent_letter_upon_letter(client):
    user = make_user(role="Editor")
    answers = [client.post("/accounts/password/reset/", {"email": user.email}) for _ in range(reset.LETTERS + 1)]
    assert {answer["Location"] for answer in answers} == {"/accounts/password/reset/sent/"}
    assert len(mail.outbox) == reset.LETTERS


def test_new_password_opens_nothing_without_the_second_factor(client):
    user = make_user(role="Editor")
    make_app(user)
    client.post("/accounts/password/reset/", {"email": user.email})
    link = re.search(r"http://[^/]+(/accounts/password/reset/\S+)", mail.outbox[0].body)[1]
    page = client.get(link, follow=True)
    words = {"new_password1": "staple tower lantern", "new_password2": "staple tower lantern"}
    client.post(page.redirect_chain[-1][0], words)
    assert not is_in(client)
    response = client.post(LOGIN, {"username": user.username, "password": "staple tower lantern"})
    assert response["Location"] == SECOND
