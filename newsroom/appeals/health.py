"""Whether donation links still lead where they did: asked over https, of known hosts on public addresses only."""

import ipaddress
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from http.client import HTTPException, HTTPSConnection
from threading import Timer
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.encoding import iri_to_uri

from articles import stale
from newsroom.appeals.findings import finding
from newsroom.appeals.links import check_donation_link
from newsroom.appeals.models import Appeal, DonationLink

State = DonationLink.State
#: For one answer: each wait for bytes, and all of it.
SECONDS, AT_MOST = 6, 12
HOPS = 4
#: Looks that lie nearer to each other are one: a second run of the same day finds nothing gone "again".
MISS_EVERY = timedelta(hours=12)
GONE = {404, 410}
NO_SUCH_HOST = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}
MOVED = {301, 302, 303, 307, 308}
#: What some hosts answer to HEAD although the page is there.
NO_HEAD = {400, 403, 405, 501}

#: Asks one address: method, host, path with query; returns the status and the Location.
Ask = Callable[[str, str, str], tuple[int, str]]


class Refused(Exception):
    """A host that is not asked at all, as it stands in a private network."""


class _Pinned(HTTPSConnection):
    """A connection to an address that has been looked at, with the certificate of the host by name."""

    def __init__(self, host: str, address: str):
        self.context = ssl.create_default_context()
        self.address = address
        super().__init__(host, 443, timeout=SECONDS, context=self.context)

    def connect(self) -> None:
        plain = socket.create_connection((self.address, 443), SECONDS)
        self.sock = self.context.wrap_socket(plain, server_hostname=self.host, do_handshake_on_connect=False)
        self.sock.do_handshake()

    def give_up(self) -> None:
        with suppress(OSError):
            if self.sock:
                self.sock.shutdown(socket.SHUT_RDWR)


def public_address(host: str, resolve: Callable = socket.getaddrinfo) -> str:
    """One address of the host; refused where any of them is not a public one (S11). The name is asked once."""
    found = [row[4][0] for row in resolve(host, 443, type=socket.SOCK_STREAM)]
    for text in found:
        address = ipaddress.ip_address(text.partition("%")[0])
        address = getattr(address, "ipv4_mapped", None) or address
        if not address.is_global or address.is_multicast:
            raise Refused
    if not found:
        raise OSError("no address")
    return found[0]


def ask(method: str, host: str, path: str) -> tuple[int, str]:
    """The status and Location of one address; nothing of the body is read, and nothing of us is sent along."""
    connection = _Pinned(host, public_address(host))
    # A server that sends a byte now and then would hold the run for ever, as each wait is a short one.
    end = Timer(AT_MOST, connection.give_up)
    end.daemon = True
    end.start()
    try:
        agent = f"Newsroom link check (+{settings.SITE_URL})"
        connection.request(method, path, headers={"User-Agent": agent, "Accept": "*/*"})
        answer = connection.getresponse()
        return answer.status, answer.getheader("Location") or ""
    finally:
        end.cancel()
        connection.close()


def look(url: str, ask: Ask = ask) -> tuple[str, str]:
    """What stands at a donation link: a state and a finding (findings.py). Follows only to known hosts, over https."""
    first, began = "", urlsplit(url)
    for _hop in range(HOPS):
        try:
            check_donation_link(url)
        except ValidationError:
            return State.MOVED, finding("refused", url=url)
        parts = urlsplit(url)
        path = iri_to_uri((parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
        host = (parts.hostname or "").rstrip(".")
        first = first or host
        try:
            status, location = ask("HEAD", host, path)
            if status in NO_HEAD:
                status, location = ask("GET", host, path)
        except Refused:
            return State.SILENT, finding("private", host=host)
        except socket.gaierror as error:
            # The name service says that there is no such host, or cannot say.
            if error.errno in NO_SUCH_HOST:
                return State.GONE, finding("unknown", host=host)
            return State.SILENT, finding("silent", host=host)
        except ssl.SSLCertVerificationError:
            return State.SILENT, finding("certificate", host=host)
        except (OSError, HTTPException, ValueError):
            return State.SILENT, finding("silent", host=host)
        if status in GONE:
            return State.GONE, finding("gone", status=status)
        if status in MOVED and location:
            try:
                url = urljoin(url, location)
            except ValueError:
                return State.MOVED, finding("nowhere")
            continue
        if status >= 500:
            return State.SILENT, finding("error", host=host, status=status)
        if host.removeprefix("www.") != first.removeprefix("www."):
            return State.MOVED, finding("elsewhere", url=url)
        if path == "/" and (began.path.strip("/") or began.query):
            return State.MOVED, finding("front", host=host)
        return State.WORKS, ""
    return State.MOVED, finding("on")


def silence(url: str) -> tuple[str, str]:
    """What is said of a link that nobody could be asked about."""
    return State.SILENT, finding("silent", host=urlsplit(url).hostname or "")


class Asked:
    """Asks, and remembers whether anybody answered at all."""

    def __init__(self, ask: Ask):
        self.ask, self.was_answered = ask, False

    def __call__(self, method: str, host: str, path: str) -> tuple[int, str]:
        answer = self.ask(method, host, path)
        self.was_answered = True
        return answer


def write_down(link: DonationLink, state: str, found: str) -> None:
    """Keep what was found of one link. Found gone again before `MISS_EVERY` is over, it is left as it is.

    Only an answer brings back a link that was lost: silence says nothing of it.
    """
    now, before = timezone.now(), link.misses
    if state == State.GONE:
        if before and link.checked_at and link.checked_at > now - MISS_EVERY:
            return
        link.misses = min(before + 1, 1000)
    elif state != State.SILENT:
        link.misses = 0
    link.state, link.finding, link.checked_at = state, found, now
    # Only where the address is still the one that was asked: an editor may have changed it meanwhile.
    row = DonationLink.objects.filter(pk=link.pk, url=link.url)
    with transaction.atomic():
        row.update(state=link.state, finding=link.finding, misses=link.misses, checked_at=link.checked_at)
        if (before < DonationLink.LOST_AFTER) != (link.misses < DonationLink.LOST_AFTER):
            stale.mark(stale.edition(link.appeal.language))


def end_where_all_is_gone() -> list[Appeal]:
    """End the current appeals none of whose links leads anywhere any more; the desk shows them as ended."""
    ended = []
    lost = DonationLink.objects.filter(misses__gte=DonationLink.LOST_AFTER)
    for appeal in Appeal.objects.current().filter(pk__in=lost.values("appeal")).order_by("pk"):
        with transaction.atomic():
            row = Appeal.objects.select_for_update(of=("self",)).get(pk=appeal.pk)
            if row.links.filter(misses__lt=DonationLink.LOST_AFTER).exists():
                continue
            row.ends_at = timezone.now()
            row.save()
            ended.append(row)
    return ended
