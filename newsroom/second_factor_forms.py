"""allauth's forms of passkeys, with a message where the library raises on what no browser sends."""

from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn import forms

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
    def clean(self):
        try:
            return super().clean()
        except ODD as error:
            raise get_adapter().validation_error("incorrect_code") from error
