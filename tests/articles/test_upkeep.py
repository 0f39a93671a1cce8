"""What is written down of the runs of commands."""

import pytest

from articles.models import Upkeep

pytestmark = pytest.mark.django_db


def test_run_is_written_down_with_its_result():
    with Upkeep.objects.running("sweep") as run:
        begun = Upkeep.objects.get(name="sweep")
        assert begun.started_at
        assert begun.finished_at is None
        run.note = "3 rooms"
    ended = Upkeep.objects.get(name="sweep")
    assert ended.note == "3 rooms"
    assert ended.finished_at >= ended.started_at


def test_run_that_failed_is_seen_to_have_begun_and_not_ended():
    with Upkeep.objects.running("sweep"):
        pass
    with pytest.raises(OSError, match="no broom"), Upkeep.objects.running("sweep"):
        raise OSError("no broom")
    failed = Upkeep.objects.get(name="sweep")
    assert (failed.finished_at, failed.note) == (None, "no broom")
