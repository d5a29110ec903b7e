"""What the registers of a session add up to for each booking, and what staff decide instead.

``Booking.outcome`` is empty while it isn't known. With an ``outcome_reason`` staff decided it, and the registers no
longer change it.
"""

import uuid
from collections import defaultdict

from django.db import transaction
from django.utils import timezone

from training import locking
from training.history import note
from training.models import Attendance, Booking, BookingEvent, CountsAsAttended, CoursePage, TrainingSession
from training.people import Refused, tidy

Kind, Outcome = BookingEvent.Kind, Booking.Outcome


def outcome_of(rule: str, marks: list[str | None]) -> str:
    """What somebody's marks add up to by a course's rule: one for each day that has a register, None where it has none.

    Coming late and leaving early count as being there. A missing mark is nobody's fault: while it could still
    change the answer, the answer isn't known (empty).
    """
    there = sum(1 for mark in marks if mark in Attendance.THERE)
    unknown = sum(1 for mark in marks if mark is None)

    def is_enough(number: int) -> bool:
        if rule == CountsAsAttended.ANY_DAY:
            return number >= 1
        if rule == CountsAsAttended.MOST_DAYS:
            return number * 2 > len(marks)
        return number == len(marks)

    if unknown == len(marks):
        return ""
    if is_enough(there):
        return Outcome.ATTENDED
    if is_enough(there + unknown):
        return ""
    if there:
        return Outcome.PARTLY
    return "" if unknown else Outcome.NOT_ATTENDED


@transaction.atomic
def settle(session_id: int) -> int:
    """Write down what the registers add up to for everybody with a place; return for how many it changed.

    A day without a single mark has no register, and counts neither way. What staff decided stays.
    """
    session = locking.lock_session(session_id)
    rule = CoursePage.objects.values_list("counts_as_attended", flat=True).get(pk=session.course_id)
    kept = Attendance.objects.filter(day__session=session)
    days = set(kept.values_list("day_id", flat=True))
    marks = defaultdict(dict)
    for booking_id, day_id, mark in kept.values_list("booking_id", "day_id", "mark"):
        marks[booking_id][day_id] = mark
    changed, now = [], timezone.now()
    for booking in session.bookings.confirmed().filter(outcome_reason="", purged_at=None):
        outcome = outcome_of(rule, [marks[booking.pk].get(day) for day in days])
        if outcome != booking.outcome:
            booking.outcome, booking.outcome_at = outcome, now if outcome else None
            booking.outcome_by = None
            changed.append(booking)
    Booking.objects.bulk_update(changed, ["outcome", "outcome_at", "outcome_by"], batch_size=500)
    return len(changed)


@transaction.atomic
def decide(key: uuid.UUID, outcome: str, by, *, why: str) -> Booking:
    """Say whether somebody attended, whatever the registers say, with a reason that stays in the history."""
    why = tidy(why)
    if not why:
        raise Refused("Say why, so that it can be looked up later.", "why")
    if outcome not in Outcome.values:
        raise Refused("Choose whether the person attended.", "outcome")
    booking = locking.lock_booking(key)
    if booking.status != Booking.Status.CONFIRMED or not has_come(booking.session):
        raise Refused("Only for somebody with a place, once the session has begun.")
    if (booking.outcome, booking.outcome_reason) == (outcome, why):
        return booking
    booking.outcome, booking.outcome_reason, booking.outcome_by = outcome, why, by
    booking.outcome_at = timezone.now()
    booking.save(update_fields=["outcome", "outcome_reason", "outcome_by", "outcome_at"])
    note(booking, Kind.OUTCOME, f"{booking.get_outcome_display()}: {why}", by=by)
    return booking


@transaction.atomic
def follow_registers(key: uuid.UUID, by) -> Booking:
    """Take back what staff decided: the registers count again."""
    booking = locking.lock_booking(key)
    if not booking.outcome_reason:
        return booking
    booking.outcome, booking.outcome_reason, booking.outcome_by, booking.outcome_at = "", "", None, None
    booking.save(update_fields=["outcome", "outcome_reason", "outcome_by", "outcome_at"])
    note(booking, Kind.OUTCOME, "The registers count again.", by=by)
    if booking.session.status == TrainingSession.Status.DONE:
        settle(booking.session_id)
        booking.refresh_from_db()
    return booking


def has_come(session: TrainingSession) -> bool:
    """Whether the session was held, or is being held now."""
    return session.has_begun and session.status in {TrainingSession.Status.OPEN, TrainingSession.Status.DONE}
