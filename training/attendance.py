"""Registers: who was there on each day. The jobs that the training team's screens, the link and files call.

A register is changed mark by mark: whoever saves sends only what they changed, so that two people who fill it in
at once don't undo each other. All jobs lock the session first. Nothing here sends mail.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from django.db import transaction
from django.utils import timezone

from dscp_cms.models import Agency
from training import locking, places
from training.history import note
from training.models import (
    Attendance,
    Booking,
    BookingEvent,
    RegisterLink,
    SessionDay,
    TrainingSession,
    folded,
    person_key,
)
from training.outcomes import decide, follow_registers, settle
from training.people import PersonDetails, Refused
from training.when import long_day

__all__ = ["Change", "Saved", "WalkIn", "decide", "follow_registers", "mark", "on_register", "save_register", "settle",
           "walk_in"]  # fmt: skip

Kind, Mark, Source, Status = BookingEvent.Kind, Attendance.Mark, Attendance.Source, Booking.Status


@dataclass(frozen=True)
class Change:
    """What the register is to say of a booking (its primary key); an empty mark takes away what it says.

    ``minutes`` are those that a file told; None leaves what is known.
    """

    booking: int
    mark: str
    minutes: int | None = None


@dataclass(frozen=True)
class WalkIn:
    """Somebody who came without a booking. The address may stay empty: then no certificate can be mailed."""

    name: str
    email: str = ""
    agency_name: str = ""

    def details(self) -> PersonDetails:
        """For the booking, with the agency from our table if it has one of that name. Raises Refused."""
        person = PersonDetails(name=self.name, email=self.email, agency_name=self.agency_name)
        person = person.cleaned(needs_email=False)
        wanted = folded(person.agency_name)
        known = Agency.objects.filter(active=True) if wanted else ()
        agency = next((each for each in known if folded(each.name) == wanted), None)
        return replace(person, agency=agency, agency_name="" if agency else person.agency_name)


@dataclass
class Saved:
    """What came of it: how many marks are different now, and who was left out, having no place any more."""

    changed: int = 0
    left_out: list[str] = field(default_factory=list)


def on_register(day: SessionDay) -> list[Booking]:
    """Everybody with a place, and whoever is marked, by name; each with ``marked``, its mark of the day or None."""
    marks = {each.booking_id: each for each in Attendance.objects.filter(day=day)}
    people = Booking.objects.filter(session_id=day.session_id).select_related("agency")
    found = [each for each in people if each.status == Status.CONFIRMED or each.pk in marks]
    for each in found:
        each.marked = marks.get(each.pk)
    return sorted(found, key=lambda each: (folded(each.name), each.pk))


def closed_because(day: SessionDay) -> str:
    """Why nobody can be marked, as a sentence; empty if they can."""
    if day.session.status == TrainingSession.Status.CANCELLED:
        return "This session was cancelled."
    if day.session.status == TrainingSession.Status.PLANNED:
        return "This session isn’t open yet."
    if timezone.now() < RegisterLink(day=day).opens_at:
        return f"The register opens on {long_day(day.starts_at)}."
    return ""


def mark(day_id: int, booking: Booking, mark: str, *, source: str, by=None, minutes: int | None = None) -> Saved:
    """Mark one person for one day. The same once more does nothing."""
    return save_register(day_id, [Change(booking.pk, mark, minutes)], source=source, by=by)


@transaction.atomic
def save_register(
    day_id: int, changes: Iterable[Change], walk_ins: Iterable[WalkIn] = (), *, source: str, by=None
) -> Saved:
    """Write marks of one day, and add who came without a booking; all of it or nothing.

    Raises Refused before the day and for a session that isn't held; its ``row`` is the walk-in it is about.
    Somebody who lost their place meanwhile is left out and named, so that the others' marks aren't lost with theirs;
    bookings of other sessions are ignored. Once the session is done, outcomes follow at once.
    """
    day = _locked(day_id)
    saved = _write(day, list(changes), source, by)
    for row, person in enumerate(walk_ins):
        try:
            saved.changed += _add(day, person.details(), source, by)[1]
        except Refused as refused:
            raise Refused(str(refused), refused.field, row) from refused
    if saved.changed and day.session.status == TrainingSession.Status.DONE:
        settle(day.session_id)
    return saved


@transaction.atomic
def walk_in(day_id: int, person: WalkIn, *, source: str, by=None, minutes: int | None = None) -> Booking:
    """Add somebody who came without a booking to the register, as having attended; return their booking.

    They get a place above the capacity when none is left, which their history says. Who is booked by that name (and
    address, where one is given) is marked instead, with the place if they were in line. The same once more
    changes nothing.
    """
    day = _locked(day_id)
    booking, changed = _add(day, person.details(), source, by, minutes)
    if changed and day.session.status == TrainingSession.Status.DONE:
        settle(day.session_id)
        booking.refresh_from_db()
    return booking


def _locked(day_id: int) -> SessionDay:
    """The day with its session, locked. Raises Refused while its register isn't open, SessionDay.DoesNotExist."""
    session = locking.lock_session(SessionDay.objects.values_list("session_id", flat=True).get(pk=day_id))
    day = SessionDay.objects.get(pk=day_id)
    day.session = session
    refusal = closed_because(day)
    if refusal:
        raise Refused(refusal)
    return day


def _write(day: SessionDay, changes: list[Change], source: str, by) -> Saved:
    if any(change.mark and change.mark not in Mark.values for change in changes):
        raise Refused("Choose one of the marks.")
    people = {each.pk: each for each in on_register(day)}
    wanted = {change.booking: change for change in changes}
    gone = Booking.objects.filter(pk__in=wanted.keys() - people.keys(), session_id=day.session_id)
    rows, cleared = [], []
    for key in wanted.keys() & people.keys():
        change, now = wanted[key], people[key].marked
        minutes = change.minutes if change.minutes is not None else now and now.minutes
        if not change.mark:
            cleared += [now] if now else []
        elif not now or (now.mark, now.minutes) != (change.mark, minutes):
            row = Attendance(booking=people[key], day=day, mark=change.mark, minutes=minutes, source=source, by=by)
            rows.append(row)
    Attendance.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["booking", "day"],
        update_fields=["mark", "minutes", "source", "by", "at"],
        batch_size=500,
    )
    Attendance.objects.filter(pk__in=[each.pk for each in cleared]).delete()
    on = long_day(day.starts_at)
    words = [(each, f"{on}: {each.get_mark_display().lower()} ({each.get_source_display().lower()}).") for each in rows]
    words += [(each, f"{on}: the mark was taken away.") for each in cleared]
    BookingEvent.objects.bulk_create(
        [BookingEvent(booking_id=each.booking_id, kind=Kind.MARKED, text=text, by=by) for each, text in words]
    )
    return Saved(len(rows) + len(cleared), list(gone.values_list("name", flat=True)))


def _add(day: SessionDay, person: PersonDetails, source: str, by, minutes: int | None = None) -> tuple[Booking, int]:
    """The booking of somebody who came, and how many rows are different now."""
    booking, changed = _booked_as(day.session, person), 0
    if booking is None or booking.status != Status.CONFIRMED:
        booking, changed = _admit(day.session, booking or _new(day.session, person), by), 1
    elif Attendance.objects.filter(booking=booking, day=day).there().exists():
        return booking, 0
    return booking, changed + _write(day, [Change(booking.pk, Mark.ATTENDED, minutes)], source, by).changed


def _new(session: TrainingSession, person: PersonDetails) -> Booking:
    """A booking that isn't saved yet. Without an address, the agency tells people of one name apart."""
    booking = places.new_booking(session, person)
    if not booking.email:
        booking.person = person_key(booking.agency_label, booking.name)
    return booking


def _booked_as(session: TrainingSession, person: PersonDetails) -> Booking | None:
    """Who is booked under this name; one with a place before one in line."""
    found = [each for each in session.bookings.active().select_related("agency") if _is(each, person)]
    found.sort(key=lambda each: (each.status != Status.CONFIRMED, folded(each.email) != folded(person.email), each.pk))
    for each in found[:1]:
        each.session = session
    return found[0] if found else None


def _is(booking: Booking, person: PersonDetails) -> bool:
    """Whether a booking may be this person's: the same name, and the address, or else the agency, doesn't differ."""
    if folded(booking.name) != folded(person.name):
        return False
    if booking.email and person.email:
        return folded(booking.email) == folded(person.email)
    theirs, ours = folded(booking.agency_label), folded(person.agency.name if person.agency else person.agency_name)
    return not theirs or not ours or theirs == ours


def _admit(session: TrainingSession, booking: Booking, by) -> Booking:
    """Confirm it without a message, above the capacity if it must be: the person is in the room."""
    session.refresh_from_db(fields=["taken"])
    above = booking.status != Status.OFFERED and not session.places_left
    if above:
        session.extra_places += 1
        session.save(update_fields=["extra_places"])
    booking.status, booking.walk_in, booking.confirmed_at = Status.CONFIRMED, True, timezone.now()
    booking.save()
    note(booking, Kind.WALKED_IN, "Above the capacity." if above else "", by=by)
    return booking
