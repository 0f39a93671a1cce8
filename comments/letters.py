"""Mail to readers and moderators: written down in the transaction that gives rise to it, sent afterwards.

A mail server that refuses or hangs holds nobody up: letters wait in their table and are tried again, later each time.
`send_due` may run in any number of processes at once.
"""

import logging
import threading
from datetime import timedelta
from smtplib import SMTPException, SMTPRecipientsRefused
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import connections, transaction
from django.db.models import F
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django_tasks import task

from articles.languages import direction
from articles.metadata import site_address
from comments.models import Follow, Letter

logger = logging.getLogger(__name__)

#: Waits between tries; after the last one a letter is given up.
WAITS = [timedelta(minutes=minutes) for minutes in (2, 10, 30, 120, 360, 720, 1440, 1440)]
#: Sent letters are kept, empty, for as long as their key keeps the same words from being sent again.
KEPT = timedelta(days=30)

_SIGNER = signing.Signer(salt="comments.word")
_SENDING = threading.Lock()


# The links in letters


def make_token(kind: str, number: int) -> str:
    """Stands for a subscription in an address: `kind` is "answers" or "desk", the number that of its row."""
    return _SIGNER.sign(f"{kind}-{number}").replace(":", ".")


def read_token(token: str) -> tuple[str, int] | None:
    try:
        kind, _dash, number = _SIGNER.unsign(token.replace(".", ":", 1)).partition("-")
        return kind, int(number)
    except (signing.BadSignature, ValueError):
        return None


def link(kind: str, number: int) -> str:
    return site_address(reverse("comments:word", kwargs={"token": make_token(kind, number)}))


# Writing


def write(key: str, to: str, subject: str, template: str, context: dict[str, Any], *, unsubscribe: str = "") -> None:
    """Put a letter on its way, in the language that is active; nothing where one with this key has been written.

    `template` names a text and an HTML template below templates/comments/letters/.
    """
    context = context | {
        "unsubscribe": unsubscribe,
        "language": get_language(),
        "direction": direction(get_language() or settings.LANGUAGE_CODE),
    }
    letter = Letter(
        key=key,
        to=to,
        subject=_line(subject)[:250],
        text=render_to_string(f"comments/letters/{template}.txt", context).strip() + "\n",
        html=render_to_string(f"comments/letters/{template}.html", context),
        unsubscribe=unsubscribe,
        due_at=timezone.now(),
    )
    Letter.objects.bulk_create([letter], ignore_conflicts=True)
    transaction.on_commit(_send_soon, robust=True)


def _line(text: str) -> str:
    """One line: what stands in a header must not begin another."""
    return " ".join(text.split())


# Sending


def _send_soon() -> None:
    if "immediate" not in settings.TASKS["default"]["BACKEND"]:
        send.enqueue()
    elif settings.LETTERS_IN_THREAD:
        threading.Thread(target=_send_and_close, name="letters", daemon=True).start()
    else:
        send_due()


@task()
def send() -> None:
    send_due()


def _send_and_close() -> None:
    if not _SENDING.acquire(blocking=False):
        return
    try:
        send_due()
    finally:
        _SENDING.release()
        connections.close_all()


def send_due() -> int:
    """Send what is due and answer how many letters went out. Stops at the first sign that the mail server is down."""
    count = 0
    connection = get_connection()
    try:
        while letter := Letter.objects.filter(sent_at=None, due_at__lte=timezone.now()).order_by("due_at").first():
            if not _claim(letter):
                continue
            if not _deliver(letter, connection):
                break
            count += letter.sent_at is not None
    finally:
        connection.close()
    return count


def _claim(letter: Letter) -> bool:
    """Keep the letter from others for as long as a try may take, and put the next try off."""
    if letter.tries >= len(WAITS):
        letter.delete()
        logger.error("The letter %s could not be sent in %d tries and is given up.", letter.key, letter.tries)
        return False
    rows = Letter.objects.filter(pk=letter.pk, due_at=letter.due_at, sent_at=None)
    return bool(rows.update(due_at=timezone.now() + WAITS[letter.tries], tries=F("tries") + 1))


def _deliver(letter: Letter, connection: Any) -> bool:
    """False where the server is not to be reached, so that the other letters need not find out as well."""
    headers = {"Auto-Submitted": "auto-generated"}
    if letter.unsubscribe:
        headers["List-Unsubscribe"] = f"<{letter.unsubscribe}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail = EmailMultiAlternatives(letter.subject, letter.text, to=[letter.to], headers=headers, connection=connection)
    mail.attach_alternative(letter.html, "text/html")
    try:
        mail.send()
    except SMTPRecipientsRefused:
        logger.warning("The mail server refuses the address of the letter %s.", letter.key)
        return True
    except (OSError, SMTPException) as error:
        logger.error("The mail server does not take letters: %s. They are tried again.", _line(str(error)))
        return False
    letter.sent_at = timezone.now()
    letter.to = letter.subject = letter.text = letter.html = letter.unsubscribe = ""
    letter.save(update_fields=["sent_at", "to", "subject", "text", "html", "unsubscribe"])
    return True


def purge() -> int:
    """Drop sent letters whose key is not needed any more, and wishes that no mailbox has confirmed."""
    old = timezone.now() - KEPT
    Follow.objects.filter(confirmed_at=None, asked_at__lt=old).delete()
    return Letter.objects.filter(created_at__lt=old).exclude(sent_at=None).delete()[0]
