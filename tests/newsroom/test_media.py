"""Uploads out of our own view: right types only, no way out of the folder, kept for good by every cache."""

import os

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

PICTURE = b"\xff\xd8\xff\xe0 a picture, as far as this view is asked"


@pytest.fixture
def stored():
    return default_storage.url(default_storage.save("images/" + "a" * 32 + ".jpg", ContentFile(PICTURE)))


def bytes_of(response):
    return b"".join(response.streaming_content) if response.streaming else response.content


def test_picture_is_shown_and_kept_for_good(client, stored):
    """S7"""
    response = client.get(stored)
    assert bytes_of(response) == PICTURE
    assert response["Content-Type"] == "image/jpeg"
    assert response["Content-Length"] == str(len(PICTURE))
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert response["Content-Disposition"].startswith("inline")
    assert not response.cookies
    assert "Vary" not in response or "Cookie" not in response["Vary"]


def test_picture_is_not_compressed_again(client, stored):
    response = client.get(stored, headers={"accept-encoding": "gzip, br"})
    assert "Content-Encoding" not in response
    assert bytes_of(response) == PICTURE


@pytest.mark.parametrize(
    "name", ["page.html", "drawing.svg", "code.js", "feed.xml", "paper.pdf", "plain", "x.jpg.html"]
)
def test_anything_else_is_a_file_to_keep(client, name):
    """S7"""
    default_storage.save(name, ContentFile(b"<script>alert(1)</script>"))
    response = client.get(f"/media/{name}")
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"].startswith("attachment")
    assert "sandbox" in response["Content-Security-Policy"]
    assert bytes_of(response)


def test_same_picture_is_not_sent_twice(client, stored):
    first = client.get(stored)
    bytes_of(first)
    for header in ({"if-none-match": first["ETag"]}, {"if-modified-since": first["Last-Modified"]}):
        again = client.get(stored, headers=header)
        assert again.status_code == 304
        assert again.content == b""
        assert again["ETag"] == first["ETag"]
        assert "immutable" in again["Cache-Control"]
    assert bytes_of(client.get(stored, headers={"if-none-match": '"other"'})) == PICTURE


def test_head_answers_without_the_file(client, stored):
    response = client.head(stored)
    assert response.status_code == 200
    assert response["Content-Length"] == str(len(PICTURE))
    assert bytes_of(response) == b""


def test_part_of_a_file_is_answered_with_the_whole(client, stored):
    response = client.get(stored, headers={"range": "bytes=0-3"})
    assert response.status_code == 200
    assert bytes_of(response) == PICTURE


@pytest.mark.django_db
def test_only_reading(client, stored):
    assert client.post(stored).status_code == 405
    assert client.delete(stored).status_code == 405


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name",
    [
        "../secret_key",
        "images/../../secret_key",
        "..%2f..%2fsecret_key",
        "%2e%2e/secret_key",
        "..\\secret_key",
        "/etc/passwd",
        "//etc/passwd",
        ".hidden",
        "images/.hidden",
        "a%00.jpg",
        "a%0d%0aX-Injected: 1.jpg",
        "a b.jpg",
        "a" * 300 + ".jpg",
        "images",
        "images/",
        "",
        "none.jpg",
        "%F0%9D%92%B3.jpg",
        "C:/windows/win.ini",
    ],
)
def test_no_name_leads_out_of_the_folder(client, settings, stored, name):
    """S22"""
    (settings.MEDIA_ROOT.parent / "secret_key").write_text("secret")
    (settings.MEDIA_ROOT / ".hidden").write_text("secret")
    (settings.MEDIA_ROOT / "images" / ".hidden").write_text("secret")
    response = client.get(f"/media/{name}")
    assert response.status_code == 404
    assert b"secret" not in bytes_of(response)


@pytest.mark.django_db
def test_link_out_of_the_folder_is_not_followed(client, settings, stored):
    """S22"""
    (settings.MEDIA_ROOT.parent / "secret.jpg").write_text("secret")
    os.symlink(settings.MEDIA_ROOT.parent / "secret.jpg", settings.MEDIA_ROOT / "way.jpg")
    assert client.get("/media/way.jpg").status_code == 404


@pytest.mark.django_db
def test_storage_that_is_not_a_folder_is_not_asked(client, settings):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    }
    default_storage.save("a.jpg", ContentFile(PICTURE))
    assert client.get("/media/a.jpg").status_code == 404
