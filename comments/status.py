"""A commenter's private page: what was decided on the comment and why, and one appeal against it.

There is no account: whoever holds the signed address is taken for the writer. An appeal brings the comment back among
those that wait, and another moderator decides on it where there is one (comments/moderation.py).
"""

from dataclasses import dataclass

from django import forms
from django.core import signing
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from articles.numerals import numerals
from articles.visitors import public_post
from comments.forms import is_blank, printable
from comments.models import Comment, Decision

#: What the log's reason holds.
LONGEST = 300

What, State = Decision.What, Comment.State
_SIGNER = signing.Signer(salt="comments.status")


def address(comment: Comment) -> str:
    """The private page of a comment, in the language that is active. Give it to its writer alone."""
    token = _SIGNER.sign(str(comment.pk)).replace(":", ".")
    return reverse("comments:status", kwargs={"token": token})


def _read(token: str) -> int:
    try:
        return int(_SIGNER.unsign(token.replace(".", ":", 1)))
    except (signing.BadSignature, ValueError) as error:
        raise Http404("Not a link of a comment.") from error


@dataclass(frozen=True)
class Status:
    """What the writer may know. What a check took for spam looks as if it waited, until somebody has read it."""

    comment: Comment
    decision: Decision | None
    appeal: Decision | None

    @property
    def is_refused(self) -> bool:
        if self.comment.withdrawn_at or self.comment.state in {State.PENDING, State.APPROVED}:
            return False
        return self.comment.state == State.REJECTED or self.decision is not None

    @property
    def is_waiting(self) -> bool:
        return not (self.comment.withdrawn_at or self.is_refused or self.comment.state == State.APPROVED)

    @property
    def may_appeal(self) -> bool:
        return self.is_refused and self.appeal is None

    @property
    def ground(self) -> str:
        if self.decision is None:
            return str(Decision.Ground.CHECKS.label)
        return self.decision.get_ground_display() or _("An editor removed it.")


def of(comment: Comment) -> Status:
    """From the log. One query."""
    rows = list(comment.decisions.filter(what__in=[What.DECIDED, What.APPEALED]).order_by("-pk"))
    decided = next((row for row in rows if row.what == What.DECIDED and row.after == comment.state), None)
    return Status(comment, decided, next((row for row in rows if row.what == What.APPEALED), None))


class AppealForm(forms.Form):
    words = forms.CharField(
        strip=True, error_messages={"required": gettext_lazy("Say why the decision should be another.")}
    )

    def clean_words(self):
        words = " ".join(printable(self.cleaned_data["words"]).split())
        if is_blank(words):
            raise forms.ValidationError(_("Say why the decision should be another."))
        if len(words) > LONGEST:
            message = _("An appeal has at most %(most)s characters; yours has %(length)s.")
            raise forms.ValidationError(message % {"most": numerals(LONGEST), "length": numerals(len(words))})
        return words


def appeal(comment: Comment, words: str) -> bool:
    """Let the comment wait again, with the writer's words in the log; False where that cannot be any more."""
    with transaction.atomic():
        locked = Comment.objects.select_for_update(of=("self",)).get(pk=comment.pk)
        if not of(locked).may_appeal:
            return False
        locked.state, locked.decided_at, locked.decided_by = State.PENDING, None, None
        locked.save(log={"what": What.APPEALED, "reason": words[:LONGEST], "decided_at": timezone.now()})
    return True


@require_http_methods(["GET", "HEAD", "POST"])
@public_post
def page(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind the link. A wrong appeal is answered with 400, a second one with 403; what was typed stays."""
    comment = get_object_or_404(Comment.objects.select_related("article"), pk=_read(token))
    form = AppealForm(request.POST if request.method == "POST" else None)
    status, refusal = 200, ""
    if request.method == "POST":
        if not form.is_valid():
            status = 400
        elif appeal(comment, form.cleaned_data["words"]):
            response = HttpResponseRedirect(request.path, status=303)
            add_never_cache_headers(response)
            return response
        else:
            status, refusal = 403, _("Nothing can be appealed against here any more.")
        comment.refresh_from_db()
    context = {
        "status": of(comment),
        "form": form,
        "refusal": refusal,
        "longest": LONGEST,
        "is_public": comment.state == State.APPROVED and Comment.objects.public().filter(pk=comment.pk).exists(),
    }
    shown = render(request, "comments/status.html", context, status=status)
    add_never_cache_headers(shown)
    return shown
