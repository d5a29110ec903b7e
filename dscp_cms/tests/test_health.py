"""What a balancer asks."""

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder


def test_healthz_answers_whatever_the_host(client):
    answer = client.get("/healthz", headers={"host": "10.0.0.7:8000"})
    assert (answer.status_code, answer.content) == (200, b"ok")


@pytest.mark.django_db
def test_readyz_when_the_database_is_up_to_date(client):
    answer = client.get("/readyz", headers={"host": "balancer.invalid"})
    assert (answer.status_code, answer.content) == (200, b"ready")


@pytest.mark.django_db(transaction=True)  # the question is asked over a connection of its own
def test_not_ready_while_a_migration_is_missing(client):
    (latest,) = MigrationLoader(connection).graph.leaf_nodes("dscp_cms")
    MigrationRecorder(connection).record_unapplied(*latest)
    try:
        answer = client.get("/readyz")
    finally:
        MigrationRecorder(connection).record_applied(*latest)
    assert (answer.status_code, answer.content) == (503, b"not ready\nThe database isn't migrated to this version.")


@pytest.mark.django_db
def test_an_unknown_host_is_told_which_variable_to_set(client):
    answer = client.get("/", headers={"host": "unknown.invalid"})
    assert answer.status_code == 400
    assert "SITE_URL" in answer.content.decode()
