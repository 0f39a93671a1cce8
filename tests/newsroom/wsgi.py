"""Asking a WSGI application as a server does."""

from urllib.parse import quote, unquote_to_bytes, urlsplit
from wsgiref.util import setup_testing_defaults

from django.core import signals
from django.db import close_old_connections


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = int(status[:3]), headers, body

    def __getitem__(self, name):
        return dict(self.headers).get(name, "")

    @property
    def text(self):
        return self.body.decode()


def ask(application, address, method="GET", **headers):
    """The answer to one request; `headers` are names of the environ or of headers, such as accept_encoding."""
    parts = urlsplit(address)
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": unquote_to_bytes(parts.path).decode("latin-1"),
        "QUERY_STRING": quote(parts.query, safe="=&%+"),
        "HTTP_HOST": "testserver",
        "REMOTE_ADDR": "192.0.2.1",
    }
    environ |= {(name if name.isupper() else f"HTTP_{name.upper()}"): value for name, value in headers.items()}
    setup_testing_defaults(environ)
    said = []

    def start_response(status, sent, exc_info=None):
        said[:] = [status, sent]

    # As Django's own test client: the connection is that of the test's transaction.
    for signal in (signals.request_started, signals.request_finished):
        signal.disconnect(close_old_connections)
    try:
        result = application(environ, start_response)
        body = b"".join(result)
        if hasattr(result, "close"):
            result.close()
    finally:
        for signal in (signals.request_started, signals.request_finished):
            signal.connect(close_old_connections)
    return Answer(*said, body)
