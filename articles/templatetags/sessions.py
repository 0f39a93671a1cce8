"""What a page may hold only for somebody with a session, whose pages no cache keeps."""

from django import template
from django.middleware.csrf import get_token
from django.utils.html import format_html

from articles.visitors import has_session

register = template.Library()


@register.simple_tag(takes_context=True)
def session_token(context):
    """Django's CSRF field for people with a session; nothing for readers, so that their pages stay the same bytes."""
    request = context.get("request")
    if request is None or not has_session(request):
        return ""
    return format_html('<input type="hidden" name="csrfmiddlewaretoken" value="{}">', get_token(request))


@register.simple_tag(takes_context=True)
def signed_in_user(context):
    """The account of this request, or None; asks the session only where there is one."""
    request = context.get("request")
    if request is None or not has_session(request) or not request.user.is_authenticated:
        return None
    return request.user
