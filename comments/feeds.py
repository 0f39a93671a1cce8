"""Feeds of what readers say, as RSS, Atom and JSON Feed: of one article, and of an edition. Approved comments alone."""

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.encoding import iri_to_uri
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from articles import body, stale
from articles.feed_forms import FORMS, Entry, Feed, absolute, answer, directed, entries_of
from articles.feeds import LENGTH, edition_of
from articles.models import Article
from articles.views.articles import moved
from comments import threads
from comments.models import Comment


def _newest(rows: QuerySet[Comment]) -> list[Comment]:
    """By when they were written: those that an importer brings are old, however late they come."""
    rows = rows.filter(withdrawn_at=None).select_related("article").order_by("-created_at", "-pk")
    return list(rows.defer("article__body", "article__body_html", "body", "email", "person", "reasons")[:LENGTH])


def _entry(comment: Comment) -> Entry:
    address = absolute(comment.get_absolute_url())
    html = body.absolute_html(comment.body_html, address)
    return Entry(
        pk_url=f"{absolute(reverse('articles:article-number', kwargs={'pk': comment.article_id}))}#c{comment.pk}",
        url=address,
        title=_("%(name)s on “%(headline)s”") % {"name": comment.name, "headline": comment.article.headline},
        html=directed(html, comment.article.language),
        published=comment.created_at,
        updated=max((when for when in (comment.edited_at, comment.desk_edited_at) if when), default=None),
        authors=[(comment.name, "")],
    )


@require_safe
def article(request: HttpRequest, pk: int, slug: str, form: str) -> HttpResponse:
    found = get_object_or_404(Article.objects.public().defer("body", "body_html"), pk=pk)
    path = threads.address(found)
    if iri_to_uri(request.path) != f"{path}feed/{FORMS[form]}":
        return moved(f"{path}feed/{FORMS[form]}")
    stale.shows(request, found)
    entries = entries_of(_newest(Comment.objects.public().filter(article=found)), _entry)
    title = _("Comments on “%(headline)s”") % {"headline": found.headline}
    return answer(form, Feed(f"{title} · {edition_of(request).name}", path, entries=entries))


@require_safe
def site(request: HttpRequest, form: str) -> HttpResponse:
    """A comment that is hidden or changed leaves at once; a new one may take the five minutes of any page."""
    rows = _newest(Comment.objects.public().filter(article__language=get_language()))
    stale.shows(request, *{stale.tag_of(comment.article) for comment in rows})
    path = f"{reverse('articles:front')}comments/"
    entries = entries_of(rows, _entry)
    return answer(
        form,
        Feed(f"{_('Comments')} · {edition_of(request).name}", path, page=reverse("articles:front"), entries=entries),
    )
