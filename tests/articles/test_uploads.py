"""Uploads of pictures: S7, S8, S22, S23."""

import io
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from PIL import Image as Picture

from articles import renditions
from articles.library import add_image
from articles.models import Image
from articles.uploads import clean_image

CORPORA = Path(__file__).parents[3] / "shared/corpora"


def file_of(data, name="picture.jpg"):
    return ContentFile(data, name=name)


def picture(kind="JPEG", size=(800, 600), mode="RGB", **options):
    out = io.BytesIO()
    Picture.new(mode, size, "teal" if mode == "RGB" else None).save(out, kind, **options)
    return out.getvalue()


def refused(data, name="picture.jpg"):
    with pytest.raises(ValidationError) as caught:
        clean_image(file_of(data, name))
    return caught.value


def test_picture_is_encoded_anew_under_a_name_of_ours():
    """S7, S22"""
    cleaned = clean_image(file_of(picture() + b"<script>alert(1)</script>", "../../evil.php.jpg"))
    assert b"<script>" not in cleaned.content
    assert (cleaned.width, cleaned.height, cleaned.extension) == (800, 600, "jpg")
    assert cleaned.name == f"{cleaned.content_hash[:32]}.jpg"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not_a_picture"),
        (b"<html></html>", "not_a_picture"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 60, "not_a_picture"),
        (picture()[:700], "broken"),
    ],
)
def test_what_is_no_picture_is_refused_with_the_reason(data, code):
    """S7"""
    error = refused(data)
    assert error.code == code
    assert "picture.jpg" in str(error.messages[0])


def test_too_many_bytes_and_too_many_pixels_are_refused(settings):
    """S8"""
    assert refused(picture("PNG", (9000, 9000))).code == "too_many_pixels"
    settings.MAX_IMAGE_BYTES = 100
    assert refused(picture()).code == "too_large"


def test_metadata_is_removed_and_orientation_applied():
    """S23"""
    exif = Picture.Exif()
    exif[0x0112] = 6
    exif[0x8825] = {1: "N", 2: (52.0, 30.0, 0.0)}
    exif[0x013B] = "Owner"
    cleaned = clean_image(file_of(picture(exif=exif, comment=b"secret")))
    stored = Picture.open(io.BytesIO(cleaned.content))
    assert stored.size == (600, 800)
    assert not stored.getexif()
    assert "comment" not in stored.info
    assert b"Owner" not in cleaned.content


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1", "I;16", "CMYK"])
def test_every_mode_of_pixels_is_read(mode):
    """S8"""
    kind = "TIFF" if mode == "CMYK" else "PNG"
    data = picture(kind, mode=mode) if mode != "CMYK" else picture("JPEG", mode="CMYK")
    assert clean_image(file_of(data)).width == 800


@pytest.mark.skipif(not CORPORA.exists(), reason="the corpora are not beside the project")
def test_hostile_files_are_refused_or_encoded_anew():
    """S7, S8, S23"""
    files = [
        path
        for folder in ("images-imagers", "images-imagers-png", "images-exif", "xss-html5sec")
        for path in (CORPORA / folder).rglob("*")
        if path.is_file()
    ]
    assert files
    for path in files:
        try:
            cleaned = clean_image(file_of(path.read_bytes(), "picture.jpg"))
        except ValidationError:
            continue
        stored = Picture.open(io.BytesIO(cleaned.content))
        assert stored.format in {"JPEG", "PNG"}
        assert not stored.getexif()


@pytest.mark.django_db(transaction=True)
def test_library_keeps_a_content_once_and_makes_renditions():
    cleaned = clean_image(file_of(picture(size=(1400, 900))))
    image, created = add_image(cleaned, title="Boat")
    again, created_again = add_image(clean_image(file_of(picture(size=(1400, 900)))))
    assert (created, created_again, again) == (True, False, image)
    image = Image.objects.get()
    assert [entry[0] for entry in image.renditions["avif"]] == [320, 640, 960, 1280, 1400]
    assert renditions.fallback(image)[1:] == (960, 617)
    assert all(renditions.default_storage.exists(name) for name in renditions.names_of(image))
    assert renditions.images_in(f'<img src="{image.file.url}">') == {image.file.url: image}


def test_focal_point_is_a_class():
    assert renditions.focal_classes(0.5, 0.5) == ""
    assert renditions.focal_classes(0.12, 1) == "focus-x1 focus-y10"
