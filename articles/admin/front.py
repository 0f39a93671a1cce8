"""The front page of an edition on the desk: who leads, who stands beside, in which order and until when."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from django import forms
from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_POST

from articles import front, scope, versions
from articles.history import Log, Shown, say
from articles.models import Article
from articles.taxonomy import tree_of

#: Stories offered beside those that are chosen; others are named by their number or address.
OFFERED = 20
#: Names, together with the language, the lock that PostgreSQL keeps for `_hold`; any that nobody else uses.
FRONT_LOCK = 1_870_321
#: The fields of an article that say where it stands, and until when.
PLACED = ("featured_slot", "featured_until", "featured_place")
NUMBER = re.compile(r"(?:.*/articles/)?([0-9]{1,18})(?:/.*)?")


@dataclass
class Row:
    """One story of the form, with what was typed."""

    article: Article
    slot: str = ""
    place: str = ""
    until: str = ""
    until_at: datetime | None = None
    faults: list[str] = field(default_factory=list)


class FrontPageMixin:
    """For the ModelAdmin of articles."""

    change_list_template = "admin/articles/article/change_list.html"

    def get_urls(self):
        wrap = self.admin_site.admin_view
        own = [
            path("front/", wrap(self.front_page), name="articles_front"),
            path("front/preview/", wrap(require_POST(self.front_preview)), name="articles_front_preview"),
        ]
        return [*own, *super().get_urls()]

    def may_arrange_front(self, request) -> bool:
        """Whoever publishes in the whole edition; the page belongs to no category."""
        user = request.user
        needed = ("articles.publish_article", "articles.change_any_article", "articles.change_article")
        return user.has_perms(needed) and scope.categories_of(user) is None

    def changelist_view(self, request, extra_context=None):
        context = {"may_arrange_front": self.may_arrange_front(request), **(extra_context or {})}
        return super().changelist_view(request, context)

    def front_page(self, request):
        """Chosen stories and the newest others: by drag with a script, by slot and number without."""
        language = self._front_language(request)
        rows = _rows(language)
        errors: list[str] = []
        if request.method == "POST":
            rows, errors = _typed(request.POST, language)
            if not errors and not any(row.faults for row in rows):
                try:
                    changed = _save(rows, language, request.user, seen=Shown.read(request.POST.get("seen", "")))
                except ValidationError as error:
                    errors += error.messages
                else:
                    self.message_user(request, _("The front page is saved: %(count)d changes.") % {"count": changed})
                    address = f"{reverse('admin:articles_front')}?{urlencode({'language': language})}"
                    return HttpResponseRedirect(address)
        groups = [
            (slot, label, [row for row in rows if row.slot == slot])
            for slot, label in (*Article.Slot.choices, ("", _("not on the front page by choice")))
        ]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Front page"),
            "opts": self.opts,
            "groups": groups,
            "slots": Article.Slot.choices,
            "secondary": front.SECONDARY,
            "errors": errors,
            "typed_add": request.POST.get("add", "")[:500] if errors else "",
            "language": language,
            "languages": settings.LANGUAGES,
            "seen": str(Shown(_standing(language))),
            "time_zone": settings.TIME_ZONE,
        }
        return TemplateResponse(request, "admin/articles/article/front.html", context)

    def front_preview(self, request):
        """The page as readers would see it with what the form says, saved or not."""
        language = self._front_language(request)
        rows, _errors = _typed(request.POST, language)
        now = timezone.now()
        placed = [row for row in rows if row.slot and not row.faults and row.article.is_public]
        picked = _placed([row for row in placed if row.until_at is None or row.until_at > now])
        cards = Article.objects.public(now).cards().in_bulk([article.pk for article in picked])
        shown = [cards[article.pk] for article in picked if article.pk in cards]
        for article, card in zip(picked, shown, strict=True):
            card.featured_slot = article.featured_slot
        with override(language):
            request.category_tree = tree_of(language)
            response = render(request, "articles/front.html", front.front_page(request, request.category_tree, shown))
        response["Cache-Control"] = "no-store"
        return response

    def _front_language(self, request) -> str:
        if not self.may_arrange_front(request):
            raise PermissionDenied
        language = request.GET.get("language", settings.LANGUAGE_CODE)
        if language not in dict(settings.LANGUAGES):
            raise Http404("No such edition.")
        return language


def _standing(language: str) -> dict[str, str]:
    """What is chosen now, so that a form which began from something else is known."""
    rows = front.chosen(language, timezone.now()).values_list("pk", *PLACED)
    return {str(pk): f"{slot}:{until.isoformat() if until else ''}:{place}" for pk, slot, until, place in rows}


def _placed_by(others: Collection[str], seen: Shown) -> str:
    labels = [capfirst(getattr(Article, name).field.verbose_name) for name in PLACED]
    known = _("%(who)s has changed the front page at %(when)s. Look at it again, then save yours.")
    unknown = _("Somebody has changed the front page meanwhile. Look at it again, then save yours.")
    return say(Log(seen.at, [(Article, others)]).of_any(labels), known, unknown)


def _rows(language: str) -> list[Row]:
    now = timezone.now()
    chosen = front.in_order(front.chosen(language, now)[: front.MOST_CHOSEN])
    offered = Article.objects.public(now).edition(language).newest()[: OFFERED + front.MOST_CHOSEN]
    taken = {article.pk for article in chosen}
    rows, places = [], dict.fromkeys(Article.Slot.values, 0)
    for article in chosen:
        places[article.featured_slot] += 1
        until = article.featured_until and timezone.localtime(article.featured_until).strftime("%Y-%m-%dT%H:%M")
        rows.append(Row(article, article.featured_slot, str(places[article.featured_slot]), until or ""))
    others = [article for article in offered if article.pk not in taken]
    return [*rows, *(Row(article) for article in others[:OFFERED])]


def _typed(data, language: str) -> tuple[list[Row], list[str]]:
    """The rows as the form sent them, each with its faults, and the faults of the whole."""
    keys = [name.removeprefix("slot-") for name in data if name.startswith("slot-")]
    keys = [int(key) for key in keys if key.isascii() and key.isdigit() and len(key) < 19]
    keys = keys[: front.MOST_CHOSEN + OFFERED + 1]
    errors: list[str] = []
    if added := data.get("add", "").strip():
        found = NUMBER.fullmatch(added)
        if found and Article.objects.filter(pk=int(found[1]), language=language).exists():
            keys = [*keys, int(found[1])] if int(found[1]) not in keys else keys
        else:
            errors.append(_("“%(typed)s” is neither the number nor the address of an article of this edition."))
            errors[-1] %= {"typed": added[:100]}
            found = None
    added_pk = int(found[1]) if added and found else None
    articles = Article.objects.filter(language=language).in_bulk(keys)
    rows = []
    for key in keys:
        if key not in articles:
            errors.append(_("One of the stories is gone."))
            continue
        row = Row(articles[key], *(data.get(f"{name}-{key}", "").strip() for name in ("slot", "place", "until")))
        if key == added_pk and not row.slot:
            row.slot = data.get("add-slot") or Article.Slot.SECONDARY
        _check(row)
        rows.append(row)
    leads = [row for row in rows if row.slot == Article.Slot.LEAD]
    if len(leads) > 1:
        errors.append(_("One story leads: choose between %(names)s."))
        errors[-1] %= {"names": ", ".join(f"“{row.article}”" for row in leads)}
    return rows, errors


def _check(row: Row) -> None:
    if row.slot not in {*Article.Slot.values, ""}:
        row.faults.append(_("Choose one of the places."))
        row.slot = ""
    if not row.slot:
        return
    if row.article.state != Article.State.PUBLISHED:
        row.faults.append(_("It is %(state)s: only published or scheduled stories can stand there."))
        row.faults[-1] %= {"state": row.article.get_status_display()}
    if row.place and not (row.place.isascii() and row.place.isdigit() and len(row.place) < 5):
        row.faults.append(_("The place is a number."))
    if not row.until:
        return
    try:
        row.until_at = forms.DateTimeField().clean(row.until)
    except ValidationError as error:
        row.faults += error.messages
        return
    if row.until_at <= timezone.now():
        row.faults.append(_("The end lies in the past."))


def _placed(rows: list[Row]) -> list[Article]:
    """The articles with slot, place and end as typed; those without a number come last, in the order of the form."""
    last = 10_000
    counts = dict.fromkeys(Article.Slot.values, 0)
    for row in sorted(rows, key=lambda row: (row.slot, int(row.place) if row.place else last)):
        counts[row.slot] += 1
        row.article.featured_slot, row.article.featured_until = row.slot, row.until_at
        row.article.featured_place = counts[row.slot]
    return [row.article for row in sorted(rows, key=lambda row: (row.slot, row.article.featured_place))]


def _hold(language: str) -> None:
    """Be the only one who arranges this page until the transaction ends: an empty one has no row that could be held.

    SQLite has one writer anyway.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [FRONT_LOCK, language])


@transaction.atomic
def _save(rows: list[Row], language: str, by, *, seen: Shown) -> int:
    """Write what differs; returns the number of articles changed. Each is a version and stands in the history.

    Raises ValidationError where the page is no longer the one that was `seen`.
    """
    _hold(language)
    wanted = {article.pk: article for article in _placed([row for row in rows if row.slot])}
    old = {article.pk: article for article in front.chosen(language, timezone.now())}
    for pk in sorted({*wanted, *old}):
        versions.lock(Article(pk=pk))
    now = _standing(language)
    if not seen.stands(now):
        raise ValidationError(_placed_by(seen.differing(now), seen))
    changed = 0
    for pk in sorted({*wanted, *old}):
        article = versions.lock(Article(pk=pk))
        before = [getattr(article, name) for name in PLACED]
        after = [getattr(wanted[pk], name) for name in PLACED] if pk in wanted else ["", None, 0]
        if before == after:
            continue
        versions.record(article)
        for name, value in zip(PLACED, after, strict=True):
            setattr(article, name, value)
        article.save()
        revision = versions.record(article, by=by)
        if article.is_public:
            versions.mark_published(revision, timezone.now())
        said = _("front page: %(slot)s") % {"slot": article.get_featured_slot_display() or _("taken off")}
        LogEntry.objects.log_actions(by.pk, [article], CHANGE, change_message=said, single_object=True)
        changed += 1
    return changed
