"""What is asked of a comment before a moderator sees it: each check passes it, holds it or rejects it, with its reason.

A check looks and never writes. COMMENT_CHECKS names those that a site uses, in their order. Those in TEXT_CHECKS read
nothing but the words, so that `manage.py check_comments` can be asked about any list of comments.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override, pgettext_lazy

from comments import akismet as akismet_service
from comments import people, promotion, work
from comments.models import Ban, Comment, WordList
from comments.words import Terms, likeness, shingles

logger = logging.getLogger(__name__)

PASS, HOLD, REJECT = "pass", "hold", "reject"

#: How far back the same words count as a repeat, how many comments are compared, and how like they must be.
REPEAT_TIME = timedelta(days=7)
REPEAT_ROWS = 50
REPEAT_LIKENESS = 0.8
#: Fewer letters than these are like each other by chance: they repeat only when they are the same.
REPEAT_SHINGLES = 20
NETWORK_TIME = timedelta(hours=1)
#: Post boxes that anybody may read; a site adds its own in the word lists.
DISPOSABLE_HOSTS = frozenset(
    "10minutemail.com dispostable.com fakeinbox.com getnada.com guerrillamail.com guerrillamail.info maildrop.cc"
    " mailinator.com mailnesia.com mohmal.com mytemp.email sharklasers.com temp-mail.org tempmail.com throwawaymail.com"
    " trashmail.com yopmail.com".split()
)


@dataclass(frozen=True)
class Result:
    outcome: str
    reason: str = ""


PASSED = Result(PASS)


def held(reason: str) -> Result:
    return Result(HOLD, reason)


def rejected(reason: str) -> Result:
    return Result(REJECT, reason)


@dataclass(frozen=True)
class Submission:
    """A comment that is not saved yet, with what only its form and request know."""

    comment: Comment
    #: What the field held that people do not see.
    trap: str = ""
    #: Since the form was made.
    seconds: float = 60.0
    token: str = ""
    #: What the network is known by (articles/visitors.py); the comment itself has one of them.
    networks: tuple[str, ...] = ()
    work: str = ""
    #: For Akismet alone; none of it is kept.
    address: str = ""
    agent: str = ""
    referrer: str = ""


# The lists of words, kept ready in each process until somebody changes them

_ready: dict[str, tuple[datetime, Terms]] = {}


def _terms(kind: str) -> Terms:
    changed = WordList.objects.filter(kind=kind).values_list("changed_at", flat=True).first()
    if changed is None:
        return Terms([])
    known = _ready.get(kind)
    if known is None or known[0] != changed:
        lines = WordList.objects.filter(kind=kind).values_list("terms", flat=True).first() or ""
        known = _ready[kind] = changed, Terms(lines.splitlines())
    return known[1]


def _said(comment: Comment) -> str:
    return f"{comment.name}\n{comment.body}"


def banned_words(submission: Submission) -> Result:
    found = _terms(WordList.Kind.BANNED).first_in(_said(submission.comment))
    return rejected(_("Says “%(words)s”, which is banned here.") % {"words": found}) if found else PASSED


def suspect_words(submission: Submission) -> Result:
    found = _terms(WordList.Kind.SUSPECT).first_in(_said(submission.comment))
    return held(_("Says “%(words)s”.") % {"words": found}) if found else PASSED


def _networks(submission: Submission) -> list[str]:
    return sorted({submission.comment.network, *submission.networks} - {""})


def bans(submission: Submission) -> Result:
    """What moderators have set down for this mailbox or network; the harder of two counts."""
    comment = submission.comment
    named = Q()
    if comment.person:
        named |= Q(person=comment.person)
    if networks := _networks(submission):
        named |= Q(network__in=networks)
    if not named:
        return PASSED
    found = list(Ban.objects.in_force().filter(named))
    for ban in found:
        if ban.effect == Ban.Effect.REJECT:
            return rejected(_("Banned: %(reason)s") % {"reason": ban.reason})
    return held(_("Always held: %(reason)s") % {"reason": found[0].reason}) if found else PASSED


# What the text is


def links(submission: Submission) -> Result:
    count = len(promotion.addresses(submission.comment.body))
    if count <= settings.COMMENT_MAX_LINKS:
        return PASSED
    return held(ngettext("Holds %(count)d link.", "Holds %(count)d links.", count) % {"count": count})


def newcomer(submission: Submission) -> Result:
    """Somebody with few approved comments so far is read when they link, except to what everybody links to."""
    comment = submission.comment
    hosts = promotion.addresses(comment.body)
    if all(promotion.is_known(host, settings.COMMENT_KNOWN_HOSTS) for host in hosts):
        return PASSED
    if comment.person:
        approved = Comment.objects.filter(person=comment.person, state=Comment.State.APPROVED)
        if approved[: settings.COMMENT_NEWCOMER].count() >= settings.COMMENT_NEWCOMER:
            return PASSED
    return held(
        ngettext(
            "A link from somebody with fewer than %(count)d approved comment.",
            "A link from somebody with fewer than %(count)d approved comments.",
            settings.COMMENT_NEWCOMER,
        )
        % {"count": settings.COMMENT_NEWCOMER}
    )


def advertising(submission: Submission) -> Result:
    found = promotion.invitation(submission.comment.body)
    return held(_("Reads like advertising: “%(words)s”.") % {"words": found}) if found else PASSED


# Who sends it, and how


def repeat(submission: Submission) -> Result:
    """Much the same words before: on this article, or lately from the same network or person anywhere."""
    comment = submission.comment
    same = Q(article=comment.article_id)
    if networks := _networks(submission):
        same |= Q(network__in=networks)
    if comment.person:
        same |= Q(person=comment.person)
    words = shingles(comment.body)
    since = timezone.now() - REPEAT_TIME
    for condition in (part if isinstance(part, Q) else Q(part) for part in same.children):
        lately = Comment.objects.filter(condition, created_at__gt=since).exclude(state=Comment.State.TRASH)
        lately = lately.exclude(pk=comment.pk)  # one that its writer changes
        for body in lately.order_by("-created_at").values_list("body", flat=True)[:REPEAT_ROWS]:
            known = shingles(body)
            if body == comment.body or (words and known == words):
                return held(_("The same words were sent before."))
            if len(words) >= REPEAT_SHINGLES and likeness(words, known) >= REPEAT_LIKENESS:
                return held(_("Nearly the same words were sent before."))
    return PASSED


def network_rate(submission: Submission) -> Result:
    networks = _networks(submission)
    if not networks:
        return PASSED
    lately = Comment.objects.filter(network__in=networks, created_at__gt=timezone.now() - NETWORK_TIME)
    count = lately[: settings.COMMENT_NETWORK_RATE + 1].count()
    if count < settings.COMMENT_NETWORK_RATE:
        return PASSED
    return held(_("More comments came from this network within an hour than from one household."))


def rejected_before(submission: Submission) -> Result:
    comment = submission.comment
    refused = [Comment.State.REJECTED, Comment.State.SPAM]
    if comment.person and Comment.objects.filter(state__in=refused, person=comment.person).exists():
        return held(_("An earlier comment from this email address was rejected."))
    return PASSED


def honeypot(submission: Submission) -> Result:
    return rejected(_("A field was filled in that people do not see.")) if submission.trap else PASSED


def time_trap(submission: Submission) -> Result:
    if submission.seconds >= settings.COMMENT_MIN_SECONDS:
        return PASSED
    seconds = max(0, int(submission.seconds))
    words = ngettext("Sent within %(count)d second.", "Sent within %(count)d seconds.", seconds)
    return held(words % {"count": seconds})


def disposable_email(submission: Submission) -> Result:
    host = people.host_of(submission.comment.email)
    if not host:
        return PASSED
    parts = host.split(".")
    names = {".".join(parts[place:]) for place in range(len(parts) - 1)}
    listed = WordList.objects.filter(kind=WordList.Kind.DISPOSABLE).values_list("terms", flat=True).first() or ""
    if names & DISPOSABLE_HOSTS or names & set(listed.lower().split()):
        return held(_("An email address of a service for throwing away."))
    return PASSED


def proof_of_work(submission: Submission) -> Result:
    bits = settings.COMMENT_WORK_BITS
    if not bits or work.is_done(submission.token, submission.work, bits):
        return PASSED
    return held(_("Sent without scripts, or by a machine: the small sum that a browser does is missing."))


def akismet(submission: Submission) -> Result:
    if not settings.AKISMET_KEY:
        return PASSED
    comment = submission.comment
    facts = {
        "user_ip": submission.address,
        "user_agent": submission.agent,
        "referrer": submission.referrer,
        "comment_author": comment.name,
        "comment_author_email": comment.email,
        "comment_content": comment.body,
    }
    return held(_("Akismet takes it for spam.")) if akismet_service.is_spam(facts) else PASSED


Check = Callable[[Submission], Result]

#: By name, in the order in which a moderator reads their reasons.
CHECKS: dict[str, Check] = {
    check.__name__: check
    for check in (
        *(
            honeypot,
            bans,
            banned_words,
            suspect_words,
            advertising,
            links,
            newcomer,
            repeat,
            rejected_before,
            network_rate,
        ),
        *(time_trap, disposable_email, proof_of_work, akismet),
    )
}
#: What the desk calls them.
TITLES = {
    "honeypot": pgettext_lazy("check", "Hidden field filled in"),
    "bans": pgettext_lazy("check", "Bans"),
    "banned_words": pgettext_lazy("check", "Banned words"),
    "suspect_words": pgettext_lazy("check", "Suspect words"),
    "advertising": pgettext_lazy("check", "Advertising"),
    "links": pgettext_lazy("check", "Links"),
    "newcomer": pgettext_lazy("check", "First comment"),
    "repeat": pgettext_lazy("check", "Repeat"),
    "rejected_before": pgettext_lazy("check", "Rejected before"),
    "network_rate": pgettext_lazy("check", "Many from one network"),
    "time_trap": pgettext_lazy("check", "Written too quickly"),
    "disposable_email": pgettext_lazy("check", "Throw-away email address"),
    "proof_of_work": pgettext_lazy("check", "No proof of work"),
    "akismet": "Akismet",
}
TEXT_CHECKS = ("banned_words", "suspect_words", "advertising", "links", "newcomer")

#: Checks that failed the last time, so that an outage is one line of the log and not one a comment.
_failing: set[str] = set()


def reasons(submission: Submission, only: Iterable[str] | None = None) -> list[dict[str, str]]:
    """What the checks say, as Comment.reasons keeps it: in the site's language, whatever the reader's is."""
    found = []
    with override(settings.LANGUAGE_CODE):
        for name in settings.COMMENT_CHECKS:
            if only is not None and name not in only:
                continue
            try:
                result = CHECKS[name](submission)
                _failing.discard(name)
            except Exception:
                # A check that is broken must cost nobody a comment; the moderator is told.
                if name not in _failing:
                    logger.exception("The check %s fails; comments are held until it works again.", name)
                    _failing.add(name)
                result = held(_("This check could not be made."))
            if result.outcome != PASS:
                found.append({"check": name, "outcome": result.outcome, "reason": str(result.reason)})
    return found


def state_after(found: list[dict[str, str]]) -> str:
    """The state in which a comment begins that is held until somebody has read it."""
    refused = {row["check"] for row in found if row["outcome"] == REJECT}
    if honeypot.__name__ in refused:
        return Comment.State.SPAM
    return Comment.State.REJECTED if refused else Comment.State.PENDING
