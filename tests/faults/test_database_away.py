"""F2: the database is started anew while people read and write."""

import time

from tests.faults.conftest import running
from tests.serving import wait_until


def test_kept_pages_stay_and_the_rest_comes_back_by_itself(cluster, tmp_path, static_files):
    cluster.run("createdb", "-h", "127.0.0.1", "-p", str(cluster.port), "-U", "postgres", "away")
    with running(tmp_path, static_files, cluster.url("away")) as site:
        pk, address = site.articles()[0]
        # A worker keeps pages once it has looked at the stale tags for the first time.
        for pause in (2, 0):
            for _ in range(60):  # so many that every worker gets some
                assert site.ask("/").status == site.ask(address).status == 200
            time.sleep(pause)
        votes = site.ask(f"/articles/{pk}/rating/", {"stars": 4}, reader="22.1.1.1").status
        assert votes == 303
        cluster.stop()
        try:
            for _ in range(10):
                assert site.ask("/").status == site.ask(address).status == 200
                answer = site.ask(f"{address}comments/")
                assert answer.status == 503
                assert answer.headers["retry-after"]
                assert "Traceback" not in answer.text
                assert site.ask(f"/articles/{pk}/rating/", {"stars": 1}, reader="22.1.2.1").status == 503
                assert site.ask("/healthz").status == 200
                assert site.ask("/readyz").status == 503
        finally:
            cluster.start()
        # A database that has come back may still replay its log; who is answered is answered rightly from then on.
        wait_until(lambda: site.ask("/readyz").status == 200, "the site does not find its database again")
        for number in range(20):
            assert site.ask(f"{address}comments/").status == 200
            assert site.ask(f"/articles/{pk}/rating/", {"stars": 5}, reader=f"22.2.{number}.1").status == 303
        count = "from articles.models import *\nprint(Rating.objects.filter(reader__regex='^[0-9a-f]{20,}').count())"
        assert int(site.say(count)[0]) == 21
