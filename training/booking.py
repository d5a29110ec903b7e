"""Book, cancel and everything else that can happen to a booking: the jobs that views, commands and tasks call.

All of them lock the session before they read what is free, change rows and save messages in one transaction,
and raise Refused with a sentence for the person. What was done already is not done again: a second press of a
button gets the same answer and no second message.
"""

import uuid
from collections.abc import Sequence
from dataclasses import replace

from django.db import transaction
from django.utils import timezone

from training import booking_mail, locking, places
from training.availability import Availability
from training.history import note
from training.models import Booking, BookingEvent, TrainingSession, folded, person_key
from training.people import Booker, PersonDetails, Refused, closed_because, is_of_known_agency
from training.staff_booking import approve, confirm_waiting, move, override

__all__ = [
    "Booker",
    "PersonDetails",
    "Refused",
    "accept_offer",
    "accept_policy",
    "answer_change",
    "approve",
    "book",
    "book_team",
    "cancel",
    "change_address",
    "confirm_waiting",
    "decline_offer",
    "move",
    "not_me",
    "override",
    "send_link",
    "substitute",
]

MOST_IN_A_TEAM = 10
Kind, Status, By = BookingEvent.Kind, Booking.Status, Booking.CancelledBy


@transaction.atomic
def book(session_id: int, person: PersonDetails, *, booker: Booker | None = None, by=None) -> Booking:
    """Book a place, or a place in line. Confirmed at once when one fits the quotas and nobody in line could have it.

    The same person again gets the first booking and no second message. ``by`` is the member of staff who adds
    somebody by hand: also while booking is closed, and without approval.
    """
    return _book(locking.lock_session(session_id), person.cleaned(), booker, by)


@transaction.atomic
def book_team(session_id: int, people: Sequence[PersonDetails], booker: Booker) -> list[Booking]:
    """Book up to ten colleagues, all or none; each gets a message of their own. In the order of ``people``."""
    if not people:
        raise Refused("Enter at least one person.")
    if len(people) > MOST_IN_A_TEAM:
        raise Refused(f"Book {MOST_IN_A_TEAM} people at most at once.")
    session = locking.lock_session(session_id)
    made = []
    for row, person in enumerate(people):
        try:
            made.append(_book(session, person.cleaned(), booker, None))
        except Refused as refused:
            raise Refused(str(refused), refused.field, row) from refused
    return made


def _book(session: TrainingSession, person: PersonDetails, booker: Booker | None, by) -> Booking:
    found = session.bookings.active().of_person(person.email, person.name).first()
    if found:
        found.session = session
        return found
    closed = closed_because(session)
    if closed and (by is None or session.status != TrainingSession.Status.OPEN or session.has_begun):
        raise Refused(closed)
    booking = places.new_booking(session, person, booker)
    if by is None and session.open_to == TrainingSession.OpenTo.KNOWN_DOMAINS and not is_of_known_agency(person.email):
        booking.status = Status.APPROVAL
        booking.save()
        note(booking, Kind.APPROVAL, mail=booking_mail.approval(booking))
        return booking
    places.admit(booking, by=by, may_wait=session.waiting_list)
    return booking


@transaction.atomic
def cancel(key: uuid.UUID, by=None, *, why: str = "") -> Booking:
    """Cancel a booking: for the delegate, or for the member of staff in ``by``, who may say ``why``.

    It is ``late`` when the delegate had a place and the time for cancelling freely is over, but never while the
    partnership's own change of the session waits for an answer. Raises Refused once the session has begun.
    """
    booking = locking.lock_booking(key)
    if not booking.is_active:
        return booking
    if booking.session.has_begun and by is None:
        raise Refused("This session has begun, so the booking can't be cancelled here any more.")
    who = By.STAFF if by else By.PERSON
    if not by and booking.move_asked_at and booking.move_answer != Booking.MoveAnswer.CAN_COME:
        who = By.PARTNERSHIP
    places.end(
        booking, who, text=why, why=f"The training team cancelled your booking. {why}".strip() if by else "", by=by
    )
    return booking


@transaction.atomic
def not_me(key: uuid.UUID) -> Booking:
    """Cancel what somebody else booked in this person's name; never late, never charged."""
    booking = locking.lock_booking(key)
    if booking.is_active and not booking.session.has_begun:
        places.end(booking, By.NOT_ME, why="You told us that you didn't book this, so it is cancelled.")
    return booking


@transaction.atomic
def accept_offer(key: uuid.UUID) -> Booking:
    """Take the place that was offered, or in the last hours the one that is free. Raises Refused if there is none."""
    booking = locking.lock_booking(key)
    if booking.status == Status.CONFIRMED:
        return booking
    if booking.session.has_begun or booking.session.status != TrainingSession.Status.OPEN:
        raise Refused(closed_because(booking.session) or "This session can't be booked any more.")
    if booking.status == Status.OFFERED and not booking.offer_is_open:
        raise Refused("The time to accept this offer is over, and the place goes to the next person.")
    if booking.status == Status.WAITING:
        obstacle = places.is_free_for(booking)
        if obstacle:
            raise Refused(obstacle)
        booking.told_at = booking.told_at or timezone.now()  # of a place for the first to accept, here at the latest
    elif booking.status != Status.OFFERED:
        raise Refused("This booking is cancelled. If you still want to come, book again.")
    places.give_place(booking, Kind.ACCEPTED)
    return booking


@transaction.atomic
def decline_offer(key: uuid.UUID) -> Booking:
    """Leave the offered place (or the line) to others."""
    booking = locking.lock_booking(key)
    if booking.status in {Status.OFFERED, Status.WAITING}:
        note(booking, Kind.DECLINED)
        places.end(booking, By.PERSON, why="You declined the place, and are no longer on the waiting list.")
    elif booking.status == Status.CONFIRMED:
        raise Refused("You have accepted this place already. You can cancel it on the page with your bookings.")
    return booking


@transaction.atomic
def substitute(key: uuid.UUID, person: PersonDetails) -> Booking:
    """Send somebody else instead, free of charge; return the new booking, which names the one it replaces."""
    booking = locking.lock_booking(key)
    session, person = booking.session, person.cleaned()
    taker = session.bookings.active().of_person(person.email, person.name).first()
    if taker and taker.substitutes_id == booking.pk:
        return taker
    if booking.status != Status.CONFIRMED:
        raise Refused("Only somebody with a place can send a colleague instead.")
    if session.has_begun:
        raise Refused("This session has begun. Please tell the training team who came.")
    if taker and taker.status == Status.CONFIRMED:
        raise Refused("This person has a place already.", "name")
    if taker:  # in line until now: the place passed on is better
        taker.session = session
        places.end(taker, By.PERSON, text="Takes over a colleague's place.", tell=False)
    return _pass_on(booking, person)


def _pass_on(booking: Booking, person: PersonDetails) -> Booking:
    same = person.agency == booking.agency and folded(person.agency_name) == folded(booking.agency_name)
    if same:
        kept = {name: getattr(booking, name) for name in ("agency_name", "order_number", "finance_contact")}
        person = replace(person, **kept)
    new = places.new_booking(booking.session, person, substitutes=booking)
    booking.status, booking.cancelled_by = Status.CANCELLED, By.PERSON
    booking.cancelled_at = timezone.now()
    booking.sequence += 1
    booking.save()
    booking.session.refresh_from_db(fields=["taken"])
    if not same:  # the same agency keeps the place it had
        obstacle = Availability(booking.session).obstacle_for(new)
        if obstacle:
            raise Refused(obstacle)
    places.give_place(new, text=f"Instead of {booking.name}.", why=f"{booking.name} passed a place on to you.")
    note(booking, Kind.SUBSTITUTED, f"To {new.name}.", mail=booking_mail.passed_on(booking, new))
    return new


@transaction.atomic
def change_address(key: uuid.UUID, email: str) -> Booking:
    """Send everything to another address from now on; links sent to the old one are void. Tells both."""
    booking = locking.lock_booking(key)
    new = PersonDetails(name=booking.name, email=email).cleaned().email
    if new == booking.email:
        return booking
    if not booking.is_active:
        raise Refused("This booking is cancelled.")
    person = person_key(new, booking.name)
    if booking.session.bookings.active().filter(person=person).exclude(pk=booking.pk).exists():
        raise Refused("There is a booking with this name and address already.", "email")
    old, booking.email, booking.person = booking.email, new, person
    booking.save(update_fields=["email", "person"])
    number = booking.events.filter(kind=Kind.ADDRESS).count() // 2 + 1
    note(booking, Kind.ADDRESS, "The old address was told.", mail=booking_mail.address_changed(booking, old, number))
    tell = booking_mail.confirmed if booking.status == Status.CONFIRMED else booking_mail.my_bookings
    note(booking, Kind.ADDRESS, mail=tell(booking, change=f"address {number}: new"))
    return booking


@transaction.atomic
def accept_policy(key: uuid.UUID, version: str) -> Booking:
    """Write down that a delegate accepts the charging policy: who was sent instead, or added by staff, did not yet.

    Without it nothing is charged for the booking. What was accepted first stays. Raises Refused once it is too late.
    """
    booking = locking.lock_booking(key)
    if booking.policy_version:
        return booking
    if not booking.is_active:
        raise Refused("This booking is cancelled.")
    if booking.session.has_begun:
        raise Refused("This session has begun, so there is nothing to accept any more.")
    booking.policy_version = version
    booking.save(update_fields=["policy_version"])
    note(booking, Kind.POLICY, version)
    return booking


@transaction.atomic
def answer_change(key: uuid.UUID, *, can_come: bool) -> Booking:
    """Take the answer to “the session was changed: can you come?”. Who can't is cancelled and charged nothing.

    Only the first answer is free: who said that they come, and can't after all, cancels like everybody else.
    """
    booking = locking.lock_booking(key)
    answer = Booking.MoveAnswer.CAN_COME if can_come else Booking.MoveAnswer.CANNOT_COME
    if booking.move_asked_at is None or not booking.is_active or booking.move_answer == answer:
        return booking
    if booking.session.has_begun:
        raise Refused("This session has begun. Please tell the training team.")
    agreed, booking.move_answer = bool(booking.move_answer), answer
    booking.save(update_fields=["move_answer"])
    note(booking, Kind.ANSWERED, booking.get_move_answer_display())
    if not can_come and agreed:
        places.end(booking, By.PERSON)
    elif not can_come:
        places.end(
            booking,
            By.PARTNERSHIP,
            why="You told us that you can't come now that the session has changed. You are charged nothing.",
        )
    return booking


@transaction.atomic
def send_link(booking: Booking) -> None:
    """Mail a fresh link to the page with all bookings of this address."""
    note(booking, Kind.LINK, mail=booking_mail.my_bookings(booking))
