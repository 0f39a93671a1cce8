from typing import Any

from django import template
from django.conf import settings
from django.http import HttpRequest

from articles import stale
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
    return {"article": article, "thread": threads.opening(article), **facts}


def thread_facts(request: HttpRequest, article: Article) -> dict[str, Any]:
    """What the templates of a thread need beside its comments."""
    return {
        "thread_address": threads.address(article),
        "deepest": settings.COMMENT_MAX_DEPTH,
        "rules": modes.of(request, article),
    }


@register.filter
def status_address(comment: Comment) -> str:
    """The private page of a comment; for its writer's eyes alone."""
    return status.address(comment)
