"""A film in a story: a link until it is clicked, then its player in the same place."""

import re

import pytest

from tests.factories import make_article

pytestmark = pytest.mark.django_db(transaction=True)

FILMS = {
    "https://www.youtube.com/watch?v=abcdefghijk": "https://www.youtube-nocookie.com/embed/abcdefghijk?autoplay=1&rel=0",
    "https://youtu.be/abcdefghijk": "https://www.youtube-nocookie.com/embed/abcdefghijk?autoplay=1&rel=0",
    "https://vimeo.com/123456789/0a1b2c": "https://player.vimeo.com/video/123456789?autoplay=1&dnt=1&h=0a1b2c",
    "https://www.dailymotion.com/video/x8abcd": "https://geo.dailymotion.com/player.html?video=x8abcd",
    "https://tube.example/w/kkGMgK9ZtnKfYAgn": "https://tube.example/videos/embed/kkGMgK9ZtnKfYAgn?autoplay=1",
    "https://framatube.org/w/kkGMgK9ZtnKfYAgn": "https://framatube.org/videos/embed/kkGMgK9ZtnKfYAgn?autoplay=1",
}


def test_nothing_is_asked_of_a_films_host_before_the_click(visit, settings):
    settings.VIDEO_HOSTS = {**settings.VIDEO_HOSTS, "tube.example": "PeerTube"}
    settings.SECURE_CSP = {
        **settings.SECURE_CSP,
        "frame-src": [*settings.SECURE_CSP["frame-src"], "https://tube.example"],
    }
    article = make_article(body="".join(f"<p>{address}</p>" for address in FILMS))
    visitor = visit()
    answer = {"body": "<p>The player</p>", "content_type": "text/html"}
    visitor.context.route(re.compile("^https://"), lambda route: route.fulfill(**answer))
    page = visitor.open(article.get_absolute_url())
    links = page.locator("figure.video > a")
    assert [link.get_attribute("href") for link in links.all()] == list(FILMS)
    assert visitor.faults == []
    for address, player in FILMS.items():
        with page.expect_request(player):
            page.locator(f"figure.video > a[href='{address}']").click()
        assert page.locator(f"iframe[src='{player}']").last.get_attribute("title").startswith("Play video on")
        assert visitor.faults == [f"another host: {player}"]
        visitor.faults.clear()


def test_without_scripts_the_film_is_a_link_to_its_host(visit):
    article = make_article(body=f"<p>{next(iter(FILMS))}</p>")
    page = visit(scripts=False).open(article.get_absolute_url())
    assert page.get_by_role("link", name="Play video on YouTube").get_attribute("href") == next(iter(FILMS))
    assert page.locator("iframe").count() == 0
