from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from articles import listing
from articles.models import Correction, is_public


@require_safe
def corrections(request: HttpRequest) -> HttpResponse:
    rows = (
        Correction.objects.filter(is_public(prefix="article__"), published_at__has_come=timezone.now())
        .filter(article__language=get_language())
        .select_related("article")
        .only("kind", "text", "published_at", "article__headline", "article__slug", "article__language")
    )
    older, newer = request.GET.get("older", ""), request.GET.get("newer", "")
    try:
        page = listing.page(rows, older=older, newer=newer, moment="published_at")
    except listing.BadCursor as error:
        raise Http404("No such page of the list.") from error
    return render(request, "articles/corrections.html", {"page": page})
