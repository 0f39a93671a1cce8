"""The image library on the desk: many files at once, filters, crops, where a picture is used."""

import io

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse
from PIL import Image as Picture
from PIL import ImageCms

from articles import library, renditions
from articles.library import add_image
from articles.models import Image
from articles.uploads import clean_image
from tests.articles.desk import change
from tests.browser.newsroom import picture_file
from tests.factories import make_appeal, make_draft, make_page, make_user

pytestmark = pytest.mark.django_db

UPLOAD = "admin:articles_image_upload"


@pytest.fixture
def desk(client):
    client.force_login(make_user(role="Editor"))
    return client


def make_image(colour="#0a5a61", **texts):
    return add_image(clean_image(picture_file(colour=colour, size=(60, 40))), **texts)[0]


def files():
    return [
        picture_file("boat.png", size=(60, 40)),
        ContentFile(b"<svg xmlns='http://www.w3.org/2000/svg'/>", name="drawing.svg"),
        ContentFile(picture_file().read()[:3000], name="half.png"),
        picture_file("again.png", size=(60, 40)),
        picture_file("quay.png", colour="#aa3311", size=(60, 40)),
    ]


def test_bad_files_are_named_and_the_others_go_on(desk):
    """S7"""
    page = desk.post(reverse(UPLOAD), {"files": files(), "credit": "Lena Voss", "licence": "CC BY 4.0"})
    text = page.content.decode()
    assert "“drawing.svg” is not a picture that we can read." in text
    assert "“half.png” is broken" in text
    assert "2 files were refused" in text
    assert "2 pictures were added." in text
    assert "1 picture was in the library already." in text
    assert set(Image.objects.values_list("title", "credit", "licence")) == {
        ("boat", "Lena Voss", "CC BY 4.0"),
        ("quay", "Lena Voss", "CC BY 4.0"),
    }


def test_script_is_told_of_each_file_by_itself(desk):
    def send(data):
        response = desk.post(reverse(UPLOAD), data, headers={"Accept": "application/json"})
        return response.status_code, response.json()

    boat, drawing, _half, again, _quay = files()
    assert send({"files": boat}) == (200, {"added": 1, "known": 0, "refused": []})
    assert send({"files": again}) == (200, {"added": 0, "known": 1, "refused": []})
    status, said = send({"files": drawing})
    assert (status, said["added"]) == (200, 0)
    assert "drawing.svg" in said["refused"][0]
    assert send({}) == (400, {"added": 0, "known": 0, "refused": ["Choose one picture or more."]})


def listed(client, **query):
    return {
        row.title for row in client.get(reverse("admin:articles_image_changelist"), query).context["cl"].result_list
    }


def test_filters_find_what_is_unused_without_words_or_under_a_licence(desk):
    lead = make_image("#111111", title="lead", alternative_text="A boat", licence="CC0")
    in_body = make_image("#222222", title="body", licence="CC0")
    of_page, of_appeal = make_image("#333333", title="page"), make_image("#444444", title="appeal")
    make_image("#555555", title="nowhere", licence="All rights reserved")
    make_draft(lead_image=lead, body=f'<figure><img src="{in_body.file.url}" alt=""></figure>')
    make_page(body=f'<figure><img src="{of_page.file.url}" alt=""></figure>')
    make_appeal(picture=of_appeal)
    assert listed(desk, use="none") == {"nowhere"}
    assert listed(desk, licence="CC0") == {"lead", "body"}
    assert listed(desk, licence="-") == {"page", "appeal"}
    assert listed(desk, alternative="none") == {"body", "page", "appeal", "nowhere"}
    assert listed(desk, q="reserved") == {"nowhere"}
    assert set(library.unused(Image.objects.all())) == set(Image.objects.filter(title="nowhere"))


def test_picture_in_use_is_not_deleted_but_says_where_it_is(desk):
    image = make_image()
    article = make_draft("The story", lead_image=image)
    address = reverse("admin:articles_image_delete", args=[image.pk])
    for response in (desk.get(address), desk.post(address, {"post": "yes"})):
        assert response.status_code == 409
        assert "The story" in response.content.decode()
        assert reverse("admin:articles_article_change", args=[article.pk]) in response.content.decode()
    assert Image.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_deleted_picture_takes_its_files_with_it(desk):
    image = make_image()
    image.refresh_from_db()
    names = renditions.names_of(image)
    assert all(default_storage.exists(name) for name in names)
    desk.post(reverse("admin:articles_image_delete", args=[image.pk]), {"post": "yes"})
    assert not Image.objects.exists()
    assert not any(default_storage.exists(name) for name in names)


def test_crops_show_the_focal_point(desk):
    image = make_image(focal_x=0.1, focal_y=0.9)
    page = desk.get(reverse("admin:articles_image_change", args=[image.pk])).content.decode()
    assert page.count('class="focus-x1 focus-y9"') == 3


@pytest.mark.parametrize("wrong", ["-0.1", "1.1", "nan", "inf", "middle", ""])
def test_focal_point_lies_inside_the_picture(desk, wrong):
    image = make_image()
    data = {"title": "x", "focal_x": wrong, "focal_y": "0.5"}
    response = desk.post(reverse("admin:articles_image_change", args=[image.pk]), data)
    assert response.status_code == 200
    image.refresh_from_db()
    assert image.focal_x == 0.5


@pytest.mark.django_db(transaction=True)
def test_colour_profile_stays_in_every_rendition_and_nothing_else_does():
    """S23"""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = Picture.Exif()
    exif[0x013B] = "Owner"
    out = io.BytesIO()
    Picture.new("RGB", (700, 500), "teal").save(out, "JPEG", icc_profile=profile, exif=exif, comment=b"secret")
    image, _created = add_image(clean_image(ContentFile(out.getvalue(), name="p.jpg")))
    image.refresh_from_db()
    assert set(image.renditions) == {"avif", "webp", "jpg"}
    for name in renditions.names_of(image):
        with default_storage.open(name) as file:
            data = file.read()
        with Picture.open(io.BytesIO(data)) as stored:
            assert stored.info["icc_profile"] == profile
            assert not stored.getexif()
        assert b"Owner" not in data
        assert b"secret" not in data


# The body's field


def test_body_that_was_cleaned_says_what_went_beside_the_field_once(desk):
    article = make_draft()
    sent = (
        '<p style="color: red" onclick="x()">Words <font>here</font></p><script>x()</script><iframe src="/x"></iframe>'
    )
    change(desk, article, body=sent)
    address = reverse("admin:articles_article_change", args=[article.pk])
    first, second = desk.get(address).content.decode(), desk.get(address).content.decode()
    assert "body-note" in first
    assert all(name in first for name in ("&lt;script&gt;", "&lt;iframe&gt;", "style", "onclick", "&lt;font&gt;"))
    assert "body-note" not in second
    article.refresh_from_db()
    assert article.body == "<p>Words here</p>"


def test_clean_body_is_not_spoken_of(desk):
    article = make_draft()
    body = '<p class="align-center" dir="rtl">a <a href="/b">b</a></p>'
    body += '<figure><img src="/media/images/x.png" alt="x"></figure>'
    change(desk, article, body=body)
    page = desk.get(reverse("admin:articles_article_change", args=[article.pk])).content.decode()
    assert "The body was cleaned" not in page
