import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from articles.languages import address_in
from articles.models.body import WithBody
from articles.models.edition import LanguageField
from articles.rows import rows
from articles.slugs import unique_slug
from newsroom.appeals.findings import in_words
from newsroom.appeals.links import check_donation_link

#: How long the desk tells that an appeal was ended because its links were gone.
ENDING_IS_NEWS = timedelta(days=14)


class Channel(models.Model):
    """A group that publishes appeals: it, not the newsroom, receives the gifts."""

    name = models.CharField(_("name"), max_length=150)
    slug = models.SlugField(_("slug"), max_length=150, unique=True, allow_unicode=True, blank=True)
    url = models.URLField(_("address"), max_length=500, blank=True)
    picture = models.ForeignKey(
        "articles.Image", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("picture")
    )

    class Meta:
        verbose_name = _("channel")
        verbose_name_plural = _("channels")
        ordering = ["name"]

    def __str__(self):
        return self.name

    def save(self, *args, **kwargs):
        if not self.slug:
            self.slug = unique_slug(Channel.objects.exclude(pk=self.pk), self.name, "channel")
        super().save(*args, **kwargs)


class AppealQuerySet(models.QuerySet):
    def published(self, now: datetime | None = None):
        """Appeals with a page: running ones and ended ones with their thank-you."""
        return self.filter(is_published=True, starts_at__has_come=now or timezone.now())

    def current(self, now: datetime | None = None):
        """Appeals that ask for gifts at `now`."""
        now = now or timezone.now()
        return self.published(now).filter(models.Q(ends_at__isnull=True) | models.Q(ends_at__gt=now))

    def ended(self, now: datetime | None = None):
        """Appeals whose page thanks the givers."""
        now = now or timezone.now()
        return self.published(now).filter(ends_at__has_come=now)

    def edition(self, language: str | None = None):
        return self.filter(language=language or get_language())

    def featured(self, categories: Iterable[int] = ()):
        """What the sidebar shows beside `categories`, which include the ancestors; without categories, everywhere."""
        limits = Appeal.categories.through.objects.filter(appeal=models.OuterRef("pk"))
        here = models.Exists(limits.filter(category__in=list(categories)))
        return self.filter(~models.Exists(limits) | here, is_featured=True).in_order()

    def outdated(self):
        """Current appeals whose sum is of a day too long ago to be shown as if it were of today."""
        oldest = timezone.localdate() - timedelta(days=settings.APPEAL_FIGURES_DAYS)
        return self.current().filter(raised__isnull=False, as_of__lt=oldest)

    def troubled(self):
        """Current appeals with a link at which an editor should look."""
        return self.current().filter(pk__in=DonationLink.objects.troubled().values("appeal"))

    def lost(self):
        """Appeals with links of which none leads anywhere any more."""
        links = DonationLink.objects.filter(appeal=models.OuterRef("pk"))
        return self.filter(models.Exists(links), ~models.Exists(links.offered()))

    def undone(self):
        """Ended appeals that need care: no thank-you, a place in the sidebar, or ended of late as no link leads on."""
        told = models.Q(pk__in=Appeal.objects.lost().values("pk"), ends_at__gte=timezone.now() - ENDING_IS_NEWS)
        return self.ended().filter(models.Q(is_featured=True) | models.Q(thank_you="") | told)

    def in_order(self):
        return self.order_by("position", "-starts_at", "-pk")

    def cards(self):
        """What a card shows, in one query: no body, with channel, pictures and links."""
        return (
            self.select_related("channel__picture", "picture")
            .defer("body", "body_html")
            .annotate(
                link_list=rows(
                    DonationLink.objects.offered(),
                    "appeal",
                    number="number",
                    provider="provider",
                    label="label",
                    position="position",
                )
            )
        )


class Appeal(WithBody):
    language = LanguageField()
    channel = models.ForeignKey(Channel, models.PROTECT, related_name="appeals", verbose_name=_("channel"))
    title = models.CharField(_("title"), max_length=200)
    slug = models.SlugField(_("slug"), max_length=150, allow_unicode=True, blank=True)
    excerpt = models.CharField(_("excerpt"), max_length=300, blank=True)
    picture = models.ForeignKey(
        "articles.Image", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("picture")
    )
    is_published = models.BooleanField(_("published"), default=False)
    starts_at = models.DateTimeField(_("starts"), default=timezone.now)
    ends_at = models.DateTimeField(_("ends"), null=True, blank=True)
    thank_you = models.TextField(
        _("thank-you"),
        max_length=1000,
        blank=True,
        help_text=_("Shown in place of the links once it has ended."),
    )
    is_featured = models.BooleanField(_("in the sidebar"), default=False)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    categories = models.ManyToManyField(
        "articles.Category",
        blank=True,
        related_name="+",
        verbose_name=_("categories"),
        help_text=_("Shown beside these only; without any, everywhere."),
    )
    goal = models.DecimalField(
        _("goal"), max_digits=12, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(1)]
    )
    raised = models.DecimalField(
        _("raised"), max_digits=12, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    currency = models.CharField(_("currency"), max_length=3, default="EUR", help_text=_("Three letters, ISO 4217."))
    as_of = models.DateField(_("as of"), null=True, blank=True)
    supporters = models.PositiveIntegerField(_("supporters"), null=True, blank=True)

    objects = AppealQuerySet.as_manager()

    class Meta:
        verbose_name = _("appeal")
        verbose_name_plural = _("appeals")
        ordering = ["language", "position", "-starts_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["language", "slug"], name="appeal_slug_in_edition"),
            models.CheckConstraint(
                condition=models.Q(ends_at__isnull=True) | models.Q(ends_at__gt=models.F("starts_at")),
                name="appeal_ends_after_it_begins",
            ),
        ]
        indexes = [
            models.Index(fields=["language", "is_published", "position", "-starts_at"], name="appeal_in_order"),
            models.Index(fields=["starts_at"], name="appeal_begins"),
            models.Index(fields=["ends_at"], name="appeal_ends", condition=models.Q(ends_at__isnull=False)),
        ]

    def __str__(self):
        return self.title

    def save(self, *args, **kwargs):
        if not self.slug:
            self.slug = unique_slug(
                Appeal.objects.filter(language=self.language).exclude(pk=self.pk), self.title, "appeal"
            )
        self.clean_body()
        super().save(*args, **kwargs)

    def get_absolute_url(self):
        return address_in(self.language, "appeals:appeal", slug=self.slug)

    def clean(self):
        if self.ends_at and self.starts_at and self.ends_at <= self.starts_at:
            raise ValidationError({"ends_at": _("The end must come after the start.")})
        if self.raised is not None and self.as_of is None:
            raise ValidationError({"as_of": _("Say of which day the sum is.")})
        if self.as_of and self.as_of > timezone.localdate():
            raise ValidationError({"as_of": _("This day has not come yet.")})
        if not re.fullmatch(r"[A-Z]{3}", self.currency):
            raise ValidationError({"currency": _("Three capital letters, as in EUR.")})

    @property
    def has_ended(self) -> bool:
        return bool(self.ends_at and self.ends_at <= timezone.now())

    @property
    def days_left(self) -> int | None:
        """Whole days until the end by the newsroom's calendar, 0 on the last one; None without an end."""
        if self.ends_at is None:
            return None
        return max(0, (timezone.localdate(self.ends_at) - timezone.localdate()).days)

    @property
    def shown_picture(self):
        return self.picture or self.channel.picture

    @property
    def link_rows(self) -> list[dict[str, Any]]:
        """The links that `cards()` has read, in order; none once the appeal has ended."""
        if self.has_ended:
            return []
        return sorted(getattr(self, "link_list", None) or [], key=lambda link: (link["position"], link["number"]))

    @property
    def percent(self) -> int | None:
        """How much of the goal is raised, 0 to 100; None without a goal or a sum."""
        if not self.goal or self.raised is None:
            return None
        return min(100, int(self.raised * 100 / self.goal))


class DonationLinkQuerySet(models.QuerySet):
    def offered(self):
        """Links that readers see: not those found gone again and again."""
        return self.filter(misses__lt=DonationLink.LOST_AFTER)

    def troubled(self):
        """Links of current appeals at which an editor should look."""
        trouble = [DonationLink.State.MOVED, DonationLink.State.GONE, DonationLink.State.SILENT]
        return self.filter(state__in=trouble, appeal__in=Appeal.objects.current())


class DonationLink(models.Model):
    """One way to give. `number` stands in its address and stays when the order changes."""

    class State(models.TextChoices):
        WORKS = "works", _("works")
        MOVED = "moved", _("leads elsewhere")
        GONE = "gone", _("gone")
        SILENT = "silent", _("does not answer")

    #: Times in a row that a link is found gone before readers no longer see it: providers have bad days.
    LOST_AFTER = 2

    appeal = models.ForeignKey(Appeal, models.CASCADE, related_name="links", verbose_name=_("appeal"))
    number = models.PositiveSmallIntegerField(editable=False)
    provider = models.CharField(_("provider"), max_length=80)
    label = models.CharField(_("label"), max_length=80, blank=True)
    url = models.URLField(_("address"), max_length=500, validators=[check_donation_link])
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    # What `manage.py check_donation_links` found (newsroom/appeals/health.py).
    state = models.CharField(_("state"), max_length=12, choices=State, blank=True, editable=False)
    finding = models.CharField(_("finding"), max_length=600, blank=True, editable=False)
    misses = models.PositiveSmallIntegerField(_("found gone, times in a row"), default=0, editable=False)
    checked_at = models.DateTimeField(_("checked"), null=True, editable=False)

    objects = DonationLinkQuerySet.as_manager()

    class Meta:
        verbose_name = _("donation link")
        verbose_name_plural = _("donation links")
        ordering = ["position", "number"]
        constraints = [models.UniqueConstraint(fields=["appeal", "number"], name="donation_link_number_once")]

    def __str__(self):
        return self.label or self.provider

    def save(self, *args, **kwargs):
        if self.number is None:
            last = DonationLink.objects.filter(appeal=self.appeal).aggregate(models.Max("number"))["number__max"]
            self.number = (last or 0) + 1
        super().save(*args, **kwargs)

    def get_absolute_url(self):
        return address_in(self.appeal.language, "appeals:donate", slug=self.appeal.slug, number=self.number)

    @property
    def finding_words(self) -> str:
        return in_words(self.finding) or self.get_state_display()

    @property
    def is_safe(self) -> bool:
        """Whether the address would be taken today, however it came into the database."""
        try:
            check_donation_link(self.url)
        except ValidationError:
            return False
        return True


class DonationClicks(models.Model):
    """How often a link was followed on one day, by the site's clock."""

    link = models.ForeignKey(DonationLink, models.CASCADE, related_name="clicks_by_day")
    day = models.DateField(_("day"))
    clicks = models.PositiveIntegerField(_("clicks"), default=0)

    class Meta:
        verbose_name = _("clicks of a day")
        verbose_name_plural = _("clicks by day")
        ordering = ["-day"]
        constraints = [models.UniqueConstraint(fields=["link", "day"], name="donation_clicks_once_a_day")]

    def __str__(self):
        return f"{self.day}: {self.clicks}"


class AppealNumbers(models.Model):
    """How often an appeal was shown and its links were followed on one day, by where readers stood.

    `article` is a number and no relation: what was counted stays when the article goes; 0 is none. Nothing here is of
    one reader.
    """

    class Place(models.TextChoices):
        SIDEBAR = "sidebar", _("beside an article")
        PAGE = "page", _("the appeal's page")
        LIST = "list", _("the list of appeals")
        OTHER = "other", _("elsewhere")

    appeal = models.ForeignKey(Appeal, models.CASCADE, related_name="numbers", verbose_name=_("appeal"))
    day = models.DateField(_("day"))
    place = models.CharField(_("place"), max_length=8, choices=Place)
    article = models.PositiveBigIntegerField(_("article"), default=0)
    impressions = models.PositiveIntegerField(_("shown"), default=0)
    clicks = models.PositiveIntegerField(_("clicks"), default=0)

    class Meta:
        verbose_name = _("numbers of a day")
        verbose_name_plural = _("numbers by day")
        ordering = ["-day", "appeal"]
        constraints = [
            models.UniqueConstraint(fields=["appeal", "day", "place", "article"], name="appeal_numbers_once"),
        ]
        indexes = [models.Index(fields=["day", "appeal"], name="appeal_numbers_by_day")]

    def __str__(self):
        return f"{self.day} {self.place}: {self.impressions}, {self.clicks}"
