"""What is stored about somebody who comments: said on a page, taken away and erased by whoever reads their mailbox.

The link in the letter holds for a day and carries no address. The page answers alike for known and unknown addresses.
"""

import json
from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override
from django.views.decorators.http import require_http_methods

from articles.metadata import site_address
from articles.visitors import READER_COOKIE_AGE, hit_limit, keyed_hash, network_hash, public_post
from comments import letters, own, people
from comments.forms import printable
from comments.models import Ban, Comment, Decision, Letter

LIFE = timedelta(days=1)
#: Letters that one mailbox gets in a day at most, and forms that one network may send in an hour.
LETTERS, FORMS = 3, 10

_LINKS = signing.TimestampSigner(salt="comments.own-data")
_FORMS = signing.TimestampSigner(salt="comments.own-data.form")


def of_address(email: str) -> QuerySet[Comment]:
    """The comments under exactly this address: what else the same mailbox may be called is only a guess."""
    return Comment.objects.filter(person=people.normalized(email), email__iexact=email).exclude(email="")


def ask(email: str) -> None:
    """Send the link to the address, where comments were written under it."""
    comment = of_address(email).select_related("article").order_by("-pk").first()
    if comment is None:
        return
    begin = f"data:{keyed_hash('mailbox', comment.person)[:32]}:{timezone.now():%Y-%m-%d}:"
    count = Letter.objects.filter(key__startswith=begin).count()
    if count >= LETTERS:
        return
    token = _LINKS.sign(str(comment.pk)).replace(":", ".")
    with transaction.atomic(), override(comment.article.language):
        link = site_address(reverse("comments:own-data-link", kwargs={"token": token}))
        letters.write(f"{begin}{count}", comment.email, _("Your data with us"), "data", {"link": link})


def _address_of(token: str) -> str:
    """The address that a link speaks for, "" where nothing is kept under it any more. Raises Http404."""
    try:
        number = int(_LINKS.unsign(token.replace(".", ":"), max_age=LIFE))
    except (signing.BadSignature, ValueError) as error:
        raise Http404("Not a link of a letter, or an old one.") from error
    return Comment.objects.filter(pk=number).values_list("email", flat=True).first() or ""


def export(email: str) -> dict[str, Any]:
    """All that is kept under an address, as it goes into a file.

    With the bans of the mailbox go the moderators' notes: what is written about somebody is theirs to read (GDPR,
    article 15), and no moderator is named in it. Of reports against the comments go ground, day and outcome; the words
    could give away who wrote them, whom the same article protects. Reports that the person made are not to be found:
    a report knows a network and no address, and others share that network.
    """
    comments = of_address(email).select_related("article", "follow").prefetch_related("decisions", "reports")
    bans = Ban.objects.filter(person=people.normalized(email)).exclude(person="").order_by("pk")
    return {
        "email": email,
        "comments": [_row(comment) for comment in comments.order_by("pk")],
        "bans": [_ban(ban) for ban in bans.prefetch_related("decisions")],
    }


def _ban(ban: Ban) -> dict[str, Any]:
    return {
        "effect": ban.effect,
        "reason": ban.reason,
        "notes": ban.notes,
        "since": ban.begun_at.isoformat(),
        "until": ban.ends_at and ban.ends_at.isoformat(),
        "log": [_line(row) for row in ban.decisions.all()],
    }


def _line(row: Decision) -> dict[str, str]:
    return {
        "when": row.decided_at.isoformat(),
        "what": row.what,
        "before": row.before,
        "after": row.after,
        "ground": row.ground,
        "reason": row.reason,
    }


def _row(comment: Comment) -> dict[str, Any]:
    follow = getattr(comment, "follow", None)
    return {
        "number": comment.pk,
        "story": comment.article.headline,
        "answer_to": comment.parent_id,
        "state": comment.state,
        "name": comment.name,
        "email": comment.email,
        "words": comment.body,
        "written": comment.created_at.isoformat(),
        "changed": comment.edited_at and comment.edited_at.isoformat(),
        "held_because": [row.get("reason", "") for row in comment.reasons],
        "network_known_by": comment.network,
        "browser_known_by": comment.reader,
        "word_of_answers": follow and {"how": follow.how, "confirmed": bool(follow.confirmed_at)},
        "reports_against": [
            {"ground": row.ground, "when": row.reported_at.isoformat(), "outcome": row.outcome}
            for row in comment.reports.all()
        ],
        "log": [_line(row) for row in comment.decisions.all()],
    }


def erase(email: str) -> int:
    """Empty all comments under an address, one after the other, and answer how many. Mail on its way there ends."""
    count = 0
    for number in list(of_address(email).order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            comment = of_address(email).select_for_update(of=("self",)).filter(pk=number).first()
            if comment is not None:
                with override(settings.LANGUAGE_CODE):
                    own.erase(comment, log={"what": Decision.What.ERASED, "reason": _("Erased at its writer’s wish.")})
                count += 1
    Letter.objects.filter(to__iexact=email, sent_at=None).delete()
    return count


class AskForm(forms.Form):
    email = forms.EmailField(
        max_length=254,
        error_messages={
            "required": gettext_lazy("Write the email address that you gave."),
            "invalid": gettext_lazy("An address looks like name@post.example."),
            "max_length": gettext_lazy("An address looks like name@post.example."),
        },
    )
    token = forms.CharField(required=False)

    def __init__(self, data: Any = None):
        super().__init__(data and {name: printable(data.get(name, "")) for name in self.base_fields})

    @property
    def fresh_token(self) -> str:
        return _FORMS.sign("form")

    def clean_token(self):
        try:
            _FORMS.unsign(self.cleaned_data["token"], max_age=LIFE)
        except signing.BadSignature as error:
            raise forms.ValidationError(_("This form was open for too long or damaged. Send it once more.")) from error


@require_http_methods(["GET", "HEAD", "POST"])
@public_post
def page(request: HttpRequest) -> HttpResponse:
    """What is stored, and the form that asks for a link. A wrong form is answered with 400, too many with 429."""
    form = AskForm(request.POST if request.method == "POST" else None)
    status, wait = 200, 0
    if request.method == "POST":
        status = 400
        if form.is_valid():
            wait = hit_limit(f"own-data:{network_hash(request)}", FORMS, timedelta(hours=1))
            if not wait:
                ask(form.cleaned_data["email"])
                return _never_cached(HttpResponseRedirect(f"{request.path}?sent=1", status=303))
            status = 429
            form.add_error(None, _("Many of these came from your network just now. Please try again later."))
    context = {
        "form": form,
        "is_sent": "sent" in request.GET and status == 200,
        "days": settings.PERSONAL_DATA_DAYS,
        "cookie_days": READER_COOKIE_AGE.days,
        "letter_days": letters.KEPT.days,
        "akismet": bool(settings.AKISMET_KEY) and "akismet" in settings.COMMENT_CHECKS,
    }
    response = render(request, "comments/own_data.html", context, status=status)
    if wait:
        response["Retry-After"] = str(wait)
    return _never_cached(response)


@require_http_methods(["GET", "HEAD", "POST"])
@public_post
def link(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind the letter's link: a file with all, and the button that erases it."""
    email = _address_of(token)
    if request.method == "POST" and request.POST.get("verb") == "erase":
        if email:
            erase(email)
        return _never_cached(HttpResponseRedirect(request.path, status=303))
    if email and "file" in request.GET:
        text = json.dumps(export(email), ensure_ascii=False, indent=2)
        response = HttpResponse(text, content_type="application/json; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="comments.json"'
        return _never_cached(response)
    count = of_address(email).count() if email else 0
    return _never_cached(render(request, "comments/own_data_link.html", {"email": email, "count": count}))


def _never_cached(response: HttpResponse) -> HttpResponse:
    add_never_cache_headers(response)
    return response
