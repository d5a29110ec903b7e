"""The waiting list: who is offered a freed place, until when, and what happens if nobody answers.

First come, first served, by ``waiting_since``. A person whom no free place fits (the agency has its share, or
the places are kept for others) is passed over and stays in line; each time that happens is written down.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from training import booking_mail, working_hours
from training.availability import Availability
from training.history import note
from training.locking import lock_session
from training.models import Booking, BookingEvent, TrainingSession, TrainingSettings
from training.one_by_one import one_by_one

Kind = BookingEvent.Kind
SHARE = 4  # an offer lasts at most this part of the working hours that are left
SHORTEST = 1  # working hour; with less left before the last call, an offer would be read by nobody


def last_call_begins(session: TrainingSession, conf: TrainingSettings) -> datetime:
    """The moment from which the first to accept has a free place."""
    return session.starts_at - timedelta(hours=conf.last_call_hours)


def in_last_call(session: TrainingSession, conf: TrainingSettings | None = None) -> bool:
    """Whether it is too late for offers in turn: the session is near, or no working hour is left until it is."""
    if session.starts_at is None:
        return False
    conf = conf or TrainingSettings.load()
    return working_hours.between(timezone.now(), last_call_begins(session, conf), conf) < SHORTEST


def offer_deadline(session: TrainingSession, conf: TrainingSettings | None = None) -> datetime:
    """Until when an offer made now may be accepted.

    The hours that the training team set, but at most a quarter of the working hours left until the last
    call, so that the next in line has a chance too; never less than one, never into the last call.
    """
    conf = conf or TrainingSettings.load()
    now, end = timezone.now(), last_call_begins(session, conf)
    hours = max(min(conf.offer_hours, working_hours.between(now, end, conf) / SHARE), SHORTEST)
    return min(working_hours.add(now, hours, conf), end)


def offer_free_places(session: TrainingSession) -> int:
    """Offer what is free of a locked session to those in line; return how many were offered or told.

    May be called at any time and as often as you like: what was done already isn't done again.
    """
    session.refresh_from_db(fields=["taken", "extra_places", "capacity"])
    _forget_told(session)
    if not session.places_left or session.status != TrainingSession.Status.OPEN or session.has_begun:
        return 0
    if session.starts_at is None or not session.bookings.in_line().exists():
        return 0
    conf = TrainingSettings.load()
    if in_last_call(session, conf):
        return _tell_all(session)
    return _offer_in_turn(session, offer_deadline(session, conf))


def _offer_in_turn(session: TrainingSession, deadline: datetime) -> int:
    offered, passed_over = 0, []
    available = Availability(session)
    for booking in session.bookings.in_line().select_related("agency"):
        if not available.left:
            break
        obstacle = available.obstacle_for(booking)
        if obstacle:
            passed_over.append((booking, obstacle))
            continue
        _offer(booking, session, deadline)
        for before, why in passed_over:
            note_skipped(before, why)
        offered += 1
        place_taken(session)
        available = Availability(session)
    return offered


def note_skipped(booking: Booking, why: str, *, by=None) -> None:
    """Write down that somebody later in line, or new, got a place before this person."""
    note(booking, Kind.SKIPPED, f"{why} Somebody behind in line got a place that this person couldn't have.", by=by)


def _offer(booking: Booking, session: TrainingSession, deadline: datetime) -> None:
    booking.session = session
    booking.status = Booking.Status.OFFERED
    booking.offered_at, booking.offer_expires_at = timezone.now(), deadline
    booking.save(update_fields=["status", "offered_at", "offer_expires_at"])
    note(
        booking,
        Kind.OFFERED,
        f"Until {timezone.localtime(deadline):%d/%m/%Y %H:%M}.",
        mail=booking_mail.offered(booking),
    )


def _tell_all(session: TrainingSession) -> int:
    """Tell everybody whom a place would fit, once each time that one becomes free."""
    told, now, available = 0, timezone.now(), Availability(session)
    for booking in session.bookings.in_line().filter(told_at=None).select_related("agency"):
        if available.obstacle_for(booking):
            continue
        booking.session = session
        booking.told_at = now
        booking.save(update_fields=["told_at"])
        note(booking, Kind.TOLD, "The first to accept has it.", mail=booking_mail.place_free(booking))
        told += 1
    return told


def place_freed(session: TrainingSession) -> None:
    """After a place of a locked session became free: take back an extra one that staff had added, or offer it."""
    session.refresh_from_db(fields=["taken", "extra_places", "capacity"])
    session.extra_places = min(session.extra_places, max(session.taken - session.capacity, 0))
    session.save(update_fields=["extra_places"])
    offer_free_places(session)


def place_taken(session: TrainingSession) -> None:
    """After a place of a locked session was given or taken away: if none is left, the next one is news again."""
    session.refresh_from_db(fields=["taken"])
    _forget_told(session)


def _forget_told(session: TrainingSession) -> None:
    if not session.places_left:
        session.bookings.in_line().exclude(told_at=None).update(told_at=None)


@transaction.atomic
def expire_offers(session_id: int) -> int:
    """End the offers of a session whose time is over, and offer the places on; return how many ended."""
    session = lock_session(session_id)
    over = session.bookings.filter(status=Booking.Status.OFFERED, offer_expires_at__lte=timezone.now())
    ended = 0
    for booking in over.select_related("agency").order_by("offer_expires_at", "pk"):
        booking.session = session
        booking.status, booking.cancelled_by = Booking.Status.CANCELLED, Booking.CancelledBy.LAPSED
        booking.cancelled_at = timezone.now()
        booking.save(update_fields=["status", "cancelled_by", "cancelled_at"])
        note(booking, Kind.LAPSED, mail=None if session.has_begun else booking_mail.lapsed(booking))
        ended += 1
    if ended:
        place_freed(session)
    return ended


def work_through() -> int:
    """For the clock: end what is over and offer what is free, in every session; return how many sessions changed.

    It finds also what became free without a job: kept places past their day, a capacity raised in a form.
    """
    over = Booking.objects.filter(status=Booking.Status.OFFERED, offer_expires_at__lte=timezone.now())
    ended = list(over.values_list("session_id", flat=True).distinct().order_by())
    changed = one_by_one(expire_offers, ended, "the waiting list of session")
    free = TrainingSession.objects.upcoming().filter(taken__lt=F("capacity") + F("extra_places"))
    waited_for = free.filter(pk__in=Booking.objects.filter(status=Booking.Status.WAITING).values("session_id"))
    return changed + one_by_one(_offer_in, list(waited_for.values_list("pk", flat=True)), "the waiting list of session")


@transaction.atomic
def _offer_in(session_id: int) -> int:
    return offer_free_places(lock_session(session_id))
