"""The Django cache on Redis or Valkey, without which the site is slower and never stops.

Away, hung or full, the server costs one short wait, then it is left alone for some seconds; meanwhile nothing is found
and nothing is kept. What must be right does not live here: limits and sessions are rows of the database.
"""

import functools
import logging
import pickle
import time
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError
from redis.retry import Retry

logger = logging.getLogger(__name__)

#: Seconds for connecting and for an answer; together they are the most that one request waits.
CONNECT, ANSWER = 0.05, 0.05
#: Seconds for which a server that has failed is not asked again, and between two lines in the log.
REST, LOG_EVERY = 5, 60
#: What a key holds that somebody else wrote: nothing of ours.
UNREADABLE = (
    pickle.UnpicklingError,
    ValueError,
    EOFError,
    AttributeError,
    ImportError,
    IndexError,
    TypeError,
    KeyError,
)


class Breaker:
    """Whether a server may be asked; one a process and server, since Django makes a cache object for each thread."""

    def __init__(self) -> None:
        self.rests_until = self.logged = -1e9

    @property
    def is_open(self) -> bool:
        return time.monotonic() < self.rests_until

    def failed(self, error: Exception) -> None:
        now = time.monotonic()
        # A key of the wrong type is no reason to leave the server alone, nor is a memory that is full.
        if not isinstance(error, ResponseError):
            self.rests_until = now + REST
        if now - self.logged >= LOG_EVERY:
            self.logged = now
            logger.error("The cache does not answer as it should; the site goes on without: %s", error)


@functools.cache
def _breaker(server: str) -> Breaker:
    return Breaker()


def _softly(name: str, otherwise: Callable[..., Any]) -> Callable[..., Any]:
    """RedisCache's method of that name; `otherwise` answers while the server does not."""
    method = getattr(RedisCache, name)

    @functools.wraps(method)
    def call(self: "SoftRedisCache", *args: Any, **kwargs: Any) -> Any:
        if self.breaker.is_open:
            return otherwise(*args, **kwargs)
        try:
            return method(self, *args, **kwargs)
        except (RedisError, OSError) as error:
            self.breaker.failed(error)
            return otherwise(*args, **kwargs)

    return call


def _nothing_to_count(key: Any, *args: Any, **kwargs: Any) -> Any:
    raise ValueError(f"Key '{key}' not found.")  # what Django's caches say of a key that is not there


class SoftRedisCache(RedisCache):
    def __init__(self, server, params):
        options = {
            "socket_connect_timeout": CONNECT,
            "socket_timeout": ANSWER,
            "retry": Retry(NoBackoff(), 0),
            **params.get("OPTIONS", {}),
        }
        super().__init__(server, {**params, "OPTIONS": options})
        self.breaker = _breaker(str(server))

    _get = _softly("get", lambda key, default=None, version=None: default)
    _get_many = _softly("get_many", lambda keys, version=None: {})
    add = _softly("add", lambda *args, **kwargs: False)
    set = _softly("set", lambda *args, **kwargs: None)
    touch = _softly("touch", lambda *args, **kwargs: False)
    delete = _softly("delete", lambda *args, **kwargs: False)
    has_key = _softly("has_key", lambda *args, **kwargs: False)
    incr = _softly("incr", _nothing_to_count)
    set_many = _softly("set_many", lambda data, *args, **kwargs: list(data))
    delete_many = _softly("delete_many", lambda *args, **kwargs: None)
    clear = _softly("clear", lambda *args, **kwargs: False)

    def get(self, key, default=None, version=None):
        try:
            return self._get(key, default, version)
        except UNREADABLE as error:
            self.breaker.failed(ResponseError(f"{key}: {error}"))
            return default

    def get_many(self, keys, version=None):
        keys = list(keys)
        try:
            return self._get_many(keys, version)
        except UNREADABLE as error:
            self.breaker.failed(ResponseError(str(error)))
            return {}
