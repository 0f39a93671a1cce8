"""Links that show one version to people without an account: signed, ending, and revoked at will."""

from datetime import timedelta
from typing import Any

from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from articles import workflow
from articles.metadata import site_address
from articles.models import ArticleRevision, PreviewLink

SALT = "preview link"
#: Days that a link may last.
DAYS = (1, 7, 30)


def token(link: PreviewLink) -> str:
    return signing.Signer(salt=SALT).sign_object(link.pk)


def address(link: PreviewLink) -> str:
    return site_address(reverse("preview", args=[token(link)]))


def find(text: str) -> PreviewLink | None:
    """The open link that an address names."""
    try:
        pk = signing.Signer(salt=SALT).unsign_object(text)
    except (signing.BadSignature, ValueError):
        return None
    link = PreviewLink.objects.select_related("revision").filter(pk=pk).first()
    return link if link and link.is_open else None


def share(revision: ArticleRevision, *, by: Any, days: int) -> PreviewLink:
    """Make a link. Raises WorkflowError."""
    with transaction.atomic():
        _check(revision, by)
        ends = timezone.now() + timedelta(days=days)
        link = PreviewLink.objects.create(revision=revision, created_by=by, expires_at=ends)
        workflow.log(revision.article, by, _("%(version)s shared") % {"version": str(revision).capitalize()})
    return link


def revoke(link: PreviewLink, *, by: Any) -> None:
    """End a link at once. Raises WorkflowError."""
    with transaction.atomic():
        _check(link.revision, by)
        if PreviewLink.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=timezone.now()):
            said = _("link to %(version)s revoked") % {"version": link.revision}
            workflow.log(link.revision.article, by, said.capitalize())


def _check(revision: ArticleRevision, by: Any) -> None:
    if not workflow.owns(revision.article, by):
        raise workflow.WorkflowError(
            _("Your role does not allow it: “%(headline)s” cannot be %(verb)s by you."),
            params={"headline": revision.article.headline, "verb": _("shared")},
        )
