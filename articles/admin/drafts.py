"""What the form of an article sends by itself: text that is kept without a save, and who has the form open.

The script is static/js/drafts.js. Without it a save says who else is there, and nothing is kept before the save.
"""

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from articles import versions, workflow
from articles.models import Article, Byline, Presence


class DraftsMixin:
    """For the ModelAdmin of articles."""

    def get_urls(self):
        wrap = self.admin_site.admin_view
        own = [
            path("autosave/", wrap(require_POST(self.autosave_new)), name="articles_autosave_new"),
            path("signed-in/", wrap(require_safe(self.signed_in)), name="articles_signed_in"),
            path("<int:pk>/autosave/", wrap(require_POST(self.autosave)), name="articles_autosave"),
            path("<int:pk>/autosave/drop/", wrap(require_POST(self.autosave_drop)), name="articles_autosave_drop"),
        ]
        return [*own, *super().get_urls()]

    def autosave(self, request, pk):
        """Keep what the form holds, if it sends it, and say who else is there."""
        article = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_change_permission(request, article):
            raise PermissionDenied
        Presence.objects.touch(article, request.user)
        answer = {"token": get_token(request), "others": Presence.objects.others(article, request.user)}
        if "headline" in request.POST:
            article = self._as_shown(request, article)
            form = self.get_form(request, article, change=True)(request.POST, request.FILES, instance=article)
            form.is_valid()  # what is not valid yet is as it was
            mine = form.words()
            for formset in self._create_formsets(request, form.instance, change=True)[0]:
                if formset.model is Byline and formset.is_valid() and (byline := formset.words()) is not None:
                    mine["byline"] = byline
            versions.autosave(article, mine, by=request.user, started_from=form.cleaned_data.get("started_from"))
            answer["saved"] = _saved_at()
        return JsonResponse(answer)

    def autosave_new(self, request):
        """Make a draft of what the form of a new article holds, as soon as it would be saved; once for each form."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        made = self._made(request)
        if made is None:
            form = self.get_form(request, None, change=False)(request.POST, request.FILES, instance=Article())
            if not form.is_valid():
                return JsonResponse({"token": get_token(request)})
            try:
                with transaction.atomic():
                    made = form.save(commit=False)
                    made.created_by = request.user
                    made.save()
                    form.save_m2m()
                    for formset in self._create_formsets(request, made, change=False)[0]:
                        if formset.model is Byline and formset.is_valid():
                            versions.write(made, {"byline": formset.words() or []}, ["byline"])
                    versions.record(made, by=request.user, note=_("saved by itself"))
            except IntegrityError:
                made = self._made(request)
                if made is None:
                    raise
        return JsonResponse(
            {
                "token": get_token(request),
                "url": reverse("admin:articles_article_change", args=[made.pk]),
                "autosave": reverse("admin:articles_autosave", args=[made.pk]),
                "version": versions.standing(made).number,
                "saved": _saved_at(),
            }
        )

    def autosave_drop(self, request, pk):
        """Let the kept text go."""
        article = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_change_permission(request, article):
            raise PermissionDenied
        versions.drop_autosave(article, by=request.user)
        return HttpResponseRedirect(reverse("admin:articles_article_change", args=[pk]))

    def signed_in(self, request):
        """The end of a log-in in a window of its own: the script of the form closes it."""
        context = {**self.admin_site.each_context(request), "title": _("You are signed in")}
        return TemplateResponse(request, "admin/articles/article/signed_in.html", context)

    def _as_shown(self, request, article, *, autosaved=False):
        """The article as the form shows it: what waits over the live text, the kept text over that where asked."""
        waiting = versions.pending(article) if workflow.may_change(article, request.user) else None
        article.shown_version = waiting or versions.standing(article)
        kept = versions.autosaved(article, request.user)
        article.kept_version = kept if kept and _differs(kept, article) else None
        article.lost_pictures = []
        if autosaved and article.kept_version:
            article.shown_version, article.kept_version = article.kept_version, None
            _lay_over(article, article.shown_version)
        elif waiting:
            _lay_over(article, waiting)
        elif article.shown_version and article.shown_version.content != versions.stored(article):
            article.shown_version = None  # changed around the desk: the save finds out
        return article


def _lay_over(article, revision):
    """The version's words for the form; `lost_pictures` names the fields whose picture is no longer in the library."""
    content, article.lost_pictures = versions.still_there(revision.content)
    versions.lay_over(article, content)


def _differs(kept, article):
    shown = article.shown_version.content if article.shown_version else versions.stored(article)
    return any(kept.content.get(name) != shown.get(name) for name in (*versions.WORDS, *versions.LINKS))


def _saved_at():
    return _("Kept at %(time)s") % {"time": date_format(timezone.localtime(), "H:i")}
