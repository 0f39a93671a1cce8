"""F3: the cache server is stopped, hung, flushed, full, or holds something else under our keys."""

import os
import socket

import pytest
from django.core.cache import caches

from newsroom import cache as module
from newsroom.cache import SoftRedisCache
from tests.factories import make_article

#: A server whose database the suite may empty, as the suite on PostgreSQL and Redis names it.
SERVER = os.environ.get("CACHE_URL", "")


@pytest.fixture(autouse=True)
def _fresh_breakers():
    module._breaker.cache_clear()
    yield
    module._breaker.cache_clear()


@pytest.fixture
def hung():
    """A server that takes connections and never says a word; the list holds those that it took."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        listener.setblocking(False)
        yield listener


def connections(listener):
    taken = 0
    while True:
        try:
            listener.accept()[0].close()
        except BlockingIOError:
            return taken
        taken += 1


def address(listener):
    host, port = listener.getsockname()
    return f"redis://{host}:{port}/0"


def stopped():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return address(listener)


def use(cache):
    """Every method once, with the answers."""
    answers = {
        "get": cache.get("a", "default"),
        "set": cache.set("a", 1),
        "add": cache.add("a", 1),
        "get_many": cache.get_many(["a", "b"]),
        "set_many": cache.set_many({"a": 1}),
        "touch": cache.touch("a"),
        "delete": cache.delete("a"),
        "delete_many": cache.delete_many(["a"]),
        "has_key": "a" in cache,
        "get_or_set": cache.get_or_set("a", lambda: 7),
        "clear": cache.clear(),
    }
    with pytest.raises(ValueError, match="not found"):
        cache.incr("a")
    return answers


NOTHING = {
    "get": "default",
    "set": None,
    "add": False,
    "get_many": {},
    "set_many": ["a"],
    "touch": False,
    "delete": False,
    "delete_many": None,
    "has_key": False,
    "get_or_set": 7,
    "clear": False,
}


def test_stopped_server_is_an_empty_cache():
    """F3"""
    assert use(SoftRedisCache(stopped(), {})) == NOTHING


def test_hung_server_is_waited_for_once_and_then_left_alone(hung):
    """F3: however many things a request asks for, and however many threads ask."""
    assert use(SoftRedisCache(address(hung), {})) == NOTHING
    assert use(SoftRedisCache(address(hung), {})) == NOTHING
    assert connections(hung) == 1
    assert module.CONNECT + module.ANSWER <= 0.1


def test_server_is_asked_again_after_a_rest(hung):
    """F3"""
    cache = SoftRedisCache(address(hung), {})
    cache.get("a")
    cache.breaker.rests_until = 0
    cache.get("a")
    assert connections(hung) == 2


def test_failure_is_logged_once_a_minute(caplog):
    """F3"""
    cache = SoftRedisCache(stopped(), {})
    for _ in range(20):
        cache.breaker.rests_until = 0
        cache.get("a")
    assert len(caplog.records) == 1
    cache.breaker.logged -= module.LOG_EVERY
    cache.breaker.rests_until = 0
    cache.get("a")
    assert len(caplog.records) == 2


@pytest.fixture
def server():
    if not SERVER:
        pytest.skip("CACHE_URL names no server")
    cache = SoftRedisCache(SERVER, {"KEY_PREFIX": "newsroom-test"})
    cache._cache.get_client(write=True).flushdb()
    yield cache
    cache._cache.get_client(write=True).flushdb()


def test_answering_server_is_a_cache(server):
    assert server.set("a", {"b": 1}) is None
    assert server.get("a") == {"b": 1}
    assert server.add("a", 2) is False
    server.set("n", 1)
    assert server.incr("n") == 2
    assert server.get_many(["a", "n", "x"]) == {"a": {"b": 1}, "n": 2}
    assert server.get("x", "default") == "default"
    assert server.delete("a") is True


def test_flushed_server_is_an_empty_cache(server):
    """F3"""
    server.set("a", 1)
    server._cache.get_client(write=True).flushdb()
    assert server.get("a") is None


def test_key_that_holds_something_else_is_not_there_and_others_are(server):
    """F3"""
    client = server._cache.get_client(write=True)
    client.rpush(server.make_key("list"), "x")
    client.set(server.make_key("junk"), b"\x80junk")
    server.set("fine", 1)
    assert server.get("list", "default") == "default"
    assert server.get("junk", "default") == "default"
    assert server.get_many(["junk"]) == {}
    assert server.get("fine") == 1


@pytest.mark.django_db
def test_site_answers_while_the_cache_hangs(client, hung, settings):
    """F3"""
    settings.CACHES = {"default": {"BACKEND": "newsroom.cache.SoftRedisCache", "LOCATION": address(hung)}}
    assert isinstance(caches["default"], SoftRedisCache)
    article = make_article()
    for path in ("/", article.get_absolute_url(), article.get_rating_url(), "/admin/login/", "/readyz"):
        assert client.get(path).status_code < 500, path
    assert client.post(article.get_rating_url(), {"stars": "5"}, HTTP_ORIGIN="http://testserver").status_code == 303
    assert connections(hung) <= 1
