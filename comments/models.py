from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from articles import body as bodies
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


class CommentQuerySet(models.QuerySet):
    def public(self):
        """Approved comments of public articles, below none that is hidden. What readers see starts here."""
        return self.filter(_is_shown(), is_public(prefix="article__"))

    def waiting(self):
        return self.filter(state=Comment.State.PENDING)


class Comment(models.Model):
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
            models.Index(fields=["article", "reader"], name="comment_of_reader"),
            models.Index(fields=["network", "created_at"], name="comment_of_network"),
            models.Index(fields=["email", "state"], name="comment_of_person"),
            models.Index(fields=["person", "state"], name="comment_of_mailbox"),
            models.Index(fields=["created_at"], name="comment_by_day"),
        ]

    def __str__(self):
        return f"{self.name}: {self.body[:60]}"

    def save(self, *args, **kwargs):
        self.body_html = bodies.sanitize_comment(self.body)
        self.person = normalized(self.email)
        super().save(*args, **kwargs)

    def get_absolute_url(self):
        """The thread where this comment stands, however long it is."""
        with override(self.article.language):
            arguments = {"pk": self.article_id, "slug": self.article.slug, "number": self.pk}
            return reverse("comments:comment", kwargs=arguments)


class Decision(models.Model):
    """One change of a comment's state; written by comments/moderation.py, never changed."""

    comment = models.ForeignKey(Comment, models.CASCADE, related_name="decisions")
    before = models.CharField(_("before"), max_length=10, choices=Comment.State)
    after = models.CharField(_("after"), max_length=10, choices=Comment.State)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("by"))
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    decided_at = models.DateTimeField(_("decided"), auto_now_add=True)

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.get_before_display()} → {self.get_after_display()}"


class WordList(models.Model):
    """Words and phrases that comments/checks.py looks for, one a line."""

    class Kind(models.TextChoices):
        BANNED = "banned", _("banned: a comment that says one is rejected")
        SUSPECT = "suspect", _("suspect: a comment that says one is held")
        DISPOSABLE = "disposable", _("hosts of throw-away email addresses")

    kind = models.CharField(_("list"), max_length=12, choices=Kind, unique=True)
    terms = models.TextField(
        _("words"),
        blank=True,
        help_text=_(
            "One word or phrase a line. Whole words are found, in any script, whatever their case and accents are."
        ),
    )
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("word list")
        verbose_name_plural = _("word lists")
        ordering = ["kind"]

    def __str__(self):
        return self.get_kind_display()


class Follow(models.Model):
    """The writer of a comment asks for word of its answers; nothing is sent before the mailbox has said yes."""

    class How(models.TextChoices):
        EACH = "each", _("each answer at once")
        DAILY = "daily", _("once a day, all answers together")

    comment = models.OneToOneField(Comment, models.CASCADE, related_name="follow")
    how = models.CharField(max_length=5, choices=How, default=How.EACH)
    asked_at = models.DateTimeField(auto_now_add=True)
    confirmed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    #: Answers up to this moment are in a daily letter already.
    told_until = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["how", "told_until"], name="follow_daily")]

    def __str__(self):
        return f"{self.comment_id}: {self.how}"


class Letter(models.Model):
    """Mail on its way (comments/letters.py); what it says and to whom is emptied once it is sent."""

    #: What it says to whom, so that nothing is said twice.
    key = models.CharField(max_length=100, unique=True)
    to = models.EmailField(max_length=254, blank=True)
    subject = models.CharField(max_length=250, blank=True)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    #: The address under which one POST ends letters of this kind (RFC 8058); "" for letters that come once.
    unsubscribe = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], name="letter_due", condition=models.Q(sent_at=None)),
            models.Index(fields=["created_at"], name="letter_age"),
        ]

    def __str__(self):
        return self.key


class DeskDigest(models.Model):
    """A moderator who wants no daily letter of what waits; without a row one comes."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    ended_at = models.DateTimeField(auto_now_add=True)

    def __str__(self):
        return str(self.user_id)
