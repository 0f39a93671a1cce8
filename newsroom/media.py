"""Uploads, where no front server hands them out: pictures as pictures, the rest as files to keep, nothing as a page."""

import re
from pathlib import Path

from django.core.files.storage import FileSystemStorage, default_storage
from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import http_date, quote_etag
from django.views.decorators.http import require_safe

from articles.renditions import TYPES

#: Stored names are ours: letters, digits, no hidden file, nothing that climbs.
NAME = re.compile(r"(?:[A-Za-z0-9_-][A-Za-z0-9._-]*/)*[A-Za-z0-9_-][A-Za-z0-9._-]*", re.ASCII)
MAX_NAME = 200
#: What a browser may show.
PICTURES = {**TYPES, "jpeg": "image/jpeg", "gif": "image/gif"}


@require_safe
def serve(request: HttpRequest, name: str) -> HttpResponseBase:
    """A stored file, for good: its name is made from its content. Parts of it (Range) are answered with the whole."""
    path = _path(name)
    try:
        file = path.open("rb")
        facts = path.stat()
    except OSError as error:
        raise Http404("No such upload.") from error
    kind = PICTURES.get(path.suffix.lower().lstrip("."))
    etag = quote_etag(f"{facts.st_mtime_ns:x}-{facts.st_size:x}")
    response: HttpResponseBase | None = get_conditional_response(request, etag, int(facts.st_mtime))
    if response is not None:
        file.close()
    else:
        response = FileResponse(
            file, content_type=kind or "application/octet-stream", as_attachment=not kind, filename=path.name
        )
        response["Content-Length"] = str(facts.st_size)
        response["Accept-Ranges"] = "none"
        # Compressed already; newsroom/security.py takes this word away once the gzip middleware has read it.
        response["Content-Encoding"] = "identity"
        if request.method == "HEAD":
            response.streaming_content = []
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'; frame-ancestors 'none'"
    # Feed readers and search engines show our pictures on pages of their own.
    response["Cross-Origin-Resource-Policy"] = "cross-origin" if kind else "same-origin"
    response["X-Content-Type-Options"] = "nosniff"
    response["ETag"] = etag
    response["Last-Modified"] = http_date(facts.st_mtime)
    return response


def _path(name: str) -> Path:
    """The file of a name that a stranger sent. Raises Http404."""
    if len(name) > MAX_NAME or not NAME.fullmatch(name) or not isinstance(default_storage, FileSystemStorage):
        raise Http404("No such upload.")
    root = Path(default_storage.location).resolve()
    path = (root / name).resolve()
    if not path.is_relative_to(root) or not path.is_file():
        raise Http404("No such upload.")
    return path
