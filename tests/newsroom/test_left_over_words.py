"""Readers of an edition, and people at the desk, meet no word of the English interface in another language."""

import html
import itertools
import re
from datetime import datetime
from gettext import GNUTranslations

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.core import mail
from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, localize
from django.utils.translation import override

from articles import versions
from articles.admin.editor_words import WORDS as WORDS_OF_THE_EDITOR
from articles.admin.editor_words import editor_words
from articles.calendars import HIJRI, PERSIAN
from articles.models import Article, ArticleRevision, Edition, Tag
from tests.factories import (
    make_appeal,
    make_article,
    make_author,
    make_category,
    make_channel,
    make_comment,
    make_correction,
    make_page,
    make_user,
)
from tests.newsroom.test_accounts import PASSWORD, SECOND, code_of, make_app
from tests.newsroom.test_messages import LANGUAGES, PACKAGES, ROOT, SHOWN
from tests.newsroom.test_permissions import ROUTES, World

pytestmark = pytest.mark.django_db

#: Names that are written so everywhere.
NAMES = {
    "RSS",
    "Atom",
    "JSON",
    "Feed",
    "WhatsApp",
    "Telegram",
    "Mastodon",
    "Newsroom",
    "English",
    "Français",
    "UTC",
    "Bay",
}
WORDS = {
    "fa": ("بندر", "قایق کوچک"),
    "ar": ("الميناء", "القارب الصغير"),
    "ur": ("بندرگاہ", "چھوٹی کشتی"),
    "fr": ("Quai", "La petite barque"),
}


def texts_of(content):
    content = re.sub(r"(?s)<(script|style|title)\b.*?</\1>", " ", content)
    shown = re.findall(r'(?:placeholder|aria-label|alt|title)="([^"]*)"', content)
    return html.unescape(" ".join([*shown, re.sub(r"(?s)<[^>]*>", " ", content)]))


@pytest.mark.parametrize("language", WORDS)
def test_no_english_word_is_left_over(client, language):
    name, headline = WORDS[language]
    Edition.objects.create(language="en", name="Bay")
    calendar = PERSIAN if language == "fa" else HIJRI
    Edition.objects.create(language=language, name=name, tagline=name, archive_calendar=calendar.choice)
    category, author = make_category(name, language=language, on_front=True), make_author(headline, role=name)
    fields = {"language": language, "body": f"<p>{headline}</p>", "category": category, "authors": [author]}
    for hours in (2, 30, 60):
        article = make_article(headline, hours_ago=hours, tags=[name], updated_at=timezone.now(), **fields)
    make_correction(article, headline)
    for words in (name, headline):
        Article.objects.filter(pk=article.pk).update(subtitle=words, body=f"<p>{words}</p>")
        article.refresh_from_db()
        versions.record(article)
    article.revisions.update(published_at=article.publish_at, opened_at=timezone.now())
    comment = make_comment(article, headline, name=name)
    appeal = make_appeal(headline, channel=make_channel(name), language=language, excerpt=name, links=0)
    page = make_page(name, language=language, body=f"<p>{headline}</p>")
    day = timezone.localtime(article.publish_at)
    front = f"/{language}/"
    pages = [front, article.get_absolute_url(), f"{article.get_absolute_url()}comments/", category.get_absolute_url()]
    pages += [f"{front}{path}/" for path in ("archive", "tags", "authors", "categories", "corrections", "appeals")]
    month, year = calendar.month_of(day.date()), calendar.year_of(day.date())
    with override(language):
        pages += [month.url, year.url]
    pages += [f"{front}archive/gregorian/", f"{front}archive/{day:%Y/%m}/", f"{front}archive/{day:%Y/%m/%d}/"]
    pages += [f"{front}search/?q={name}", f"{front}search/?q=ظظظ", f"{front}search/"]
    with override(language):
        pages += [row.get_absolute_url() for row in (appeal, page, author, Tag.objects.get())]
        report = reverse("comments:report", args=(article.pk, article.slug, comment.pk))
        pages += [report, reverse("comments:decisions"), reverse("comments:own-data")]
        pages += [reverse("articles:changes", args=(article.pk, article.slug)), article.get_rating_url()]
    answers = {path: client.get(path) for path in pages}
    assert not [path for path, answer in answers.items() if answer.status_code != 200]
    gone = [f"{front}nowhere/", f"{front}comments/status/x/", f"{front}comments/data/x/", f"{front}comments/word/x/"]
    answers |= {path: client.get(path) for path in gone}
    for path in (report, f"{article.get_absolute_url()}comments/", f"{front}comments/data/"):
        answers[f"POST {path}"] = client.post(path, headers={"origin": "http://testserver"})
    left, only_english = {}, english_alone()
    for path, answer in answers.items():
        words = set(re.findall(r"[A-Za-zÀ-ÿ]{2,}", texts_of(answer.content.decode()))) - NAMES
        if found := words & only_english if language == "fr" else words:
            left[path] = sorted(found)
    assert not left, left


@pytest.mark.parametrize("language", ["ar", "fa", "ur", "fr"])
def test_body_editor_has_words_in_every_language_of_the_interface(language):
    with override(language):
        words = editor_words()
    assert len(words) == len(WORDS_OF_THE_EDITOR)
    # Words that both languages write alike are few.
    assert sum(own == said for own, said in words.items()) <= (2 if language == "fr" else 0)
    with override("en"):
        assert editor_words() == {}


#: Keys of a keyboard, formats of files, standards, and services that have no other name.
KEYS, FORMATS = {"Control", "Command", "Mac"}, {"JPEG", "PNG", "WebP", "AVIF", "GIF", "CSV"}
NAMES_AT_THE_DESK = NAMES | KEYS | FORMATS | {"ISO", "LDAP", "QR", "Akismet"}
#: What a page says for its script to put a name in; a command; a language by its code.
NAMES_AT_THE_DESK |= {"NAME", "resanitize", "en"}
#: Fields with words that people write; at this desk they write no Latin letter.
WRITTEN = {"headline", "name", "title", "excerpt", "body", "text", "reason", "label", "provider", "slug", "username"}
WRITTEN |= {"object_repr", "summary", "queue_name", "backend_name", "args_kwargs"}


def in_no_script(model):
    fields = [field.name for field in model._meta.fields if field.name in WRITTEN and not field.choices]
    for number, row in enumerate(model.objects.all() if fields else ()):
        QuerySet(model).filter(pk=row.pk).update(**dict.fromkeys(fields, f"۱{number}"))


def english_alone():
    """Words of the English interface that its French has nowhere."""
    said = {}
    for folder in (ROOT / "newsroom/locale", *(PACKAGES / package / "locale" for package in SHOWN)):
        with (folder / "fr/LC_MESSAGES/django.mo").open("rb") as file:
            said |= GNUTranslations(file)._catalog
    english = words_of(" ".join(key if isinstance(key, str) else key[0] for key in said if key))
    return {word for word in english if word == word.lower()} - words_of(" ".join(said.values()).lower())


def words_of(text):
    """Without addresses, names of commands, what is shortened by stars, and tags."""
    text = re.sub(r"<[^>]*>|%\(\w+\)[a-z]|\{\w*\}|\S*[/@_*]\S*", " ", text)
    return set(re.findall(r"(?<![\w.])[A-Za-zÀ-ÿ]{2,}(?!\w)", text))


def said_at_the_desk(content):
    content = re.sub(r"(?s)<(script|style|textarea|code)\b.*?</\1>|<!--.*?-->", " ", content)
    shown = re.findall(r'\b(?:placeholder|aria-label|alt|title)="([^"]*)"', content)
    shown += re.findall(r'<input\b[^>]*type="submit"[^>]*value="([^"]*)"', content)
    return words_of(html.unescape(" | ".join([*shown, re.sub(r"(?s)<[^>]*>", " | ", content)])))


def test_no_english_word_is_left_over_at_the_desk():
    """Lists in each language; the other pages by turns, as all languages are known to have the same words."""
    world = World()
    for model in apps.get_models():
        if model not in {Group, Permission}:
            in_no_script(model)
    ArticleRevision.objects.all().delete()
    for article in Article.objects.all():
        versions.record(article)
    clients = {language: Client(headers={"accept-language": language}) for language in LANGUAGES}
    for client in clients.values():
        client.force_login(User.objects.get(pk=world.people["superuser"].pk))
    turns, pages = itertools.cycle(LANGUAGES), {}

    def ask(method, path, data=None, languages=None):
        for language in languages or [next(turns)]:
            pages[language, method, path] = getattr(clients[language], method)(path, data)

    for path in (world.path(route, "publisher") for route in ROUTES if "logout" not in route):
        ask("get", path)
    for model in admin.site._registry:
        path = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        ask("get", path, languages=LANGUAGES)
        ask("post", f"{path}add/")
        ask("post", path, {"action": "delete_selected", "_selected_action": world.rows[model._meta.model_name].pk})
    only_english, left = english_alone(), {}
    for (language, *name), page in pages.items():
        content = page.content.decode() if "text/html" in page.get("Content-Type", "") else ""
        if f'<html lang="{language}"' not in content:  # a preview is in the language of its story
            continue
        words = said_at_the_desk(content) - NAMES_AT_THE_DESK
        if found := words & only_english if language == "fr" else words:
            left[language, *name] = sorted(found)
    assert len(pages) > 150
    assert not left, left


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_english_word_is_left_over_at_the_sign_in(language):
    """Passwords that are refused, the way back to a forgotten one, and the second step from its set-up to its end."""
    client, pages, factor = Client(headers={"accept-language": language}), {}, reverse("mfa_index")
    person = make_user("1234")

    def ask(path, data=None):
        answer = client.get(path, follow=True) if data is None else client.post(path, data, follow=True)
        assert answer.status_code == 200, path
        pages[path, str(data or "")] = answer.content.decode()
        return answer

    ask("/accounts/login/", {"username": person.username, "password": "x"})
    ask("/accounts/password/reset/", {"email": "x"})
    ask("/accounts/password/reset/", {"email": person.email})
    [letter] = mail.outbox
    pages["letter"] = f"{letter.subject} {letter.body}"
    [link] = re.findall(r"https?://[^/]*(/accounts/password/reset/\S+)", letter.body)
    chosen = ask(link).redirect_chain[-1][0]
    for words in ({"new_password1": "123", "new_password2": "123"}, {"new_password1": "1", "new_password2": "2"}):
        ask(chosen, words)
    client.force_login(person)
    ask("/accounts/confirm/")
    ask("/accounts/confirm/", {"password": "x"})
    ask("/accounts/confirm/", {"password": PASSWORD})
    for path in ("", "totp/activate/", "webauthn/", "webauthn/add/", "recovery-codes/generate/"):
        ask(f"{factor}{path}")
    ask(f"{factor}totp/activate/", {"code": "1"})
    secret = client.session["mfa.totp.secret"]
    ask(f"{factor}totp/activate/", {"code": code_of(secret)})
    key = person.authenticator_set.create(type="webauthn", data={"name": "۱", "credential": {}})
    for path in ("", "recovery-codes/", "recovery-codes/generate/", "totp/deactivate/", "webauthn/"):
        ask(f"{factor}{path}")
    ask(reverse("mfa_edit_webauthn", args=[key.pk]))
    ask(reverse("mfa_edit_webauthn", args=[key.pk]), {"name": ""})
    ask(reverse("mfa_remove_webauthn", args=[key.pk]))
    key.delete()
    ask(f"{factor}recovery-codes/generate/", {})
    ask(f"{factor}totp/deactivate/", {})
    make_app(person)
    client.logout()
    ask("/accounts/login/", {"username": person.username, "password": PASSWORD})
    ask(SECOND, {"code": "1"})
    left, only_english = {}, english_alone()
    for name, content in pages.items():
        words = said_at_the_desk(content) - NAMES_AT_THE_DESK
        if found := words & only_english if language == "fr" else words:
            left[name] = sorted(found)
    assert not left, left


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("ar", "14 يونيو 2026، 19:20"),
        ("fa", "14 ژوئن 2026، ساعت 19:20"),
        ("ur", "14 جون 2026، 19:20"),
        ("fr", "14 juin 2026 19:20"),
    ],
)
def test_dates_at_the_desk_are_in_the_order_of_the_language(language, said):
    when = datetime(2026, 6, 14, 19, 20)
    with override(language):
        assert localize(when) == said
        assert re.match(r"14\D|2026", date_format(when, "SHORT_DATETIME_FORMAT"))


def test_roles_have_titles_in_each_language_and_one_name_in_the_database(client):
    publisher, author = make_user(role="Publisher"), make_user(role="Author")
    client.force_login(publisher)
    for language, title in {"ar": "كاتب", "fa": "نویسنده", "ur": "مصنف", "fr": "Auteur"}.items():
        for path in (f"/admin/auth/user/{author.pk}/change/", f"/admin/auth/group/{author.groups.get().pk}/change/"):
            page = client.get(path, headers={"accept-language": language}).content.decode()
            assert re.search(rf">\s*{title}\s*<", page), (language, path)
            assert not re.search(r">\s*Author\s*<", page), (language, path)
    assert author.groups.get().name == "Author"


def test_what_goes_with_an_account_is_said_without_tables_that_only_join(client):
    client.force_login(make_user(is_superuser=True, role="Publisher"))
    author = make_user(role="Author")
    page = client.get(f"/admin/auth/user/{author.pk}/delete/").content.decode()
    assert "relationship" not in page
    assert author.username in page
