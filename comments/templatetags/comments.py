from datetime import timedelta
from typing import Any

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.template import Engine
from django.utils import timezone
from django.utils.translation import get_language

from articles import kept, stale
from articles.models import Article
from comments import modes, status, threads
from comments.models import Comment

register = template.Library()


@register.inclusion_tag("comments/_comments.html", takes_context=True)
def comment_thread(context: template.Context, article: Article) -> dict[str, Any]:
    """The comments below an article: the first threads, and the way to the whole and to the form. One query."""
    request = context["request"]
    facts = thread_facts(request, article)
    stale.ends(request, facts["rules"].changes_at)
    return {"request": request, "article": article, "thread": threads.opening(article), **facts}


def thread_facts(request: HttpRequest, article: Article) -> dict[str, Any]:
    """What the templates of a thread need beside its comments."""
    return {
        "thread_address": threads.address(article),
        "deepest": settings.COMMENT_MAX_DEPTH,
        "rules": modes.of(request, article),
    }


#: All that a comment's HTML shows of its row and of its place in the thread.
SHOWN = (
    *("pk", "parent_id", "user_id", "name", "body_html", "created_at", "edited_at", "desk_edited_at", "featured_at"),
    *("withdrawn_at", "depth", "level", "is_author", "is_stray", "answers"),
)
KEEP = timedelta(hours=1)


@register.simple_tag(takes_context=True)
def shown_comment(context: template.Context, comment: Comment) -> str:
    """A comment as a thread prints it. What it is made from is its key, so that no change leaves an old one behind:
    a long thread that gains a comment is put together again from the others as they were."""
    form = Engine.get_default().get_template("comments/_comment.html")
    around = {name: context[name] for name in ("thread_address", "deepest", "rules")}
    if getattr(comment, "is_changeable", False):  # its writer's own page
        return form.render(context.new({"comment": comment, **around}))
    request, language = context["request"], get_language()
    facts = (getattr(comment, name, None) for name in SHOWN)
    year = kept.day(request).year
    key = ("comment", language, year, around["thread_address"], around["deepest"], around["rules"].is_open, *facts)
    return kept.kept(
        request,
        key,
        lambda: form.render(context.new({"comment": comment, **around})),
        stale.edition(language),
        until=lambda: (timezone.now() + KEEP).timestamp(),
    )


@register.filter
def status_address(comment: Comment) -> str:
    """The private page of a comment; for its writer's eyes alone."""
    return status.address(comment)
