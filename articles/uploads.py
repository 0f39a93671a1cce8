"""The one way in for pictures: from an upload of any origin to bytes that we have encoded ourselves, or a refusal.

What is stored is never what was sent: decoding and encoding anew leaves metadata, appended files and decoder tricks
behind.
"""

import hashlib
import io
import struct
import warnings
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from PIL import Image as Picture
from PIL import ImageCms, ImageFile, ImageOps

#: What Pillow may try; never SVG, and none of the formats whose decoders call other programs.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
#: Pixels decoded at most: 60 million take about 240 MB for a moment.
MAX_PIXELS = 60_000_000
MAX_SIDE = 30_000
#: The long side of what is kept.
KEPT_SIDE = 4096
JPEG_QUALITY = 88

#: Pillow's decoders raise far more than OSError on broken files.
BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    IndexError,
    KeyError,
    TypeError,
    struct.error,
    EOFError,
    ArithmeticError,
    MemoryError,
)

NOT_A_PICTURE = gettext_lazy("“%(name)s” is not a picture that we can read. Send JPEG, PNG, WebP, AVIF or GIF.")


@dataclass(frozen=True)
class CleanedImage:
    """A picture as we store it. `content_hash` is of the bytes that were sent, so that a second upload is known."""

    content: bytes
    extension: str
    width: int
    height: int
    content_hash: str

    @property
    def name(self) -> str:
        """The stored name: ours, from the content, so that it may be kept for ever and says nothing."""
        return f"{self.content_hash[:32]}.{self.extension}"


def clean_image(file: File) -> CleanedImage:
    """Decode and encode anew. Raises ValidationError with a sentence that names the file and the reason."""
    name = str(getattr(file, "name", "") or _("The file"))[-80:]
    data = _read(file, name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Picture.DecompressionBombWarning)
            warnings.filterwarnings("ignore", category=UserWarning)
            return _encoded(data, name)
    except (Picture.DecompressionBombWarning, Picture.DecompressionBombError):
        raise _too_many_pixels(name) from None
    except BROKEN:
        raise ValidationError(
            _("“%(name)s” is broken: the picture could not be read to its end."),
            params={"name": name},
            code="broken",
        ) from None


def _read(file: File, name: str) -> bytes:
    limit = settings.MAX_IMAGE_BYTES
    file.seek(0)
    data = file.read(limit + 1)
    if len(data) > limit:
        megabytes = f"{limit / 1024 / 1024:.0f}"
        raise ValidationError(
            _("“%(name)s” is too large: a picture may have %(megabytes)s MB."),
            params={"name": name, "megabytes": megabytes},
            code="too_large",
        )
    if not data:
        raise ValidationError(_("“%(name)s” is empty."), params={"name": name}, code="empty")
    return data


def _too_many_pixels(name: str) -> ValidationError:
    return ValidationError(
        _("“%(name)s” has too many pixels: at most %(millions)s million are read."),
        params={"name": name, "millions": MAX_PIXELS // 1_000_000},
        code="too_many_pixels",
    )


def _open(data: bytes, name: str) -> Picture.Image:
    try:
        return Picture.open(io.BytesIO(data), formats=FORMATS)
    except BROKEN:
        raise ValidationError(NOT_A_PICTURE, params={"name": name}, code="not_a_picture") from None


def _encoded(data: bytes, name: str) -> CleanedImage:
    picture = _open(data, name)
    width, height = picture.size
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        raise _too_many_pixels(name)
    if min(width, height) < 1:
        raise ValidationError(NOT_A_PICTURE, params={"name": name}, code="not_a_picture")
    picture.verify()
    picture = _open(data, name)  # verify leaves a picture that cannot be read
    if picture.format in {"JPEG", "MPO"}:
        picture.draft("RGB", (KEPT_SIDE, KEPT_SIDE))  # large JPEGs are decoded at a fraction of their size
    picture.seek(0)  # of an animation the first frame: a news picture stands still, and frames are a flood
    picture.load()
    profile = _colour_profile(picture)
    picture = ImageOps.exif_transpose(picture)
    picture, has_alpha = _plain_mode(picture)
    picture.thumbnail((KEPT_SIDE, KEPT_SIDE), Picture.Resampling.LANCZOS)
    content, extension = encode(picture, has_alpha, profile)
    return CleanedImage(content, extension, *picture.size, hashlib.sha256(data).hexdigest())


def _plain_mode(picture: Picture.Image) -> tuple[Picture.Image, bool]:
    """As RGB, or as RGBA where some of it shows through."""
    if picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        if picture.getchannel("A").getextrema() != (255, 255):
            return picture, True
    if picture.mode.startswith("I"):  # 16 bits a channel: brought down by value, not cut off
        picture = picture.convert("I")
        _low, high = picture.getextrema()
        scale = 255 / high if isinstance(high, int) and high > 255 else 1
        picture = picture.point(lambda value: value * scale).convert("L")
    return picture.convert("RGB"), False


def _colour_profile(picture: Picture.Image) -> bytes | None:
    """The ICC profile, if it is one that fits RGB pixels; others would colour the page wrongly."""
    data = picture.info.get("icc_profile")
    if not data or len(data) > 1_000_000:
        return None
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(data)).profile
    except (ImageCms.PyCMSError, *BROKEN):
        return None
    return data if profile.xcolor_space.strip() == "RGB" else None


def encode(picture: Picture.Image, has_alpha: bool, profile: bytes | None, kind: str = "") -> tuple[bytes, str]:
    """The picture's bytes and their extension; `kind` is avif, webp or "" for the form that every program reads."""
    out = io.BytesIO()
    # The decoder's notes on the file it came from would be written again: comments, EXIF, XMP.
    picture.info.clear()
    options = {"icc_profile": profile} if profile else {}
    if kind == "avif":
        picture.save(out, "AVIF", quality=55, speed=8, **options)
        return out.getvalue(), "avif"
    if kind == "webp":
        picture.save(out, "WEBP", quality=78, method=4, **options)
        return out.getvalue(), "webp"
    if has_alpha:
        picture.save(out, "PNG", optimize=False, **options)
        return out.getvalue(), "png"
    ImageFile.MAXBLOCK = max(ImageFile.MAXBLOCK, picture.width * picture.height)
    picture.save(out, "JPEG", quality=JPEG_QUALITY, progressive=True, optimize=True, **options)
    return out.getvalue(), "jpg"
