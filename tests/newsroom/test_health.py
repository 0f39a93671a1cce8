"""/healthz and /readyz: what load balancers are told, and what they are not."""

import pytest
from django.db import OperationalError
from django.db.migrations.recorder import MigrationRecorder

from newsroom import health


def test_process_that_lives_says_so_without_a_database(client):
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")
    assert "no-store" in response["Cache-Control"]
    assert client.head("/healthz").status_code == 200
    assert client.post("/healthz").status_code == 405


@pytest.mark.django_db
def test_ready_names_its_parts(client):
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {"database": "ok", "cache": "ok", "storage": "ok", "migrations": "ok"}
    assert "no-store" in response["Cache-Control"]
    assert not response.cookies


def fail(*args, **kwargs):
    raise OperationalError("password=hunter2 host=10.0.0.7")


class Broken:
    """Whatever is asked of it fails; it can be called too."""

    __getattr__ = __call__ = fail


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("part", "broken"),
    [
        ("database", "django.db.backends.base.base.BaseDatabaseWrapper.cursor"),
        ("cache", "newsroom.health.cache"),
        ("storage", "newsroom.health.os.access"),
        ("migrations", "django.db.migrations.recorder.MigrationRecorder.applied_migrations"),
    ],
)
def test_part_that_fails_is_named_and_its_reason_is_not(client, monkeypatch, part, broken):
    """S25"""
    with monkeypatch.context() as patch:
        patch.setattr(broken, Broken())
        response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()[part] == "failed"
    assert set(response.json().values()) <= {"ok", "failed"}
    assert b"hunter2" not in response.content


@pytest.mark.django_db
def test_migration_that_is_not_applied_is_not_ready(client):
    MigrationRecorder.Migration.objects.filter(app="articles").delete()
    response = client.get("/readyz")
    assert (response.status_code, response.json()["migrations"]) == (503, "failed")


def test_read_only_folder_is_not_ready(settings, monkeypatch):
    settings.MEDIA_ROOT.mkdir(parents=True)
    assert health._storage()
    monkeypatch.setattr(health.os, "access", lambda *args: False)
    assert not health._storage()
