from itertools import pairwise

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.encoding import iri_to_uri
from django.views.decorators.http import require_safe

from articles import merge, stale, versions
from articles.models import Article
from articles.views.articles import moved

#: Pieces that readers see of an article.
SHOWN = ("headline", "subtitle", "summary", "byline", "lead_caption")
#: Versions that the page compares at most, the newest ones.
MOST = 10


@require_safe
def changes(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    """What has changed from one published version to the next, of those that an editor has opened to readers."""
    article = get_object_or_404(Article.objects.public().cards(), pk=pk)
    opened = list(article.revisions.opened().newest()[:MOST])
    if len(opened) < 2:
        raise Http404
    if iri_to_uri(request.path) != article.get_changes_url():
        return moved(article.get_changes_url())
    stale.shows(request, article)
    steps = [
        {
            "older": older,
            "newer": newer,
            "fields": versions.differing(older.content, newer.content, SHOWN),
            "body": [row for row in merge.side_by_side(older.content["body"], newer.content["body"]) if row.differs],
        }
        for newer, older in pairwise(opened)
    ]
    return render(request, "articles/changes.html", {"article": article, "steps": steps})
