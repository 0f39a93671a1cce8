from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from articles.models import Reading
from articles.readership import kind_of
from newsroom.appeals.models import Appeal, DonationClicks, DonationLink


@require_safe
def appeals(request: HttpRequest) -> HttpResponse:
    shown = list(Appeal.objects.published().edition().cards().in_order())
    context = {
        "running": [appeal for appeal in shown if not appeal.has_ended],
        "ended": [appeal for appeal in shown if appeal.has_ended],
    }
    return render(request, "appeals/appeal_list.html", context)


@require_safe
def appeal(request: HttpRequest, slug: str) -> HttpResponse:
    rows = Appeal.objects.published().edition().cards().defer(None)
    return render(request, "appeals/appeal_detail.html", {"appeal": get_object_or_404(rows, slug=slug)})


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
    if request.method == "GET" and kind_of(request) == Reading.Kind.READER:
        day = timezone.localdate()
        DonationClicks.objects.bulk_create([DonationClicks(link=link, day=day)], ignore_conflicts=True)
        DonationClicks.objects.filter(link=link, day=day).update(clicks=F("clicks") + 1)
    response = HttpResponseRedirect(link.url)
    response["X-Robots-Tag"] = "noindex"
    return response
