"""The versions of an article at the desk: the list, one of them, as readers would see it, and bringing it back."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_POST, require_safe

from articles import versions, workflow
from articles.views.articles import render_article

#: Versions on one page of the list.
PER_PAGE = 100


class VersionsMixin:
    """For the ModelAdmin of articles."""

    def get_urls(self):
        wrap = self.admin_site.admin_view
        one = "<int:pk>/versions/<int:number>/"
        own = [
            path("<int:pk>/versions/", wrap(require_safe(self.versions)), name="articles_versions"),
            path(one, wrap(require_safe(self.version)), name="articles_version"),
            path(f"{one}preview/", wrap(require_safe(self.version_preview)), name="articles_version_preview"),
            path(f"{one}restore/", wrap(require_POST(self.version_restore)), name="articles_version_restore"),
        ]
        return [*own, *super().get_urls()]

    def _article(self, request, pk, rows=None):
        """The article for a page of its versions: 403 for who sees no articles, 404 for what is not theirs to see."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        article = get_object_or_404(self.get_queryset(request) if rows is None else rows, pk=pk)
        if not workflow.owns(article, request.user):
            raise PermissionDenied
        return article

    def _version_page(self, request, article, name, **context):
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "article": article,
            "original": article,
            "may_change": self.has_change_permission(request, article),
            **context,
        }
        return TemplateResponse(request, f"admin/articles/article/{name}.html", context)

    def versions(self, request, pk):
        article = self._article(request, pk)
        rows = article.revisions.select_related("created_by").defer("content").newest()
        before = request.GET.get("before", "")
        if before.isdecimal() and len(before) < 10:
            rows = rows.filter(number__lt=int(before))
        shown = list(rows[: PER_PAGE + 1])
        standing = article.revisions.standing().newest().values_list("number", flat=True).first()
        return self._version_page(
            request,
            article,
            "versions",
            title=_("Versions: %(headline)s") % {"headline": article.headline},
            revisions=shown[:PER_PAGE],
            older=shown[PER_PAGE - 1].number if len(shown) > PER_PAGE else None,
            standing=standing,
        )

    def version(self, request, pk, number):
        article = self._article(request, pk)
        revision = get_object_or_404(article.revisions.select_related("created_by"), number=number)
        return self._version_page(
            request,
            article,
            "version",
            title=_("Version %(number)s: %(headline)s") % {"number": number, "headline": article.headline},
            revision=revision,
            pieces=versions.said(revision.content),
            may_restore=self.has_change_permission(request, article) and not article.is_public,
        )

    def version_preview(self, request, pk, number):
        """One version exactly as readers would see it."""
        article = self._article(request, pk, self.get_queryset(request).page())
        revision = get_object_or_404(article.revisions, number=number)
        with override(article.language):
            return HttpResponse(render_article(request, versions.overlay(article, revision.content), is_preview=True))

    def version_restore(self, request, pk, number):
        article = self._article(request, pk)
        revision = get_object_or_404(article.revisions, number=number)
        try:
            _found, lost = workflow.bring_back(article, revision, by=request.user)
            text = _("The words of version %(number)s are back.") % {"number": number}
            self.message_user(request, text)
            if lost:
                names = ", ".join(versions.label(name) for name in lost)
                text = _("Not all of it is there any more: %(names)s.") % {"names": names}
                self.message_user(request, text, messages.WARNING)
        except ValidationError as error:
            self.message_user(request, " ".join(error.messages), messages.ERROR)
        return HttpResponseRedirect(reverse("admin:articles_article_change", args=[pk]))
