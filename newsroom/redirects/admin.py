import re

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from articles.admin.at_once import AtOnceMixin
from articles.admin.lists import BoundedList
from articles.models import Article
from newsroom.redirects import moves
from newsroom.redirects.models import NotFound, Redirect

#: What the addresses of other systems end with, after the words of the headline.
ENDING = re.compile(r"\.(html?|aspx?|php)$", re.IGNORECASE)


class RedirectForm(forms.ModelForm):
    class Meta:
        model = Redirect
        fields = ("old_path", "article", "new_path")

    def clean_old_path(self):
        path = self.cleaned_data["old_path"].strip()
        if not path.startswith("/") or path.startswith("//"):
            raise forms.ValidationError(_("Begin with one slash, as in /2019/05/ferry/."))
        if not moves.fits(path):
            raise forms.ValidationError(_("This address is too long to be kept."))
        return path

    def clean_new_path(self):
        path = self.cleaned_data["new_path"].strip()
        if path and (not path.startswith("/") or path.startswith(("//", "/\\"))):
            raise forms.ValidationError(_("Give an address of this site, beginning with one slash."))
        return path

    def clean(self):
        """A new address that has moved itself is followed to its end, so that nobody is sent on twice."""
        data = super().clean()
        old, new = data.get("old_path"), data.get("new_path")
        if old and new and not data.get("article"):
            try:
                data["new_path"] = moves.end_of(new, old)
            except moves.Loop:
                self.add_error("new_path", _("The address would lead back to itself."))
        return data


@admin.register(Redirect)
class RedirectAdmin(AtOnceMixin, BoundedList):
    form = RedirectForm
    list_display = ("old_path", "new_path", "article", "hits")
    list_select_related = ("article",)
    search_fields = ("old_path", "new_path")
    autocomplete_fields = ("article",)
    readonly_fields = ("hits",)

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if obj.new_path and not obj.article_id:
            moves.shorten(obj.old_path, obj.new_path)
        moves.forget_not_found(obj.old_path)


@admin.register(NotFound)
class NotFoundAdmin(BoundedList):
    list_display = ("path", "hits", "first_seen_at", "seen_at", "lead_on")
    search_fields = ("path",)
    ordering = ("-hits", "-seen_at")

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def get_list_display(self, request):
        shown = super().get_list_display(request)
        return shown if request.user.has_perm("redirects.add_redirect") else shown[:-1]

    def get_urls(self):
        view = self.admin_site.admin_view(require_POST(self.lead_to))
        return [path("<int:pk>/lead-to/<int:article>/", view, name="redirects_notfound_lead"), *super().get_urls()]

    def get_changelist_instance(self, request):
        """The page's rows each with the article whose address ends in the same words; one query for all."""
        changelist = super().get_changelist_instance(request)
        words = {row.pk: ENDING.sub("", row.path.rstrip("/").rpartition("/")[2]) for row in changelist.result_list}
        found = Article.objects.public().filter(slug__in=set(filter(None, words.values())))
        by_slug = {article.slug: article for article in found.only("slug", "headline").order_by("publish_at")[:500]}
        for row in changelist.result_list:
            row.likely = by_slug.get(words[row.pk])
        return changelist

    @admin.display(description=gettext_lazy("redirect"))
    def lead_on(self, row):
        add = f"{reverse('admin:redirects_redirect_add')}?{urlencode({'old_path': row.path})}"
        other = format_html('<a href="{}">{}</a>', add, _("Choose where to"))
        if row.likely is None:
            return other
        return format_html(
            '<button formaction="{}" class="button">{}</button> {}',
            reverse("admin:redirects_notfound_lead", args=[row.pk, row.likely.pk]),
            _("To “%(headline)s”") % {"headline": row.likely.headline},
            other,
        )

    def lead_to(self, request, pk, article):
        """Lead one address to one article, from a button of the list."""
        if not request.user.has_perm("redirects.add_redirect") or not self.has_view_permission(request):
            raise PermissionDenied
        row = get_object_or_404(NotFound, pk=pk)
        target = get_object_or_404(Article.objects.public(), pk=article)
        with transaction.atomic():
            made, created = Redirect.objects.update_or_create(
                old_path=row.path, defaults={"article": target, "new_path": ""}
            )
            row.delete()
            LogEntry.objects.log_actions(
                request.user.pk, [made], ADDITION if created else CHANGE, str(target), single_object=True
            )
        said = _("%(path)s now leads to “%(headline)s”.") % {"path": made.old_path, "headline": target.headline}
        self.message_user(request, said, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:redirects_notfound_changelist"))
