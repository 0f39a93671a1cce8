"""Where addresses have gone: written when one moves, without chains and loops; and those nobody has found."""

import logging
import re
from urllib.parse import unquote

from django.db import DatabaseError, transaction
from django.db.models import F, Q
from django.utils import timezone

from articles.models import Article
from newsroom.redirects.models import NotFound, Redirect

logger = logging.getLogger(__name__)

#: A column that is indexed holds about 2,700 bytes on PostgreSQL.
MAX_BYTES = 2500
#: Below these nothing is noted: what is not there is not meant for readers, or names a secret.
OWN = ("/admin/", "/accounts/", "/preview/", "/static/", "/media/")
#: Rows of addresses not found; a new one takes the place of the one least asked for.
MOST_NOT_FOUND = 1000
#: Articles under DotNetNuke: /News/ArtMID/412/ArticleID/98/Its-headline
DNN = re.compile(r"/ArticleID/([0-9]{1,18})(?:/|$)", re.IGNORECASE)


class Loop(ValueError):
    """The address would lead back to itself."""


def fits(path: str) -> bool:
    """Whether a column that is indexed can hold the path."""
    return "\0" not in path and len(path) <= 1000 and len(path.encode("utf-8", "replace")) <= MAX_BYTES


def end_of(path: str, start: str) -> str:
    """Where `path` ends if what stands in the table is followed. Raises Loop where that is `start`, or never comes."""
    seen = {start}
    while True:
        if path in seen:
            raise Loop(path)
        seen.add(path)
        row = Redirect.objects.filter(old_path=unquote(path), article__isnull=True).exclude(new_path="").first()
        if row is None:
            return path
        path = row.new_path


@transaction.atomic
def move(old: str, new: str) -> None:
    """Lead `old` to `new`, an address that answers now; what led to `old` leads there as well, in one step.

    Both are paths, percent-decoded or not. A redirect away from `new` ends: the address is taken again.
    """
    old, new = unquote(old), unquote(new)
    if old == new or not fits(old) or not fits(new):
        return
    Redirect.objects.filter(old_path=new).delete()
    Redirect.objects.update_or_create(old_path=old, defaults={"new_path": new, "article": None})
    shorten(old, new)


def close(old: str) -> None:
    """Let `old` answer “gone”, and what led there as well."""
    old = unquote(old)
    if fits(old):
        Redirect.objects.update_or_create(old_path=old, defaults={"new_path": "", "article": None})
        shorten(old, "")


def shorten(old: str, new: str) -> None:
    """Let what leads to `old` lead to `new` at once."""
    Redirect.objects.filter(new_path__in=_spellings(old), article__isnull=True).exclude(old_path=new).update(
        new_path=new
    )


def _spellings(path: str) -> set[str]:
    from django.utils.encoding import iri_to_uri

    return {path, iri_to_uri(path) or path}


def imported_article(path: str) -> Article | None:
    """The article that an address of DotNetNuke names by the number it had there; None where none came in, or two."""
    from django.contrib.contenttypes.models import ContentType

    from newsroom.importers.models import ImportedItem

    found = DNN.search(path)
    if not found:
        return None
    kind = ContentType.objects.get_for_model(Article)
    pks = ImportedItem.objects.filter(key=str(int(found[1])), content_type=kind).values_list("object_id", flat=True)
    numbers = set(pks[:2])
    return Article.objects.public().filter(pk__in=numbers).first() if len(numbers) == 1 else None


def note_not_found(path: str) -> None:
    """Count one more request for an address that is not there. Never raises: the reader's answer goes first."""
    if path.startswith(OWN) or len(path) > 500 or not path.isprintable():
        return
    now = timezone.now()
    try:
        with transaction.atomic():
            if NotFound.objects.filter(path=path).update(hits=F("hits") + 1, seen_at=now):
                return
            excess = NotFound.objects.count() - MOST_NOT_FOUND + 1
            if excess > 0:
                least = list(NotFound.objects.order_by("hits", "seen_at").values_list("pk", flat=True)[:excess])
                NotFound.objects.filter(pk__in=least).delete()
            NotFound.objects.bulk_create([NotFound(path=path, seen_at=now)], ignore_conflicts=True)
    except DatabaseError:
        logger.warning("An address that was not found could not be counted", exc_info=True)


def forget_not_found(path: str) -> None:
    NotFound.objects.filter(Q(path=path) | Q(path=unquote(path))).delete()
