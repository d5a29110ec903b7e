"""Locks on sessions: taken before availability is read, and only inside a transaction.

On PostgreSQL a lock is the session's row; on SQLite the transaction itself, which IMMEDIATE makes the only
writer from its first statement on. Whoever needs two sessions takes them in one call, so that the order is
always the same and nobody waits for somebody who waits for them.
"""

import uuid

from django.db import connection

from training.models import Booking, TrainingSession


def lock_sessions(*keys: int) -> list[TrainingSession]:
    """Lock sessions and return them as they are now, in the order asked for.

    Raises RuntimeError outside a transaction (the lock would be gone at once), and TrainingSession.DoesNotExist.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("A session is locked inside a transaction, or not at all.")
    if connection.vendor == "sqlite" and connection.transaction_mode != "IMMEDIATE":
        raise RuntimeError("On SQLite a session is locked by an IMMEDIATE transaction; this connection's aren't.")
    rows = TrainingSession.objects.select_related(None).order_by("pk")
    if connection.features.has_select_for_update:
        rows = rows.select_for_update(no_key=True)
    found = {session.pk: session for session in rows.filter(pk__in=keys)}
    if len(found) != len(set(keys)):
        raise TrainingSession.DoesNotExist
    return [found[key] for key in keys]


def lock_session(key: int) -> TrainingSession:
    """Lock one session and return it as it is now."""
    return lock_sessions(key)[0]


def lock_booking(key: uuid.UUID) -> Booking:
    """Lock a booking's session and return the booking as it is now, its ``session`` being the locked one.

    Raises Booking.DoesNotExist.
    """
    while True:
        session_id = Booking.objects.values_list("session_id", flat=True).get(key=key)
        session = lock_session(session_id)
        booking = Booking.objects.select_related("agency").get(key=key)
        if booking.session_id == session_id:  # it wasn't moved while we waited
            booking.session = session
            return booking
