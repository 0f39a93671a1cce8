"""allauth's forms of passkeys, with a message where the library raises on what no browser sends, and a field's label
that can be translated."""

from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn import forms
from django.forms import CharField
from django.utils.translation import gettext_lazy as _

ODD = (KeyError, TypeError, ValueError, AttributeError, IndexError)


class AuthenticatePasskeyForm(forms.AuthenticateWebAuthnForm):
    def clean_credential(self):
        try:
            return super().clean_credential()
        except ODD as error:
            raise get_adapter().validation_error("incorrect_code") from error


class ReauthenticatePasskeyForm(AuthenticatePasskeyForm):
    reauthenticated = True


class AddPasskeyForm(forms.AddWebAuthnForm):
    name = CharField(label=_("Name"), required=False)

    def clean(self):
        try:
            return super().clean()
        except ODD as error:
            raise get_adapter().validation_error("incorrect_code") from error


class RenamePasskeyForm(forms.EditWebAuthnForm):
    name = CharField(label=_("Name"))
