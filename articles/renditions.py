"""Renditions: each picture of the library in a fixed ladder of widths and in modern formats, made once.

Addresses never carry a width that a stranger chooses. What is ready stands as JSON on the image's row, so that a page
full of pictures asks nothing more; until then pages show the picture as it was stored.
"""

import io
import re
from collections.abc import Iterable
from functools import partial
from typing import Any, Protocol

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from PIL import Image as Picture

from articles import uploads

WIDTHS = (320, 640, 960, 1280, 1920)
#: In the order in which browsers shall choose; "" is JPEG, or PNG where the picture shows through.
KINDS = ("avif", "webp", "")
TYPES = {"avif": "image/avif", "webp": "image/webp", "jpg": "image/jpeg", "png": "image/png"}
FOLDER = "images"
#: The width that stands in `src`, for programs that know no srcset.
FALLBACK_WIDTH = 960


class LibraryImage(Protocol):
    """What pages need of a row of the library."""

    file: Any
    width: int
    height: int
    alternative_text: str
    renditions: dict[str, list[list[Any]]]


_STORED = re.compile(r"images/[0-9a-f]{32}\.(?:jpg|png|webp|avif)")


def render(content: bytes, stem: str) -> dict[str, Any]:
    """Make and store all renditions of a stored picture; `stem` is its name without extension.

    Returns what belongs into `Image.renditions`: {extension: [[width, height, name], …]} with rising widths. A
    rendition that is there already is not made again, so that the work may be repeated or break off anywhere.
    """
    found: dict[str, Any] = {}
    with Picture.open(io.BytesIO(content), formats=uploads.FORMATS) as picture:
        picture.load()
        profile = picture.info.get("icc_profile")
        has_alpha = picture.mode == "RGBA"
        for width in ladder(picture.width):
            height = max(1, round(picture.height * width / picture.width))
            sized = picture.resize((width, height), Picture.Resampling.LANCZOS) if width < picture.width else picture
            for kind in KINDS:
                extension = kind or ("png" if has_alpha else "jpg")
                name = f"{FOLDER}/{stem}-{width}.{extension}"
                if not default_storage.exists(name):
                    data, _ = uploads.encode(sized, has_alpha, profile, kind)
                    store(name, data)
                found.setdefault(extension, []).append([width, height, name])
    return found


def ladder(width: int) -> list[int]:
    """The widths below the picture's own, and that one where it lies between two steps."""
    steps = [step for step in WIDTHS if step < width]
    return [*steps, width] if width <= WIDTHS[-1] else list(WIDTHS)


def store(name: str, data: bytes) -> str:
    """Write a file whose name says its content, so that one which is there already is the same."""
    if default_storage.exists(name):
        return name
    return default_storage.save(name, ContentFile(data))


def remove(names: Iterable[str]) -> None:
    """Delete files once the transaction that stops naming them is through."""
    for name in list(names):
        transaction.on_commit(partial(default_storage.delete, name))


def names_of(image: LibraryImage) -> list[str]:
    """All files of an image: its own and those of its renditions."""
    return [image.file.name, *(entry[2] for entries in image.renditions.values() for entry in entries)]


def sources(image: LibraryImage) -> list[tuple[str, str]]:
    """(type, srcset) for <source> elements, best first; empty until renditions are ready."""
    found = []
    for kind in ("avif", "webp"):
        if entries := image.renditions.get(kind):
            found.append((TYPES[kind], _srcset(entries)))
    return found


def fallback_srcset(image: LibraryImage) -> str:
    """The srcset of <img> itself."""
    entries = image.renditions.get("jpg") or image.renditions.get("png")
    return _srcset(entries) if entries else ""


def _srcset(entries: list[list[Any]]) -> str:
    return ", ".join(f"{default_storage.url(name)} {width}w" for width, _height, name in entries)


def fallback(image: LibraryImage) -> tuple[str, int, int]:
    """(address, width, height) for programs that choose nothing; the stored picture until renditions are ready."""
    entries = image.renditions.get("jpg") or image.renditions.get("png") or []
    for width, height, name in reversed(entries):
        if width <= FALLBACK_WIDTH:
            return default_storage.url(name), width, height
    return image.file.url, image.width, image.height


#: The width that other sites ask of a picture on a card.
CARD_WIDTH = 1200


def wide(image: LibraryImage) -> tuple[str, int, int]:
    """(address, width, height) of the smallest rendition for cards of other sites, else of the widest there is."""
    entries = image.renditions.get("jpg") or image.renditions.get("png") or []
    for width, height, name in entries:
        if width >= CARD_WIDTH:
            return default_storage.url(name), width, height
    return image.file.url, image.width, image.height


def focal_classes(x: float, y: float) -> str:
    """The classes of newsroom.css that keep the focal point in sight when a picture is cropped; "" for the middle."""
    across, down = round(x * 10), round(y * 10)
    return "" if (across, down) == (5, 5) else f"focus-x{across} focus-y{down}"


def images_in(html: str) -> dict[str, LibraryImage]:
    """Rows of the library by the addresses under which `html` shows them, in one query."""
    from articles.models import Image

    names = stored_in(html)
    if not names:
        return {}
    rows = {image.file.name: image for image in Image.objects.filter(file__in=set(names.values()))}
    return {address: rows[name] for address, name in names.items() if name in rows}


def gone_from(html: str) -> set[str]:
    """Addresses of pictures in `html` that have left the library."""
    return stored_in(html).keys() - images_in(html).keys()


def stored_in(html: str) -> dict[str, str]:
    """Names of stored files by the addresses under which `html` shows them."""
    return {found: stored[0] for found in re.findall(r'src="([^"]*)"', html) if (stored := _STORED.search(found))}
