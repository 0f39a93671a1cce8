"""The WSGI layer that answers readers from memory, in front of Django's handler.

A hit touches neither the database nor Django. Pages are rendered from their address alone (no cookie, no other header
of the reader gets through), so what is kept is the same for everybody; somebody with a session goes past. What has gone
stale is read from the table that articles/stale.py writes, by a thread, twice a second.
"""

import bisect
import functools
import gzip
import hashlib
import logging
import os
import re
import threading
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

import brotli
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import QuerySet
from django.dispatch import Signal
from django.utils import timezone

from articles import stale
from articles.archive import start_of
from articles.languages import edition_of, named_in
from articles.prepared import prepared
from articles.tail import Tail
from articles.visitors import is_trusted_proxy, parse_address

logger = logging.getLogger(__name__)

#: Seconds for which a page stands though nothing has marked it: readings, ratings and sidebars may lag so long.
LIFE = 300
#: The same for redirects, and for pages that say that there is nothing.
LIFE_OF_ERROR = 10
#: Seconds between two looks at the table of stale tags.
LOOK_EVERY = 0.5
#: Coming moments are asked for again after so long, marks or none.
MOMENTS_EVERY = 60
#: Stories are announced and scheduled changes published after so long, where nothing else has done it.
PUBLISH_EVERY = 5
#: Seconds for which others wait for the one who renders a page, before they render it themselves.
PATIENCE = 10
#: Bytes above which a page is not kept, and below which compressing it gains nothing.
LARGEST, SMALLEST = 2_000_000, 256
KEPT_STATUS = {200, 301, 404, 410}

NEVER = re.compile(r"^/(?:static|media|admin|accounts|preview)/|^/(?:healthz|readyz)$")
#: What is kept, and the parameters that these pages read: any other is nothing to them and is taken away. Of a path
#: that is not here only an error or a redirect is kept.
PAGES = [
    (re.compile(pattern), frozenset(parameters.split()))
    for pattern, parameters in (
        (r"^/$", "p page_id attachment_id"),
        (r"^/articles/\d+/(?!(?:rating|read)/)[^/]+/$", ""),
        (r"^/articles/\d+/[^/]+/changes/$", ""),
        (r"^/(?:categories|authors|tags)/(?:[^/]+/)?$", "older newer"),
        (r"^/archive/(?:[a-z]+/)?(?:\d+/){0,3}$", "category older newer"),
        (r"^/corrections/$", "older newer"),
        (r"^/appeals/$", "older newer before after"),
        (r"^/appeals/[^/]+/$", ""),
        (r"^/pages/[^/]+/$", ""),
        (r"^(?:/(?:categories|authors|tags)/[^/]+|/corrections)?/feed/(?:atom/|json/)?$", ""),
        (r"^(?:/articles/\d+/[^/]+)?/comments/feed/(?:atom/|json/)?$", ""),
        (r"^/search/$", "q category author tag from to language older newer"),
        (r"^/search/suggest/$", "q"),
        (r"^/(?:sitemap|news-sitemap|opensearch)\.xml$|^/robots\.txt$", ""),
    )
]
LONGEST_QUERY = 500
#: Of a reader's headers these alone reach the view of a page that is kept.
PASSED = {"HTTP_HOST", "HTTP_X_FORWARDED_PROTO"}


#: Sent with `tags` once a process has let go of what others have marked.
let_go = Signal()


class Entry:
    """A page as it goes out: headers and body for each encoding, ready made."""

    __slots__ = ("answers", "began", "etags", "is_used", "key", "language", "modified", "size", "tags", "until")

    def __init__(self, key, status, headers, body, *, tags, language, began, life):
        self.key, self.tags, self.language = key, tags, language
        #: When its rendering began, by the clock: it holds nothing newer.
        self.began, self.until = began, began + life
        self.is_used = False
        kept = [(name, value) for name, value in headers if name.lower() not in REMADE]
        control = next((value for name, value in headers if name.lower() == "cache-control"), "")
        if "max-age" not in control:
            control = "public, max-age=0"
        if status.startswith("200") and "s-maxage" not in control:
            # Caches in front keep it for a second, unless they are told of changes.
            control += f", s-maxage={int(life) if settings.PURGE_URLS else 1}"
        kept += [("Cache-Control", control), ("Vary", "Accept-Encoding"), ("Cache-Tag", ",".join(sorted(tags)))]
        self.modified = _seconds(next((value for name, value in kept if name == "Last-Modified"), ""))
        digest = hashlib.blake2b(body, digest_size=12).hexdigest()
        self.etags = {}
        self.answers = {}
        bodies = {"": body}
        if len(body) >= SMALLEST and not any(name == "Content-Encoding" for name, _value in kept):
            bodies["gzip"] = gzip.compress(body, 6, mtime=0)
            bodies["br"] = brotli.compress(body, quality=5)
        for encoding, content in bodies.items():
            etag = f'"{digest}-{encoding}"' if encoding else f'"{digest}"'
            with_etag = [*kept, ("ETag", etag)]
            full = [*with_etag, ("Content-Length", str(len(content)))]
            if encoding:
                full.append(("Content-Encoding", encoding))
            self.etags[encoding] = etag
            self.answers[encoding] = (status, full, content, with_etag)
        self.size = sum(len(content) for content in bodies.values()) + 2000

    def is_known(self, environ) -> bool:
        """Whether the reader has this very page already (RFC 9110: If-None-Match counts before the date)."""
        if (claimed := environ.get("HTTP_IF_NONE_MATCH")) is not None:
            names = {name.strip().removeprefix("W/") for name in claimed.split(",")}
            return "*" in names or not names.isdisjoint(self.etags.values())
        if self.modified and (claimed := environ.get("HTTP_IF_MODIFIED_SINCE")):
            since = _seconds(claimed)
            return since is not None and since >= self.modified
        return False


#: Headers that the layer writes itself, in lower case.
REMADE = {"content-length", "etag", "vary", "cache-control"}


def _seconds(date: str) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp() if date else None
    except ValueError:
        return None


@functools.lru_cache(maxsize=512)
def encoding_for(accepted: str) -> str:
    """The best of our encodings that an Accept-Encoding header takes: br, gzip or none."""
    qualities = {}
    for part in accepted.lower().split(","):
        name, _, parameters = part.partition(";")
        quality = parameters.strip().removeprefix("q=").strip()
        try:
            qualities[name.strip()] = float(quality) if quality else 1.0
        except ValueError:
            qualities[name.strip()] = 0.0
    anything = qualities.get("*", 0.0)
    return next((name for name in ("br", "gzip") if qualities.get(name, anything) > 0), "")


@functools.lru_cache(maxsize=2048)
def parameters_of(path: str) -> frozenset[str] | None:
    """The parameters that the page at a path reads; None for a path that is none of PAGES."""
    language = named_in(path)
    if language:
        path = path[len(language) + 1 :] or "/"
    return next((names for pattern, names in PAGES if pattern.search(path)), None)


@functools.lru_cache(maxsize=1024)
def _is_proxy(address: str) -> bool:
    return is_trusted_proxy(parse_address(address))


class Moments:
    """Coming moments at which the clock changes an edition's pages, and the last one that has come."""

    def __init__(self, coming: list[float], since: float):
        self.coming, self.since = coming, since

    def last(self, now: float) -> float:
        place = bisect.bisect_right(self.coming, now)
        return self.coming[place - 1] if place else self.since


class PageCache:
    """Wraps a WSGI application. With `follows` a thread looks at the table of stale tags; else call `look`."""

    def __init__(self, application: Callable, *, size: int, follows: bool = True):
        self.application = application
        self.limit, self.follows = size, follows
        self.session = settings.SESSION_COOKIE_NAME
        self._begin()
        stale.marked.connect(self._hear)
        os.register_at_fork(after_in_child=self._begin)

    def _begin(self) -> None:
        """Nothing is known: at the start, and in a process that was forked off one that knew something."""
        self.pages: dict[tuple, Entry] = {}
        self.by_tag: dict[str, set[tuple]] = {}
        self.size = 0
        self.lock = threading.RLock()
        self.rendering: dict[tuple, threading.Event] = {}
        self.unkept: dict[tuple, float] = {}
        #: When a tag was last marked, by the monotonic clock: what was being rendered then is not kept.
        self.marks: dict[str, float] = {}
        self.moments: dict[str, Moments] | None = None
        self.moments_until = 0.0
        self.tail = Tail()
        self.thread: threading.Thread | None = None

    # Requests

    def __call__(self, environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return self.application(environ, start_response)
        query = environ.get("QUERY_STRING", "")
        cookie = environ.get("HTTP_COOKIE", "")
        if (cookie and self.session in cookie) or "HTTP_AUTHORIZATION" in environ:
            return self.application(environ, start_response)
        path = environ["PATH_INFO"]
        host = environ.get("HTTP_HOST", "")
        scheme = environ.get("wsgi.url_scheme", "http")
        if "HTTP_X_FORWARDED_PROTO" in environ and _is_proxy(environ.get("REMOTE_ADDR", "")):
            scheme = environ["HTTP_X_FORWARDED_PROTO"]
        if not query:
            # The way of nearly every reader: one look into a dictionary.
            key = (scheme, host, path, "")
            entry = self.pages.get(key)
            if entry is not None and self._is_fresh(entry):
                return self._answer(entry, environ, start_response)
        if NEVER.search(path):
            return self.application(environ, start_response)
        if self.follows and self.thread is None:
            self._follow()
        known = parameters_of(path)
        if known is None:
            if query or cookie or environ["REQUEST_METHOD"] == "HEAD" or self.moments is None:
                return self.application(environ, start_response)
            return self._keep_errors((scheme, host, path, ""), environ, start_response)
        query = self._query(query, known)
        if query is None:
            return self.application(environ, start_response)
        key = (scheme, host, path, query)
        entry = self.pages.get(key)
        if entry is not None and self._is_fresh(entry):
            return self._answer(entry, environ, start_response)
        if self.moments is None or self.unkept.get(key, 0) > time.monotonic():
            return self.application(environ, start_response)
        return self._render(key, environ, start_response)

    @staticmethod
    def _query(query: str, known: frozenset[str]) -> str | None:
        """The query as the key holds it: what the page reads, in one order. None for one that is not read at all."""
        if not query or not known:
            return ""
        if len(query) > LONGEST_QUERY:
            return None
        try:
            pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=20, errors="strict")
        except ValueError:
            return None
        last = {name: value for name, value in pairs if name in known}  # of several, views take the last
        return urlencode(sorted(last.items()))

    def _is_fresh(self, entry: Entry) -> bool:
        now = time.time()
        return now < entry.until and self._is_true(entry, now)

    def _is_true(self, entry: Entry, now: float) -> bool:
        """Whether no moment has come since it was rendered at which the clock changes its edition."""
        moments = self.moments
        return moments is not None and entry.began >= moments[entry.language].last(now)

    def _answer(self, entry: Entry, environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
        entry.is_used = True
        accepted = environ.get("HTTP_ACCEPT_ENCODING")
        answer = entry.answers.get(encoding_for(accepted) if accepted else "") or entry.answers[""]
        status, headers, content, short = answer
        if ("HTTP_IF_NONE_MATCH" in environ or "HTTP_IF_MODIFIED_SINCE" in environ) and entry.is_known(environ):
            status, headers, content = "304 Not Modified", short, b""
        headers = headers.copy()
        if settings.PURGE_URLS:
            headers.append(("Age", str(max(0, int(time.time() - entry.began)))))
        start_response(status, headers)
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else content]

    # Rendering

    def _render(self, key, environ, start_response) -> Iterable[bytes]:
        """Have the page made by one, while the others wait for it or get the one that has just ended."""
        with self.lock:
            event = self.rendering.get(key)
            if leads := event is None:
                event = self.rendering[key] = threading.Event()
        if not leads:
            old = self.pages.get(key)
            if old is not None and self._is_true(old, time.time()):
                return self._answer(old, environ, start_response)
            event.wait(PATIENCE)
            entry = self.pages.get(key)
            if entry is not None and self._is_fresh(entry):
                return self._answer(entry, environ, start_response)
            return self.application(environ, start_response)
        try:
            return self._lead(key, environ, start_response)
        finally:
            with self.lock:
                self.rendering.pop(key, None)
            event.set()

    def _lead(self, key, environ, start_response) -> Iterable[bytes]:
        started, began = time.monotonic(), time.time()
        bare = self._bare(environ, key[3])
        result, status, headers = self._ask(bare)
        old = self.pages.get(key)
        if int(status[:3]) >= 500 and old is not None and self._is_true(old, time.time()):
            # The database may be away. What is kept is old by minutes at most, and nobody has marked it.
            _close(result)
            return self._answer(old, environ, start_response)
        if not self._may_keep(status, headers):
            _close(result)
            if len(self.unkept) > 1000:
                self.unkept.clear()
            self.unkept[key] = time.monotonic() + LIFE_OF_ERROR
            return self.application(environ, start_response)
        entry = self._entry(key, result, status, headers, bare=bare, began=began)
        self._keep(entry, started)
        return self._answer(entry, environ, start_response)

    def _keep_errors(self, key, environ, start_response) -> Iterable[bytes]:
        """Any other page goes through as it is; only that there is none, or that it has moved, is kept for seconds."""
        started, began = time.monotonic(), time.time()
        result, status, headers = self._ask(environ)
        if status.startswith("200") or not self._may_keep(status, headers):
            start_response(status, headers)
            return result
        entry = self._entry(key, result, status, headers, bare={}, began=began)
        self._keep(entry, started)
        return self._answer(entry, environ, start_response)

    def _ask(self, environ: dict[str, Any]) -> tuple[Iterable[bytes], str, list[tuple[str, str]]]:
        said: list[Any] = []

        def note(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable:
            said[:] = [status, headers]
            return lambda data: None

        result = self.application(environ, note)
        return result, *said

    def _entry(self, key, result, status, headers, *, bare, began) -> Entry:
        try:
            body = b"".join(result)
        finally:
            _close(result)
        if any(name == "Content-Encoding" and value == "gzip" for name, value in headers):
            body = gzip.decompress(body)
            headers = [(name, value) for name, value in headers if name != "Content-Encoding"]
        language = edition_of(key[2])
        return Entry(
            key,
            status,
            headers,
            body,
            tags=self._tags(key[2], language, bare.get(stale.SHOWN)),
            language=language,
            began=began,
            life=self._life(status, began, bare.get(stale.ENDS)),
        )

    @staticmethod
    def _life(status: str, began: float, ends: float | None) -> float:
        """Seconds for which a page stands; the moment at which the clock changes it ends it."""
        life = LIFE if status.startswith("200") else LIFE_OF_ERROR
        return life if ends is None else max(0.0, min(life, ends - began))

    @staticmethod
    def _bare(environ: dict[str, Any], query: str) -> dict[str, Any]:
        """The request without anything that is the reader's."""
        bare = {name: value for name, value in environ.items() if not name.startswith("HTTP_") or name in PASSED}
        bare |= {"REQUEST_METHOD": "GET", "QUERY_STRING": query}
        for name in ("REQUEST_URI", "RAW_URI"):
            bare.pop(name, None)
        return bare

    @staticmethod
    def _may_keep(status: str, headers: list[tuple[str, str]]) -> bool:
        if int(status[:3]) not in KEPT_STATUS:
            return False
        facts = {name.lower(): value for name, value in headers}
        control = facts.get("cache-control", "").lower()
        varies = {name.strip().lower() for name in facts.get("vary", "").split(",") if name.strip()}
        return not (
            any(word in control for word in ("no-store", "private", "no-cache"))
            or "set-cookie" in facts
            or "'nonce-" in facts.get("content-security-policy", "")
            or not varies <= {"accept-encoding"}
            or not facts.get("content-length", "").isdigit()  # a stream may have no end
            or int(facts["content-length"]) > LARGEST
        )

    @staticmethod
    def _tags(path: str, language: str, shown: set[str] | None) -> frozenset[str]:
        tags = set(shown or ()) or {stale.lists(language)}
        if found := re.search(r"/articles/(\d{1,18})(?:/|$)", path):
            tags.add(f"article:{int(found[1])}")
        return frozenset({*tags, stale.edition(language)})

    def _keep(self, entry: Entry, started: float) -> None:
        with self.lock:
            if any(self.marks.get(tag, -1.0) >= started for tag in (*entry.tags, stale.EVERYTHING)):
                return  # it may show what has changed while it was made
            self._drop(entry.key)
            self.pages[entry.key] = entry
            self.size += entry.size
            for tag in entry.tags:
                self.by_tag.setdefault(tag, set()).add(entry.key)
            while self.size > self.limit and self.pages:
                oldest = next(iter(self.pages.values()))
                if oldest.is_used and oldest is not entry:
                    oldest.is_used = False  # a second round for what somebody has asked for since the last
                    self.pages[oldest.key] = self.pages.pop(oldest.key)
                else:
                    self._drop(oldest.key)

    def _drop(self, key: tuple) -> None:
        entry = self.pages.pop(key, None)
        if entry is None:
            return
        self.size -= entry.size
        for tag in entry.tags:
            keys = self.by_tag.get(tag, set())
            keys.discard(key)
            if not keys:
                self.by_tag.pop(tag, None)

    # What has gone stale

    def _hear(self, sender: Any, tags: Iterable[str], **kwargs: Any) -> None:
        """This process has changed something: it need not read that first."""
        self.moments_until = 0.0
        self.forget(tags)

    def forget(self, tags: Iterable[str]) -> None:
        """Drop every page that bears one of the tags, and let none be kept that is being made now."""
        with self.lock:
            now = time.monotonic()
            if len(self.marks) > 10_000:
                self.marks = {tag: moment for tag, moment in self.marks.items() if moment > now - 120}
            for tag in tags:
                self.marks[tag] = now
                if tag == stale.EVERYTHING:
                    self.pages.clear()
                    self.by_tag.clear()
                    self.unkept.clear()
                    self.size = 0
                for key in list(self.by_tag.get(tag, ())):
                    self._drop(key)

    def look(self) -> None:
        """Read the end of the table and, when due, the coming moments. Raises DatabaseError."""
        is_first = not self.tail.known
        if tags := self.tail.read():
            self.moments_until = 0.0
            self.forget(tags)
            if not is_first:
                let_go.send(sender=PageCache, tags=tags)
        now = time.monotonic()
        if self.moments is None or now >= self.moments_until:
            self.moments_until = now + MOMENTS_EVERY
            self.moments = coming_moments(self.moments)

    def _follow(self) -> None:
        with self.lock:
            if self.thread is None:
                self.thread = threading.Thread(target=self._look_for_ever, name="stale tags", daemon=True)
                self.thread.start()

    def _look_for_ever(self) -> None:
        from articles import due
        from articles.upkeep import refresh_statistics

        failed = pruned = published = 0.0
        while True:
            try:
                connection.close_if_unusable_or_obsolete()
                self.look()
                if time.monotonic() - published > PUBLISH_EVERY:
                    published = time.monotonic()
                    due.on_time()
                if time.monotonic() - pruned > 600:
                    pruned = time.monotonic()
                    stale.prune()
                    refresh_statistics()
            except Exception as error:  # whatever it is, this thread must go on looking
                if time.monotonic() - failed > 60:
                    failed = time.monotonic()
                    logger.error("The stale tags cannot be read: %s", error)
                try:
                    connection.close()
                except DatabaseError:
                    logger.debug("The connection is gone already")
            time.sleep(LOOK_EVERY)


def _close(result: Iterable[bytes]) -> None:
    close = getattr(result, "close", None)
    if close:
        close()


def coming_moments(before: dict[str, Moments] | None = None) -> dict[str, Moments]:
    """For every edition the moments at which the clock changes what its readers see, the last minute's among them."""
    now = timezone.now()
    recent = now - timedelta(seconds=MOMENTS_EVERY)
    about = {"now": recent, "_most": stale.AHEAD}
    appeals = {field: _coming_appeals.statement(_field=field, **about) for field in ("starts_at", "ends_at")}
    found = stale.upcoming(recent, appeals)
    today = timezone.localdate(now)
    found += [("", start_of(today + timedelta(days=days))) for days in (0, 1, 2)]
    editions: dict[str, list[float]] = {code: [] for code, _name in settings.LANGUAGES}
    for language, moment in found:
        for code in [language] if language else editions:
            if code in editions:
                editions[code].append(moment.timestamp())
    return {
        code: Moments(sorted(moments), before[code].last(now.timestamp()) if before else 0.0)
        for code, moments in editions.items()
    }


@prepared
def _coming_appeals(*, now: datetime, _field: str, _most: int) -> QuerySet:
    from newsroom.appeals.models import Appeal

    rows = Appeal.objects.filter(is_published=True, **{f"{_field}__gt": now}).order_by(_field)
    return rows.values("language", _field)[:_most]
