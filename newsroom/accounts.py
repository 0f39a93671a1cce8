"""Signing in: Django's accounts, except that the demo newsroom's sign in only where the operator says so."""

from datetime import timedelta

from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.views import LoginView
from django.utils.translation import gettext as _

from articles.visitors import hit_limit, network_hash

#: `manage.py demo` puts its accounts in this group; their password stands in the README.
DEMO_GROUP = "Demo accounts"
#: Tries in a quarter of an hour: of one account from anywhere, of one network for any account.
TRIES_OF_ACCOUNT = 10
TRIES_OF_NETWORK = 60
WINDOW = timedelta(minutes=15)


class AccountBackend(ModelBackend):
    def user_can_authenticate(self, user):
        if not super().user_can_authenticate(user):
            return False
        return settings.DEMO_ACCOUNTS or not user.groups.filter(name=DEMO_GROUP).exists()


class SignIn(LoginView):
    """Django's form in our frame, with a limit on tries: the right password is refused as well while it lasts."""

    template_name = "accounts/login.html"

    def post(self, request, *args, **kwargs):
        name = request.POST.get("username", "")[:150].casefold()
        wait = max(
            hit_limit(f"sign-in:account:{name}", TRIES_OF_ACCOUNT, WINDOW),
            hit_limit(f"sign-in:network:{network_hash(request)}", TRIES_OF_NETWORK, WINDOW),
        )
        if not wait:
            return super().post(request, *args, **kwargs)
        form = self.get_form_class()(request, initial={"username": name})
        error = _("Too many tries. Please wait a quarter of an hour, or have the password reset.")
        response = self.render_to_response(self.get_context_data(form=form, error=error), status=429)
        response["Retry-After"] = str(wait)
        return response

    def form_valid(self, form):
        """The password was right: on to the second step, for those who have one, and then to where they wanted."""
        return perform_login(self.request, form.get_user(), redirect_url=self.get_success_url())


sign_in = SignIn.as_view()
