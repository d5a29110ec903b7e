"""Tells everybody who booked when a session's days, place or link have changed.

A form that edits a session takes a ``snapshot`` of the locked row, saves, and calls ``announce``; both in one
transaction.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from training import booking_mail
from training.history import note
from training.models import Booking, BookingEvent, SessionDay, TrainingSession, TrainingSettings
from training.waiting_list import last_call_begins, offer_free_places
from training.when import session_in_words

SHORT_NOTICE = timedelta(hours=24)
Kind, Status = BookingEvent.Kind, Booking.Status


@dataclass(frozen=True)
class Snapshot:
    """What of a session people have in their calendars."""

    words: str
    days: tuple[SessionDay, ...]
    times: tuple
    places: tuple
    where: tuple  # how it is held and, unless online, at which venue each day

    @property
    def kept(self) -> set:
        """The keys of its days."""
        return {day.key for day in self.days}


def snapshot(session: TrainingSession) -> Snapshot:
    """Remember a session as the database has it, before it is changed."""
    stored = TrainingSession.objects.select_related("venue").get(pk=session.pk)
    days = tuple(SessionDay.objects.filter(session_id=session.pk).select_related("venue").order_by("starts_at", "pk"))
    for day in days:
        day.session = stored
    venues = () if stored.is_online else tuple(day.venue_id or stored.venue_id for day in days)
    return Snapshot(
        words=_in_words(stored),
        days=days,
        times=tuple((day.starts_at, day.ends_at) for day in days),
        places=(stored.delivery_method, stored.joining_link, *(day.venue_id or stored.venue_id for day in days)),
        where=(stored.delivery_method, *venues),
    )


def _in_words(session: TrainingSession) -> str:
    where = session.venue.name if session.venue and not session.is_online else session.get_delivery_method_display()
    return f"{session_in_words(session)}, {where}"


def is_short_notice(*starts: datetime | None) -> bool:
    """Whether one of these moments is less than a day away: then mail goes out before other mail."""
    return any(start is not None and start - timezone.now() < SHORT_NOTICE for start in starts)


def announce(session: TrainingSession, before: Snapshot, *, by=None) -> int:
    """Tell everybody of what changed since ``before``; return how many. Nothing changed, nobody is told.

    Other times, another venue or way of taking part ask those with a place whether they can still come, and who
    can't is charged nothing; another link only says so.
    Once it has begun, only those with a place are told, and nobody is asked. What changes at short notice goes out
    first, and stands on the session's page by itself. Sessions that nobody can see (planned) or that are over are
    left alone.
    """
    session.refresh_from_db()
    after = snapshot(session)
    moved, elsewhere = after.times != before.times, after.where != before.where
    if not moved and after.places == before.places:
        return 0
    if session.status != TrainingSession.Status.OPEN or not before.times or session.is_over:
        return 0
    urgent = is_short_notice(before.times[0][0], session.starts_at)
    session.sequence += 1
    session.changed_at = timezone.now()
    session.changed_from = before.words[:300] if urgent and (moved or elsewhere) else ""
    session.save(update_fields=["sequence", "changed_at", "changed_from"])
    gone = [day for day in before.days if day.key not in after.kept]
    active = session.bookings.confirmed() if session.has_begun else session.bookings.active()
    active = active.select_related("agency").order_by("pk")
    for booking in active:
        booking.session = session
        asks = (moved or elsewhere) and booking.status == Status.CONFIRMED and not session.has_begun
        _keep_in_step(booking, moved=moved, asks=asks)
        mail = booking_mail.changed(booking, before.words, gone, asks=asks, urgent=urgent)
        note(booking, Kind.CHANGED, f"It was {before.words}.", by=by, mail=mail)
    offer_free_places(session)
    return len(active)


def _keep_in_step(booking: Booking, *, moved: bool, asks: bool) -> None:
    """Remind anew of other times, ask anew, and let no offer outlast the session that it is for."""
    if moved:
        booking.week_reminder_at = booking.day_reminder_at = None
    if asks:
        booking.move_asked_at, booking.move_answer = timezone.now(), ""
    if booking.status == Status.OFFERED:
        latest = max(last_call_begins(booking.session, TrainingSettings.load()), timezone.now() + timedelta(hours=1))
        booking.offer_expires_at = min(booking.offer_expires_at, latest, booking.session.starts_at)
    booking.save()
