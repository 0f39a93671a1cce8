"""Who is asking, without keeping who: client address, keyed hashes, the reader's cookie, limits, public POSTs.

For articles and comments alike. Nothing here is stored in the clear; hashes are keyed with SECRET_KEY.
"""

import functools
import hashlib
import hmac
import ipaddress
import math
import secrets
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.utils import timezone
from django.utils.decorators import decorator_from_middleware
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

READER_COOKIE_AGE = timedelta(days=365)


# The address


@functools.lru_cache(maxsize=8)
def _networks(listed: tuple[str, ...]):
    return tuple(ipaddress.ip_network(text, strict=False) for text in listed)


def parse_address(text: str) -> Address | None:
    try:
        address = ipaddress.ip_address(text.strip().strip("[]"))
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address


def is_trusted_proxy(address: Address | None) -> bool:
    return address is not None and any(address in network for network in _networks(tuple(settings.TRUSTED_PROXIES)))


def client_address(request: HttpRequest) -> Address | None:
    """The reader's network address; None where the server does not know it.

    X-Forwarded-For is believed only as far as TRUSTED_PROXIES wrote it: read from the right, the first
    address that is not one of ours.
    """
    address = parse_address(request.META.get("REMOTE_ADDR", ""))
    if not is_trusted_proxy(address):
        return address
    for hop in reversed(request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")):
        forwarded = parse_address(hop)
        if forwarded is None:
            return address
        address = forwarded
        if not is_trusted_proxy(address):
            return address
    return address


def network_prefix(address: Address | None) -> str:
    """The network that one subscriber holds: an IPv4 address, or the /64 of an IPv6 one."""
    if address is None:
        return ""
    bits = 32 if address.version == 4 else 64
    return str(ipaddress.ip_network((address, bits), strict=False))


# Keyed hashes


def keyed_hash(purpose: str, *parts: str) -> str:
    """64 hexadecimal characters that only this site can make; fields are delimited, purposes kept apart."""
    key = hashlib.sha256(f"newsroom:{purpose}:{settings.SECRET_KEY}".encode()).digest()
    message = b"".join(
        len(part).to_bytes(4, "big") + part for part in (text.encode("utf-8", "replace") for text in parts)
    )
    return hmac.new(key, message, hashlib.sha256).hexdigest()


def network_hash(request: HttpRequest) -> str:
    """Stands for the reader's network in limits and checks, for as long as one key holds (NETWORK_KEY_DAYS)."""
    return network_hashes(request)[0]


def network_hashes(request: HttpRequest, now: datetime | None = None) -> tuple[str, str]:
    """Under the key of these days and that of the days before: what a network is looked for by.

    Older rows cannot be told to be of the same network, and `manage.py purge_personal_data` empties them.
    """
    period = _period(now or timezone.now())
    network = network_prefix(client_address(request))
    return keyed_hash("network", str(period), network), keyed_hash("network", str(period - 1), network)


def network_known_until(moment: datetime) -> datetime:
    """Until when `network_hashes` finds what came from a network at this moment."""
    seconds = (_period(moment) + 2) * timedelta(days=settings.NETWORK_KEY_DAYS).total_seconds()
    return datetime.fromtimestamp(seconds, UTC)


def _period(moment: datetime) -> int:
    return int(moment.timestamp() // timedelta(days=settings.NETWORK_KEY_DAYS).total_seconds())


def daily_reader(request: HttpRequest, now: datetime | None = None) -> str:
    """Stands for this browser on this day (UTC); two days cannot be told to be one reader."""
    day = (now or timezone.now()).astimezone(UTC).date().isoformat()
    agent = request.headers.get("User-Agent", "")[:400]
    return keyed_hash("reading", day, str(client_address(request)), agent)


# The reader's cookie, set only when somebody rates or comments


def reader_of(request: HttpRequest) -> str:
    """The keyed hash of the reader's signed cookie, or of the one just made; "" for a reader without."""
    token = getattr(request, "new_reader", "") or request.get_signed_cookie(
        settings.READER_COOKIE_NAME, default="", salt="reader"
    )
    return keyed_hash("reader", token) if token else ""


def ensure_reader(request: HttpRequest) -> str:
    """Like `reader_of`, making a new reader where there is none. Give the answer to `remember_reader` then."""
    if not reader_of(request):
        setattr(request, "new_reader", secrets.token_urlsafe(24))  # noqa: B010  (an attribute of ours on Django's class)
    return reader_of(request)


def remember_reader(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Set the cookie of a reader whom `ensure_reader` has just made."""
    if token := getattr(request, "new_reader", ""):
        response.set_signed_cookie(
            settings.READER_COOKIE_NAME,
            token,
            salt="reader",
            max_age=READER_COOKIE_AGE,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return response


# Limits


def hit_limit(key: str, limit: int, window: timedelta) -> int:
    """Count one hit of `key`; 0 while there are at most `limit` in the fixed window, else seconds to wait.

    A database row, so that it holds for all processes together. Call it on POST only.
    """
    from articles.models import RateLimit

    now = timezone.now()
    seconds = int(window.total_seconds())
    start = int(now.timestamp()) // seconds * seconds
    begin = datetime.fromtimestamp(start, UTC)
    key = keyed_hash("limit", key)
    with transaction.atomic():
        RateLimit.objects.filter(window__lt=now - timedelta(days=1)).delete()
        RateLimit.objects.bulk_create([RateLimit(key=key, window=begin)], ignore_conflicts=True)
        RateLimit.objects.filter(key=key, window=begin).update(hits=F("hits") + 1)
        hits = RateLimit.objects.values_list("hits", flat=True).get(key=key, window=begin)
    if hits <= limit:
        return 0
    return max(1, math.ceil((begin + window - now).total_seconds()))


# POSTs of readers


def has_session(request: HttpRequest) -> bool:
    return settings.SESSION_COOKIE_NAME in request.COOKIES


def is_our_origin(request: HttpRequest) -> bool:
    """Whether the browser says that the request comes from a page of ours: Origin, else Referer."""
    claimed = request.headers.get("Origin")
    if claimed is None:
        claimed = request.headers.get("Referer", "")
    try:
        parts = urlsplit(claimed)
        origin = f"{parts.scheme}://{parts.netloc}".lower()
    except ValueError:
        return False
    return origin in {f"{request.scheme}://{request.get_host()}".lower(), settings.SITE_URL.lower()}


def public_post(view):
    """For views that take POSTs of people without an account, from pages that any cache may keep.

    Such a page can hold no CSRF cookie and no per-person token, so the Origin must be ours instead. Somebody
    with a session has something to lose: there Django's own check applies as well.
    """
    checked = decorator_from_middleware(CsrfViewMiddleware)(view)

    @csrf_exempt
    @functools.wraps(view)
    def wrapped(request, *args, **kwargs):
        if request.method == "POST":
            if not is_our_origin(request):
                raise PermissionDenied(_("The form was sent from another site."))
            if has_session(request):
                return checked(request, *args, **kwargs)
        return view(request, *args, **kwargs)

    return wrapped
