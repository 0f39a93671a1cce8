"""Mail to who has forgotten the password: looked up and sent beside the request.

The request itself does the same for every address that is typed, so that neither its words nor its time tell which of
them belong to an account, and a mail server that hangs holds nobody up.
"""

from threading import Thread

from django.conf import settings
from django.contrib.auth.forms import PasswordResetForm
from django.contrib.auth.views import PasswordResetView
from django.db import connections
from django.http import HttpResponseRedirect
from django.urls import reverse_lazy
from django.utils.translation import get_language, override
from django_tasks import task


def send(email: str, language: str) -> None:
    """Send the link to the accounts of that address, if there are any."""
    form = PasswordResetForm({"email": email})
    if form.is_valid():
        with override(language):
            form.save(
                domain_override=settings.SITE_URL,  # instead of the request's; the template writes its own address
                email_template_name="accounts/password_reset_mail.txt",
                subject_template_name="accounts/password_reset_subject.txt",
            )


@task()
def send_by_worker(email: str, language: str) -> None:
    send(email, language)


def _send_and_close(email: str, language: str) -> None:
    try:
        send(email, language)
    finally:
        connections.close_all()


class Ask(PasswordResetView):
    template_name = "accounts/password_reset.html"
    success_url = reverse_lazy("accounts:password-reset-sent")

    def form_valid(self, form):
        words = (form.cleaned_data["email"], get_language())
        if "immediate" not in settings.TASKS["default"]["BACKEND"]:
            send_by_worker.enqueue(*words)
        elif settings.LETTERS_IN_THREAD:
            Thread(target=_send_and_close, args=words, name="password reset", daemon=True).start()
        else:
            send(*words)
        return HttpResponseRedirect(self.get_success_url())


ask = Ask.as_view()
