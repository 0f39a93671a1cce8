"""Queries that are put together once in each process, and asked again and again with other values.

For the pages that readers ask most: to build and compile the query of an article's page costs several times as much as
to run it. `@prepared` makes of a function that answers a queryset (of models, or by `values_list`) one that answers its
rows:

    @prepared
    def shown(*, now: datetime, pk: int) -> QuerySet:
        return Article.objects.public(now).filter(pk=pk)

    rows = shown(now=timezone.now(), pk=7)

The function may look at nothing but its arguments. Moments, whole numbers, texts and tuples of these are values that
change from call to call; an argument that decides what the query looks like is named `_like_this`.
"""

import copy
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from functools import update_wrapper
from itertools import count
from threading import Lock
from types import SimpleNamespace
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import QuerySet
from django.db.models.query import ModelIterable, ValuesListIterable
from django.db.models.sql.compiler import SQLCompiler

#: SQL and its parameters.
Statement = tuple[str, tuple[Any, ...]]


class prepared:
    def __init__(self, build: Callable[..., QuerySet]):
        self.build = build
        self.statements: dict[Any, _Statement] = {}
        self.lock = Lock()
        update_wrapper(self, build)

    def __call__(self, **arguments: Any) -> list[Any]:
        """The rows as the queryset would answer them."""
        return self._compiled(arguments).rows(arguments)

    def statement(self, **arguments: Any) -> Statement:
        """The SQL and its parameters, to be put together with others."""
        found = self._compiled(arguments)
        return found.sql, found.bound(_values(arguments))

    def _compiled(self, arguments: dict[str, Any]) -> "_Statement":
        vendor = connections[DEFAULT_DB_ALIAS].vendor
        key = (vendor, *((name, _kind(name, value)) for name, value in arguments.items()))
        if key not in self.statements:
            with self.lock:
                self.statements[key] = _Statement(self.build, arguments)
        return self.statements[key]


def filled(numbers: Iterable[int], step: int) -> tuple[int, ...]:
    """The numbers and some that no row has, so that statements differ by few lengths of their lists."""
    found = tuple(numbers)
    missing = -len(found) % step if found else step
    return found + tuple(range(-1, -1 - missing, -1))


class _Statement:
    """A compiled query, and which of its parameters each value goes to."""

    def __init__(self, build: Callable[..., QuerySet], arguments: dict[str, Any]):
        first, second = _stand_ins(arguments, 1), _stand_ins(arguments, 1 + len(_values(arguments)))
        rows = build(**first)
        self.compiler, self.sql, parameters = _compile(rows)
        self.converters = self.compiler.get_converters([column[0] for column in self.compiler.select])
        self.is_list = rows._iterable_class is ValuesListIterable
        _compiler, sql, others = _compile(build(**second))
        places = {value: place for place, value in enumerate(_values(first))}
        self.parameters = [(places.get(value), value) for value in parameters]
        # What differs between two compilations and is no argument is something that the function has looked up itself.
        if (sql, others) != (self.sql, self.bound(_values(second))):
            raise TypeError(f"{build.__qualname__} looks at more than its arguments")

    def bound(self, values: list[Any]) -> tuple[Any, ...]:
        return tuple(value if place is None else values[place] for place, value in self.parameters)

    def rows(self, arguments: dict[str, Any]) -> list[Any]:
        values = _values(arguments)
        if any(isinstance(value, int) and abs(value) >= 2**63 for value in values):
            return []  # a number out of an address that no column holds
        parameters = self.bound(values)
        # A compiler of the caller's own: it keeps the connection, and what it has read of the answer.
        compiler: Any = copy.copy(self.compiler)
        compiler.connection = connections[DEFAULT_DB_ALIAS]
        compiler.as_sql = lambda *_options, **_more: (self.sql, parameters)
        compiler.get_converters = lambda _expressions: self.converters
        if self.is_list:
            return list(compiler.results_iter(tuple_expected=True))
        query = SimpleNamespace(get_compiler=lambda **_where: compiler)
        source: Any = SimpleNamespace(db=DEFAULT_DB_ALIAS, query=query, _known_related_objects={})
        return list(ModelIterable(source))


def _compile(rows: QuerySet) -> tuple[SQLCompiler, str, tuple[Any, ...]]:
    compiler = rows.query.get_compiler(DEFAULT_DB_ALIAS)
    sql, parameters = compiler.as_sql()
    return compiler, sql, tuple(parameters)


def _kind(name: str, value: Any) -> Any:
    if name.startswith("_"):
        return value
    return len(value) if isinstance(value, tuple) else type(value)


def _stand_ins(arguments: dict[str, Any], first: int) -> dict[str, Any]:
    """The arguments with values of the same kinds that no query holds by itself, numbered from `first` on."""
    number = count(first)

    def stand_in(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(stand_in(part) for part in value)
        if isinstance(value, datetime):
            return datetime(9000, 1, 1, tzinfo=UTC) + timedelta(microseconds=next(number))
        return 2**62 + next(number) if isinstance(value, int) else f"stand-in {next(number)}"

    return {name: value if name.startswith("_") else stand_in(value) for name, value in arguments.items()}


def _values(arguments: dict[str, Any]) -> list[Any]:
    """What changes of the arguments, as it stands among a statement's parameters."""
    adapt = connections[DEFAULT_DB_ALIAS].ops.adapt_datetimefield_value
    found: list[Any] = []
    for name, value in arguments.items():
        if not name.startswith("_"):
            found += value if isinstance(value, tuple) else [value]
    return [adapt(value) if isinstance(value, datetime) else value for value in found]
