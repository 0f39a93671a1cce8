"""The desk: Django's admin under the newsroom's name."""

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class Desk(admin.AdminSite):
    site_header = _("Newsroom desk")
    site_title = _("Desk")
    index_title = _("What there is")
    enable_nav_sidebar = True

    def login(self, request, extra_context=None):
        """There is one sign-in, with its limits: that of the accounts."""
        index = reverse("admin:index")
        if request.method == "GET" and self.has_permission(request):
            return HttpResponseRedirect(index)
        return redirect_to_login(request.GET.get("next") or index, reverse("accounts:login"))
