"""Feeds of an edition, a category, an author, a tag, and of corrections; their forms are in articles/feed_forms.py."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from articles import body, kept, renditions, stale, taxonomy
from articles.cards import in_full, tags
from articles.feed_forms import Entry, Feed, Picture, Written, absolute, answer, directed, entries_of, write
from articles.languages import address_in
from articles.lists import newest
from articles.metadata import web_address
from articles.models import Article, Correction, Edition
from articles.views.lists import author_named, tag_named

#: Entries in a feed; readers of feeds ask often enough never to miss one.
LENGTH = 30


def article_entry(article: Article) -> Entry:
    """Needs `feed()`."""
    language = article.language
    pk_url = absolute(address_in(language, "articles:article-number", pk=article.pk))
    authors = [(signed["name"], absolute(signed["url"])) for signed in article.byline]
    url = absolute(article.get_absolute_url())
    named = [article.category.name] if article.category else []
    return Entry(
        pk_url=pk_url,
        url=url,
        title=article.headline,
        html=directed(body.absolute_html(article.body_html, url), article.language),
        published=article.publish_at or article.created_at,
        updated=article.updated_at,
        summary=article.teaser,
        authors=authors,
        categories=list(dict.fromkeys([*named, *(tag["name"] for tag in article.shown_tags)])),
        picture=_picture(article),
        original=web_address(article.source_url),
    )


def _picture(article: Article) -> Picture | None:
    image = article.lead_image
    if image is None:
        return None
    address, width, height = renditions.fallback(image)
    if address.startswith("/"):
        address = absolute(address)
    return Picture(address, width, height, image.alternative_text, image.credit)


def _written(request: HttpRequest, form: str, numbers: Sequence[int]) -> list[Written]:
    """The public ones of these articles in one of the forms; what is not kept of them is read in one query."""
    found: dict[int, Written] = {}
    for pk in numbers:
        if written := kept.find(request, ("feed", form, get_language(), pk)):
            found[pk] = written
    missing = [pk for pk in numbers if pk not in found]
    articles = in_full(missing) if missing else {}

    def make(article: Article) -> Written:
        written = write(form, article_entry(article))
        marks = (*tags(article), stale.edition(get_language()))
        kept.keep(request, ("feed", form, get_language(), article.pk), written, *marks)
        return found.setdefault(article.pk, written)

    entries_of(articles.values(), make)
    return [found[pk] for pk in numbers if pk in found]


def _newest(request: HttpRequest, form: str, **about: Any) -> list[Written]:
    """The first of a list (articles/lists.py)."""
    return _written(request, form, [pk for (pk,) in newest(now=timezone.now(), _most=LENGTH, **about)])


def edition_of(request: HttpRequest) -> Edition:
    """What the edition of the request calls itself; one that is not saved where nobody has named it."""
    language = get_language()

    def read() -> Edition:
        found = Edition.objects.filter(language=language).first()
        return found or Edition(language=language, name=settings.SITE_NAME)

    found: Edition = kept.kept(request, ("edition", language), read, stale.edition(language))
    return found


@require_safe
def site(request: HttpRequest, form: str) -> HttpResponse:
    edition = edition_of(request)
    feed = Feed(
        title=edition.name,
        path=reverse("articles:front"),
        description=edition.tagline or edition.about,
        entries=_newest(request, form, language=get_language()),
    )
    return answer(form, feed)


@require_safe
def category(request: HttpRequest, slug: str, form: str) -> HttpResponse:
    found = taxonomy.tree(request).named(slug)
    if found is None:
        raise Http404("No such category.")
    entries = _newest(request, form, category=found.pk)
    title = f"{found.name} · {edition_of(request).name}"
    return answer(form, Feed(title, found.get_absolute_url(), description=found.description, entries=entries))


@require_safe
def author(request: HttpRequest, slug: str, form: str) -> HttpResponse:
    found = author_named(slug)
    name, about = (getattr(found, f"translated_{field}") or getattr(found, field) for field in ("name", "bio"))
    entries = _newest(request, form, author=found.pk, language=get_language())
    title = f"{name} · {edition_of(request).name}"
    return answer(form, Feed(title, found.get_absolute_url(), description=about, entries=entries))


@require_safe
def tag(request: HttpRequest, slug: str, form: str) -> HttpResponse:
    found = tag_named(slug)
    entries = _newest(request, form, tag=found.pk, language=get_language())
    return answer(form, Feed(f"{found.name} · {edition_of(request).name}", found.get_absolute_url(), entries=entries))


@require_safe
def corrections(request: HttpRequest, form: str) -> HttpResponse:
    rows = Correction.objects.public().filter(article__language=get_language()).select_related("article")
    rows = rows.defer("article__body", "article__body_html").order_by("-published_at", "-pk")[:LENGTH]
    feed = Feed(
        title=f"{_('Corrections')} · {edition_of(request).name}",
        path=reverse("articles:corrections"),
        description=_("What we got wrong, made clearer or brought up to date, newest first."),
        entries=entries_of(rows, _correction_entry),
    )
    return answer(form, feed)


def _correction_entry(correction: Correction) -> Entry:
    article = correction.article
    number = reverse("articles:article-number", kwargs={"pk": article.pk})
    html = body.absolute_html(body.sanitize_comment(correction.text), absolute(article.get_absolute_url()))
    return Entry(
        pk_url=f"{absolute(number)}#correction-{correction.pk}",
        url=absolute(correction.get_absolute_url()),
        title=f"{correction.get_kind_display()}: {article.headline}",
        html=directed(html, article.language),
        published=correction.published_at,
    )
