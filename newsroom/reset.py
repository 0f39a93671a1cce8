"""Mail to who has forgotten the password: looked up and sent beside the request.

The request itself does the same for every address that is typed, so that neither its words nor its time tell which of
them belong to an account, and a mail server that hangs holds nobody up.
"""

from datetime import timedelta
from threading import Thread

from django.conf import settings
from django.contrib.auth.forms import PasswordResetForm
from django.contrib.auth.views import PasswordResetView
from django.db import connections
from django.http import HttpResponseRedirect
from django.urls import reverse_lazy
from django.utils.translation import get_language, override
from django_tasks import task

from articles.visitors import hit_limit

#: Letters to one address in a window.
LETTERS, WINDOW = 5, timedelta(hours=1)


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


def _begin(email: str, language: str) -> None:
    if "immediate" not in settings.TASKS["default"]["BACKEND"]:
        send_by_worker.enqueue(email, language)
    elif settings.LETTERS_IN_THREAD:
        Thread(target=_send_and_close, args=(email, language), name="password reset", daemon=True).start()
    else:
        send(email, language)


class Ask(PasswordResetView):
    """The same answer to all: also to who asks again and again, and fills nobody's mailbox with it."""

    template_name = "accounts/password_reset.html"
    success_url = reverse_lazy("accounts:password-reset-sent")

    def form_valid(self, form):
        email = form.cleaned_data["email"]
        if not hit_limit(f"password-reset:{email.casefold()}", LETTERS, WINDOW):
            _begin(email, get_language())
        return HttpResponseRedirect(self.get_success_url())


ask = Ask.as_view()
