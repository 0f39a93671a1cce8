"""The thread's own page. A wrong form is answered with 400, a closed article with 403, too many with 429."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.encoding import iri_to_uri
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from articles import taxonomy
from articles.listing import BadCursor
from articles.models import Article
from articles.numerals import numerals
from articles.views.articles import moved
from articles.visitors import (
    client_address,
    ensure_reader,
    has_session,
    hit_limit,
    network_hash,
    network_hashes,
    public_post,
    reader_of,
    remember_reader,
)
from comments import checks, digests, letters, moderation, modes, own, people, replies, reports, threads
from comments.forms import CommentForm, OwnCommentForm, ReportForm
from comments.models import Comment
from comments.templatetags.comments import thread_facts

RATE_TIME = timedelta(minutes=10)


@require_http_methods(["GET", "HEAD", "POST"])
@public_post
def thread(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    """The whole thread and the form; with `?fragment=1` only the part that the article page's script puts in place.

    Never cached: it holds the form's token and the reader's own comments that wait.
    """
    article = _article(pk)
    if request.method == "POST":  # under any slug: a headline that changes costs nobody a comment
        return _receive(request, article)
    address = threads.address(article)
    if iri_to_uri(request.path) != address:
        query = request.META.get("QUERY_STRING", "")
        return moved(f"{address}?{iri_to_uri(query)}" if query else address)
    number = request.GET.get("reply", "")
    parent = threads.find(article, number)
    if parent and (parent.depth >= settings.COMMENT_MAX_DEPTH or parent.withdrawn_at):
        parent = None
    form = CommentForm(article=article, account=_account(request), parent=parent)
    return _answer(request, article, form, is_lost=bool(number and not parent))


@require_safe
def comment(request: HttpRequest, pk: int, slug: str, number: int) -> HttpResponse:
    """A comment's address for ever: to the page of the thread on which it stands now, whatever number is asked for."""
    article = get_object_or_404(Article.objects.public().only("slug", "language"), pk=pk)
    response = HttpResponseRedirect(f"{threads.address(article)}?comment={number}#c{number}")
    add_never_cache_headers(response)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@public_post
def own_comment(request: HttpRequest, pk: int, slug: str, number: int) -> HttpResponse:
    """A writer's page for the own comment: change it or take it back. To anybody else there is no such page."""
    article = _article(pk)
    comment = get_object_or_404(Comment, pk=number, article=article)
    account = _account(request)
    if not own.is_writer(comment, reader=reader_of(request), account=account):
        raise Http404("Not the writer.")
    form = OwnCommentForm(request.POST if request.method == "POST" else None, article=article, comment=comment)
    if not own.may_change(comment, reader=reader_of(request), account=account):
        return _own_page(request, comment, form, refusal=_too_late())
    if request.method != "POST":
        return _own_page(request, comment, form)
    try:
        return _change(request, comment, form)
    except own.TooLate:
        return _own_page(request, comment, form, refusal=_too_late())


@require_http_methods(["GET", "HEAD", "POST"])
@public_post
def report(request: HttpRequest, pk: int, slug: str, number: int) -> HttpResponse:
    """The form with which a reader reports a comment that is shown."""
    article = _article(pk)
    comment = get_object_or_404(Comment.objects.public(), pk=number, article=article, withdrawn_at=None)
    form = ReportForm(request.POST if request.method == "POST" else None, article=article)
    status, wait, is_done = 200, 0, False
    if request.method == "POST":
        if not form.is_valid():
            status = 400
        elif wait := hit_limit(f"report:{network_hash(request)}", settings.COMMENT_REPORT_RATE, RATE_TIME):
            form.add_error(None, _("Many reports came from your network just now. Please wait some minutes."))
            status = 429
        else:
            is_done = True
            if not form.cleaned_data["website"]:
                reporter, data = network_hash(request), form.cleaned_data
                reports.report(comment, reporter=reporter, ground=data["ground"], words=data["words"])
    context = {
        **{"article": article, "comment": comment, "form": form, "is_done": is_done},
        "trail": article.headline,
        "trail_address": article.get_absolute_url(),
        **thread_facts(request, article),
    }
    response = render(request, "comments/report.html", context, status=status)
    if wait:
        response["Retry-After"] = str(wait)
    add_never_cache_headers(response)
    return response


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def word(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind the links of letters: say yes, choose how often, or end them.

    The signed address is all that a POST needs, since mail programs send one by themselves (RFC 8058). A GET changes
    nothing: programs that look into mail follow its links.
    """
    about = letters.read_token(token)
    if about is None:
        raise Http404("Not a link of a letter.")
    kind, number = about
    subscription: Any = {"answers": replies.Subscription, "desk": digests.Subscription}[kind](number)
    if request.method == "POST":
        is_one_click = request.POST.get("List-Unsubscribe") == "One-Click"
        subscription.choose("stop" if is_one_click else request.POST.get("how", ""))
    response = render(
        request, "comments/word.html", {"subscription": subscription, "is_done": request.method == "POST"}
    )
    add_never_cache_headers(response)
    return response


def _too_late() -> str:
    minutes = settings.COMMENT_EDIT_MINUTES
    words = ngettext(
        "A comment can be changed for %(minutes)s minute after it was sent, unless an editor has decided on it.",
        "A comment can be changed for %(minutes)s minutes after it was sent, unless an editor has decided on it.",
        minutes,
    )
    return words % {"minutes": numerals(minutes)}


def _change(request: HttpRequest, comment: Comment, form: OwnCommentForm) -> HttpResponse:
    article, rules = form.article, modes.of(request, form.article)
    is_valid = form.is_valid()
    if request.POST.get("verb") == "withdraw":
        if "token" in form.errors:
            form.errors.pop("body", None)
            return _own_page(request, comment, form, status=400)
        own.withdraw(comment)
        response = HttpResponseRedirect(f"{threads.address(article)}?withdrawn=1#comments", status=303)
        add_never_cache_headers(response)
        return response
    if not rules.is_open:
        return _own_page(request, comment, form, refusal=rules.closed_because)
    if not is_valid:
        return _own_page(request, comment, form, status=400)
    if wait := _too_many(request, article):
        form.add_error(None, _("Many changes came from your network just now. Please wait some minutes."))
        return _own_page(request, comment, form, status=429, wait=wait)
    comment = own.change(
        comment,
        form.cleaned_data["body"],
        ask=lambda changed: checks.reasons(_submission(request, form, changed)),
        shows_at_once=lambda changed: modes.shows_at_once(rules, changed),
    )
    return _see(request, article, comment)


def _own_page(
    request: HttpRequest, comment: Comment, form: OwnCommentForm, *, refusal: str = "", status: int = 0, wait: int = 0
) -> HttpResponse:
    article = form.article
    tree = taxonomy.tree(request)
    context = {
        "article": article,
        "comment": comment,
        "form": form,
        "refusal": refusal,
        "until": own.until(comment),
        "may_withdraw": own.may_change(comment, reader=reader_of(request), account=_account(request)),
        "lineage": tree.lineage(tree.by_pk.get(article.category_id or 0)),
        "trail": article.headline,
        "trail_address": article.get_absolute_url(),
        **thread_facts(request, article),
    }
    status = status or (403 if refusal else 200)
    response = render(request, "comments/own.html", context, status=status)
    if wait:
        response["Retry-After"] = str(wait)
    add_never_cache_headers(response)
    return response


def _article(pk: int) -> Article:
    return get_object_or_404(Article.objects.public().with_edition_rules().defer("body", "body_html"), pk=pk)


def _too_many(request: HttpRequest, article: Article) -> int:
    return hit_limit(f"comment:{article.pk}:{network_hash(request)}", settings.COMMENT_RATE, RATE_TIME)


def _account(request: HttpRequest) -> Any:
    """The signed-in member of staff, or None; asks the session only where there is one."""
    if not has_session(request) or not request.user.is_authenticated or not request.user.is_staff:
        return None
    return request.user


def _receive(request: HttpRequest, article: Article) -> HttpResponse:
    account = _account(request)
    form = CommentForm(request.POST, article=article, account=account)
    form.is_valid()
    if not modes.of(request, article).is_open:
        return _answer(request, article, form, status=403)
    token = form.cleaned_data.get("token")
    if token and (sent := Comment.objects.filter(submission=token.submission).first()):
        if sent.body == form.cleaned_data.get("body"):
            return _see(request, article, sent)
        form.add_error(
            "token", _("This form was sent already. To send these words as a further comment, send it again.")
        )
    if not form.is_valid():
        return _answer(request, article, form, status=400)
    if wait := _too_many(request, article):
        form.add_error(
            None, _("Many comments came from your network just now. Please wait some minutes and send it again.")
        )
        response = _answer(request, article, form, status=429)
        response["Retry-After"] = str(wait)
        return response
    comment = _write(request, article, form, account)
    if comment is None:
        form.add_error("parent", _("The comment that you answer is not here any more."))
        return _answer(request, article, form, status=400)
    return _see(request, article, comment)


def _write(request: HttpRequest, article: Article, form: CommentForm, account: Any) -> Comment | None:
    """Save the comment, waiting. Of two submissions of one form at once the first is saved and answers for both.

    None where the comment above it was deleted meanwhile.
    """
    data, parent = form.cleaned_data, form.cleaned_data["parent"]
    comment = Comment(
        article=article,
        parent=parent,
        root=(parent.root or parent) if parent else None,
        depth=parent.depth + 1 if parent else 0,
        name=people.account_name(account) if account else data["name"],
        email="" if account else data["email"],
        user=account,
        body=data["body"],
        created_at=timezone.now(),
        submission=data["token"].submission,
        reader="" if account else ensure_reader(request),
        network=network_hash(request),
    )
    if not account:
        comment.person = people.normalized(comment.email)
        comment.reasons = checks.reasons(_submission(request, form, comment))
        comment.state = checks.state_after(comment.reasons)
    if not comment.reasons and modes.shows_at_once(modes.of(request, article), comment):
        comment.state = Comment.State.APPROVED
    try:
        with transaction.atomic():
            comment.save()
            if data.get("notify"):
                replies.follow(comment)
            replies.tell([comment])
            if comment.state == Comment.State.PENDING and account and moderation.may_decide(account, comment):
                moderation.approve([comment], by=account)
    except IntegrityError:
        return Comment.objects.filter(submission=comment.submission).first()
    return comment


def _submission(request: HttpRequest, form: CommentForm, comment: Comment) -> checks.Submission:
    return checks.Submission(
        comment,
        trap=form.cleaned_data.get("website", ""),
        seconds=form.cleaned_data["token"].seconds,
        token=form.data["token"],
        networks=network_hashes(request),
        work=form.cleaned_data["work"],
        address=str(client_address(request) or ""),
        agent=request.headers.get("User-Agent", "")[:400],
        referrer=request.headers.get("Referer", "")[:400],
    )


def _see(request: HttpRequest, article: Article, comment: Comment) -> HttpResponse:
    """Off to the comment: a second submission of the form is sent the same way."""
    is_fragment = "&fragment=1" if "fragment" in request.GET else ""
    response = HttpResponseRedirect(
        f"{threads.address(article)}?comment={comment.pk}{is_fragment}#c{comment.pk}", status=303
    )
    add_never_cache_headers(response)
    return remember_reader(request, response)


def _answer(
    request: HttpRequest, article: Article, form: CommentForm, *, status: int = 200, is_lost: bool = False
) -> HttpResponse:
    account = _account(request)
    writer = {"reader": reader_of(request), "account": account}
    waiting = threads.own(article, **writer)
    number = request.GET.get("comment", "")
    sent = next((comment for comment in waiting if str(comment.pk) == number), None)
    context = {
        "article": article,
        "form": form,
        "own": waiting,
        "sent": sent,
        "account_name": people.account_name(account) if account else "",
        "is_lost": is_lost,
        "is_fragment": "fragment" in request.GET,
        "is_withdrawn": "withdrawn" in request.GET,
        **thread_facts(request, article),
    }
    at = None if sent or not number else threads.find(article, number)
    context["shown"] = at if at and own.is_writer(at, **writer) else None
    context["refused"] = threads.refused(article, number, writer["reader"]) if number and not sent and not at else None
    if not context["is_fragment"]:
        tree = taxonomy.tree(request)
        context |= {
            "lineage": tree.lineage(tree.by_pk.get(article.category_id or 0)),
            "trail": article.headline,
            "trail_address": article.get_absolute_url(),
            "thread": _page(request, article, at),
            "is_unseen": bool(number and not sent and not at and not context["refused"]),
        }
    for comment in (*waiting, *(context["thread"].comments if "thread" in context else ())):
        comment.is_changeable = own.may_change(comment, **writer)
    template = "comments/_write.html" if context["is_fragment"] else "comments/thread.html"
    response = render(request, template, context, status=status)
    add_never_cache_headers(response)
    return response


def _page(request: HttpRequest, article: Article, at: Comment | None) -> threads.Thread:
    """The page of the thread that the address asks for. Raises Http404 for a cursor that is not ours."""
    place = {name: request.GET.get(name, "") for name in ("older", "newer", "more")}
    order = request.GET.get("order", "")
    order = order if order in threads.ORDERS else threads.OLDEST
    try:
        if number := request.GET.get("thread", ""):
            root = threads.find(article, number)
            if root is None or root.root_id:
                raise Http404("No such thread.")
            return threads.answers_after(article, root, place["newer"])
        return threads.page(article, order=order, **place, at=at)
    except BadCursor as error:
        raise Http404("No such page of the thread.") from error
