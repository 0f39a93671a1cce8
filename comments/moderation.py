"""Decisions on comments: who may make them, what they change, and the rows that remember them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from articles import scope, stale
from articles.models import Article
from comments import claims, replies, reports
from comments.models import Claim, Comment, Decision, Report

PERMISSION = "comments.moderate_comment"
#: Comments decided on by others of which a moderator is told one by one; the rest are counted.
NAMED = 3
_REWRITTEN = gettext_lazy("The words of %(writer)s have changed meanwhile: read the comment once more.")
_UNDOABLE = {Decision.What.DECIDED, Decision.What.KEPT}


class Rewritten(Exception):
    """The comment has other words than the moderator saw; says so in theirs."""


@dataclass(frozen=True)
class Outcome:
    """What a decision did: comments that it changed, and those that somebody else had decided before."""

    changed: list[Comment]
    unchanged: list[Comment]
    #: Appeals against this person's own decision, on which somebody else decides.
    barred: list[Comment] = field(default_factory=list)
    #: Comments that somebody else reads at this moment, with that account's name.
    taken: dict[Comment, str] = field(default_factory=dict)
    #: Comments with other words than the caller saw.
    rewritten: list[Comment] = field(default_factory=list)

    @property
    def refusals(self) -> list[str]:
        """What to tell the moderator of comments that were left as they are."""
        said = [
            _("%(name)s reads the comment of %(writer)s now. It stays as it is until you take it over in the queue.")
            % {"name": name, "writer": comment.name}
            for comment, name in self.taken.items()
        ]
        said += [_REWRITTEN % {"writer": comment.name} for comment in self.rewritten]
        if self.barred:
            said.append(_("Its writer appeals against your own decision: another moderator decides."))
        named = [comment for comment in self.unchanged if comment.decided_by][:NAMED]
        said += [
            _("%(name)s has decided on the comment of %(writer)s already: %(state)s. It stays so.")
            % {"name": claims.name_of(comment.decided_by), "writer": comment.name, "state": comment.get_state_display()}
            for comment in named
        ]
        if count := len(self.unchanged) - len(named):
            said.append(
                ngettext(
                    "%(count)d comment had been decided already and stays as it is.",
                    "%(count)d comments had been decided already and stay as they are.",
                    count,
                )
                % {"count": count}
            )
        return said


def comments_of(user: Any) -> QuerySet[Comment]:
    """The comments within a person's categories."""
    if scope.categories_of(user) is None:
        return Comment.objects.all()
    return Comment.objects.filter(article__in=Article.objects.filter(scope.articles_of(user)))


def may_decide(user: Any, comment: Comment) -> bool:
    return user.has_perm(PERMISSION) and scope.holds(comment.article, user)


def approve(comments: Iterable[Comment], *, by: Any, reason: str = "", ground: str = "") -> Outcome:
    """Let readers see these comments, at once. For this and the other verbs see `_decide`."""
    return _decide(comments, Comment.State.APPROVED, by, reason)


def reject(comments: Iterable[Comment], *, by: Any, reason: str = "", ground: str = "") -> Outcome:
    return _decide(comments, Comment.State.REJECTED, by, reason, ground or Decision.Ground.OTHER)


def mark_spam(comments: Iterable[Comment], *, by: Any, reason: str = "", ground: str = "") -> Outcome:
    return _decide(comments, Comment.State.SPAM, by, reason, Decision.Ground.ADVERTISING)


def trash(comments: Iterable[Comment], *, by: Any, reason: str = "", ground: str = "") -> Outcome:
    return _decide(comments, Comment.State.TRASH, by, reason, ground)


def _decide(comments: Iterable[Comment], state: str, by: Any, reason: str, ground: str = "") -> Outcome:
    """Change the state of `comments` and write down who did, in one transaction.

    Of a list each comment is changed only while it still has the state and the words that the caller saw, which are
    those of the instance or of the page that it names (`as_seen`); so the second of two moderators changes nothing and
    is told. A queryset is taken as it is now. What somebody else reads at this moment stays. Raises PermissionDenied.
    """
    if ground not in {"", *Decision.Ground.values}:
        ground = Decision.Ground.OTHER
    seen = None if isinstance(comments, QuerySet) else {comment.pk: _seen(comment) for comment in comments}
    keys: Any = comments.values("pk") if isinstance(comments, QuerySet) else list(seen or {})
    _allow(keys, by)
    changed: list[Comment] = []
    unchanged: list[Comment] = []
    rewritten: list[Comment] = []
    taken: dict[Comment, str] = {}
    now = timezone.now()
    with transaction.atomic():
        # In the order of their numbers, so that two decisions on the same comments wait and do not lock each other out.
        rows = Comment.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk")
        rows = rows.select_related("decided_by")
        reading = claims.others(by)
        barred = barred_from(rows, by)
        reported = set(Report.objects.open().filter(comment__in=keys).values_list("comment", flat=True))
        for comment in rows:
            if comment.pk in barred:
                continue
            # To approve a reported comment that is shown is to reject the reports.
            is_news = comment.state != state or (state == Comment.State.APPROVED and comment.pk in reported)
            version = comment.version if seen is None else seen[comment.pk]
            if not is_news or version.partition(" ")[0] != comment.state:
                unchanged.append(comment)
            elif version != comment.version:
                rewritten.append(comment)
            elif comment.pk in reading:
                taken[comment] = reading[comment.pk]
            else:
                changed.append(comment)
        decisions = [
            Decision(
                comment=comment,
                what=Decision.What.KEPT if comment.state == state else Decision.What.DECIDED,
                before=comment.state,
                after=state,
                by=by,
                reason=reason.strip()[:300],
                ground=ground,
            )
            for comment in changed
        ]
        Decision.objects.bulk_create(decisions, batch_size=500)
        for comment in changed:
            comment.state, comment.decided_at, comment.decided_by = state, now, by
        _keep(changed, by)
        if reported:
            reports.settle([row for row in decisions if row.comment_id in reported])
    # Not while the comments are locked: a claim locks in the other order.
    Claim.objects.filter(user=by, comment__in=keys).delete()
    return Outcome(changed, unchanged, [comment for comment in rows if comment.pk in barred], taken, rewritten)


def _seen(comment: Comment) -> str:
    return comment.version if comment.as_seen is None else comment.as_seen


def barred_from(comments: Iterable[Comment], by: Any) -> set[int]:
    """Of these, the comments whose writers appeal against a decision of `by`, where another moderator may decide.

    One query where nobody appeals.
    """
    waiting = {comment.pk: comment for comment in comments if comment.state == Comment.State.PENDING}
    appeals = dict(Decision.objects.open_appeals().filter(comment__in=list(waiting)).values_list("comment", "pk"))
    if not appeals:
        return set()
    decided = Decision.objects.filter(comment__in=list(appeals), what=Decision.What.DECIDED).order_by("pk")
    last = {row.comment_id: row.by_id for row in decided if row.pk < appeals[row.comment_id]}
    own = [pk for pk in appeals if last.get(pk) == by.pk]
    if not own:
        return set()
    able = get_user_model().objects.with_perm(PERMISSION, backend="django.contrib.auth.backends.ModelBackend")
    others = list(able.filter(is_staff=True).exclude(pk=by.pk))
    return {pk for pk in own if pk and any(scope.holds(waiting[pk].article, other) for other in others)}


def undo(comments: Iterable[Comment], *, by: Any) -> Outcome:
    """Take back the last decision on each, where this person made it and nothing has happened since.

    Reports that it has ended are open again.

    A comment that its writer has withdrawn or that was erased stays as it is. Raises PermissionDenied.
    """
    keys = [comment.pk for comment in comments]
    _allow(keys, by)
    changed, unchanged = [], []
    with transaction.atomic():
        rows = list(Comment.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk"))
        last = {row.comment_id: row for row in Decision.objects.filter(comment__in=keys).order_by("pk")}
        lines, undone = [], []
        for comment in rows:
            row = last.get(comment.pk)
            is_own = row and row.what in _UNDOABLE and row.by_id == by.pk
            if not row or not is_own or row.after != comment.state or comment.withdrawn_at:
                unchanged.append(comment)
                continue
            lines.append(
                Decision(comment=comment, what=Decision.What.UNDONE, before=comment.state, after=row.before, by=by)
            )
            comment.state, comment.decided_at, comment.decided_by = row.before, None, None
            changed.append(comment)
            undone.append(row)
        Decision.objects.bulk_create(lines, batch_size=500)
        _keep(changed, by)
        reports.reopen(undone)
    return Outcome(changed, unchanged)


def edit(comment: Comment, body: str, *, by: Any, reason: str = "") -> Comment:
    """Other words for a comment, marked as the newsroom's; its state stays. Raises PermissionDenied and Rewritten."""
    _allow([comment.pk], by)
    seen = _seen(comment)
    with transaction.atomic():
        comment = Comment.objects.select_for_update(of=("self",)).get(pk=comment.pk)
        if comment.body == body or comment.withdrawn_at:
            return comment
        if comment.version.partition(" ")[2] != seen.partition(" ")[2]:
            raise Rewritten(_REWRITTEN % {"writer": comment.name})
        comment.body, comment.desk_edited_at = body, timezone.now()
        comment.save(log={"what": Decision.What.EDITED, "by": by, "reason": reason.strip()[:300]})
    return comment


def feature(comment: Comment, *, by: Any) -> Comment:
    """Mark a comment for readers as worth reading, or take the mark away. Raises PermissionDenied."""
    _allow([comment.pk], by)
    with transaction.atomic():
        comment = Comment.objects.select_for_update(of=("self",)).get(pk=comment.pk)
        comment.featured_at = None if comment.featured_at else timezone.now()
        comment.save(log={"what": Decision.What.FEATURED, "by": by})
    return comment


def answer(comment: Comment, body: str, *, name: str, by: Any) -> Comment:
    """The newsroom's answer, which is shown at once, and with it the comment if it waits. Raises PermissionDenied."""
    _allow([comment.pk], by)
    with transaction.atomic():
        if comment.state == Comment.State.PENDING and (refused := approve([comment], by=by).refusals):
            raise PermissionDenied(refused[0])
        reply = Comment(
            article_id=comment.article_id,
            parent=comment,
            root=comment.root or comment,
            depth=comment.depth + 1,
            name=name,
            user=by,
            body=body,
            created_at=timezone.now(),
            state=Comment.State.APPROVED,
            decided_at=timezone.now(),
            decided_by=by,
        )
        reply.save(log={"by": by})
        replies.tell([reply])
    return reply


def _allow(keys: Any, by: Any) -> None:
    if not by.has_perm(PERMISSION):
        raise PermissionDenied(_("Only moderators decide on comments."))
    if scope.categories_of(by) is None:
        return
    if Comment.objects.filter(pk__in=keys).exclude(pk__in=comments_of(by).values("pk")).exists():
        raise PermissionDenied(_("This comment is outside your categories."))


def _keep(changed: list[Comment], by: Any) -> None:
    """Save the states, and tell whom they concern."""
    Comment.objects.bulk_update(changed, ["state", "decided_at", "decided_by"], batch_size=500)
    stale.mark(*{f"article:{comment.article_id}" for comment in changed})
    replies.tell(changed)
    for state in {comment.state for comment in changed}:
        those = [comment for comment in changed if comment.state == state]
        message = _message(those[0].get_state_display())
        LogEntry.objects.log_actions(by.pk, those, CHANGE, change_message=message)


def _message(state: Any) -> str:
    return str(_("State: %(state)s.") % {"state": state})
