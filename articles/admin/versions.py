"""The versions of an article at the desk: the list, one of them, as readers would see it, and bringing it back."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override
from django.views.decorators.http import require_POST, require_safe

from articles import merge, previews, versions, workflow
from articles.views.articles import render_article

#: Said beside a field of a version.
LOST_PICTURE = gettext_lazy("A picture that this version had here is no longer in the library.")
#: Versions on one page of the list.
PER_PAGE = 100


class VersionsMixin:
    """For the ModelAdmin of articles."""

    def get_urls(self):
        wrap = self.admin_site.admin_view
        one = "<int:pk>/versions/<int:number>/"
        own = [
            path("<int:pk>/versions/", wrap(require_safe(self.versions)), name="articles_versions"),
            path("<int:pk>/versions/compare/", wrap(require_safe(self.compare)), name="articles_versions_compare"),
            path(one, wrap(require_safe(self.version)), name="articles_version"),
            path(f"{one}preview/", wrap(require_safe(self.version_preview)), name="articles_version_preview"),
            path(f"{one}share/", wrap(require_POST(self.version_share)), name="articles_version_share"),
            path(f"{one}open/", wrap(require_POST(self.version_open)), name="articles_version_open"),
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
            lost=versions.still_there(revision.content)[1],
            lost_picture=LOST_PICTURE,
            waits=workflow.waits(article),
            links=[
                (link, previews.address(link)) for link in revision.links.select_related("created_by") if link.is_open
            ],
            days=previews.DAYS,
            may_open=bool(revision.published_at and request.user.has_perm("articles.publish_article")),
        )

    def compare(self, request, pk):
        """Any two versions side by side; without numbers, or with wrong ones, the list to choose from."""
        article = self._article(request, pk)
        numbers = [request.GET.get(side, "") for side in ("left", "right")]
        wanted = [int(number) for number in numbers if number.isdecimal() and len(number) < 10]
        rows = article.revisions.select_related("created_by").filter(number__in=wanted)
        found = {revision.number: revision for revision in rows}
        if len(wanted) != 2 or not found.keys() >= set(wanted):
            self.message_user(request, _("Choose two versions to compare."), messages.WARNING)
            return HttpResponseRedirect(reverse("admin:articles_versions", args=[pk]))
        left, right = (found[number] for number in wanted)
        title = _("Versions %(left)s and %(right)s: %(headline)s")
        return self._version_page(
            request,
            article,
            "compare",
            title=title % {"left": left.number, "right": right.number, "headline": article.headline},
            left=left,
            right=right,
            lost=[(side, names) for side in (left, right) if (names := _lost_in(side))],
            lost_picture=LOST_PICTURE,
            fields=versions.differing(left.content, right.content),
            body=merge.side_by_side(left.content.get("body", ""), right.content.get("body", "")),
        )

    def version_preview(self, request, pk, number):
        """One version exactly as readers would see it; with `width`, as wide as a phone or a desk."""
        width = request.GET.get("width")
        if width in {"phone", "desk"}:
            article = self._article(request, pk)
            title = _("Version %(number)s: %(headline)s") % {"number": number, "headline": article.headline}
            return self._version_page(request, article, "widths", title=title, width=width)
        article = self._article(request, pk, self.get_queryset(request).page())
        revision = get_object_or_404(article.revisions, number=number)
        with override(article.language):
            page = render_article(request, versions.overlay(article, revision.content), is_preview=True)
        response = HttpResponse(page)
        if width == "bare":  # stands in the frame of that page
            response._csp = {"frame-ancestors": ["'self'"]}
            response["X-Frame-Options"] = "SAMEORIGIN"
        return response

    def _to_version(self, pk, number):
        return HttpResponseRedirect(reverse("admin:articles_version", args=[pk, number]))

    def version_share(self, request, pk, number):
        """Make a link for people without an account, or revoke one."""
        article = self._article(request, pk)
        revision = get_object_or_404(article.revisions, number=number)
        revoked, days = request.POST.get("revoke", ""), request.POST.get("days", "")
        if revoked.isdecimal() and len(revoked) < 19:
            previews.revoke(get_object_or_404(revision.links, pk=revoked), by=request.user)
            self.message_user(request, _("The link is revoked."))
        elif days in {str(days) for days in previews.DAYS}:
            previews.share(revision, by=request.user, days=int(days))
            self.message_user(request, _("The link is made: whoever has it sees this version."))
        else:
            self.message_user(request, _("Choose how long the link lasts."), messages.ERROR)
        return self._to_version(pk, number)

    def version_open(self, request, pk, number):
        """Show a published version on the public page of changes, or no longer."""
        article = self._article(request, pk)
        revision = get_object_or_404(article.revisions, number=number)
        is_open = request.POST.get("open") == "1"
        try:
            workflow.open_to_readers(revision, is_open, by=request.user)
            text = _("Readers may compare this version.") if is_open else _("Readers no longer see this version.")
            self.message_user(request, text)
        except ValidationError as error:
            self.message_user(request, " ".join(error.messages), messages.ERROR)
        return self._to_version(pk, number)

    def version_restore(self, request, pk, number):
        article = self._article(request, pk)
        revision = get_object_or_404(article.revisions, number=number)
        try:
            found, lost = workflow.bring_back(article, revision, by=request.user)
            text = _("The words of version %(number)s are back.")
            if found.kind == versions.Kind.PENDING:
                text = _("The words of version %(number)s wait beside the published ones.")
            text = text % {"number": number}
            self.message_user(request, text)
            if lost:
                names = ", ".join(versions.label(name) for name in lost)
                text = _("Not all of it is there any more: %(names)s.") % {"names": names}
                self.message_user(request, text, messages.WARNING)
        except ValidationError as error:
            self.message_user(request, " ".join(error.messages), messages.ERROR)
        return HttpResponseRedirect(reverse("admin:articles_article_change", args=[pk]))


def _lost_in(revision):
    return ", ".join(versions.label(name) for name in versions.still_there(revision.content)[1])
