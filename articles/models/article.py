import uuid
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from taggit.managers import TaggableManager

from articles import body, listing, stale
from articles.languages import address_in
from articles.rows import read_moment, rows
from articles.slugs import slug_for

from .author import Author, AuthorName, Byline
from .body import WithBody
from .category import Category
from .comment_rules import CommentRules
from .correction import Correction
from .edition import Edition, LanguageField, default_language
from .rating import Rating
from .readership import Reading, ReadingTotal
from .revision import ArticleRevision
from .tag import TaggedArticle, TagManager


def is_public(now: datetime | None = None, prefix: str = "") -> models.Q:
    """The condition of being public at `now`; `prefix` is the path to the article from another model."""
    now = now or timezone.now()
    endless = models.Q(**{f"{prefix}expire_at__isnull": True}) | models.Q(**{f"{prefix}expire_at__gt": now})
    return endless & models.Q(**{f"{prefix}state": Article.State.PUBLISHED, f"{prefix}publish_at__has_come": now})


def is_listed(now: datetime | None = None) -> models.Exists:
    """For rows of the lists' join tables: that their article is public at `now`.

    Asked of each row in turn. As a join SQLite would begin with all that is public and sort what remains.
    """
    return models.Exists(Article.objects.public(now).filter(pk=models.OuterRef("article")))


class ArticleQuerySet(models.QuerySet["Article"]):
    def public(self, now: datetime | None = None):
        """What readers may see at `now`. Every page, list, count and neighbour starts here."""
        return self.filter(is_public(now))

    def edition(self, language: str | None = None):
        """Articles of one language: that of the request where none is named."""
        return self.filter(language=language or get_language())

    def newest(self):
        """The order of every list: one index serves it, and a cursor can stand anywhere in it."""
        return self.order_by("-publish_at", "-pk")

    def with_edition_rules(self):
        """With what the edition says of comments, as `edition_rules`: a list of one dict, or nothing."""
        names = {name: name for name in CommentRules.COMMENT_RULES}
        return self.annotate(edition_rules=rows(Edition.objects, "language", "language", **names))

    def cards(self):
        """What a teaser shows, in one query: no body, with category, picture and byline."""
        return self.select_related("category", "lead_image").defer("body", "body_html").annotate(**_byline())

    def feed(self):
        """What a feed shows: cards with the public body and tags, in one query."""
        tags = rows(TaggedArticle.objects, "content_object", name="tag__name", slug="tag__slug")
        return self.select_related("category", "lead_image").defer("body").annotate(**_byline(), tag_rows=tags)

    def page(self, now: datetime | None = None):
        """What the article page shows of the article's own, in one query."""
        now = now or timezone.now()
        due = ArticleRevision.objects.pending().filter(article=models.OuterRef("pk"), apply_at__lte=now)
        versions = Article.objects.public(now).exclude(pk=models.OuterRef("pk"))
        versions = rows(versions, "version_group", "version_group", pk="pk", slug="slug", language="language")
        return (
            self.with_edition_rules()
            .select_related("category", "lead_image")
            .annotate(
                **_byline(),
                category_rows=rows(Article.categories.through.objects, "article", category="category_id"),
                tag_rows=rows(TaggedArticle.objects, "content_object", pk="tag_id", name="tag__name", slug="tag__slug"),
                correction_rows=rows(
                    Correction.objects.filter(published_at__lte=now),
                    "article",
                    pk="pk",
                    kind="kind",
                    text="text",
                    published_at="published_at",
                ),
                version_rows=versions,
                opened_versions=_one(ArticleRevision.objects.opened(), "article", models.Count("pk")),
                due_version=models.Subquery(due.values("pk")[:1]),
                rating_count=_one(Rating.objects.filter(is_held=False), "article", models.Count("pk")),
                rating_sum=_one(Rating.objects.filter(is_held=False), "article", models.Sum("stars")),
                readings_counted=models.Subquery(
                    ReadingTotal.objects.filter(article=models.OuterRef("pk")).values("readings")
                ),
                readings_fresh=_one(
                    Reading.objects.filter(is_counted=False, kind=Reading.Kind.READER),
                    "article",
                    models.Count("pk"),
                ),
            )
        )


def _one(queryset, link, aggregate):
    grouped = queryset.order_by().filter(**{link: models.OuterRef("pk")}).values(link)
    return models.Subquery(grouped.annotate(_value=aggregate).values("_value"))


def _byline():
    translated = AuthorName.objects.filter(
        author=models.OuterRef("author"), language=models.OuterRef("article__language")
    )
    bylines = Byline.objects.annotate(
        translated_name=models.Subquery(translated.values("name")),
        translated_role=models.Subquery(translated.values("role")),
    )
    return {
        "byline_rows": rows(
            bylines,
            "article",
            position="position",
            pk="pk",
            alias="alias",
            name="author__name",
            translated_name="translated_name",
            role="author__role",
            translated_role="translated_role",
            slug="author__slug",
            is_guest="author__is_guest",
        )
    }


class Article(CommentRules, WithBody):  # type: ignore[django-manager-missing]  # taggit has no types
    # What `cards()`, `feed()` and `page()` read beside the row: related rows as dicts, None where there are none.
    byline_rows: list[dict[str, Any]] | None
    category_rows: list[dict[str, Any]] | None
    correction_rows: list[dict[str, Any]] | None
    edition_rules: list[dict[str, Any]] | None
    tag_rows: list[dict[str, Any]] | None
    version_rows: list[dict[str, Any]] | None
    rating_count: int | None
    rating_sum: int | None
    readings_counted: int | None
    readings_fresh: int | None
    ranked_value: float  # of a row of `readership.rankings`

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        IN_REVIEW = "in_review", _("in review")
        APPROVED = "approved", _("approved")
        PUBLISHED = "published", _("published")
        WITHDRAWN = "withdrawn", _("withdrawn")
        TRASHED = "trashed", _("in the trash")

    class Slot(models.TextChoices):
        LEAD = "lead", _("lead story")
        SECONDARY = "secondary", _("secondary row")

    language = LanguageField(default=default_language)
    version_group = models.UUIDField(default=uuid.uuid4, editable=False)
    headline = models.CharField(_("headline"), max_length=300)
    subtitle = models.CharField(_("subtitle"), max_length=400, blank=True)
    summary = models.TextField(
        _("summary"), max_length=1000, blank=True, help_text=_("For lists and search engines, in plain text.")
    )
    slug = models.SlugField(
        _("slug"),
        max_length=150,
        allow_unicode=True,
        blank=True,
        help_text=_("The last part of the address. Left empty, it is made from the headline."),
    )
    reading_minutes = models.PositiveSmallIntegerField(editable=False, default=1)

    lead_image = models.ForeignKey(
        "articles.Image",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("lead image"),
    )
    lead_caption = models.CharField(
        _("caption of the lead image"),
        max_length=500,
        blank=True,
        help_text=_("Left empty, the library's caption is shown."),
    )

    category = models.ForeignKey(
        Category,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="primary_articles",
        verbose_name=_("primary category"),
    )
    categories = models.ManyToManyField(
        Category, blank=True, related_name="articles", verbose_name=_("further categories")
    )
    authors = models.ManyToManyField(Author, through=Byline, related_name="articles", verbose_name=_("authors"))
    tags = TaggableManager(through=TaggedArticle, manager=TagManager, blank=True, verbose_name=_("tags"))
    related = models.ManyToManyField(
        "self",
        symmetrical=False,
        blank=True,
        related_name="+",
        verbose_name=_("related articles"),
        help_text=_("Shown first; the newest of the same tags and category follow."),
    )

    state = models.CharField(_("state"), max_length=12, choices=State, default=State.DRAFT, editable=False)
    #: Why an editor gave it back; empty once it has gone on from there.
    sent_back_note = models.CharField(_("sent back because"), max_length=300, blank=True, editable=False)
    publish_at = models.DateTimeField(_("published"), null=True, blank=True)
    expire_at = models.DateTimeField(_("ends"), null=True, blank=True)
    updated_at = models.DateTimeField(
        _("updated"), null=True, blank=True, help_text=_("Shown to readers; for changes of substance.")
    )

    source_name = models.CharField(_("source"), max_length=200, blank=True)
    source_url = models.URLField(_("address of the original"), max_length=500, blank=True)
    canonical_is_source = models.BooleanField(
        _("the original is canonical"),
        default=False,
        help_text=_("Tells search engines to list the original instead of this copy."),
    )
    noindex = models.BooleanField(_("keep out of search engines"), default=False)

    featured_slot = models.CharField(_("front page"), max_length=10, choices=Slot, blank=True)
    featured_until = models.DateTimeField(_("there until"), null=True, blank=True)
    # Among those of the same slot, from 1; 0 for what was put there on its own form. No piece of a version.
    featured_place = models.PositiveSmallIntegerField(_("place on the front page"), default=0, editable=False)
    comments_open = models.BooleanField(_("comments open"), default=True)
    ratings_open = models.BooleanField(_("ratings open"), default=True)

    announced_at = models.DateTimeField(null=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    modified_at = models.DateTimeField(_("last saved"), auto_now=True)

    objects = ArticleQuerySet.as_manager()

    class Meta:
        verbose_name = _("article")
        verbose_name_plural = _("articles")
        ordering = ["-pk"]
        permissions = [
            ("submit_article", _("Can submit articles for review")),
            ("publish_article", _("Can publish, schedule and withdraw articles")),
            ("change_any_article", _("Can change the articles of others")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(state="published") | models.Q(publish_at__isnull=False),
                name="article_published_has_time",
            ),
            models.CheckConstraint(
                condition=models.Q(expire_at__isnull=True)
                | models.Q(publish_at__isnull=True)
                | models.Q(expire_at__gt=models.F("publish_at")),
                name="article_ends_after_it_begins",
            ),
            models.UniqueConstraint(fields=["version_group", "language"], name="article_version_once_per_language"),
        ]
        indexes = [
            models.Index(fields=["language", "state", "-publish_at", "-id"], name="article_newest"),
            models.Index(fields=["state", "-publish_at", "-id"], name="article_newest_of_all"),
            # Few rows among a million: what editors have put on the front page.
            models.Index(
                fields=["language", "state", "-publish_at", "-id"],
                name="article_chosen",
                condition=~models.Q(featured_slot=""),
            ),
            models.Index(
                fields=["publish_at"],
                name="article_unannounced",
                condition=models.Q(announced_at__isnull=True, state="published"),
            ),
            models.Index(fields=["expire_at"], name="article_ends", condition=models.Q(expire_at__isnull=False)),
            models.Index(
                fields=["featured_until"],
                name="article_featured_ends",
                condition=models.Q(featured_until__isnull=False),
            ),
        ]

    def __str__(self):
        return self.headline

    def save(self, *args, **kwargs):
        """Clean the body, make the slug, and keep the lists in step within one transaction."""
        if not self.slug:
            self.slug = slug_for(self.headline, "story")
        self.clean_body()
        self.reading_minutes = body.reading_minutes(self.body, self.language)
        with transaction.atomic():
            before = stale.standing(self)
            super().save(*args, **kwargs)
            listing.refresh(self)
            stale.article_saved(self, before)

    def get_absolute_url(self):
        return address_in(self.language, "articles:article", pk=self.pk, slug=self.slug)

    def get_changes_url(self):
        return address_in(self.language, "articles:changes", pk=self.pk, slug=self.slug)

    def get_read_url(self):
        return address_in(self.language, "articles:read", pk=self.pk)

    def get_rating_url(self):
        return address_in(self.language, "articles:rating", pk=self.pk)

    def clean(self):
        if self.expire_at and self.publish_at and self.expire_at <= self.publish_at:
            raise ValidationError({"expire_at": _("The end must come after the publication.")})
        if self.category and self.category.language != self.language:
            raise ValidationError({"category": _("The category belongs to another edition.")})
        if self.canonical_is_source and not self.source_url:
            raise ValidationError({"source_url": _("Give the address of the original.")})

    # What the desk and the page ask of a row

    @property
    def is_public(self) -> bool:
        now = timezone.now()
        return bool(
            self.state == self.State.PUBLISHED
            and self.publish_at
            and self.publish_at <= now
            and (self.expire_at is None or self.expire_at > now)
        )

    @property
    def is_scheduled(self) -> bool:
        return self.state == self.State.PUBLISHED and bool(self.publish_at and self.publish_at > timezone.now())

    @property
    def is_expired(self) -> bool:
        return self.state == self.State.PUBLISHED and bool(self.expire_at and self.expire_at <= timezone.now())

    @property
    def is_placed(self) -> bool:
        """Whether the front page has a place for it, as far as its state allows."""
        return bool(self.featured_slot and (self.featured_until is None or self.featured_until > timezone.now()))

    def get_status_display(self):
        """The state with what the clock adds to it, as the desk shows it."""
        if self.is_expired:
            return _("expired")
        if self.is_scheduled:
            return _("scheduled")
        return self.get_state_display()

    @cached_property
    def byline(self) -> list[dict]:
        """Who signs, in order: dicts of name, role, url, is_guest. Needs `cards()`, `feed()` or `page()`."""
        ordered = sorted(self.byline_rows or [], key=lambda row: (row["position"], row["pk"]))
        return [
            {
                "name": row["alias"] or row["translated_name"] or row["name"],
                "role": row["translated_role"] or row["role"],
                "url": address_in(self.language, "articles:author", slug=row["slug"]),
                "is_guest": row["is_guest"],
            }
            for row in ordered
        ]

    @cached_property
    def versions(self) -> list[dict]:
        """The same story in other editions: dicts of language and url. Needs `page()`."""
        found = []
        for row in sorted(self.version_rows or [], key=lambda row: row["language"]):
            if row["language"] in dict(settings.LANGUAGES):
                url = address_in(row["language"], "articles:article", pk=row["pk"], slug=row["slug"])
                found.append({"language": row["language"], "url": url})
        return found

    @property
    def version_for_others(self) -> str:
        """The address for readers of languages that the story is not in: its version in the first of LANGUAGES.

        The same on all of its versions. Needs `page()`.
        """
        urls = {self.language: self.get_absolute_url()} | {row["language"]: row["url"] for row in self.versions}
        return next((urls[code] for code, _name in settings.LANGUAGES if code in urls), urls[self.language])

    @cached_property
    def shown_corrections(self) -> list[Correction]:
        """Published corrections, newest first. Needs `page()`."""
        made = [
            Correction(
                pk=row["pk"],
                kind=row["kind"],
                text=row["text"],
                published_at=moment,
            )
            for row in self.correction_rows or []
            if (moment := read_moment(row["published_at"]))
        ]
        return sorted(made, key=lambda row: (row.published_at, row.pk), reverse=True)

    @cached_property
    def shown_tags(self) -> list[dict]:
        """Tags by name: dicts of name and url. Needs `page()` or `feed()`."""
        return [
            {"name": row["name"], "url": address_in(self.language, "articles:tag", slug=row["slug"])}
            for row in sorted(self.tag_rows or [], key=lambda row: row["name"].casefold())
        ]

    @property
    def publish_day(self):
        """The day on which it appeared, by the newsroom's clock."""
        return timezone.localdate(self.publish_at)

    @property
    def teaser(self) -> str:
        """The words below a headline in lists: plain text."""
        return self.summary or self.subtitle

    @property
    def readings(self) -> int:
        return (self.readings_counted or 0) + (self.readings_fresh or 0)

    @property
    def rating_mean(self) -> float | None:
        return (self.rating_sum or 0) / self.rating_count if self.rating_count else None

    @property
    def shown_caption(self) -> str:
        return self.lead_caption or (self.lead_image.caption if self.lead_image else "")
