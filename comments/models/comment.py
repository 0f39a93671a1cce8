from datetime import datetime

from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from articles import body as bodies
from articles.languages import address_in
from articles.models import is_public
from comments.people import normalized


def _is_shown() -> models.Q:
    """The condition of being approved below approved comments only: an answer goes with what it answers."""
    approved = Comment.State.APPROVED
    shown = models.Q(state=approved) & (models.Q(root__isnull=True) | models.Q(root__state=approved))
    above = "parent"
    for _level in range(settings.COMMENT_MAX_DEPTH - 1):  # the one further up is the root
        shown &= models.Q(**{f"{above}__isnull": True}) | models.Q(**{f"{above}__state": approved})
        above += "__parent"
    return shown


class CommentQuerySet(models.QuerySet["Comment"]):
    def public(self, now: datetime | None = None):
        """Approved comments of public articles, below none that is hidden. What readers see starts here."""
        return self.filter(_is_shown(), is_public(now, prefix="article__"))

    def waiting(self):
        return self.filter(state=Comment.State.PENDING)


class Comment(models.Model):
    # What comments/threads.py says of a comment on a page.
    answers_count: int
    is_author: bool
    is_stray: bool
    level: int
    opens: bool
    closes: range
    total: int

    class State(models.TextChoices):
        PENDING = "pending", _("waiting")
        APPROVED = "approved", _("approved")
        REJECTED = "rejected", _("rejected")
        SPAM = "spam", _("spam")
        TRASH = "trash", _("trash")

    article = models.ForeignKey("articles.Article", models.CASCADE, related_name="comments", verbose_name=_("article"))
    parent = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="replies", verbose_name=_("reply to")
    )
    #: The comment that opened the thread; null on that comment itself.
    root = models.ForeignKey("self", models.CASCADE, null=True, blank=True, editable=False, related_name="thread")
    depth = models.PositiveSmallIntegerField(default=0, editable=False)

    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PENDING)
    name = models.CharField(_("name"), max_length=80)
    email = models.EmailField(_("email"), max_length=254, blank=True)
    #: The mailbox behind the address (comments/people.py), under which checks, bans and the history know somebody.
    person = models.CharField(max_length=254, blank=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="comments",
        verbose_name=_("account"),
        help_text=_("A signed-in member of staff."),
    )
    body = models.TextField(_("comment"))
    body_html = models.TextField(editable=False)
    created_at = models.DateTimeField(_("written"), db_index=False)
    #: By the writer (comments/own.py).
    edited_at = models.DateTimeField(_("changed by its writer"), null=True, editable=False)
    withdrawn_at = models.DateTimeField(_("withdrawn by its writer"), null=True, editable=False)

    #: By a moderator; readers see that it was.
    desk_edited_at = models.DateTimeField(_("edited by the newsroom"), null=True, editable=False)
    featured_at = models.DateTimeField(_("featured"), null=True, editable=False)

    #: Why checks held or rejected it: [{"check": "links", "reason": "…"}].
    reasons = models.JSONField(default=list, editable=False)
    #: One submission of the form, so that a second one of the same form writes nothing.
    submission = models.CharField(max_length=64, unique=True, null=True, editable=False)  # noqa: DJ001
    #: Keyed hashes (articles/visitors.py): of the reader's signed cookie and of the network address.
    reader = models.CharField(max_length=64, blank=True, editable=False)
    network = models.CharField(max_length=64, blank=True, editable=False)
    decided_at = models.DateTimeField(_("decided"), null=True, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("decided by"),
    )

    #: The state that the log knows of; None where it was not read.
    _logged_state = None
    #: The `version` that a page showed, where a decision comes from one.
    as_seen: str | None = None

    objects = CommentQuerySet.as_manager()

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        ordering = ["-pk"]
        permissions = [("moderate_comment", _("Can approve, reject and trash comments"))]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(parent__isnull=True, root__isnull=True, depth=0)
                | models.Q(parent__isnull=False, root__isnull=False, depth__gt=0),
                name="comment_thread_is_whole",
            )
        ]
        indexes = [
            models.Index(fields=["article", "state", "root", "created_at", "id"], name="comment_thread"),
            models.Index(fields=["root", "state", "created_at"], name="comment_replies"),
            models.Index(fields=["state", "-id"], name="comment_queue"),
            models.Index(fields=["state", "-created_at", "-id"], name="comment_newest"),
            # Without it SQLite reads a story's thread from the one above, past all comments of the site.
            models.Index(fields=["article", "state", "created_at", "id"], name="comment_of_article"),
            models.Index(fields=["article", "reader"], name="comment_of_reader"),
            models.Index(fields=["network", "created_at"], name="comment_of_network"),
            models.Index(fields=["email", "state"], name="comment_of_person"),
            models.Index(fields=["person", "state"], name="comment_of_mailbox"),
            models.Index(fields=["created_at"], name="comment_by_day"),
        ]

    def __str__(self):
        return f"{self.name}: {self.body[:60]}"

    def save(self, *args, log=None, **kwargs):
        """Write the log's row with it: for a new comment, for another state, and wherever `log` says more.

        `log` holds fields of Decision. Who changes states of many rows at once writes the log's rows as well.
        """
        self.body_html = bodies.sanitize_comment(self.body)
        self.person = normalized(self.email)
        with transaction.atomic():
            is_new, before = self._state.adding, self._logged_state
            super().save(*args, **kwargs)
            if is_new:
                words = " ".join(str(row.get("reason", "")) for row in self.reasons)
                is_refused = self.state in {self.State.REJECTED, self.State.SPAM} and self.reasons
                row = {"what": "received", "reason": words[:300], "ground": "checks" if is_refused else ""}
                self.decisions.create(**{"before": "", "after": self.state} | row | (log or {}))
            elif log is not None or (before is not None and before != self.state):
                self.decisions.create(before=before or self.state, after=self.state, **(log or {}))
            self._logged_state = self.state

    def get_absolute_url(self):
        """The thread where this comment stands, however long it is."""
        article = self.article
        return address_in(article.language, "comments:comment", pk=article.pk, slug=article.slug, number=self.pk)

    @property
    def version(self):
        """The state, and when the words were changed if they were: what somebody who decides has seen."""
        changed = max(filter(None, [self.edited_at, self.desk_edited_at]), default=None)
        return f"{self.state} {changed.isoformat()}" if changed else str(self.state)

    @classmethod
    def from_db(cls, db, field_names, values, **options):
        comment = super().from_db(db, field_names, values, **options)
        comment._logged_state = comment.__dict__.get("state")
        return comment
