"""Related rows as one JSON column, so that a page with many small relations stays one query."""

from datetime import UTC, datetime

from django.db.models import Aggregate, JSONField, OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject
from django.utils import timezone
from django.utils.dateparse import parse_datetime


class _Group(Aggregate):
    """All values of a JSON expression as a JSON array; order is not promised."""

    output_field = JSONField()
    allow_distinct = False

    def as_sqlite(self, compiler, connection, **extra):
        return super().as_sql(compiler, connection, function="JSON_GROUP_ARRAY", **extra)

    def as_postgresql(self, compiler, connection, **extra):
        return super().as_sql(compiler, connection, function="JSONB_AGG", **extra)


def rows(queryset: QuerySet, link: str, outer: str = "pk", **fields: str) -> Subquery:
    """A subquery for `annotate`: rows of `queryset` whose `link` equals the outer row's `outer`, as a list of dicts.

    `fields` maps keys to field paths. The value is None or [] where there is no row; sort it in Python.
    """
    linked = queryset.order_by().filter(**{link: OuterRef(outer)})
    grouped = linked.values(link).annotate(_rows=_Group(JSONObject(**fields))).values("_rows")
    return Subquery(grouped, output_field=JSONField())


def read_moment(value: datetime | str | None) -> datetime | None:
    """A moment as the databases hand it out of JSON and plain SELECTs: text, on SQLite without a zone."""
    if isinstance(value, str):
        value = parse_datetime(value)
    if value is None:
        return None
    return value.replace(tzinfo=UTC) if timezone.is_naive(value) else value
