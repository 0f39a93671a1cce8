"""Many small questions in one query: related rows as one JSON column, and the first rows of many lists."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.models import Aggregate, JSONField, Manager, OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from articles.prepared import Statement


class _Group(Aggregate):
    """All values of a JSON expression as a JSON array; order is not promised."""

    output_field = JSONField()
    allow_distinct = False

    def as_sqlite(self, compiler, connection, **extra):
        return super().as_sql(compiler, connection, function="JSON_GROUP_ARRAY", **extra)

    def as_postgresql(self, compiler, connection, **extra):
        return super().as_sql(compiler, connection, function="JSONB_AGG", **extra)


def rows(queryset: QuerySet | Manager, link: str, outer: str = "pk", **fields: str) -> Subquery:
    """A subquery for `annotate`: rows of `queryset` whose `link` equals the outer row's `outer`, as a list of dicts.

    `fields` maps keys to field paths. The value is None or [] where there is no row; sort it in Python.
    """
    linked = queryset.order_by().filter(**{link: OuterRef(outer)})
    grouped = linked.values(link).annotate(_rows=_Group(JSONObject(**fields))).values("_rows")
    return Subquery(grouped, output_field=JSONField())


def first_of_each(lists: Mapping[Any, Statement]) -> dict[Any, list[int]]:
    """The values of many statements that answer one column (articles/prepared.py), in one SELECT."""
    return {key: [value for (value,) in found] for key, found in of_each(lists).items()}


def of_each(lists: Mapping[Any, Statement]) -> dict[Any, list[tuple[Any, ...]]]:
    """What many statements answer that are ordered and cut and have the same columns, in one SELECT.

    Each list walks its own index and stops. Conditions put together by OR would not: PostgreSQL then reads the table
    through and asks of every row whether it is in one of the lists.
    """
    keys, parts = list(lists), []
    params: list[Any] = []
    for place, key in enumerate(keys):
        sql, values = lists[key]
        parts.append(f"SELECT {place}, found.* FROM ({sql}) found")  # noqa: S608  (SQL of the ORM's own)
        params += values
    found: dict[Any, list[tuple[Any, ...]]] = {key: [] for key in keys}
    if parts:
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(parts), params)
            for place, *row in cursor.fetchall():
                found[keys[place]].append(tuple(row))
    return found


def read_moment(value: datetime | str | None) -> datetime | None:
    """A moment as the databases hand it out of JSON and plain SELECTs: text, on SQLite without a zone."""
    if isinstance(value, str):
        value = parse_datetime(value)
    if value is None:
        return None
    return value.replace(tzinfo=UTC) if timezone.is_naive(value) else value
