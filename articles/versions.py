"""Versions of an article: what is stored as JSON, what was, and how a version becomes the article again.

Whoever writes articles records the outcome with `record`, in the transaction of the change. What was changed around
this module is recorded before the next change, so a version is never missed, only found late.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Max
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from articles import body, listing, merge
from articles.models import Article, ArticleRevision, Author, Byline, Category, Image, Tag
from articles.renditions import gone_from, images_in

Kind = ArticleRevision.Kind
Content = dict[str, Any]

#: What a version changes in the article: it waits where the article is live.
WORDS = (
    *("headline", "subtitle", "summary", "body", "slug", "lead_image", "lead_caption", "category"),
    *("updated_at", "source_name", "source_url", "canonical_is_source"),
)
LINKS = ("byline", "categories", "tags", "related")
#: Its place on the front page, which is given by who publishes.
PLACED = ("featured_slot", "featured_until")
#: How the article stands on the site: recorded with each version, and in force at once whatever waits.
SWITCHES = (
    *("language", "publish_at", "expire_at", "noindex", *PLACED),
    *("comments_open", "ratings_open", *Article.COMMENT_RULES),
)
#: The names of a version's pieces in the order of the form.
PIECES = ("headline", "subtitle", "summary", "body", *LINKS, *(name for name in WORDS[4:]), *SWITCHES)


# Reading


def plain(article: Article, names: Iterable[str] = (*WORDS, *SWITCHES)) -> Content:
    """Fields of the row at hand as JSON has them: numbers for rows, moments in UTC."""
    return {name: _plain(_field(name).value_from_object(article)) for name in names}


def _field(name: str) -> models.Field[Any, Any]:
    """A column of the article's own, as every piece but the links is one."""
    return cast("models.Field[Any, Any]", Article._meta.get_field(name))


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def stored(article: Article) -> Content:
    """What the database holds of the article now. Five queries."""
    row = Article.objects.get(pk=article.pk)
    return {
        **plain(row),
        "byline": list(row.bylines.order_by("position", "pk").values("author", "alias")),
        "categories": sorted(row.categories.values_list("pk", flat=True)),
        "tags": sorted(row.tagged.values_list("tag__name", flat=True)),
        "related": sorted(row.related.values_list("pk", flat=True)),
    }


def standing(article: Article) -> ArticleRevision | None:
    """The version that the article's stored text is, as far as it has been recorded."""
    return article.revisions.standing().newest().select_related("created_by").first()


def pending(article: Article) -> ArticleRevision | None:
    """The version that waits beside the live one."""
    return article.revisions.pending().select_related("created_by", "base").first()


# Writing


def lock(article: Article) -> Article:
    """The row as it is now, held until the transaction ends: all that writes versions begins here."""
    return Article.objects.select_for_update(of=("self",)).get(pk=article.pk)


@transaction.atomic
def record(
    article: Article, *, by: Any = None, kind: str = Kind.SAVED, note: str = "", base: ArticleRevision | None = None
) -> ArticleRevision:
    """The version that stands for what is stored: the newest one where nothing has changed since, else a new one."""
    row = lock(article)
    content, last = stored(row), standing(row)
    if last and last.content == content:
        return last
    return add(row, content, by=by, kind=kind, note=note, base=base or last)


def add(article: Article, content: Content, **fields: Any) -> ArticleRevision:
    """A further version of an article that the caller has locked; old ones beyond what is kept go."""
    number = next_number(article)
    by = fields.pop("by", None)
    revision = ArticleRevision.objects.create(
        article=article,
        number=number,
        content=content,
        created_by=by,
        **{**fields, "note": fields.get("note", "")[:300]},
    )
    if number > settings.VERSIONS_KEPT:
        prune(article, number - settings.VERSIONS_KEPT)
    return revision


def next_number(article: Article) -> int:
    return (article.revisions.aggregate(last=Max("number"))["last"] or 0) + 1


def prune(article: Article, up_to: int) -> None:
    """End versions that are neither among the newest nor young, were never published and do not wait."""
    old = timezone.now() - timedelta(days=settings.VERSIONS_KEPT_DAYS)
    ended = article.revisions.filter(number__lte=up_to, created_at__lt=old, published_at__isnull=True)
    ended.exclude(kind=Kind.PENDING).delete()


def mark_published(revision: ArticleRevision, at: datetime) -> None:
    """Readers see this version from then on; the first time counts."""
    ArticleRevision.objects.filter(pk=revision.pk, published_at__isnull=True).update(published_at=at)


def write(article: Article, content: Content, names: Iterable[str] = (*WORDS, *LINKS)) -> list[str]:
    """Make these pieces of a version the article's own, in the caller's transaction; `record` it afterwards.

    Returns the names of pieces that could not be had back whole, because a row that they name is gone.
    """
    row, lost = lock(article), []
    names = [name for name in names if name in content]
    for name in names:
        if name in LINKS:
            continue
        field = _field(name)
        value = content[name]
        if isinstance(field, models.ForeignKey) and value is not None:
            if not field.related_model._default_manager.filter(pk=value).exists():
                lost.append(name)
                value = None
        elif isinstance(field, models.DateTimeField) and value is not None:
            value = parse_datetime(value)
        setattr(row, field.attname, value)
    row.save()
    if "byline" in names:
        lost += ["byline"] * _write_byline(row, content["byline"])
    for name, model in (("categories", Category), ("related", Article)):
        if name in names:
            found = set(model.objects.filter(pk__in=content[name]).values_list("pk", flat=True))
            lost += [name] * (len(found) < len(content[name]))
            getattr(row, name).set(found)
    if "tags" in names:
        row.tags.set(content["tags"])
    listing.refresh(row)
    return lost


def _write_byline(article: Article, rows: list[Content]) -> bool:
    """Whether somebody who signed is gone."""
    authors = set(Author.objects.filter(pk__in=[row["author"] for row in rows]).values_list("pk", flat=True))
    kept = [row for row in rows if row["author"] in authors]
    have = list(article.bylines.order_by("position", "pk").values("author", "alias"))
    if have != kept:
        article.bylines.all().delete()
        Byline.objects.bulk_create(
            [
                Byline(article=article, author_id=row["author"], alias=row["alias"], position=place)
                for place, row in enumerate(kept, start=1)
            ]
        )
    return len(kept) < len(rows)


def pend(article: Article, content: Content, *, by: Any, base: ArticleRevision) -> ArticleRevision | None:
    """Let a version wait beside the live one, `base`, in the place of any other; None where the two say the same.

    A time that was set for the version before stays set.
    """
    before = pending(article)
    if before and before.content == content and before.base_id == base.pk:
        return before
    at = before.apply_at if before else None
    if before:
        settle(before, Kind.REPLACED)
    if all(content.get(name) == base.content.get(name) for name in (*WORDS, *LINKS)):
        return None
    return add(article, content, by=by, kind=Kind.PENDING, base=base, apply_at=at)


def settle(revision: ArticleRevision, kind: str) -> None:
    """A version that has waited waits no more."""
    revision.kind, revision.apply_at = kind, None
    revision.save(update_fields=["kind", "apply_at"])


@transaction.atomic
def keep(article: Article, content: Content, *, by: Any, base: ArticleRevision | None) -> ArticleRevision:
    """A text that has not become the article's, as a version all the same; once, however often it is sent."""
    row = lock(article)
    record(row)
    for known in row.revisions.filter(kind=Kind.KEPT, created_by=by, base=base):
        if known.content == content:
            return known
    return add(row, content, by=by, kind=Kind.KEPT, base=base)


def autosaved(article: Article, user: Any) -> ArticleRevision | None:
    """What the form has kept for this person without a save."""
    rows = article.revisions.filter(kind=Kind.AUTOSAVED, created_by_id=user.pk)
    return rows.select_related("base", "created_by").first()


@transaction.atomic
def autosave(article: Article, content: Content, *, by: Any, started_from: int | None) -> ArticleRevision:
    """Keep what somebody has typed over the version of that number: one row for each person, written over."""
    row = lock(article)
    live = record(row)
    kept = autosaved(row, by)
    base = row.revisions.filter(number=started_from or 0).first() or live
    if kept is None:
        return add(row, content, by=by, kind=Kind.AUTOSAVED, base=base)
    kept.content, kept.base, kept.created_at = content, base, timezone.now()
    kept.save(update_fields=["content", "base", "created_at"])
    return kept


def drop_autosave(article: Article, *, by: Any) -> None:
    """Nothing typed by this person waits any more: it has been saved, or let go."""
    article.revisions.filter(kind=Kind.AUTOSAVED, created_by_id=by.pk).delete()


# Showing


def still_there(content: Content) -> tuple[Content, list[str]]:
    """A version's pieces without pictures that have left the library since, and the names of pieces that lack one.

    Two queries where it has pictures.
    """
    found, lost = {**content}, []
    if content.get("lead_image") and not Image.objects.filter(pk=content["lead_image"]).exists():
        found["lead_image"] = None
        lost.append("lead_image")
    if gone := gone_from(content.get("body", "")):
        found["body"] = body.without_pictures(content["body"], gone)
        lost.append("body")
    return found, lost


def lay_over(article: Article, content: Content) -> None:
    """Give the row at hand a version's fields, for a form that shows them; links are the form's to show."""
    for name in WORDS:
        if name in content:
            field, value = _field(name), content[name]
            if isinstance(field, models.DateTimeField) and value is not None:
                value = parse_datetime(value)
            setattr(article, field.attname, value)


def overlay(article: Article, content: Content) -> Article:
    """The article from `page()` with a version's words over its own, for a page that shows them; never save it."""
    content, _lost = still_there(content)
    lay_over(article, content)
    article.lead_image = Image.objects.filter(pk=article.lead_image_id or 0).first()
    article.category = Category.objects.filter(pk=article.category_id or 0).first()
    clean = body.sanitize(article.body)
    article.body = clean
    article.body_html = body.public_html(clean, images=images_in(clean), language=article.language)
    article.reading_minutes = body.reading_minutes(clean, article.language)
    article.byline_rows = _byline_rows(article, content.get("byline", []))
    article.category_rows = [{"category": pk} for pk in content.get("categories", [])]
    known = {tag.name: tag for tag in Tag.objects.filter(name__in=content.get("tags", []))}
    # A tag that the save would make has no number yet, and leads nowhere.
    tags = [known.get(name) or Tag(pk=0, name=name, slug="-") for name in content.get("tags", [])]
    article.tag_rows = [{"pk": tag.pk, "name": tag.name, "slug": tag.slug} for tag in tags]
    return article


def _byline_rows(article: Article, rows: list[Content]) -> list[Content]:
    names = F("names__name"), F("names__role")
    authors = {author.pk: author for author in Author.objects.filter(pk__in=[row["author"] for row in rows])}
    translated = Author.objects.filter(pk__in=authors, names__language=article.language)
    other = {pk: found for pk, *found in translated.values_list("pk", *names)}
    return [
        {
            "position": place,
            "pk": place,
            "alias": row["alias"],
            "name": authors[row["author"]].name,
            "role": authors[row["author"]].role,
            "slug": authors[row["author"]].slug,
            "is_guest": authors[row["author"]].is_guest,
            **dict(zip(("translated_name", "translated_role"), other.get(row["author"], (None, None)), strict=True)),
        }
        for place, row in enumerate(rows, start=1)
        if row["author"] in authors
    ]


def label(name: str) -> str:
    """What the form calls a piece."""
    if name == "byline":
        return _("byline")
    return str(_field(name).verbose_name)


def said(content: Content) -> list[tuple[str, str, str]]:
    """A version's filled pieces as (name, label, words), rows by their names. At most four queries."""
    named: dict[str, dict[int, str]] = {}
    wanted = {
        "byline": (Author, [row["author"] for row in content.get("byline", [])]),
        "category": (Category, [content.get("category"), *content.get("categories", [])]),
        "related": (Article, content.get("related", [])),
        "lead_image": (Image, [content.get("lead_image")]),
    }
    for name, (model, numbers) in wanted.items():
        numbers = [pk for pk in numbers if pk]
        named[name] = {row.pk: str(row) for row in model._default_manager.filter(pk__in=numbers)} if numbers else {}
    named["categories"] = named["category"]
    return [
        (name, label(name), words)
        for name in PIECES
        if name in content and (words := _words(name, content[name], named.get(name, {})))
    ]


def differing(left: Content, right: Content, names: Iterable[str] = PIECES) -> list[tuple[str, merge.Row]]:
    """The pieces of these but for the body in which two versions differ, as (label, row)."""
    names = [name for name in names if name != "body"]
    sides = [
        {name: words for name, _label, words in said({key: content[key] for key in names if key in content})}
        for content in (left, right)
    ]
    return [
        (label(name), row) for name in names if (row := merge.words(*(side.get(name, "") for side in sides))).differs
    ]


def _words(name: str, value: Any, named: dict[int, str]) -> str:
    gone = _("(no longer there)")
    if value in (None, "", [], False):
        return ""
    if name == "body":
        return merge.in_words(value)
    if name == "byline":
        return ", ".join(row["alias"] or named.get(row["author"], gone) for row in value)
    if name in {"categories", "related"}:
        return ", ".join(named.get(pk, gone) for pk in value)
    if name == "tags":
        return ", ".join(value)
    if name in {"category", "lead_image"}:
        return named.get(value, gone)
    field = _field(name)
    if isinstance(field, models.DateTimeField):
        moment = timezone.localtime(parse_datetime(value))
        return f"{moment:%Y-%m-%d %H:%M} ({settings.TIME_ZONE})"
    if value is True:
        return _("yes")
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    return str(value)
