"""What was typed into the form of an article by somebody whose sign-in had ended is there after the next one.

The form names, signed, for whom it was made. Sent without a sign-in, its fields wait in the visitor's session, which
Django keeps over the sign-in, and are given to that person alone; anybody else who signs in there ends them unseen.
With a script the form never gets so far: it has the person sign in beside it (static/js/drafts.js).
"""

from datetime import timedelta
from functools import wraps

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

#: The field of the form, the key in the session, and the field that says that these have been given back.
FIELD, WAITING, GIVEN = "typed_by", "typed", "typed_given"
signer = TimestampSigner(salt="articles.typed")
#: A form that stood open for longer is nobody's.
LONGEST = timedelta(days=30)
FORMS = {"articles_article_add", "articles_article_change"}


def _made_for(request) -> str:
    """The number of the person for whom the form that was sent was made; empty where it does not say."""
    try:
        return signer.unsign(request.POST.get(FIELD, ""), max_age=LONGEST)
    except BadSignature:
        return ""


def keep(request) -> HttpResponse | None:
    """Let the fields of the form of an article wait for whom it was made for; None for anything else.

    Also where the form's CSRF token is one of an earlier sign-in (newsroom/errors.py): who could make up such a request
    cannot sign the form in somebody else's name.
    """
    is_form = request.method == "POST" and getattr(request.resolver_match, "url_name", "") in FORMS
    person = _made_for(request) if is_form else ""
    if not person or (request.user.is_authenticated and str(request.user.pk) != person):
        return None
    fields = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name not in {"csrfmiddlewaretoken", GIVEN}
    ]
    request.session[WAITING] = {"for": person, "to": request.get_full_path(), "fields": fields}
    page = reverse("admin:articles_typed")
    return HttpResponseRedirect(page) if request.user.is_authenticated else redirect_to_login(page)


class TypedMixin:
    """For the ModelAdmin of articles."""

    def get_urls(self):
        page = self.admin_site.admin_view(require_http_methods(["GET", "HEAD", "POST"])(self.typed))
        stock = super().get_urls()
        for pattern in stock:
            if pattern.name in FORMS:
                pattern.callback = self._keeping(pattern.callback)
        return [path("typed/", page, name="articles_typed"), *stock]

    def _keeping(self, view):
        @wraps(view)
        def inner(request, *args, **kwargs):
            if request.user.is_anonymous and (response := keep(request)):
                return response
            if GIVEN in request.POST:
                request.session.pop(WAITING, None)
            return view(request, *args, **kwargs)

        return inner

    def typed(self, request):
        """Ask what is to become of it: saved as it would have been, or, by a POST, let go."""
        typed = request.session.get(WAITING)
        if typed is None or typed["for"] != str(request.user.pk) or request.method == "POST":
            request.session.pop(WAITING, None)
            if typed is not None and request.method == "POST":
                self.message_user(request, _("What you had typed is let go."), messages.WARNING)
            return HttpResponseRedirect(reverse("admin:articles_article_changelist"))
        context = {
            **self.admin_site.each_context(request),
            "title": _("What you typed is still here"),
            "opts": self.opts,
            "to": typed["to"],
            "sent": typed["fields"],
            "headline": dict(typed["fields"]).get("headline", ""),
            "given": GIVEN,
        }
        return TemplateResponse(request, "admin/articles/article/typed.html", context)

    def render_change_form(self, request, context, *args, **kwargs):
        context["typed_by"] = signer.sign(request.user.pk)
        return super().render_change_form(request, context, *args, **kwargs)
