"""The queue's page at the desk: a GET changes nothing, a POST does one thing and leads to the next comment."""

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from articles.models import Category
from articles.numerals import numerals
from comments import bans, claims, moderation, queue
from comments.checks import CHECKS, TITLES
from comments.forms import CommentForm, printable
from comments.models import Ban, Comment, Decision, WatchedArticle
from comments.people import account_name

#: Each decision with its function, its label, its key, and what is said of the comments that it changed.
VERBS = {
    "approve": (moderation.approve, gettext_lazy("Approve"), "a", gettext_lazy("Approved.")),
    "reject": (moderation.reject, gettext_lazy("Reject"), "r", gettext_lazy("Rejected.")),
    "spam": (moderation.mark_spam, gettext_lazy("Spam"), "s", gettext_lazy("Marked as spam.")),
    "trash": (moderation.trash, gettext_lazy("Trash"), "t", gettext_lazy("Moved to trash.")),
}
#: Who rejects chooses one of these; that a check refused it is no moderator's reason.
GROUNDS = [choice for choice in Decision.Ground.choices if choice[0] != Decision.Ground.CHECKS]


class WordsForm(forms.Form):
    """Words that a moderator writes: an answer, or those of a comment put otherwise."""

    body = forms.CharField(strip=False, error_messages={"required": gettext_lazy("Write at least one word.")})
    clean_body = CommentForm.clean_body

    def __init__(self, text: str):
        super().__init__({"body": printable(text)})


class BanForm(forms.Form):
    """What the queue's form for a ban gives; more of it is under Bans."""

    effect = forms.ChoiceField(choices=Ban.Effect.choices)
    whom = forms.ChoiceField(choices=[("person", ""), ("network", "")])
    reason = forms.CharField(max_length=300)
    days = forms.IntegerField(required=False, min_value=1, max_value=3650)


def _moderators_only(request: HttpRequest) -> None:
    if not request.user.has_perm(moderation.PERMISSION):
        raise PermissionDenied


@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    _moderators_only(request)
    asked = queue.Asked(request.user, request.GET)
    if request.method == "POST":
        return _act(request, asked)
    return _page(request, asked, wanted=queue.number(request.GET.get("comment", "")))


def _page(
    request: HttpRequest, asked: queue.Asked, *, wanted: int | None, typed: Any = None, status: int = 200
) -> HttpResponse:
    """The queue with the wanted comment open; `typed` is a form's POST that was refused, which keeps its words."""
    rows, has_older = asked.page()
    found = _chosen(request, rows, wanted)
    taken = claims.others(request.user)
    for row in rows:
        row.taken_by = taken.get(row.pk)
        row.address = asked.address(comment=row.pk)
    counts = queue.counts(request.user)
    context = {
        "asked": asked,
        "filters": asked.filters,
        "rows": rows,
        "tabs": [
            {"name": tab, "label": label, "count": _up_to(counts[tab]), "address": f"?tab={tab}"}
            for tab, label in queue.TABS.items()
        ],
        "title": _title(asked, counts),
        "older": asked.address(before=rows[-1].pk) if has_older else "",
        "newest": asked.address(before=None) if asked.value("before") else "",
        "here": asked.address(comment=found.pk if found else None),
        "verbs": [(do, label, key) for do, (_do, label, key, _said) in VERBS.items()],
        "categories": Category.objects.order_by("language", "name", "pk").only("name", "language"),
        "languages": settings.LANGUAGES,
        "ages": queue.AGES,
        "checks": [(name, TITLES[name]) for name in CHECKS],
        "undo": _to_undo(request),
        "typed": typed,
        **(_beside(request, asked, found, rows, taken) if found else {}),
    }
    return render(request, "admin/comments/comment/queue.html", context, status=status)


def _title(asked: queue.Asked, counts: dict[str, int]) -> str:
    if asked.tab != "pending" or asked.filters:
        return str(queue.TABS[asked.tab])
    count = counts["pending"]
    return ngettext("%(count)s comment to read", "%(count)s comments to read", count) % {"count": _up_to(count)}


def _up_to(count: int) -> str:
    return f"{numerals(queue.MOST)}+" if count > queue.MOST else numerals(count)


def _chosen(request: HttpRequest, rows: list[Comment], wanted: int | None) -> Comment | None:
    """The comment to read: the wanted one, else the first of the page."""
    wanted = wanted or (rows[0].pk if rows else None)
    if wanted is None:
        return None
    comments = moderation.comments_of(request.user).select_related("article", "user", "decided_by")
    return comments.filter(pk=wanted).first() or (comments.filter(pk=rows[0].pk).first() if rows else None)


def _beside(request, asked, comment: Comment, rows: list[Comment], taken: dict[int, str]) -> dict[str, Any]:
    states, latest = queue.history(comment, request.user)
    numbers = [row.pk for row in rows]
    place = numbers.index(comment.pk) if comment.pk in numbers else -1
    following = numbers[place + 1] if place + 1 < len(numbers) else None
    near = queue.around(comment)
    appeal, appealed = queue.appeal(comment)
    return {
        "comment": comment,
        "taken_by": taken.get(comment.pk),
        "parent": next((other for other in near if other.pk == comment.parent_id), None),
        "near": [other for other in near if other.pk != comment.parent_id],
        "states": [(label, states[state]) for state, label in Comment.State.choices if states[state]],
        "latest": latest,
        "email": queue.masked(comment.email),
        "appeal": appeal,
        "appealed": appealed,
        "is_barred": bool(appealed and appealed.by == request.user and moderation.barred_from([comment], request.user)),
        "log": comment.decisions.select_related("by")[: queue.BESIDE],
        "grounds": GROUNDS,
        "by_writer": f"?tab={asked.tab}&person={comment.pk}",
        "reports": comment.reports.open()[: queue.BESIDE],
        "bans": Ban.objects.in_force().filter(bans.names(comment)),
        "ban_log": bans.lines(comment).select_related("by")[: queue.BESIDE],
        "network_until": known if comment.network and (known := bans.known_until(comment)) > timezone.now() else None,
        "effects": Ban.Effect.choices,
        "is_watched": WatchedArticle.objects.filter(user=request.user, article=comment.article_id).exists(),
        "may_answer": comment.depth < settings.COMMENT_MAX_DEPTH and not comment.withdrawn_at,
        "following": asked.address(comment=following) if following else "",
        "previous": asked.address(comment=numbers[place - 1]) if place > 0 else "",
    }


def _to_undo(request: HttpRequest) -> dict[str, Any] | None:
    """What has just been decided, as the address says; whether it can be undone is asked when it is."""
    numbers = _numbers(request.GET.get("undo", ""))
    said = VERBS.get(request.GET.get("did", ""))
    if not numbers or not said:
        return None
    words = ngettext("%(count)s comment.", "%(count)s comments.", len(numbers)) % {"count": numerals(len(numbers))}
    return {"numbers": ".".join(map(str, numbers)), "said": said[3], "words": words}


def _numbers(text: str) -> list[int]:
    return [found for part in text.split(".")[: queue.ROWS] if (found := queue.number(part))]


# What a POST does


def _act(request: HttpRequest, asked: queue.Asked) -> HttpResponse:
    do = request.POST.get("do", "")
    if do == "undo":
        return _undo(request, asked)
    picked = do.removesuffix("-picked")
    if picked in VERBS:
        return _decide(request, asked, picked, is_bulk=picked != do)
    if do not in _OTHERS:
        messages.warning(request, _("Nothing was chosen."))
        return _go(asked.address())
    number = queue.number(request.POST.get("comment", ""))
    comment = get_object_or_404(moderation.comments_of(request.user).select_related("article"), pk=number)
    comment.as_seen = request.POST.get(f"seen-{comment.pk}")
    try:
        _OTHERS[do](request, comment)
    except forms.ValidationError as error:
        messages.error(request, error.messages[0])
        return _page(request, asked, wanted=comment.pk, typed=request.POST, status=400)
    return _go(asked.address(comment=comment.pk))


def _go(query: str) -> HttpResponse:
    """To the comment itself, which stands below the list on a phone."""
    return HttpResponseRedirect(f"{reverse('admin:comments_comment_queue')}{query}#review", status=303)


def _decide(request: HttpRequest, asked: queue.Asked, verb: str, *, is_bulk: bool) -> HttpResponse:
    """Decide as the page showed the comments: whatever was decided meanwhile stays, and the moderator is told."""
    name = "pick" if is_bulk else "comment"
    numbers = [found for text in request.POST.getlist(name)[: queue.ROWS] if (found := queue.number(text))]
    comments = list(moderation.comments_of(request.user).filter(pk__in=numbers))
    for comment in comments:
        comment.as_seen = request.POST.get(f"seen-{comment.pk}", "")
    # Asked before: afterwards the comment is in this tab no more.
    following = asked.next_after(numbers[-1]) if numbers and not is_bulk else None
    reason = printable(request.POST.get("reason", "")).replace("\n", " ")
    outcome = VERBS[verb][0](comments, by=request.user, reason=reason, ground=request.POST.get("ground", ""))
    if not comments:
        messages.warning(request, _("Nothing was chosen."))
    for words in outcome.refusals:
        messages.warning(request, words)
    if (outcome.taken or outcome.rewritten) and not is_bulk:
        following = numbers[-1]
    undo = ".".join(str(comment.pk) for comment in outcome.changed)
    return _go(asked.address(comment=following, did=verb if undo else None, undo=undo))


def _undo(request: HttpRequest, asked: queue.Asked) -> HttpResponse:
    numbers = _numbers(request.POST.get("undo", ""))
    outcome = moderation.undo(moderation.comments_of(request.user).filter(pk__in=numbers), by=request.user)
    if outcome.changed:
        messages.success(request, _("Undone."))
    if outcome.unchanged:
        messages.warning(request, _("Something has happened since; nothing is undone there."))
    return _go(asked.address(comment=outcome.changed[0].pk if outcome.changed else None))


# These raise ValidationError, and what was typed stays in its form


def _edit(request: HttpRequest, comment: Comment) -> None:
    try:
        moderation.edit(comment, _words(request), by=request.user)
    except moderation.Rewritten as error:
        raise forms.ValidationError(str(error)) from error
    messages.success(request, _("Edited; readers see that the newsroom did it."))


def _answer(request: HttpRequest, comment: Comment) -> None:
    words = _words(request)
    is_open = comment.state in {Comment.State.PENDING, Comment.State.APPROVED} and not comment.withdrawn_at
    if not is_open or comment.depth >= settings.COMMENT_MAX_DEPTH:
        raise forms.ValidationError(_("This comment takes no answers."))
    try:
        moderation.answer(comment, words, name=account_name(request.user), by=request.user)
    except PermissionDenied as error:
        raise forms.ValidationError(str(error)) from error
    messages.success(request, _("Your answer is shown."))


def _words(request: HttpRequest) -> str:
    form = WordsForm(request.POST.get("body", ""))
    if not form.is_valid():
        raise forms.ValidationError(form.errors["body"][0])
    return form.cleaned_data["body"]


def _take(request: HttpRequest, comment: Comment) -> None:
    claims.take_over(comment, request.user)
    messages.success(request, _("You decide on it now."))


def _feature(request: HttpRequest, comment: Comment) -> None:
    comment = moderation.feature(comment, by=request.user)
    messages.success(request, _("Featured.") if comment.featured_at else _("Featured no longer."))


def _watch(request: HttpRequest, comment: Comment) -> None:
    rows = WatchedArticle.objects.filter(user=request.user, article=comment.article_id)
    if rows.delete()[0]:
        messages.success(request, _("You watch this article no longer."))
        return
    WatchedArticle.objects.bulk_create(
        [WatchedArticle(user=request.user, article_id=comment.article_id)], ignore_conflicts=True
    )
    messages.success(request, _("You watch this article."))


def _ban(request: HttpRequest, comment: Comment) -> None:
    """Ban, suspend or always hold who wrote this comment: the mailbox or the network."""
    form = BanForm(request.POST)
    if not form.is_valid():
        raise forms.ValidationError(_("A ban needs its reason, and days from 1 to 3650 or none."))
    ban = Ban(effect=form.cleaned_data["effect"], reason=form.cleaned_data["reason"])
    if days := form.cleaned_data["days"]:
        ban.ends_at = timezone.now() + timedelta(days=days)
    if form.cleaned_data["whom"] == "person":
        ban.person = comment.person
    elif comment.network and (known := bans.known_until(comment)) > timezone.now():
        ban.network, ban.known_until = comment.network, known
    if not (ban.person or ban.network):
        raise forms.ValidationError(_("This is not known of the writer."))
    bans.save(ban, by=request.user)
    messages.success(request, _("Written down; it holds for comments that come from now on."))


_OTHERS = {"ban": _ban, "edit": _edit, "answer": _answer, "feature": _feature, "take": _take, "watch": _watch}


@require_POST
def claim(request: HttpRequest) -> JsonResponse:
    """Hold the comment that is being read; says which of those listed others have, with their names."""
    _moderators_only(request)
    listed = [found for text in request.POST.getlist("listed")[: queue.ROWS] if (found := queue.number(text))]
    number = queue.number(request.POST.get("comment", ""))
    comment = moderation.comments_of(request.user).filter(pk=number).first() if number else None
    if comment is not None:
        claims.claim(comment, request.user)
        listed.append(comment.pk)
    visible = moderation.comments_of(request.user).filter(pk__in=listed).values_list("pk", flat=True)
    words, names = _("%(name)s reads this now"), claims.others(request.user)
    return JsonResponse({"taken": {pk: words % {"name": names[pk]} for pk in visible if pk in names}})
