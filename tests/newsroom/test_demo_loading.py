"""Loading the demo newsroom into an empty site: cut short, and by clocks far from the one it was written by."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.utils import timezone

from articles.models import Article
from newsroom.appeals.models import Appeal
from newsroom.demo import load as demo
from newsroom.pages.models import Page
from newsroom.roles import apply_roles

pytestmark = pytest.mark.django_db


@pytest.fixture
def only_persian(monkeypatch):
    """One small edition, where the whole would show no more."""
    apply_roles(Group, Permission)
    monkeypatch.setattr(demo, "LANGUAGES", ("fa",))


def test_an_interrupted_load_is_finished_by_the_next(only_persian, monkeypatch):
    def fail(*args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(demo, "_pages", fail)
        with pytest.raises(KeyboardInterrupt):
            call_command("demo", once=True, verbosity=0)
    assert not Page.objects.exists()
    call_command("demo", once=True, verbosity=0)
    assert Page.objects.count() == 4
    assert Article.objects.public().count() == 12


@pytest.mark.parametrize("clock", ["2024-02-29T11:00:00Z", "2026-11-22T12:31:00Z", "2031-07-04T23:59:00Z"])
def test_newest_story_is_of_the_last_days_whatever_the_clock_says(only_persian, clock):
    with time_machine.travel(clock, tick=False):
        demo.load()
        public = Article.objects.public()
        assert public.count() == 12
        assert timezone.now() - public.order_by("-publish_at").first().publish_at < timedelta(days=8)
        assert Appeal.objects.current().edition("fa").count() == 1
