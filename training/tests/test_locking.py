"""Locks on sessions."""

import uuid

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from training import booking, locking, scheduling, waiting_list
from training.models import Booking, TrainingSession
from training.tests import factories


@pytest.mark.django_db(transaction=True)
def test_nothing_is_locked_outside_a_transaction():
    session = factories.session()
    for lock in (locking.lock_session, locking.lock_sessions):
        with pytest.raises(RuntimeError, match="inside a transaction"):
            lock(session.pk)
    made = booking.book(session.pk, factories.person())
    with pytest.raises(RuntimeError, match="inside a transaction"):
        locking.lock_booking(made.key)
    with transaction.atomic():
        assert locking.lock_booking(made.key).session == session


@pytest.mark.django_db
def test_what_is_not_there_cannot_be_locked():
    with pytest.raises(TrainingSession.DoesNotExist):
        locking.lock_session(0)
    with pytest.raises(Booking.DoesNotExist):
        locking.lock_booking(uuid.uuid4())
    session = factories.session()
    assert locking.lock_sessions(session.pk, session.pk) == [session, session]


@pytest.mark.django_db
def test_on_sqlite_only_an_immediate_transaction_is_a_lock():
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL locks the row")
    session = factories.session()
    mode = connection.transaction_mode
    connection.transaction_mode = "DEFERRED"
    try:
        with pytest.raises(RuntimeError, match="IMMEDIATE"):
            locking.lock_session(session.pk)
    finally:
        connection.transaction_mode = mode


@pytest.mark.postgres
@pytest.mark.django_db
def test_the_session_is_locked_before_anything_else_of_it_is_read(admin_user):
    session, other = factories.session(capacity=1), factories.session(days=30)
    made = factories.fill(session)[0]
    waits = booking.book(session.pk, factories.person(2))
    jobs = [
        lambda: booking.book(session.pk, factories.person(3)),
        lambda: booking.book_team(session.pk, [factories.person(4)], booking.Booker("A", "a@example.org")),
        lambda: booking.override(waits.key, admin_user, why="x"),
        lambda: booking.move(made.key, other.pk, admin_user),
        lambda: booking.substitute(made.key, factories.person(5)),
        lambda: booking.cancel(waits.key),
        lambda: scheduling.resize(session.pk, 5),
        lambda: waiting_list.expire_offers(session.pk),
        lambda: scheduling.cancel_session(session.pk),
    ]
    for job in jobs:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            job()
        words = [query["sql"] for query in queries]
        lock = next(number for number, sql in enumerate(words) if "FOR NO KEY UPDATE" in sql)
        before = [sql for sql in words[:lock] if "training_" in sql]
        # Only which session a booking belongs to is asked before.
        assert all(sql.startswith('SELECT "training_booking"."session_id"') for sql in before), before
