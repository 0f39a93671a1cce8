from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from articles import readership
from articles.models import Article
from articles.visitors import is_our_origin


@csrf_exempt  # it stands in pages that any cache keeps; whoever forges it adds one reading of their own at most
@never_cache
@require_POST
def read(request: HttpRequest, pk: int) -> HttpResponse:
    """The reading beacon: counts, says nothing and sets no cookie."""
    if not is_our_origin(request):
        raise PermissionDenied(_("The form was sent from another site."))
    article = get_object_or_404(Article.objects.public().only("pk"), pk=pk)
    readership.record(article, request)
    return HttpResponse(status=204)
