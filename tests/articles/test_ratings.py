"""The rating form: one vote a reader, changed and withdrawn, without JavaScript and without a CSRF cookie."""

from datetime import timedelta

import pytest
from django.utils import timezone

from articles import ratings
from articles.models import Article, Rating
from tests.conftest import ReaderClient
from tests.factories import make_article, make_draft, make_user

pytestmark = pytest.mark.django_db


def address(article):
    return f"/articles/{article.pk}/rating/"


def test_unrated_article_says_so(reader):
    article = make_article()
    assert b"No rating" in reader.get(article.get_absolute_url()).content
    assert b"No rating" in reader.get(address(article)).content


def test_vote_is_written_and_shown(reader):
    article = make_article()
    response = reader.post(address(article), {"stars": "4"}, follow=True)
    assert response.redirect_chain == [(address(article), 303)]
    assert b"You gave 4 stars" in response.content
    page = reader.get(article.get_absolute_url()).content.decode()
    assert "<strong>4.0</strong> from 1 rating" in page
    assert Rating.objects.get().stars == 4


def test_mean_and_count_over_several_readers():
    article = make_article()
    for stars in ("5", "4", "4"):
        ReaderClient().post(address(article), {"stars": stars})
    page = ReaderClient().get(article.get_absolute_url()).content.decode()
    assert "<strong>4.3</strong> from 3 ratings" in page


def test_second_vote_of_a_reader_changes_the_first(reader):
    article = make_article()
    reader.post(address(article), {"stars": "1"})
    reader.post(address(article), {"stars": "5"})
    assert list(Rating.objects.values_list("stars", flat=True)) == [5]


def test_vote_is_withdrawn(reader):
    article = make_article()
    reader.post(address(article), {"stars": "2"})
    response = reader.post(address(article), {"withdraw": "1"}, follow=True)
    assert not Rating.objects.exists()
    assert b"No rating" in response.content


def test_one_reader_cannot_withdraw_the_vote_of_another(reader, another_reader):
    article = make_article()
    reader.post(address(article), {"stars": "2"})
    another_reader.post(address(article), {"stars": "5"})
    another_reader.post(address(article), {"withdraw": "1"})
    assert Rating.objects.get().stars == 2


def test_cookie_is_set_at_the_vote_and_not_before(reader):
    article = make_article()
    assert not reader.get(article.get_absolute_url()).cookies
    assert not reader.get(address(article)).cookies
    cookie = reader.post(address(article), {"stars": "3"}).cookies["reader"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_forged_cookie_is_nobody(reader):
    article = make_article()
    reader.post(address(article), {"stars": "3"})
    forger = ReaderClient()
    forger.cookies["reader"] = "made-up:signature"
    assert b"You gave" not in forger.get(address(article)).content
    forger.post(address(article), {"withdraw": "1"})
    assert Rating.objects.count() == 1


@pytest.mark.parametrize("stars", ["", "0", "6", "-1", "3.5", "five", "\x00", "٣", "5" * 5000])
def test_wrong_number_of_stars_gets_a_message(reader, stars):
    article = make_article()
    response = reader.post(address(article), {"stars": stars})
    assert response.status_code == 400
    assert b"Choose one to five stars." in response.content
    assert not Rating.objects.exists()


def test_closed_rating_is_refused_with_its_reason(reader):
    article = make_article(ratings_open=False)
    response = reader.post(address(article), {"stars": "5"})
    assert response.status_code == 403
    assert b"takes no more ratings" in response.content
    assert not Rating.objects.exists()


def test_rating_of_what_is_not_public_is_not_found(reader):
    """S12"""
    for article in (make_draft(), make_article(publish_at=timezone.now() + timedelta(hours=1))):
        assert reader.get(address(article)).status_code == 404
        assert reader.post(address(article), {"stars": "5"}).status_code == 404
    assert not Rating.objects.exists()


@pytest.mark.parametrize("origin", ["https://evil.example", "http://testserver.evil.example", "null", ""])
def test_vote_from_another_site_is_refused(reader, origin):
    """S16"""
    article = make_article()
    response = reader.post(address(article), {"stars": "5"}, HTTP_ORIGIN=origin)
    assert response.status_code == 403
    assert not Rating.objects.exists()


def test_without_origin_the_referer_must_be_ours():
    """S16"""
    article = make_article()
    client = ReaderClient()
    base = super(ReaderClient, client)
    assert base.post(address(article), {"stars": "5"}).status_code == 403
    assert base.post(address(article), {"stars": "5"}, HTTP_REFERER="https://evil.example/").status_code == 403
    ours = base.post(address(article), {"stars": "5"}, HTTP_REFERER=f"http://testserver{article.get_absolute_url()}")
    assert ours.status_code == 303


def test_session_needs_django_s_token_as_well(reader):
    """S16"""
    article = make_article()
    reader.force_login(make_user(role="Editor"))
    assert reader.post(address(article), {"stars": "5"}).status_code == 403
    page = reader.get(address(article))
    token = page.content.decode().split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    assert reader.post(address(article), {"stars": "5", "csrfmiddlewaretoken": token}).status_code == 303


def test_get_changes_nothing(reader):
    """S16"""
    article = make_article()
    reader.get(address(article) + "?stars=5")
    assert not Rating.objects.exists()


def test_answer_is_never_stored(reader):
    """S15"""
    article = make_article()
    assert "no-store" in reader.get(address(article))["Cache-Control"]


def test_burst_from_one_network_is_held_aside(monkeypatch):
    monkeypatch.setattr(ratings, "BURST", 2)
    article = make_article()
    for _ in range(3):
        ReaderClient().post(address(article), {"stars": "1"})
    assert Rating.objects.filter(is_held=True).count() == 1
    assert Article.objects.page().get().rating_count == 2


@pytest.mark.usefixtures("in_one_window")
def test_too_many_posts_are_asked_to_wait(reader, monkeypatch):
    monkeypatch.setattr(ratings, "LIMIT", 1)
    article = make_article()
    reader.post(address(article), {"stars": "1"})
    response = reader.post(address(article), {"stars": "2"})
    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 3600
    assert Rating.objects.get().stars == 1


def test_script_gets_the_same_as_json(reader):
    article = make_article()
    answer = reader.post(address(article), {"stars": "5"}, HTTP_ACCEPT="application/json").json()
    assert answer["stars"] == 5
    assert answer["summary"] == "5.0 from 1 rating"
    wrong = reader.post(address(article), {"stars": "9"}, HTTP_ACCEPT="application/json")
    assert wrong.status_code == 400
    assert wrong.json()["error"] == "Choose one to five stars."


def test_rating_of_another_edition_keeps_its_language(reader):
    article = make_article(language="fa")
    response = reader.get(address(article))
    assert response.status_code == 301
    assert response["Location"] == f"/fa/articles/{article.pk}/rating/"
    assert b'dir="rtl"' in reader.get(response["Location"]).content
