"""What only staff do to a booking. Each step is written down with who did it."""

import uuid

from django.db import transaction
from django.utils import timezone

from training import booking_mail, invitations, locking, places
from training.availability import Availability
from training.history import note
from training.models import Booking, BookingEvent, TrainingSession
from training.people import PersonDetails, Refused
from training.waiting_list import note_skipped, place_freed, place_taken
from training.when import session_in_words

Kind, Status = BookingEvent.Kind, Booking.Status


@transaction.atomic
def approve(key: uuid.UUID, by) -> Booking:
    """Let somebody of an unknown agency in: a place if one fits, else the line, where they count from their request."""
    booking = locking.lock_booking(key)
    if booking.status == Status.APPROVAL:
        _check_open(booking.session)
        places.admit(booking, by=by)
    return booking


@transaction.atomic
def confirm_waiting(key: uuid.UUID, by, *, why: str = "") -> Booking:
    """Give a free place to somebody in line, out of turn if need be: those before them have it in their history.

    Quotas don't bind staff, the capacity does: see ``override``.
    """
    booking = locking.lock_booking(key)
    if booking.status == Status.CONFIRMED:
        return booking
    _check(booking)
    if booking.status != Status.OFFERED and not booking.session.places_left:
        raise Refused("Every place is taken. Make the session larger, or give a place above its capacity.")
    before, booking.given_by_hand = _in_line_before(booking), True
    places.give_place(booking, text=why or "Given by staff.", by=by)
    for other in before:
        note_skipped(other, "Staff gave the place to somebody else.", by=by)
    return booking


@transaction.atomic
def override(key: uuid.UUID, by, *, why: str) -> Booking:
    """Give a place knowingly, above the capacity if there is none left; the reason stands in the history.

    The extra place is gone again as soon as somebody cancels.
    """
    if not why.strip():
        raise Refused("Say why this person gets a place above the capacity.", "why")
    booking = locking.lock_booking(key)
    if booking.status == Status.CONFIRMED:
        return booking
    _check(booking)
    session, before = booking.session, _in_line_before(booking)
    if booking.status != Status.OFFERED and not session.places_left:
        session.extra_places += 1
        session.save(update_fields=["extra_places"])
    booking.given_by_hand = True
    places.give_place(booking, Kind.OVERRIDDEN, why, by=by)
    for other in before:
        note_skipped(other, "Staff gave a place to somebody else.", by=by)
    return booking


@transaction.atomic
def move(key: uuid.UUID, session_id: int, by) -> Booking:
    """Move a booking to another session, with its key and history; nothing is charged.

    Somebody with a place gets one there (Refused if none is left); others stand in line there by when they came.
    """
    booking, old, new = _both(key, session_id)
    if old.pk == new.pk:
        return booking
    if not booking.is_active:
        raise Refused("This booking is cancelled.")
    _check_open(new)
    if booking.attendances.exists():
        raise Refused("This person is marked in the register of the session. Take the mark away first.")
    if new.bookings.active().filter(person=booking.person).exists():
        raise Refused("This person is booked there already.")
    had_place = booking.status in Booking.TAKING
    if had_place and not new.places_left:
        raise Refused("Every place of that session is taken.")
    gone = [invitations.cancellation(booking)] if booking.status == Status.CONFIRMED else []
    before, was = f"{old.course.title}, {session_in_words(old)}", booking.status
    booking.session = new
    booking.sequence += old.sequence + 1  # calendars must see the number grow, whatever the sessions' own are
    booking.week_reminder_at = booking.day_reminder_at = booking.move_asked_at = booking.told_at = None
    booking.move_answer = ""
    booking.given_by_hand = had_place  # there: neither its line nor its quotas were asked
    if had_place or _fits(booking):
        booking.status, booking.confirmed_at = Status.CONFIRMED, booking.confirmed_at or timezone.now()
    elif was == Status.APPROVAL:
        booking.status, booking.waiting_since = Status.WAITING, booking.created_at
    booking.save()
    place_taken(new)
    passed_over = _in_line_before(booking) if booking.status == Status.CONFIRMED else []
    note(booking, Kind.MOVED, f"From {before}."[:500], by=by, mail=booking_mail.moved(booking, before, gone))
    for other in passed_over:
        note_skipped(other, "Staff moved somebody here from another session.", by=by)
    if had_place:
        place_freed(old)
    return booking


def _both(key: uuid.UUID, session_id: int) -> tuple[Booking, TrainingSession, TrainingSession]:
    """Lock the booking's session and another one, together."""
    while True:
        old_id = Booking.objects.values_list("session_id", flat=True).get(key=key)
        old, new = locking.lock_sessions(old_id, session_id)
        booking = Booking.objects.select_related("agency").get(key=key)
        if booking.session_id == old_id:
            booking.session = old
            return booking, old, new


def _fits(booking: Booking) -> bool:
    """Whether a place of its session fits it and nobody is in line there."""
    session = booking.session
    return not session.bookings.in_line().exists() and not Availability(session).obstacle_for(booking)


def _in_line_before(booking: Booking) -> list[Booking]:
    """Who waited longer; for somebody who didn't wait, everybody in line."""
    line = booking.session.bookings.in_line().exclude(pk=booking.pk)
    since = booking.waiting_since or booking.created_at
    return [other for other in line if (other.waiting_since, other.pk) < (since, booking.pk)]


def _check(booking: Booking) -> None:
    if not booking.is_active:
        raise Refused("This booking is cancelled. Book the person anew.")
    _check_open(booking.session)


def _check_open(session: TrainingSession) -> None:
    if session.status != TrainingSession.Status.OPEN:
        raise Refused(f"The session is {session.get_status_display().lower()}.")
    if session.has_begun:
        raise Refused("The session has begun. Use the register for who came.")


@transaction.atomic
def add_above_capacity(session_id: int, person: PersonDetails, by, *, why: str) -> Booking:
    """Book somebody by hand with a place for sure, knowingly above the capacity if there is none left.

    Somebody who waits already gets the place with the booking they have.
    """
    if not why.strip():
        raise Refused("Say why this person gets a place above the capacity.", "why")
    session, person = locking.lock_session(session_id), person.cleaned()
    found = session.bookings.active().of_person(person.email, person.name).first()
    if found:
        return override(found.key, by, why=why)
    _check_open(session)
    booking = places.new_booking(session, person)
    if not session.places_left:
        session.extra_places += 1
        session.save(update_fields=["extra_places"])
    before, booking.given_by_hand = list(session.bookings.in_line()), True
    places.give_place(booking, Kind.OVERRIDDEN, why, by=by)
    for other in before:
        note_skipped(other, "Staff gave a place to somebody else.", by=by)
    return booking
