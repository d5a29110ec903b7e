"""What happens to a booking, whoever asks for it. Callers hold the session's lock, and decide who may.

Each step changes the row, writes the history and saves the one message that tells of it.
"""

from datetime import datetime

from django.utils import timezone

from training import booking_mail, charges
from training.availability import Availability
from training.history import note
from training.models import Booking, BookingEvent, ChargedEvent, TrainingSession, person_key
from training.people import Booker, PersonDetails, Refused
from training.waiting_list import in_last_call, note_skipped, offer_free_places, place_freed, place_taken

Kind = BookingEvent.Kind
Status = Booking.Status


def new_booking(session: TrainingSession, person: PersonDetails, booker: Booker | None = None, **more) -> Booking:
    """A booking that isn't saved yet."""
    who = {"booker_name": booker.name, "booker_email": booker.email} if booker else {}
    key = person_key(person.email, person.name)
    return Booking(session=session, person=key, **person.as_fields(), **who, **more)


def admit(booking: Booking, *, by=None, may_wait: bool = True) -> None:
    """Give a new or approved booking a place that fits it and that nobody before it could have, else put it in line.

    Raises Refused where there is no place and no waiting list either.
    """
    session = booking.session
    offer_free_places(session)
    available = Availability(session)
    obstacle = available.obstacle_for(booking)
    if obstacle:
        if not may_wait:
            raise Refused(f"{obstacle} This session has no waiting list.")
        wait(booking, why=obstacle, by=by)
        return
    before = [(other, available.obstacle_for(other)) for other in session.bookings.in_line().select_related("agency")]
    if any(not why for _other, why in before):
        wait(booking, why="Others were told of the free place before.", by=by, place_is_free=True)
        return
    give_place(booking, by=by)
    for other, why in before:
        note_skipped(other, why)


def give_place(booking: Booking, kind: Kind = Kind.CONFIRMED, text: str = "", *, why: str = "", by=None) -> None:
    """Confirm it. ``text`` is for the history, ``why`` for the delegate."""
    booking.status, booking.confirmed_at = Status.CONFIRMED, timezone.now()
    booking.save()
    note(booking, kind, text, by=by, mail=booking_mail.confirmed(booking, why=why))
    if booking.manager_email and not booking.manager_told_at:
        booking.manager_told_at = timezone.now()
        booking.save(update_fields=["manager_told_at"])
        note(booking, Kind.MANAGER, mail=booking_mail.to_manager(booking))
    place_taken(booking.session)


def wait(booking: Booking, *, why: str, by=None, place_is_free: bool = False) -> None:
    """Put it in line: a new one at the end, an approved one where it would stand had it been approved at once."""
    booking.status = Status.WAITING
    booking.waiting_since = booking.waiting_since or booking.created_at or _end_of_line(booking.session)
    if place_is_free:
        booking.told_at = timezone.now()
    booking.save()
    note(booking, Kind.WAITING, why, by=by, mail=booking_mail.waiting(booking, place_is_free=place_is_free))


def _end_of_line(session: TrainingSession) -> datetime:
    """Now, or the last one's moment where another machine's clock was ahead: nobody new stands before others."""
    last, now = session.bookings.in_line().values_list("waiting_since", flat=True).last(), timezone.now()
    return max(now, last) if last else now


def end(
    booking: Booking, who: Booking.CancelledBy, *, text: str = "", why: str = "", by=None, tell: bool = True
) -> None:
    """Cancel it, and offer the place on if it had one. ``why`` replaces the first sentence of the message."""
    session, before = booking.session, booking.status
    confirmed = before == Status.CONFIRMED
    booking.status, booking.cancelled_by = Status.CANCELLED, who
    booking.cancelled_at = timezone.now()
    booking.late = who == Booking.CancelledBy.PERSON and confirmed and not session.may_cancel_freely
    booking.sequence += 1
    booking.save()
    charge = charges.propose(booking, ChargedEvent.LATE_CANCELLATION) if booking.late else None
    mail = booking_mail.cancelled(booking, was_confirmed=confirmed, why=why, charge=charge) if tell else None
    note(booking, Kind.CANCELLED, text or booking.get_cancelled_by_display(), by=by, mail=mail)
    if before in Booking.TAKING:
        place_freed(session)


def is_free_for(booking: Booking) -> str:
    """Why somebody in line can't have a place by being the first to accept; empty if they can."""
    if not in_last_call(booking.session):
        return "No place is offered to you now. We write to you when it is your turn."
    obstacle = Availability(booking.session).obstacle_for(booking)
    return f"Somebody was quicker. {obstacle} You are still on the waiting list." if obstacle else ""
