from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from newsroom.redirects.models import Redirect


class RedirectForm(forms.ModelForm):
    class Meta:
        model = Redirect
        fields = ("old_path", "article", "new_path")

    def clean_old_path(self):
        path = self.cleaned_data["old_path"].strip()
        if not path.startswith("/") or path.startswith("//"):
            raise forms.ValidationError(_("Begin with one slash, as in /2019/05/ferry/."))
        return path

    def clean_new_path(self):
        path = self.cleaned_data["new_path"].strip()
        if path and (not path.startswith("/") or path.startswith(("//", "/\\"))):
            raise forms.ValidationError(_("Give an address of this site, beginning with one slash."))
        return path

    def clean(self):
        data = super().clean()
        if data.get("new_path") and data["new_path"] == data.get("old_path"):
            self.add_error("new_path", _("The address would lead to itself."))
        return data


@admin.register(Redirect)
class RedirectAdmin(admin.ModelAdmin):
    form = RedirectForm
    list_display = ("old_path", "new_path", "article", "hits")
    list_select_related = ("article",)
    search_fields = ("old_path", "new_path")
    autocomplete_fields = ("article",)
    readonly_fields = ("hits",)
    show_full_result_count = False
