"""Sessions made, copied, changed, cancelled and finished, with everybody told who has to know.

What the partnership changes is never charged: whoever can't come any more is cancelled by the partnership.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from training import announcing, booking_mail, evaluations, locking, outcomes
from training.history import note
from training.models import Attendance, Booking, BookingEvent, KeptPlaces, Moment, SessionDay, TrainingSession, Venue
from training.one_by_one import one_by_one
from training.people import Refused
from training.waiting_list import offer_free_places

MOST_DAYS, MOST_IN_A_SERIES = 30, 52
THANKS_AFTER = timedelta(hours=18)  # so that the register can be filled in before
Kind = BookingEvent.Kind


@dataclass(frozen=True)
class DayTimes:
    """A day of a session as somebody plans it; without venue and facilitator it has the session's."""

    starts_at: datetime
    ends_at: datetime
    venue: Venue | None = None
    facilitator: str = ""


class TooSmallError(Refused):
    """A session can't be made smaller than the places taken. ``bookings`` are those with a place, the newest first."""

    def __init__(self, sentence: str, bookings: list[Booking]):
        super().__init__(sentence, "capacity")
        self.bookings = bookings


def check_days(days: Sequence[DayTimes], *, past_too: bool = False) -> None:
    """Raise Refused with a sentence when days make no sense: none, ending before they start, overlapping, past."""
    if not days:
        raise Refused("A session needs at least one day.", "days")
    if len(days) > MOST_DAYS:
        raise Refused(f"A session has {MOST_DAYS} days at most.", "days")
    last = None
    for row, day in enumerate(sorted(days, key=lambda day: day.starts_at)):
        if day.ends_at <= day.starts_at:
            raise Refused("The end must be after the start.", "ends_at", row)
        if day.ends_at - day.starts_at > timedelta(hours=24):
            raise Refused("A day can't be longer than 24 hours. Add another day instead.", "ends_at", row)
        if last and day.starts_at < last:
            raise Refused("This day begins before the one before it ends.", "starts_at", row)
        if not past_too and day.starts_at <= timezone.now():
            raise Refused("This day is in the past.", "starts_at", row)
        last = day.ends_at


def _days_later(moment: datetime | None, days: int) -> datetime | None:
    """The same time of a clock in Durham so many days later, also across a change of the clocks."""
    if moment is None:
        return None
    local = timezone.localtime(moment).replace(tzinfo=None) + timedelta(days=days)
    return timezone.make_aware(local)


@transaction.atomic
def copy_session(session_id: int, first_day: date, *, by=None) -> TrainingSession:
    """Copy a session to another first day, planned and without bookings; who copies it is of its staff.

    All its dates keep their distance and their time of day; the joining link and the banner aren't copied.
    """
    old = TrainingSession.objects.select_related("course").get(pk=session_id)
    if old.starts_at is None:
        raise Refused("A session without a day can't be copied.")
    if first_day <= timezone.localdate():
        raise Refused("The first day must lie ahead.", "first_day")
    days = (first_day - timezone.localtime(old.starts_at).date()).days
    same = (
        "course",
        "delivery_method",
        "venue",
        "facilitator",
        "capacity",
        "waiting_list",
        "max_per_agency",
        "open_to",
    )
    moved = ("booking_opens_at", "booking_closes_at", "cancel_until")
    new = TrainingSession.objects.create(
        **{name: getattr(old, name) for name in (*same, "external_url")},
        **{name: _days_later(getattr(old, name), days) for name in moved},
    )
    for day in old.days.all():
        SessionDay.objects.create(
            session=new,
            starts_at=_days_later(day.starts_at, days),
            ends_at=_days_later(day.ends_at, days),
            venue=day.venue,
            facilitator=day.facilitator,
        )
    new.staff.set([*old.staff.all(), *([by] if by else [])])
    for kept in old.kept_places.all():
        until = _days_later(kept.until, days)
        KeptPlaces.objects.create(session=new, agency_kind=kept.agency_kind, places=kept.places, until=until)
    new.refresh_from_db()
    return new


@transaction.atomic
def create_series(session_id: int, *, every_weeks: int, times: int, by=None) -> list[TrainingSession]:
    """Copy a session so many times, each so many weeks after the one before; all or none."""
    if not 1 <= times <= MOST_IN_A_SERIES:
        raise Refused(f"A series has 1 to {MOST_IN_A_SERIES} further sessions.", "times")
    if not 1 <= every_weeks <= MOST_IN_A_SERIES:
        raise Refused(f"Leave 1 to {MOST_IN_A_SERIES} weeks between them.", "every_weeks")
    old = TrainingSession.objects.get(pk=session_id)
    if old.starts_at is None:
        raise Refused("A session without a day can't be copied.")
    first = timezone.localtime(old.starts_at).date()
    days = [first + timedelta(weeks=every_weeks * number) for number in range(1, times + 1)]
    return [copy_session(session_id, day, by=by) for day in days]


@transaction.atomic
def reschedule(session_id: int, days: Sequence[DayTimes], *, by=None, notice: str = "") -> TrainingSession:
    """Move a session to other days; everybody is told, and who has a place is asked whether they can come.

    Days keep their calendar entry in their order. When booking opens and closes, until when people cancel freely
    and places are kept moves along with the first day; booking that is open stays open, and places that are kept no
    longer aren't kept again.
    """
    session = locking.lock_session(session_id)
    if session.status not in {TrainingSession.Status.PLANNED, TrainingSession.Status.OPEN} or session.has_begun:
        raise Refused("A session that has begun, is done or was cancelled can't be moved. Make a new one.")
    if Attendance.objects.filter(day__session=session).exists():
        raise Refused("Somebody is marked in the register already, so it can't be moved. Make a new one.")
    check_days(days)
    before, start = announcing.snapshot(session), session.starts_at
    ordered = sorted(days, key=lambda day: day.starts_at)
    old = list(SessionDay.objects.filter(session=session).order_by("starts_at", "pk"))
    for day, new in zip(old, ordered, strict=False):
        SessionDay.objects.filter(pk=day.pk).update(**vars(new))
    for day in old[len(ordered) :]:
        SessionDay.objects.filter(pk=day.pk).delete()
    for new in ordered[len(old) :]:
        SessionDay.objects.create(session=session, **vars(new))
    session.notice = notice
    shift = ordered[0].starts_at - start if start else timedelta(0)
    session.cancel_until = session.cancel_until and session.cancel_until + shift
    now = timezone.now()
    if session.booking_opens_at and session.booking_opens_at > now:
        session.booking_opens_at += shift
    session.kept_places.filter(until__gt=now).update(until=F("until") + shift)
    closes = session.booking_closes_at and session.booking_closes_at + shift
    if closes and (not session.booking_opens_at or closes > session.booking_opens_at):
        session.booking_closes_at = closes
    session.save(update_fields=["notice", "cancel_until", "booking_opens_at", "booking_closes_at"])
    announcing.announce(session, before, by=by)
    return session


@transaction.atomic
def resize(session_id: int, capacity: int) -> TrainingSession:
    """Change how many places there are; new ones are offered to those in line.

    Raises TooSmallError, which names who would have to move, when more are taken.
    """
    session = locking.lock_session(session_id)
    if capacity < 1:
        raise Refused("A session needs at least one place.", "capacity")
    if session.taken > capacity + session.extra_places:
        having = list(session.bookings.taking_places().order_by("-confirmed_at", "-pk"))
        raise TooSmallError(
            f"{session.taken} places are taken. Move or cancel {session.taken - capacity} before you make it smaller.",
            having,
        )
    session.capacity = capacity
    session.extra_places = min(session.extra_places, max(session.taken - capacity, 0))
    session.save(update_fields=["capacity", "extra_places"])
    offer_free_places(session)
    return session


@transaction.atomic
def cancel_session(session_id: int, *, by=None, why: str = "") -> TrainingSession:
    """Cancel a session and tell everybody; nobody is charged. Once more does nothing."""
    session = locking.lock_session(session_id)
    if session.status == TrainingSession.Status.CANCELLED:
        return session
    if session.status == TrainingSession.Status.DONE or (session.ends_at and session.ends_at <= timezone.now()):
        raise Refused("This session is over, so it can't be cancelled.")
    now = timezone.now()
    urgent = announcing.is_short_notice(session.starts_at)
    session.status, session.cancelled_at = TrainingSession.Status.CANCELLED, now
    session.sequence += 1
    session.save(update_fields=["status", "cancelled_at", "sequence"])
    for booking in session.bookings.active().select_related("agency").order_by("pk"):
        confirmed = booking.status == Booking.Status.CONFIRMED
        booking.session = session
        booking.status, booking.cancelled_at = Booking.Status.CANCELLED, now
        booking.cancelled_by = Booking.CancelledBy.PARTNERSHIP
        booking.save(update_fields=["status", "cancelled_at", "cancelled_by"])
        mail = booking_mail.session_cancelled(booking, was_confirmed=confirmed, why=why, urgent=urgent)
        note(booking, Kind.CANCELLED, why or "The session was cancelled.", by=by, mail=mail)
    session.refresh_from_db(fields=["taken"])
    return session


def to_ring(session: TrainingSession):
    """The bookings of those who count on a place; once it is cancelled, of those whom the cancellation told."""
    if session.status != TrainingSession.Status.CANCELLED:
        return session.bookings.taking_places()
    told = {"cancelled_by": Booking.CancelledBy.PARTNERSHIP, "cancelled_at": session.cancelled_at}
    return session.bookings.filter(status=Booking.Status.CANCELLED, **told)


@transaction.atomic
def finish_session(session_id: int, *, by=None) -> TrainingSession:
    """Mark a session as done; offers that nobody took end. Once more does nothing.

    Who had a place is thanked and asked how it was, unless the register says that they didn't come.
    """
    session = locking.lock_session(session_id)
    if session.status == TrainingSession.Status.DONE:
        return session
    if session.status != TrainingSession.Status.OPEN or session.ends_at is None or session.ends_at > timezone.now():
        raise Refused("A session is done once it is over.")
    session.status = TrainingSession.Status.DONE
    session.save(update_fields=["status"])
    now = timezone.now()
    for booking in session.bookings.filter(status=Booking.Status.OFFERED):
        booking.status, booking.cancelled_at = Booking.Status.CANCELLED, now
        booking.cancelled_by = Booking.CancelledBy.LAPSED
        booking.save(update_fields=["status", "cancelled_at", "cancelled_by"])
        note(booking, Kind.LAPSED, "The session is over.")
    outcomes.settle(session.pk)
    due = now if by else session.ends_at + THANKS_AFTER
    came = session.bookings.confirmed().exclude(outcome=Booking.Outcome.NOT_ATTENDED).exclude(email="")
    for booking in came.filter(thanked_at=None).order_by("pk"):
        booking.session, booking.thanked_at = session, now
        booking.save(update_fields=["thanked_at"])
        mail = booking_mail.thank_you(booking, due, evaluations.invite(booking, Moment.AFTER))
        note(booking, Kind.THANKED, by=by, mail=mail)
    return session


def finish_past() -> int:
    """For the clock: finish every session that is long enough over; return how many."""
    over = TrainingSession.objects.filter(
        status=TrainingSession.Status.OPEN, ends_at__lte=timezone.now() - THANKS_AFTER
    ).values_list("pk", flat=True)
    return one_by_one(finish_session, list(over), "the session to finish")
