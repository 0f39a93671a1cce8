"""F7: many at once. Every vote and every reading that was answered is there, once."""

import os
import random

from tests.serving import all_at_once

TOGETHER = 64
#: Readers, of whom every tenth votes; `FAULT_READERS=1000 make faults` for a short round.
READERS = int(os.environ.get("FAULT_READERS", "10000"))


def network(number):
    """An address in a network of its own, so that nobody's votes are a burst."""
    return f"20.{number // 250 % 250}.{number % 250}.7"


def test_every_rating_and_reading_of_a_crowd_is_counted(site):
    articles = site.articles()
    votes = {pk: [] for pk, _ in articles}
    readings = dict.fromkeys(votes, 0)
    calls = []

    def vote(pk, stars, reader):
        return lambda: site.ask(f"/articles/{pk}/rating/", {"stars": stars}, reader=reader).status

    def read(pk, reader, **headers):
        return lambda: site.ask(f"/articles/{pk}/read/", {}, reader=reader, **headers).status

    before = site.say(
        "from articles.models import *\n"
        "for a in Article.objects.page(): print(a.pk, a.rating_count or 0, int(a.rating_sum or 0), a.readings)"
    )
    before = {int(before[n]): [int(word) for word in before[n + 1 : n + 4]] for n in range(0, len(before), 4)}
    for number in range(READERS // 10):
        pk = articles[number % 10][0]
        stars = number % 5 + 1
        votes[pk].append(stars)
        calls.append(vote(pk, stars, network(number)))
    for number in range(READERS):
        pk = articles[number % 10][0]
        readings[pk] += 1
        calls.append(read(pk, network(number)))
    # The same readers again in the same half-hour, and programs: not counted. (A half-hour that ends while this runs
    # would count them again, so these come to one article that is not looked at.)
    spare = before.keys() - votes.keys()
    bots = [read(pk, network(5), User_Agent="curl/8.0") for pk in list(spare) * 20]
    random.Random(7).shuffle(calls)
    answers = all_at_once(calls + bots, TOGETHER)
    assert {status for status in answers if status >= 400} == set()
    site.manage("recount_readings")
    after = site.say(
        "from articles.models import *\n"
        "for a in Article.objects.page(): print(a.pk, a.rating_count or 0, int(a.rating_sum or 0), a.readings)"
    )
    after = {int(after[n]): [int(word) for word in after[n + 1 : n + 4]] for n in range(0, len(after), 4)}
    for pk, stars in votes.items():
        count, total, read_before = before[pk]
        assert after[pk][:2] == [count + len(stars), total + sum(stars)]
        assert after[pk][2] == read_before + readings[pk]
    for pk in spare:
        assert after[pk] == before[pk]


def test_one_reader_who_votes_many_times_at_once_has_one_vote(site):
    pk, _ = site.articles()[0]
    count = f"from articles.models import *\nprint(Rating.objects.filter(article={pk}).count())"
    before = int(site.say(count)[0])
    first = site.ask(f"/articles/{pk}/rating/", {"stars": 3})
    cookie = first.headers["set-cookie"].partition(";")[0]
    answers = all_at_once(
        [
            lambda stars=stars: site.ask(f"/articles/{pk}/rating/", {"stars": stars}, cookie=cookie).status
            for stars in [1, 2, 3, 4, 5] * 20
        ],
        32,
    )
    assert set(answers) == {303}
    assert int(site.say(count)[0]) == before + 1
