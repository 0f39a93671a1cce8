from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from articles import listing
from articles.models import Correction, is_public


def _rows(*, now: datetime, language: str) -> QuerySet[Correction]:
    rows = Correction.objects.filter(
        is_public(now, "article__"), published_at__has_come=now, article__language=language
    )
    shown = ("kind", "text", "published_at", "article__headline", "article__slug", "article__language")
    return rows.select_related("article").only(*shown)


@require_safe
def corrections(request: HttpRequest) -> HttpResponse:
    about: dict[str, Any] = {"now": timezone.now(), "language": get_language()}
    older, newer = request.GET.get("older", ""), request.GET.get("newer", "")
    try:
        page = listing.page(_rows, older=older, newer=newer, moment="published_at", **about)
    except listing.BadCursor as error:
        raise Http404("No such page of the list.") from error
    return render(request, "articles/corrections.html", {"page": page})
