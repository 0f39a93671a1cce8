from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from articles import listing
from articles.models import Reading
from articles.readership import kind_of
from newsroom.appeals import numbers
from newsroom.appeals.models import Appeal, DonationClicks, DonationLink


@require_safe
def appeals(request: HttpRequest) -> HttpResponse:
    """Those that run, in the editors' order, above those that have ended, the last to end first.

    The first page begins both lists; further pages are of one of them.
    """
    before, after, older, newer = (request.GET.get(name, "") for name in ("before", "after", "older", "newer"))
    about: dict[str, Any] = {"now": timezone.now(), "language": get_language()}
    context: dict[str, Any] = {"is_first": True}
    try:
        if (before or after) and (older or newer):
            raise listing.BadCursor("of both lists")
        if not (before or after):
            page = context["page"] = listing.page(_ended, older=older, newer=newer, moment="ends_at", **about)
            context["is_first"] = page.is_first
        if context["is_first"]:
            page = listing.page(_running, older=after, newer=before, moment="starts_at", rank="position", **about)
            context |= {"running": page, "is_first": page.is_first}
    except listing.BadCursor as error:
        raise Http404("No such page of the list.") from error
    return render(request, "appeals/appeal_list.html", context)


def _running(*, now: datetime, language: str) -> QuerySet[Appeal]:
    return Appeal.objects.current(now).edition(language).cards()


def _ended(*, now: datetime, language: str) -> QuerySet[Appeal]:
    return Appeal.objects.ended(now).edition(language).select_related("channel").defer("body", "body_html")


def render_appeal(request: HttpRequest, appeal: Appeal, *, is_preview: bool = False) -> HttpResponse:
    """The page of an appeal from `cards()` with its body; as a preview, also of one that is not published."""
    return render(request, "appeals/appeal_detail.html", {"appeal": appeal, "is_preview": is_preview})


@require_safe
def appeal(request: HttpRequest, slug: str) -> HttpResponse:
    rows = Appeal.objects.published().edition().cards().defer(None)
    return render_appeal(request, get_object_or_404(rows, slug=slug))


@never_cache
@require_safe
def donate(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Count the click and lead to this appeal's own link; the one GET of the site that writes."""
    appeal = get_object_or_404(Appeal.objects.published().edition(), slug=slug)
    if appeal.has_ended:
        return redirect(appeal)
    link = DonationLink.objects.filter(appeal=appeal, number=number).first() if number <= 32767 else None
    if link is None or not link.is_safe:
        raise Http404("No such link.")
    if link.misses >= DonationLink.LOST_AFTER:
        return redirect(appeal)
    place, article = numbers.place_of(request)
    if request.method == "GET" and kind_of(request) == Reading.Kind.READER:
        day = timezone.localdate()
        DonationClicks.objects.bulk_create([DonationClicks(link=link, day=day)], ignore_conflicts=True)
        DonationClicks.objects.filter(link=link, day=day).update(clicks=F("clicks") + 1)
        numbers.count_click(appeal, place, article)
    response = HttpResponseRedirect(numbers.with_source(link, appeal, place, article))
    response["X-Robots-Tag"] = "noindex"
    return response
