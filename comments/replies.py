"""Word of replies: who asked for it, who has said yes to it, and the letters that follow.

A letter goes only to a mailbox that has confirmed it, and is asked only once its comment is shown to readers: a comment
that nobody sees sends mail to nobody.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from articles.metadata import site_address
from articles.numerals import numerals
from articles.visitors import keyed_hash
from comments import letters
from comments.models import Comment, Follow, Letter

#: Letters of confirmation that one mailbox gets in a day at most, whoever types its address.
CONFIRMATIONS = 3
#: The answers that one daily letter tells of; the others are counted.
IN_DIGEST = 20


def follow(comment: Comment) -> None:
    """The writer of a new comment asks for word of its answers."""
    Follow.objects.create(comment=comment)


def tell(comments: Iterable[Comment]) -> None:
    """Write the letters that these comments give rise to, where they have just come to be shown.

    Call it in the transaction that shows them. Takes two queries where nobody follows anything.
    """
    shown = {comment.pk: comment for comment in comments if comment.state == Comment.State.APPROVED}
    if not shown:
        return
    asking = Follow.objects.filter(comment__in=shown, confirmed_at=None, ended_at=None)
    for row in asking.select_related("comment__article"):
        _ask(row)
    answered = {comment.parent_id for comment in shown.values() if comment.parent_id}
    if not answered:
        return
    rows = _following().filter(comment__in=answered, how=Follow.How.EACH).select_related("comment__article")
    following = {row.comment_id: row for row in rows}
    if not following:
        return
    public = Comment.objects.public().filter(pk__in=shown).values_list("pk", flat=True)
    for pk in public:
        if found := following.get(shown[pk].parent_id or 0):
            _tell(found, shown[pk])


def _following():
    """Those who have said yes, with a comment that readers see."""
    comments = Comment.objects.public().filter(withdrawn_at=None).exclude(email="")
    return Follow.objects.filter(ended_at=None, comment__in=comments).exclude(confirmed_at=None)


def _is_own(answer: Comment, comment: Comment) -> bool:
    return bool(answer.person) and answer.person == comment.person


def _ask(row: Follow) -> None:
    """Ask the mailbox, saying nothing of the comment; who has said yes under this address is not asked again."""
    comment = row.comment
    known = Follow.objects.filter(
        comment__person=comment.person, comment__reader=comment.reader, comment__email=comment.email, ended_at=None
    ).exclude(confirmed_at=None)
    if comment.reader and known.exists():
        row.confirmed_at = timezone.now()
        row.save(update_fields=["confirmed_at"])
        return
    begin = f"confirm:{keyed_hash('mailbox', comment.person)[:32]}:{timezone.now():%Y-%m-%d}:"
    if Letter.objects.filter(key__startswith=begin).count() >= CONFIRMATIONS:
        return
    with override(comment.article.language):
        letters.write(
            f"{begin}{row.pk}",
            comment.email,
            _("Word of answers to your comment?"),
            "confirm",
            {"headline": comment.article.headline, "link": letters.link("answers", row.pk)},
        )


def _tell(row: Follow, answer: Comment) -> None:
    comment = row.comment
    if _is_own(answer, comment):
        return
    with override(comment.article.language):
        stop = letters.link("answers", row.pk)
        letters.write(
            f"answer:{row.pk}:{answer.pk}",
            comment.email,
            _("%(name)s answers you on “%(headline)s”")
            % {"name": answer.name, "headline": comment.article.headline[:120]},
            "answer",
            {"headline": comment.article.headline, "answers": [_shown(answer)]},
            unsubscribe=stop,
        )


def _shown(answer: Comment) -> dict[str, str]:
    words = answer.body if len(answer.body) <= 1500 else f"{answer.body[:1500].rsplit(None, 1)[0]} …"
    return {"name": answer.name, "words": words, "link": site_address(answer.get_absolute_url())}


# Once a day


def write_daily(now: datetime | None = None) -> int:
    """Write the daily letters that are due, one a mailbox and language; safe to run at any time and twice at once."""
    now = now or timezone.now()
    due = Q(told_until=None) | Q(told_until__lte=now - timedelta(hours=23))
    mailboxes = defaultdict(list)
    for row in _following().filter(due, how=Follow.How.DAILY).select_related("comment__article"):
        mailboxes[row.comment.email, row.comment.article.language].append(row)
    return sum(_write_digest(email, language, rows, now) for (email, language), rows in mailboxes.items())


def _write_digest(email: str, language: str, rows: list[Follow], now: datetime) -> bool:
    with transaction.atomic():
        answers = []
        for row in rows:
            since = row.told_until or row.confirmed_at
            # Two at once: the row goes to the one whose update still finds the old time.
            if not Follow.objects.filter(pk=row.pk, told_until=row.told_until).update(told_until=now):
                continue
            new = Comment.objects.public().filter(parent=row.comment_id, withdrawn_at=None)
            new = new.alias(shown_at=Coalesce("decided_at", F("created_at")))
            new = new.filter(shown_at__gt=since, shown_at__lte=now).select_related("article").order_by("pk")
            answers += [answer for answer in new[: IN_DIGEST + 1] if not _is_own(answer, row.comment)]
        if not answers:
            return False
        with override(language):
            count = len(answers)
            subject = ngettext("%(count)s answer to your comments", "%(count)s answers to your comments", count) % {
                "count": numerals(min(count, IN_DIGEST)) + ("+" if count > IN_DIGEST else "")
            }
            letters.write(
                f"daily:{rows[0].pk}:{now:%Y-%m-%dT%H}",
                email,
                subject,
                "answer",
                {"answers": [_shown(answer) for answer in answers[:IN_DIGEST]], "is_daily": True},
                unsubscribe=letters.link("answers", rows[0].pk),
            )
    return True


class Subscription:
    """What the page behind a letter's link shows and changes; the link reached the mailbox, so it speaks for it."""

    kind = "answers"
    choices = Follow.How.choices

    def __init__(self, number: int):
        rows = Follow.objects.select_related("comment__article").filter(pk=number)
        self.row = rows.filter(comment__withdrawn_at=None).exclude(comment__email="").first()

    @property
    def is_on(self) -> bool:
        return bool(self.row and self.row.confirmed_at and not self.row.ended_at)

    @property
    def how(self) -> str:
        return self.row.how if self.row else ""

    def choose(self, how: str) -> None:
        """`each` or `daily`: yes to all that this reader asked under this address; `stop` ends all letters to it."""
        if self.row is None:
            return
        now, comment = timezone.now(), self.row.comment
        mailbox = Follow.objects.filter(comment__email=comment.email)
        if how == "stop":
            mailbox.filter(ended_at=None).update(ended_at=now)
        elif how in Follow.How.values:
            same = mailbox.filter(comment__reader=comment.reader) if comment.reader else mailbox.filter(pk=self.row.pk)
            same.update(how=how, ended_at=None, confirmed_at=Coalesce("confirmed_at", now), told_until=now)
        self.row.refresh_from_db()
