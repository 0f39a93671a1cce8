"""From a WordPress export to our rows: read with wxr.py, cleaned with wordpress_html.py, saved by the models.

Each thing is one transaction that also notes, in ImportedItem, what it stands for. So the next run finishes
one that was killed, a second one changes nothing, and a later export changes only what the desk has not.
"""

import hashlib
import json
import logging
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from html import escape, unescape
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar
from urllib.parse import SplitResult, quote, unquote, urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.validators import validate_email
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext, override

from articles import listing, versions
from articles.library import add_image
from articles.models import Article, ArticleRevision, Author, Byline, Category, Image, Tag
from articles.slugs import slug_for, unique_slug
from articles.uploads import clean_image
from comments.models import Comment
from newsroom.importers import wordpress_html, wxr
from newsroom.importers.models import ImportedItem, ImportRun
from newsroom.pages.models import Page
from newsroom.redirects.models import Redirect

logger = logging.getLogger(__name__)

Row = TypeVar("Row", bound=Model)

CREATED, UPDATED, SKIPPED, REFUSED = OUTCOMES = ("created", "updated", "skipped", "refused")
#: A tree of categories is kept in memory; tags and everything else pass by.
MAX_CATEGORIES = 50_000
MAX_REPORT = 1000
#: Authors, categories and tags kept at hand, as every post names some of the same ones.
MAX_AT_HAND = 5000
PICTURES = frozenset({".jpg", ".jpeg", ".jpe", ".png", ".gif", ".webp", ".avif"})
#: Reactions of machines, and what shops keep among comments.
SPOKEN = frozenset({"", "comment", "review"})


@dataclass
class Line:
    """One line of the report: what happened to which thing, and why."""

    outcome: str
    kind: str
    name: str
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.outcome}: {self.kind} “{self.name}”" + (f": {self.reason}" if self.reason else "")


@dataclass
class Import:
    """One run: where it comes from, where it goes, and what it has done so far."""

    path: Path
    language: str = ""
    media: Path | None = None
    dry: bool = False
    say: Callable[[Line], None] = lambda line: None
    progress: Callable[[int, int], None] = lambda done, of: None

    source: str = ""
    run: ImportRun | None = None
    tally: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    report: list[Line] = field(default_factory=list)
    lost_pictures: int = 0
    items: int = 0
    hosts: set[str] = field(default_factory=set)
    #: Hashes of the addresses that will be redirected here: a tenth of the memory of the addresses.
    links: set[int] = field(default_factory=set)
    #: Where the blog stood below its host: "/" or "/blog/".
    base: str = "/"
    #: Hashes of what this run has met, for a file that names one thing twice.
    seen: set[int] = field(default_factory=set)
    #: Hashes of the pictures that a dry run would have imported.
    planned: set[int] = field(default_factory=set)
    children: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    categories: dict[str, wxr.Category] = field(default_factory=dict)
    at_hand: dict[tuple[str, str], Any] = field(default_factory=dict)
    term_slugs: dict[int, str] = field(default_factory=dict)

    def count(self, outcome: str) -> int:
        return sum(counter[outcome] for counter in self.tally.values())

    @property
    def closing_line(self) -> str:
        return ", ".join(f"{outcome} {self.count(outcome)}" for outcome in OUTCOMES)

    def note(self, outcome: str, kind: str, name: str, reason: str = "", *, routine: bool = False) -> None:
        """Count a thing; what a person may have to act on is kept for the report as well."""
        self.tally[kind][outcome] += 1
        line = Line(outcome, kind, _short(" ".join(name.split()), 80) or "?", reason)
        self.say(line)
        if not routine and len(self.report) < MAX_REPORT:
            self.report.append(line)

    def warn(self, kind: str, name: str, reason: str) -> None:
        line = Line("note", kind, _short(" ".join(name.split()), 80) or "?", reason)
        self.say(line)
        if len(self.report) < MAX_REPORT:
            self.report.append(line)


def import_wxr(job: Import) -> Import:
    """Import the file of `job`. Raises WxrError, and then nothing has been written."""
    _survey(job)
    if not job.dry:
        job.run = ImportRun.objects.create(source=job.source, file=job.path.name[:500])
    for slug in list(job.categories):
        _category(job, slug)
    # Pictures first: posts show them, and often stand before them in the file.
    for entry in wxr.read(job.path):
        if isinstance(entry, wxr.Author):
            _author(job, entry)
        elif isinstance(entry, wxr.Tag):
            _tag(job, entry)
        elif isinstance(entry, wxr.Term):
            job.note(SKIPPED, "term", f"{entry.taxonomy}: {entry.name}", "not a category or tag", routine=True)
        elif isinstance(entry, wxr.Item) and entry.type == "attachment":
            _attachment(job, entry)
    for done, entry in enumerate((e for e in wxr.read(job.path) if isinstance(e, wxr.Item)), 1):
        job.progress(done, job.items)
        if entry.type != "attachment":
            _item(job, entry)
    if job.run:
        for outcome in OUTCOMES:
            setattr(job.run, outcome, job.count(outcome))
        job.run.finished_at = timezone.now()
        job.run.report = [str(line) for line in job.report]
        job.run.save()
    return job


def _survey(job: Import) -> None:
    """Read the file to its end before anything is written, and learn what later steps must know."""
    site = wxr.Site()
    fallback = ""
    for entry in wxr.read(job.path):
        if isinstance(entry, wxr.Site):
            site = entry
            parts = _split(site.address)
            job.base = f"/{unquote(parts.path).strip('/')}/".replace("//", "/") if parts else "/"
            job.hosts = {_host(url) for url in (site.base_blog_url, site.base_site_url, site.link)} - {""}
        elif isinstance(entry, wxr.Category):
            job.categories.setdefault(entry.slug, entry)
            if entry.id:
                job.term_slugs[entry.id] = entry.slug
            if len(job.categories) > MAX_CATEGORIES:
                raise wxr.WxrError(f"The file holds more than {MAX_CATEGORIES} categories; it is refused.")
        elif isinstance(entry, wxr.Item):
            job.items += 1
            fallback = fallback or _host(entry.link) or _host(entry.guid)
            if entry.type == "attachment" and entry.parent and _suffix(entry.attachment_url) in PICTURES:
                job.children[entry.parent].append(entry.id)
            elif _is_open(entry):
                job.links.update(hash(path) for path in _old_paths(job, entry))
    address = re.sub(r"^https?://", "", site.address, flags=re.IGNORECASE)
    job.source = (address or fallback or site.title or job.path.name)[:300]
    job.hosts = job.hosts or {fallback} - {""}
    if not job.language:
        job.language = _edition_of(site.language)


def _edition_of(language: str) -> str:
    """The edition that speaks the export's language; the default edition where none does."""
    tag = language.strip().lower().replace("_", "-")
    codes = [code for code, _name in settings.LANGUAGES]
    return next((code for code in (tag, tag.split("-")[0]) if code in codes), settings.LANGUAGE_CODE)


# One thing at a time


def _known(job: Import, kind: str, key: str) -> ImportedItem | None:
    return ImportedItem.objects.filter(source=job.source, kind=kind, key=key[:500]).first()


def _keep(
    job: Import,
    kind: str,
    key: str,
    name: str,
    facts: Any,
    write: Callable[[Row | None], Row],
    written: Callable[[Row], str],
    find: Callable[[], Row | None] = lambda: None,
    same: str = "",
) -> Row | None:
    """Create a thing, update it, or leave it alone; and say which.

    `facts` is what the source says, `find` a row of ours that is the same thing already, `write` makes or
    changes the row, `written` sums up a row as the desk may change it; `same` is what `find` goes by, for a
    dry run that has made no row to be found. Returns the row where there is one.
    """
    key = key[:500]
    checksum = _checksum(facts)
    known = _known(job, kind, key)
    target: Any = known.target if known else None
    if hash((kind, key)) in job.seen:
        job.note(SKIPPED, kind, name, "stands in the file twice")
        return target
    job.seen.add(hash((kind, key)))
    if known and known.checksum == checksum:
        job.note(SKIPPED, kind, name, "unchanged", routine=True)
        return target
    if known and target is None:
        job.note(SKIPPED, kind, name, "deleted at the desk, left out")
        return None
    if known and written(target) != known.written:
        job.note(SKIPPED, kind, name, "changed at the desk, left as it is")
        return target
    found = None if known else find()
    if found is not None:
        if not job.dry:
            _remember(job, kind, key, checksum, found, "")
        job.note(SKIPPED, kind, name, "was here already", routine=True)
        return found
    if job.dry and same and not known and (mark := hash((kind, "same", same))):
        if mark in job.seen:
            job.note(SKIPPED, kind, name, "was here already", routine=True)
            return None
        job.seen.add(mark)
    if job.dry:
        job.note(UPDATED if known else CREATED, kind, name, routine=True)
        return target
    try:
        with transaction.atomic():
            row = write(target)
            _remember(job, kind, key, checksum, row, written(row))
    except Exception as error:
        job.note(REFUSED, kind, name, _reason(error))
        return target
    job.note(UPDATED if known else CREATED, kind, name, routine=True)
    return row


def _remember(job: Import, kind: str, key: str, checksum: str, row: Model, written: str) -> None:
    ImportedItem.objects.update_or_create(
        source=job.source,
        kind=kind,
        key=key[:500],
        defaults={
            "checksum": checksum,
            "written": written,
            "run_id": job.run.pk if job.run else 0,
            "content_type": ContentType.objects.get_for_model(row),
            "object_id": row.pk,
        },
    )


def _reason(error: Exception) -> str:
    """Why one thing was refused. A database that is gone is no fault of the thing, and ends the run."""
    if isinstance(error, OperationalError | InterfaceError | MemoryError | ImportError):
        raise error
    if isinstance(error, ValidationError):
        return " ".join(error.messages)
    logger.debug("refused", exc_info=error)
    return f"{type(error).__name__}: {_short(str(error), 200)}"


def _checksum(facts: Any) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode("utf-8", "replace")).hexdigest()


# Authors, categories, tags


def _at_hand(job: Import, kind: str, key: str, find: Callable[[], Any]) -> Any:
    if (kind, key) not in job.at_hand:
        row = find()
        if len(job.at_hand) >= MAX_AT_HAND:
            return row
        job.at_hand[kind, key] = row
    return job.at_hand[kind, key]


def _author(job: Import, entry: wxr.Author) -> None:
    # A login may be an e-mail address, and no page may show one.
    name = _line(entry.name.split("@")[0] if "@" in entry.name else entry.name, 150) or entry.login[:150]

    def write(author: Author | None) -> Author:
        author = author or Author()
        author.name = name
        author.save()
        return author

    _keep(
        job,
        "author",
        entry.login,
        name,
        [name],
        write,
        lambda author: _checksum([author.name]),
        lambda: _author_named(job, name),
    )


def _author_named(job: Import, name: str) -> Author | None:
    """An author of ours with the name; not one whom this source has given us, for two people may share it."""
    mine = ImportedItem.objects.filter(source=job.source, kind="author").exclude(written="")
    return Author.objects.filter(name__iexact=name).exclude(pk__in=mine.values("object_id")).first()


def _author_of(job: Import, login: str) -> Author | None:
    if not login:
        return None

    def find() -> Author | None:
        known = _known(job, "author", login)
        if known is None and hash(("author", login[:500])) not in job.seen:
            _author(job, wxr.Author(login=login))  # partial exports leave the list of authors out
            known = _known(job, "author", login)
        return known.target if known else None

    return _at_hand(job, "author", login, find)


def _category(job: Import, slug: str, label: str = "", below: tuple[str, ...] = ()) -> Category | None:
    """The category of a WordPress slug, made with its parents where it is not there yet."""
    known = _known(job, "category", slug)
    entry = job.categories.pop(slug, None)
    if entry is None:
        if known or hash(("category", slug[:500])) in job.seen:
            return known.target if known else None
        entry = wxr.Category(slug=slug, name=label or slug)
    parent = None
    if entry.parent and entry.parent != slug and entry.parent not in below and len(below) < 50:
        if entry.parent in job.categories:
            parent = _category(job, entry.parent, below=(*below, slug))
        elif up := _known(job, "category", entry.parent):
            parent = up.target
    if parent:
        line = parent.lineage()
        parent = line[min(len(line), Category.MAX_DEPTH - 1) - 1]
    name, description = _line(entry.name, 120) or slug[:120], _line(entry.description, 300)
    address = slug_for(_decoded(slug), slug_for(name, "category"))
    others = Category.objects.filter(language=job.language)

    def write(category: Category | None) -> Category:
        category = category or Category(language=job.language, slug=address)
        up = None if parent and category in parent.lineage() else parent  # the desk may have turned the tree
        moved = category.pk and category.parent != up
        category.name, category.description, category.parent = name, description, up
        category.save()
        if moved:
            listing.refresh_category(category)
        return category

    return _keep(
        job,
        "category",
        slug,
        name,
        [name, description, entry.parent],
        write,
        lambda row: _checksum([row.name, row.description, row.parent_id]),
        lambda: others.filter(slug=address).first(),
        same=address,
    )


def _tag(job: Import, entry: wxr.Tag) -> Tag | None:
    name = _line(entry.name, 100) or entry.slug[:100]
    address = slug_for(_decoded(entry.slug), slug_for(name, "tag"))[:100].strip("-_")

    def write(tag: Tag | None) -> Tag:
        tag = tag or Tag(slug=unique_slug(Tag.objects.all(), address, "tag")[:100])
        if not Tag.objects.filter(name__iexact=name).exclude(pk=tag.pk).exists():
            tag.name = name
        tag.save()
        return tag

    return _keep(
        job,
        "tag",
        entry.slug,
        name,
        [name],
        write,
        lambda tag: _checksum([tag.name]),
        lambda: Tag.objects.filter(name__iexact=name).first() or Tag.objects.filter(slug=address).first(),
        same=name.lower(),
    )


def _tags_of(job: Import, item: wxr.Item) -> list[Tag]:
    tags: dict[int, Tag] = {}
    for label in item.labels:
        if label.domain != "post_tag":
            continue
        tag = _at_hand(job, "tag", label.slug or label.name, partial(_tag_of, job, label))
        if tag:
            tags[tag.pk] = tag
    return list(tags.values())


def _tag_of(job: Import, label: wxr.Label) -> Tag | None:
    slug = label.slug or label.name
    known = _known(job, "tag", slug)
    if known is None and hash(("tag", slug[:500])) not in job.seen:
        return _tag(job, wxr.Tag(slug, label.name))
    return known.target if known else None


def _categories_of(job: Import, item: wxr.Item) -> list[Category]:
    """The item's categories, the primary one first."""
    labels = [label for label in item.labels if label.domain == "category"]
    primary = item.meta.get("_yoast_wpseo_primary_category") or item.meta.get("rank_math_primary_category", "")
    slug = job.term_slugs.get(int(primary)) if primary.isdecimal() and len(primary) < 19 else None
    labels.sort(key=lambda label: label.slug != slug)
    categories: dict[int, Category] = {}
    for label in labels:
        slug = label.slug or label.name
        category = _at_hand(job, "category", slug, partial(_category, job, slug, label.name))
        if category and category.language == job.language:
            categories[category.pk] = category
    return list(categories.values())


# Pictures


def _attachment(job: Import, item: wxr.Item) -> None:
    name = item.title or item.attachment_url or item.guid
    place = _upload_path(item.meta.get("_wp_attached_file") or item.attachment_url or item.guid)
    if _suffix(place) not in PICTURES:
        job.note(SKIPPED, "picture", name, "not a picture", routine=True)
        return
    facts = {
        "title": _line(item.title, 200),
        "alternative_text": _line(item.meta.get("_wp_attachment_image_alt", ""), 300),
        "caption": _line(item.excerpt, 500),
    }
    # What bodies may call it: a scaled-down original lends its smaller copies the name it had before.
    keys = {place, re.sub(r"-scaled(\.\w+)$", r"\1", place)}
    known = _known(job, "picture", _key(item))
    path = None if known else _media_file(job, place)
    if known is None and path is None:
        why = "its file is not below the media directory" if job.media else "no --media directory was given"
        job.note(SKIPPED, "picture", name, why)
        return

    def write(image: Image | None) -> Image:
        if image is None and path is not None:
            with path.open("rb") as file:
                image, created = add_image(clean_image(File(file, name=path.name)), **facts)
            for key in keys:
                _remember(job, "upload", key, "", image, "")
            # The same file as another picture's: one image, and its words stay those of the first.
            if not created:
                return image
        if image is None:
            raise ValidationError("It has no file.")
        for key, value in facts.items():
            setattr(image, key, value)
        image.save(update_fields=list(facts))
        return image

    def summed(image: Image) -> str:
        return _checksum([getattr(image, key) for key in facts])

    _keep(job, "picture", _key(item), name, facts, write, summed)
    if job.dry and not known:
        job.planned |= {hash(item.id), *map(hash, keys)}


def _upload_path(address: str) -> str:
    """The part of a file's address or path below uploads/: what a copy of that folder calls it."""
    parts = _split(address) if "//" in address else None
    path = unquote(parts.path if parts else address.split("?")[0])
    for mark in ("/wp-content/uploads/", "/uploads/", "/files/"):
        if path.startswith("/") and mark in path:
            path = path.rpartition(mark)[2]
            break
    return path.replace("\0", "").strip("/")[:400]


def _upload_keys(address: str) -> list[str]:
    """What a file may be known by: its own place, and that of the whole picture it is a smaller copy of."""
    place = _upload_path(address)
    whole = re.sub(r"-\d{1,5}x\d{1,5}(\.\w+)$", r"\1", place)
    return [key for key in dict.fromkeys((place, whole)) if key]


def _media_file(job: Import, place: str) -> Path | None:
    """The file of an upload below the media directory; never one outside it, whatever the export says."""
    if job.media is None or not place or "\0" in place or ".." in PurePosixPath(place).parts:
        return None
    root = job.media.resolve()
    spellings = {place, unicodedata.normalize("NFC", place), unicodedata.normalize("NFD", place)}
    spellings |= {re.sub(r"-scaled(\.\w+)$", r"\1", spelling) for spelling in spellings}
    for folder in ("", "uploads", "wp-content/uploads"):
        for spelling in sorted(spellings):
            path = (root / folder / spelling).resolve()
            try:
                if path.is_relative_to(root) and path.is_file():
                    return path
            except OSError:  # such as a name that is longer than the file system allows
                continue
    return None


def _picture(job: Import, address: str, number: int) -> Image | None:
    known = None
    for key in _upload_keys(address):
        known = known or _known(job, "upload", key)
    if known is None and number:
        known = _known(job, "picture", str(number))
    return known.target if known else None


# Posts and pages


def _item(job: Import, item: wxr.Item) -> None:
    kind = item.type if item.type in {"post", "page"} else "other"
    name = wordpress_html.plain_text(item.title) or item.link or _key(item)
    if kind == "other":
        job.note(SKIPPED, "other", f"{item.type}: {name}", "not a post, page or picture", routine=True)
        return
    if item.status == "trash":
        job.note(SKIPPED, kind, name, "in the trash", routine=True)
    elif item.is_cut:
        job.note(REFUSED, kind, name, f"longer than can be read (line {item.line})")
    else:
        _text_item(job, item, kind, name)


def _text_item(job: Import, item: wxr.Item, kind: str, name: str) -> None:
    def picture(address: str, number: int, alternative: str) -> str | None:
        image = _picture(job, address, number)
        if image is None:
            marks = {hash(number), *map(hash, _upload_keys(address))}
            return "<img>" if marks & job.planned else None
        text = alternative or image.alternative_text
        return f'<img src="{escape(image.file.url)}" alt="{escape(text)}">'

    try:
        cleaned = wordpress_html.clean(
            item.content,
            picture=picture,
            link=lambda address: _link(job, address),
            attached=job.children.get(item.id, ()),
        )
        article = _article(job, item, name, cleaned) if kind == "post" else None
        if kind == "page":
            _page(job, item, name, cleaned)
    except Exception as error:  # one bad item never stops the others
        job.note(REFUSED, kind, name, _reason(error))
        return
    if cleaned.lost:
        job.lost_pictures += len(cleaned.lost)
        job.warn(kind, name, f"pictures without a file, left out of the body: {len(cleaned.lost)}")
    if kind == "post" and (article or job.dry):
        _comments(job, item, article)
    elif item.comments:
        reason = "pages have no comments here" if kind == "page" else "its post is not here"
        for comment in item.comments:
            job.note(SKIPPED, "comment", comment.author, reason, routine=True)


def _article(job: Import, item: wxr.Item, name: str, cleaned: wordpress_html.Cleaned) -> Article | None:
    with override(job.language):
        headline = _line(item.title, 300) or gettext("Untitled")
    lead = _picture(job, "", _whole_number(item.meta.get("_thumbnail_id", "")))
    categories = _categories_of(job, item)
    tags = _tags_of(job, item)
    author = _author_of(job, item.creator)
    state = _state(item)
    fields = {
        "headline": headline,
        "summary": _line(item.excerpt, 1000) or _short(cleaned.summary, 1000),
        "slug": slug_for(_decoded(item.slug), slug_for(headline, "story")) if item.slug else "",
        "state": state,
        "publish_at": _moment(item),
        "comments_open": item.comment_status != "closed",
    }
    facts = {
        **fields,
        "body": hashlib.sha256(cleaned.body.encode("utf-8", "replace")).hexdigest(),
        "lead": lead and lead.pk,
        "labels": [[label.domain, label.slug, label.name] for label in item.labels],
        "author": item.creator,
        "sticky": item.is_sticky,
    }
    if state == Article.State.PUBLISHED and fields["publish_at"] is None:
        fields["publish_at"] = timezone.now()

    def write(article: Article | None) -> Article:
        article = article or Article(language=job.language)
        for key, value in fields.items():
            setattr(article, key, value)
        article.body = cleaned.body
        article.lead_image = lead
        article.category = categories[0] if categories else None
        # Sticky in WordPress is on top until somebody takes it off.
        article.featured_slot = Article.Slot.SECONDARY if item.is_sticky else ""
        article.save()
        article.categories.set(categories[1:])
        article.tags.set(tags)
        article.bylines.all().delete()
        if author:
            Byline.objects.create(article=article, author=author)
        listing.refresh(article)
        versions.record(article, kind=ArticleRevision.Kind.IMPORTED)
        if _is_open(item):
            _redirects(job, item, article=article)
        return article

    return _keep(job, "post", _key(item), name, facts, write, _article_sum)


def _article_sum(article: Article) -> str:
    return _checksum(
        [
            article.headline,
            article.subtitle,
            article.summary,
            article.slug,
            article.body,
            article.state,
            article.publish_at and article.publish_at.astimezone(UTC).isoformat(),
            article.lead_image_id,
            article.category_id,
            article.comments_open,
            article.featured_slot,
            sorted(article.categories.values_list("pk", flat=True)),
            sorted(article.tagged.values_list("tag_id", flat=True)),
            list(article.bylines.values_list("author_id", "alias")),
        ]
    )


def _page(job: Import, item: wxr.Item, name: str, cleaned: wordpress_html.Cleaned) -> Page | None:
    with override(job.language):
        title = _line(item.title, 200) or gettext("Untitled")
    slug = slug_for(_decoded(item.slug), slug_for(title, "page")) if item.slug else slug_for(title, "page")
    fields = {
        "title": title,
        "position": min(item.menu_order, 32_767),
        "is_published": _is_open(item),
    }

    def write(page: Page | None) -> Page:
        page = page or Page(
            language=job.language, slug=unique_slug(Page.objects.filter(language=job.language), slug, "page")
        )
        for key, value in fields.items():
            setattr(page, key, value)
        page.body = cleaned.body
        page.save()
        if page.is_published:
            _redirects(job, item, page=page)
        return page

    facts = {
        **fields,
        "slug": slug,
        "body": hashlib.sha256(cleaned.body.encode("utf-8", "replace")).hexdigest(),
    }
    return _keep(
        job,
        "page",
        _key(item),
        name,
        facts,
        write,
        lambda row: _checksum([row.title, row.slug, row.body, row.is_published, row.position]),
    )


def _state(item: wxr.Item) -> str:
    """What WordPress showed to everybody is published here; what it kept from some readers is a draft."""
    if item.password:
        return Article.State.DRAFT
    return {
        "publish": Article.State.PUBLISHED,
        "future": Article.State.PUBLISHED,
        "pending": Article.State.IN_REVIEW,
    }.get(item.status, Article.State.DRAFT)


def _is_open(item: wxr.Item) -> bool:
    return item.type in {"post", "page"} and item.status == "publish" and not item.password


def _moment(item: wxr.Item) -> datetime | None:
    if item.date_gmt:
        return item.date_gmt
    if item.date and _state(item) == Article.State.PUBLISHED:
        return item.date.replace(tzinfo=ZoneInfo(settings.TIME_ZONE)).astimezone(UTC)
    return None


# Old addresses


def _old_paths(job: Import, item: wxr.Item) -> list[str]:
    """Paths that led to an item, as readers' browsers ask for them but percent-decoded."""
    paths = []
    parts = _split(item.link)
    if parts and parts.path.strip("/") and not parts.query:
        paths.append(_path(parts))
    if item.id:
        paths.append(f"{job.base}?p={item.id}")
        if item.type == "page":
            paths.append(f"{job.base}?page_id={item.id}")
    return paths


def _path(parts: SplitResult) -> str:
    """Percent-decoded, from one slash on: a second one, as exports have it, would name a host."""
    return "/" + unquote(parts.path).lstrip("/")


def _redirects(job: Import, item: wxr.Item, *, article: Article | None = None, page: Page | None = None) -> None:
    target = page.get_absolute_url() if page else ""
    for path in _old_paths(job, item):
        path = path.replace("\0", "")
        if len(path) > 1000 or unquote(target) == path:
            continue
        redirect, created = Redirect.objects.get_or_create(
            old_path=path, defaults={"article": article, "new_path": target}
        )
        if not created and (redirect.article_id != (article and article.pk) or redirect.new_path != target):
            job.warn(item.type, item.title, f"its old address {_short(path, 100)} leads elsewhere already")


def _link(job: Import, address: str) -> str:
    """Where a link of a body leads now: to our picture, by an old path that is redirected, or as before."""
    if address.startswith("//"):
        address = "https:" + address
    address = address.replace(" ", "%20")
    parts = _split(address)
    if parts is None or parts.scheme not in {"http", "https"} or _bare(parts.netloc) not in job.hosts:
        return address
    if _suffix(parts.path) in PICTURES:
        image = _picture(job, address, 0)
        return image.file.url if image else address
    path = _path(parts).replace("\0", "")
    if re.fullmatch(r"(p|page_id)=\d{1,18}", parts.query):
        spellings = [f"{path}?{parts.query}"]
    elif parts.query or not path.strip("/"):
        return address
    else:
        spellings = [path, path + "/" if not path.endswith("/") else path.rstrip("/")]
    for spelling in spellings:
        if hash(spelling) in job.links or Redirect.objects.filter(old_path=spelling[:1001]).exists():
            fragment = f"#{parts.fragment}" if parts.fragment else ""
            return quote(spelling, safe="/?=-_.~!$&'()*+,;:@") + fragment
    return address


def _split(address: str) -> SplitResult | None:
    try:
        return urlsplit(address)
    except ValueError:
        return None


def _host(address: str) -> str:
    parts = _split(address)
    return _bare(parts.netloc) if parts else ""


def _bare(netloc: str) -> str:
    return netloc.rpartition("@")[2].lower().removeprefix("www.")


# Comments


def _comments(job: Import, item: wxr.Item, article: Article | None) -> None:
    with transaction.atomic():
        rows: dict[int, Comment | None] = {}
        for entry in _thread(item.comments):
            if entry.type not in SPOKEN:
                job.note(SKIPPED, "comment", entry.author, f"a {entry.type[:20]}", routine=True)
                continue
            rows[entry.id] = _comment(job, item, entry, article, rows.get(entry.parent))


def _thread(comments: Iterable[wxr.Comment]) -> Iterator[wxr.Comment]:
    """Comments with every reply after what it answers; a circle of replies is broken where it is met."""
    comments = list(comments)
    numbers = {comment.id for comment in comments}
    replies: dict[int, list[wxr.Comment]] = defaultdict(list)
    firsts = []
    for comment in comments:
        if comment.parent and comment.parent != comment.id and comment.parent in numbers:
            replies[comment.parent].append(comment)
        else:
            firsts.append(comment)
    seen: set[int] = set()  # places in memory: two comments may bear one number
    for start in firsts + comments:
        waiting = [start]
        while waiting:
            comment = waiting.pop()
            if id(comment) in seen:
                continue
            seen.add(id(comment))
            yield comment
            if comment.id:
                waiting.extend(reversed(replies.get(comment.id, [])))


def _comment(
    job: Import, item: wxr.Item, entry: wxr.Comment, article: Article | None, parent: Comment | None
) -> Comment | None:
    with override(job.language):
        name = _line(entry.author, 80) or gettext("Anonymous")
    written_at = entry.date_gmt or (
        entry.date.replace(tzinfo=ZoneInfo(settings.TIME_ZONE)).astimezone(UTC) if entry.date else _moment(item)
    )
    fields = {
        "name": name,
        "email": _email(entry.email),
        "body": wordpress_html.plain_lines(entry.content),
        "state": {
            "1": Comment.State.APPROVED,
            "approve": Comment.State.APPROVED,
            "spam": Comment.State.SPAM,
            "trash": Comment.State.TRASH,
            "post-trashed": Comment.State.TRASH,
        }.get(entry.approved, Comment.State.PENDING),
    }
    facts = {**fields, "at": written_at, "parent": entry.parent}
    key = str(entry.id) if entry.id else f"{_key(item)[:100]}-{_checksum(facts)}"
    while parent and parent.depth >= settings.COMMENT_MAX_DEPTH:
        parent = parent.parent
    if article and parent and parent.article_id != article.pk:
        parent = None

    def write(comment: Comment | None) -> Comment:
        if comment is None:
            comment = Comment(
                article=article,
                parent=parent,
                root=parent and (parent.root or parent),
                depth=parent.depth + 1 if parent else 0,
                created_at=written_at or timezone.now(),
            )
        for attribute, value in fields.items():
            setattr(comment, attribute, value)
        comment.save(log={"what": "imported"})
        return comment

    return _keep(
        job,
        "comment",
        key,
        f"{name} on {item.title}",
        facts,
        write,
        lambda row: _checksum([row.name, row.email, row.body, row.state]),
    )


def _email(text: str) -> str:
    text = text.strip()
    try:
        validate_email(text)
    except ValidationError:
        return ""
    return text if len(text) <= 254 else ""


# Words and numbers


def _key(item: wxr.Item) -> str:
    """What makes an item the same in two exports: its number, else its address."""
    return str(item.id) if item.id else (item.guid or item.link or _checksum([item.title, item.date]))


def _line(html: str, limit: int) -> str:
    return _short(wordpress_html.plain_text(html), limit)


def _short(text: str, limit: int) -> str:
    """At most `limit` characters, cut between words where that leaves most of them."""
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    words = head.rpartition(" ")[0]
    return (words if len(words) > limit // 2 else head).rstrip() + "…"


def _decoded(slug: str) -> str:
    """WordPress keeps the slug of another script percent-encoded."""
    return unescape(unquote(slug, errors="ignore"))


def _suffix(address: str) -> str:
    return PurePosixPath(unquote(address.split("?")[0])).suffix.lower()


def _whole_number(text: str) -> int:
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else 0
