"""The desk: Django's admin under the newsroom's name."""

from functools import partial, wraps

from django.contrib import admin, messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

#: Days of the plots on the start page.
DAYS = 28


class Desk(admin.AdminSite):
    site_header = _("Newsroom desk")
    site_title = _("Desk")
    index_title = _("Desk")
    enable_nav_sidebar = True

    def admin_view(self, view, cacheable=False):
        """Where a second factor is required, nothing of the desk opens without; signing out does."""
        from newsroom import second_factor

        @wraps(view)
        def guarded(request, *args, **kwargs):
            if self.has_permission(request) and second_factor.is_missing(request.user):
                messages.warning(request, _("Set up a second factor first: the desk opens with one."))
                return HttpResponseRedirect(reverse("mfa_index"))
            return view(request, *args, **kwargs)

        return super().admin_view(guarded, cacheable)

    def index(self, request, extra_context=None):
        """What waits for this person, the numbers of the last weeks, the upkeep; then Django's list of models."""
        from newsroom import numbers, waiting  # models are not ready when this site is made

        user, days = request.user, numbers.last_days(DAYS)
        plots = []
        if user.has_perm("articles.change_article"):
            plots = numbers.plots(days, numbers.articles_for(user))
        elif user.has_perm("comments.moderate_comment"):
            plots = [numbers.comments(days)]
        context = {
            "tiles": waiting.tiles(user),
            "plots": plots,
            "plot_rows": numbers.columns(plots) if plots else [],
            "days": DAYS,
            "runs": waiting.last_runs() if user.has_perm("articles.change_edition") else None,
        }
        return super().index(request, context | (extra_context or {}))

    def get_urls(self):
        from newsroom import numbers_pages

        def page(view):
            return self.admin_view(partial(view, site=self))

        own = [
            path("numbers/", page(numbers_pages.overview), name="numbers"),
            path("numbers/<int:pk>/", page(numbers_pages.of_article), name="numbers-article"),
        ]
        return own + super().get_urls()

    def login(self, request, extra_context=None):
        """There is one sign-in, with its limits: that of the accounts."""
        index = reverse("admin:index")
        if request.method == "GET" and self.has_permission(request):
            return HttpResponseRedirect(index)
        return redirect_to_login(request.GET.get("next") or index, reverse("accounts:login"))
