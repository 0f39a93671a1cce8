"""The second factor's addresses, under the names that allauth looks for."""

from allauth.account.views import reauthenticate
from django.contrib.auth.views import LogoutView
from django.urls import include, path

from newsroom.accounts import sign_in

urlpatterns = [
    path("login/", sign_in, name="account_login"),
    path("logout/", LogoutView.as_view(), name="account_logout"),
    path("confirm/", reauthenticate, name="account_reauthenticate"),
    path("second-factor/", include("allauth.mfa.urls")),
]
