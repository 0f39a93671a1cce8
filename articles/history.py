"""What a page showed, and who has changed it since, as far as the log of the desk knows.

An import, a command and the site's own upkeep write no lines there: then nobody is named.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.contrib.admin.models import ADDITION, DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Max, Model, Q
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import override

#: How many of the newest lines are looked through; of what was changed before them nobody is named.
LOOKED_THROUGH = 5_000
#: A page that says that it was made longer ago is not believed.
LONGEST = timedelta(days=366)


@dataclass
class Shown:
    """When a page was made, and for each row in it, by its number, words that differ once the row does."""

    rows: dict[str, Any] = field(default_factory=dict)
    at: datetime | None = field(default_factory=timezone.now)

    def __str__(self) -> str:
        return json.dumps({"at": self.at and self.at.isoformat(), "rows": self.rows})

    @classmethod
    def read(cls, sent: str) -> "Shown":
        """What the page sends back; nothing of it is believed to be in order."""
        try:
            said = json.loads(sent)
            at = parse_datetime(said["at"])
            is_likely = at is not None and abs(timezone.now() - at) < LONGEST
            return cls(dict(said["rows"]), at if is_likely else None)
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
            return cls({}, None)

    def fields_of(self, number: str) -> dict[str, str]:
        """What was shown of each field of a row."""
        said = self.rows.get(number)
        return {str(name): str(known) for name, known in said.items()} if isinstance(said, dict) else {}

    def stands(self, rows: Mapping[str, Any]) -> bool:
        """Whether all is still as shown; never where the page does not say what it showed."""
        return self.at is not None and self.rows == rows

    def differing(self, rows: Mapping[str, Any]) -> set[str]:
        """The numbers of rows that are no longer as shown, of those that were added and of those that are gone."""
        return {number for number in {*self.rows, *rows} if self.rows.get(number) != rows.get(number)}


class Log:
    """The lines since a moment about some rows, newest first; read once, when somebody is to be named."""

    def __init__(self, since: datetime | None, rows: Iterable[tuple[type[Model], Iterable[Any]]]):
        self.since = since
        self.rows = [(model, list(filter(str.isdecimal, map(str, numbers)))) for model, numbers in rows]

    @cached_property
    def entries(self) -> list[LogEntry]:
        newest = LogEntry.objects.aggregate(newest=Max("pk"))["newest"] if self.since else None
        if newest is None:
            return []
        about = Q(pk__in=[])
        for model, numbers in self.rows:
            about |= Q(content_type=_kind(model), object_id__in=numbers)
        found = LogEntry.objects.filter(about, pk__gt=newest - LOOKED_THROUGH, action_time__gte=self.since)
        return list(found.select_related("user").order_by("-pk"))

    def of_field(self, row: Model, label: Any) -> LogEntry | None:
        """Who has changed this field, in the row's own form or among the rows of another's."""
        with override(None):  # as Django writes its lines
            name, said, label = str(row._meta.verbose_name), str(row), str(label)
        verbs = None
        for entry in self.entries:
            is_own = (entry.content_type_id, entry.object_id) == (_kind(type(row)).pk, str(row.pk))
            if (parts := _parts(entry)) is None:
                verbs = verbs or (entry if is_own else None)
                continue
            changes = [part["changed"] for part in parts if label in part.get("changed", {}).get("fields", ())]
            if any(is_own if "name" not in one else (one["name"], one["object"]) == (name, said) for one in changes):
                return entry
        return verbs

    def of_end(self, row: Model) -> LogEntry | None:
        """Who has deleted it; nobody where several have deleted rows of its kind."""
        with override(None):
            name = str(row._meta.verbose_name)
        ends = []
        for entry in self.entries:
            if entry.action_flag == DELETION:
                if (entry.content_type_id, entry.object_id) == (_kind(type(row)).pk, str(row.pk)):
                    return entry
            elif any(part.get("deleted", {}).get("name") == name for part in _parts(entry) or ()):
                ends.append(entry)
        return ends[0] if len({entry.user_id for entry in ends}) == 1 else None

    def of_any(self, labels: Collection[Any]) -> LogEntry | None:
        """Who has changed one of these fields last, added or deleted a row, or done something else with one."""
        with override(None):
            wanted = {str(label) for label in labels}
        for entry in self.entries:
            parts = _parts(entry)
            if parts is None or entry.action_flag in {ADDITION, DELETION}:
                return entry
            if any("name" not in one and wanted & {*one["fields"]} for one in _changes(parts)):
                return entry
        return None


def say(entry: LogEntry | None, known: str, unknown: str, **words: str) -> str:
    """The sentence with name and time where they are known, else the other one."""
    if entry is None:
        return unknown % words
    when = timezone.localtime(entry.action_time)
    is_today = when.date() == timezone.localdate()
    said = date_format(when, "H:i" if is_today else "SHORT_DATETIME_FORMAT")
    return known % {**words, "who": entry.user.get_full_name() or entry.user.get_username(), "when": said}


def _kind(model: type[Model]) -> ContentType:
    return ContentType.objects.get_for_model(model, for_concrete_model=False)


def _parts(entry: LogEntry) -> list[dict] | None:
    """What a form has written there; None for the words of a verb."""
    try:
        parts = json.loads(entry.change_message)
    except ValueError:
        return None
    return [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else None


def _changes(parts: list[dict]) -> list[dict]:
    return [part["changed"] for part in parts if part.get("changed", {}).get("fields")]
