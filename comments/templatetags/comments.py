from django import template
from django.conf import settings

from articles.models import Article
from comments import threads

register = template.Library()


@register.inclusion_tag("comments/_comments.html")
def comment_thread(article: Article):
    """The comments below an article: the first threads, and the way to the whole and to the form. One query."""
    return {"article": article, "thread": threads.opening(article), **thread_facts(article)}


def thread_facts(article: Article) -> dict:
    """What the templates of a thread need beside its comments."""
    return {"thread_address": threads.address(article), "deepest": settings.COMMENT_MAX_DEPTH}
