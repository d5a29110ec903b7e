"""Sessions as a workbook: exported, planned or changed by people, and imported again.

What people who booked must be told of (days, times, place) is never changed from a sheet; the row says where to
do it. Everything else holds to the rules of the form and the jobs that staff use.
"""

import re
from collections.abc import Iterator
from datetime import datetime, time

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from training import announcing, locking, scheduling
from training.models import CoursePage, SessionDay, TrainingSession, Venue
from training.people import Refused
from training.programme_sheets import (
    BadRowError,
    Column,
    Sheet,
    SheetRow,
    clock,
    complaint,
    day,
    day_and_clock,
    moment,
    one_of,
    text,
    whole_number,
    write,
    yes_or_no,
)
from training.scheduling import DayTimes

Status = TrainingSession.Status
METHODS = dict(TrainingSession._meta.get_field("delivery_method").choices)
OPEN_TO = dict(TrainingSession.OpenTo.choices)
COLUMNS = (
    Column("key", "Number", "Empty for a new session. Leave the others as they are: they tell sessions apart.", 9),
    Column("course", "Course", "The title of a course in the catalogue. Needed.", 36),
    Column("status", "Status", "Empty means Planned: only the training team sees it.", 12, ("Planned", "Open")),
    Column("date", "Date", "The first day, such as 31/05/2027. Needed.", 13),
    Column("start", "Start", "Such as 09:30, as a clock in Durham shows it. Needed.", 9),
    Column("end", "End", "On the same day. Needed.", 9),
    Column("more_days", "Further days", "Such as 07/06/2027 09:30-12:30; one on each line.", 26),
    Column("delivery_method", "How", "Empty means Face to face.", 14, tuple(METHODS.values())),
    Column("venue", "Venue", "The name of a venue in the list.", 26),
    Column("joining_link", "Joining link", "The Teams or Zoom address. Only people with a place see it.", 30),
    Column("facilitator", "Facilitator", "Who runs it.", 20),
    Column("capacity", "Places", "How many places there are. Empty means 20.", 9),
    Column(
        "waiting_list", "Waiting list", "Whether people may wait when it is full. Empty means Yes.", 12, ("Yes", "No")
    ),
    Column("max_per_agency", "Most for one agency", "Empty if an agency may book as many as there are.", 12),
    Column("booking_opens_at", "Booking opens", "Such as 01/05/2027 09:00. Empty: at once.", 17),
    Column("booking_closes_at", "Booking closes", "Empty: when it begins.", 17),
    Column("cancel_until", "Cancel without notice until", "Empty: until it begins.", 17),
    Column("open_to", "Open to", "Empty means Everybody.", 20, tuple(OPEN_TO.values())),
    Column("external_url", "Booked at", "The full address, if it is booked on another site.", 30),
    Column("notice", "Notice", "A banner on its page, such as Now in room 2.", 30),
    Column("taken", "Places taken", "Only to read.", 9, told=True),
)
LABELS = {column.name: column.label for column in COLUMNS}
BY_NAME = {column.name: column for column in COLUMNS}
DAYS = ("date", "start", "end", "more_days")
PLACE = ("delivery_method", "venue", "joining_link")
WORDS = ("joining_link", "facilitator", "external_url", "notice")
MOMENTS = {"booking_opens_at": time(0, 0), "booking_closes_at": time(23, 59), "cancel_until": time(23, 59)}
NEEDED = ("course", "date", "start", "end")
NOTES = (
    "Sessions of the training programme, one a row. Grey columns are only to read.",
    "Export it, change what you like, import it again: rows that say the same change nothing.",
    "Days, times and places of sessions that people have booked are changed on the session’s page: they are told.",
)
FURTHER = re.compile(r"^(\S+)\s+([\d:.apm]+)\s*(?:-|–|to)\s*([\d:.apm]+)$", re.IGNORECASE)


def template() -> bytes:
    """An empty workbook to fill in."""
    return write("Sessions", COLUMNS, [], NOTES)


def export() -> bytes:
    """Every session that isn't over, as a workbook."""
    return write("Sessions", COLUMNS, _rows(), NOTES)


def _rows() -> Iterator[dict]:
    coming = TrainingSession.objects.exclude(ends_at__lte=timezone.now()).with_details()
    for session in coming.order_by("starts_at", "pk"):
        yield {"key": session.pk, **exported(session), "taken": session.taken, "capacity": session.capacity}


def exported(session: TrainingSession) -> dict[str, str]:
    """What the sheet says of a session, but its number."""
    days = sorted(session.days.all(), key=lambda each: each.starts_at)
    first, *more = days or [None]
    return {
        "course": session.course.title,
        "status": session.get_status_display(),
        "date": _local(first.starts_at, "%d/%m/%Y") if first else "",
        "start": _local(first.starts_at, "%H:%M") if first else "",
        "end": _local(first.ends_at, "%H:%M") if first else "",
        "more_days": "\n".join(
            f"{_local(each.starts_at, '%d/%m/%Y %H:%M')}-{_local(each.ends_at, '%H:%M')}" for each in more
        ),
        "delivery_method": METHODS[session.delivery_method],
        "venue": session.venue.name if session.venue else "",
        **{name: getattr(session, name) for name in WORDS},
        "capacity": str(session.capacity),
        "waiting_list": text(session.waiting_list),
        "max_per_agency": text(session.max_per_agency),
        **{name: _local(getattr(session, name), "%d/%m/%Y %H:%M") for name in MOMENTS},
        "open_to": OPEN_TO[session.open_to],
        "taken": str(session.taken),
    }


def _local(at: datetime | None, pattern: str) -> str:
    return f"{timezone.localtime(at):{pattern}}" if at else ""


class Sessions:
    """One import of a sheet of sessions."""

    def __init__(self, told, *, user=None, dry_run: bool = False):
        self.told, self.user, self.dry_run = told, user, dry_run
        self.courses: dict[str, list[CoursePage]] = {}
        for course in CoursePage.objects.all():
            for title in {course.title.casefold(), course.draft_title.casefold()}:
                self.courses.setdefault(title, []).append(course)
        self.venues = {venue.name.casefold(): venue for venue in Venue.objects.all()}
        self.seen: dict[object, int] = {}  # rows that were imported, by what they stand for

    def run(self, sheet: Sheet) -> None:
        """Import every row, and tell of each; one that is wrong stops no other. In a dry run nothing is written."""
        for head in sheet.unknown:
            self.told.unsure("columns", head, "This column isn’t known, so nothing in it was imported.")
        self.names = sheet.names
        for row in sheet.rows:
            key = f"row {row.number}"
            title = " ".join(filter(None, (row.text("course"), row.text("date"), row.text("start"))))
            try:
                if row.wrong:
                    raise BadRowError(row.wrong)
                with transaction.atomic():
                    outcome, session, reason = self._row(row)
                    if self.dry_run:
                        transaction.set_rollback(True)
            except BadRowError as error:
                self.told.skipped(key, title, str(error))
            except (ValidationError, Refused) as error:
                self.told.skipped(key, title, complaint(error, LABELS))
            else:
                self.seen |= dict.fromkeys(self.standing, row.number)
                getattr(self.told, outcome)(key, title, None if self.dry_run and outcome == "made" else session, reason)

    def _row(self, row: SheetRow) -> tuple[str, TrainingSession, str]:
        key = whole_number(row, BY_NAME["key"], least=1, most=999_999_999)
        if key is not None and not TrainingSession.objects.filter(pk=key).exists():
            raise BadRowError(f"There is no session with the number {key}. Leave the number empty for a new session.")
        if key is None:
            for name in NEEDED:
                if not row.text(name):
                    raise BadRowError(f"The row needs “{LABELS[name]}”.")
        found = key or self._twin(row)
        self._once(row, found)
        if found is None:
            made = self._make(row)
            self.standing.append(made.pk)
            return "made", made, f"{self._state(row)}."
        return self._update(row, locking.lock_session(found), keep_empty=key is None)

    def _state(self, row: SheetRow) -> str:
        return "Open" if self._status(row, Status.PLANNED) == Status.OPEN else "Planned, for the training team only"

    def _course(self, row: SheetRow) -> CoursePage:
        title = row.text("course")
        found = {course.pk: course for course in self.courses.get(title.casefold(), [])}
        if not found:
            raise BadRowError(f"There is no course “{title[:80]}”. Correct the title, or add the course first.")
        if len(found) > 1:
            raise BadRowError(f"Several courses are called “{title[:80]}”. Give them different titles first.")
        return next(iter(found.values()))

    def _twin(self, row: SheetRow) -> int | None:
        """The session that a row without a number was made into before: same course, beginning and venue."""
        venue, begins = self._venue(row), self._days(row)[0].starts_at
        same = TrainingSession.objects.filter(course=self._course(row), starts_at=begins).exclude(
            status=Status.CANCELLED
        )
        same = same.filter(venue=venue) if "venue" in self.names else same
        return same.values_list("pk", flat=True).order_by("pk").first()

    def _once(self, row: SheetRow, found: int | None) -> None:
        name = found or (row.text("course").casefold(), *(row.text(each) for each in (*DAYS, "venue")))
        if first := self.seen.get(name):
            raise BadRowError(f"This session stands in row {first} already.")
        self.standing = [name]

    def _venue(self, row: SheetRow) -> Venue | None:
        name = row.text("venue")
        if name and name.casefold() not in self.venues:
            raise BadRowError(f"There is no venue “{name[:80]}”. Correct the name, or add it under Training, Venues.")
        return self.venues.get(name.casefold()) if name else None

    def _days(self, row: SheetRow) -> list[DayTimes]:
        cells = row.cells
        on = day(cells.get("date"), LABELS["date"])
        found = [self._day(on, clock(cells.get("start"), LABELS["start"]), clock(cells.get("end"), LABELS["end"]))]
        for line in filter(None, (each.strip() for each in re.split(r"[;\n]", row.text("more_days")))):
            parts = FURTHER.match(line)
            if not parts:
                raise BadRowError(f"“Further days” can’t be read: “{line[:40]}”. Write it like 07/06/2027 09:30-12:30.")
            label = LABELS["more_days"]
            found.append(self._day(day(parts[1], label), clock(parts[2], label), clock(parts[3], label)))
        return found

    def _day(self, on, start: time, end: time) -> DayTimes:
        if end <= start:
            raise BadRowError(f"On {on:%d/%m/%Y} it ends at {end:%H:%M}, not after its start at {start:%H:%M}.")
        return DayTimes(moment(on, start, LABELS["start"]), moment(on, end, LABELS["end"]))

    def _status(self, row: SheetRow, before: str) -> str:
        words = row.text("status").casefold()
        if words in {"cancelled", "done"} and words != Status(before).label.casefold():
            job = "cancel it" if words == "cancelled" else "mark it as done"
            raise BadRowError(f"To {job}, open the page of the session: people are told from there.")
        return one_of(row, BY_NAME["status"], dict(Status.choices), before)

    def _make(self, row: SheetRow) -> TrainingSession:
        session = TrainingSession(course=self._course(row))
        for name in self.names - {"key", "course", "taken", "capacity", *DAYS}:
            if name in BY_NAME and row.text(name):
                self._set(row, session, name)
        session.capacity = self._capacity(row) or session.capacity
        days = self._days(row)
        scheduling.check_days(days)
        _check_open(session)
        session.full_clean()
        session.save()
        for each in days:
            SessionDay.objects.create(session=session, **vars(each))
        session.refresh_from_db()
        return session

    def _capacity(self, row: SheetRow) -> int | None:
        return whole_number(row, BY_NAME["capacity"], least=1, most=2000)

    def _set(self, row: SheetRow, session: TrainingSession, name: str) -> None:
        column = BY_NAME[name]
        if name == "status":
            session.status = self._status(row, session.status)
        elif name == "delivery_method":
            session.delivery_method = one_of(row, column, METHODS, "face_to_face")
        elif name == "open_to":
            session.open_to = one_of(row, column, OPEN_TO, TrainingSession.OpenTo.ALL)
        elif name == "venue":
            session.venue = self._venue(row)
        elif name == "course":
            session.course = self._course(row)
        elif name == "waiting_list":
            session.waiting_list = yes_or_no(row, column)
        elif name == "max_per_agency":
            session.max_per_agency = whole_number(row, column, least=1, most=2000)
        elif name in MOMENTS:
            setattr(session, name, day_and_clock(row.cells.get(name), column.label, otherwise=MOMENTS[name]))
        elif name in WORDS:
            setattr(session, name, " ".join(row.text(name).split()))

    def _update(self, row: SheetRow, session: TrainingSession, *, keep_empty: bool) -> tuple[str, TrainingSession, str]:
        changes = self._changes(row, session, keep_empty=keep_empty)
        if not changes:
            return "unchanged", session, ""
        _check_may_change(session, changes)
        before = announcing.snapshot(session)
        if set(changes) & set(DAYS):
            old = sorted(session.days.all(), key=lambda each: each.starts_at)
            days = sorted(self._days(row), key=lambda each: each.starts_at)
            own = [(each.venue, each.facilitator) for each in old] + [(None, "")] * len(days)
            kept = [DayTimes(each.starts_at, each.ends_at, *own[n]) for n, each in enumerate(days)]
            session = scheduling.reschedule(session.pk, kept, by=self.user, notice=session.notice)
            before = announcing.snapshot(session)
            # The job moves these along with the days; what the sheet says counts.
            changes += [name for name in MOMENTS if name in self.names and name not in changes]
        for name in changes:
            self._set(row, session, name)
        if session.status == Status.PLANNED and session.bookings.active().exists():
            raise BadRowError("People have booked, so it stays open. To call it off, cancel it on its page.")
        _check_open(session)
        session.full_clean()
        session.save()
        if "capacity" in changes:
            scheduling.resize(session.pk, self._capacity(row) or session.capacity)
        session.refresh_from_db()
        announcing.announce(session, before, by=self.user)
        return "updated", session, f"Changed: {', '.join(dict.fromkeys(LABELS[name] for name in changes))}."

    def _changes(self, row: SheetRow, session: TrainingSession, *, keep_empty: bool) -> list[str]:
        """The columns that say something else than the export would today."""
        before, found = exported(session), []
        for column in COLUMNS:
            name = column.name
            if name not in self.names or name in {"key", "taken"}:
                continue
            now = self._words(row, name)
            if now.casefold() != before[name].casefold() and (now or not keep_empty):
                if not now and name in NEEDED:
                    raise BadRowError(f"The row needs “{column.label}”.")
                found.append(name)
        return found

    def _words(self, row: SheetRow, name: str) -> str:
        """A cell in the words of the export, so that 9.30am and 09:30 are the same."""
        words = row.text(name)
        if not words:
            return ""
        value = row.cells.get(name)
        if name == "date":
            return f"{day(value, LABELS[name]):%d/%m/%Y}"
        if name in {"start", "end"}:
            return f"{clock(value, LABELS[name]):%H:%M}"
        if name in MOMENTS:
            return _local(day_and_clock(value, LABELS[name], otherwise=MOMENTS[name]), "%d/%m/%Y %H:%M")
        if name == "more_days":
            days = self._days(row)[1:] if row.text("date") else []
            return "\n".join(f"{_local(d.starts_at, '%d/%m/%Y %H:%M')}-{_local(d.ends_at, '%H:%M')}" for d in days)
        if name == "waiting_list":
            return text(yes_or_no(row, BY_NAME[name]))
        return " ".join(words.split())


def _check_may_change(session: TrainingSession, changes: list[str]) -> None:
    """What is over stays as it was, and what people who booked must be told of has a screen of its own."""
    if session.status in {Status.CANCELLED, Status.DONE} or session.has_begun:
        state = "has begun" if session.status == Status.OPEN else f"is {session.get_status_display().lower()}"
        raise BadRowError(f"This session {state}, so it stays as it was.")
    number = session.bookings.active().count()
    if not number:
        return
    booked = f"{number} {'people have' if number != 1 else 'person has'} booked"
    if set(changes) & set(DAYS):
        raise BadRowError(f"{booked}. To change its days or times, choose “Move” on its page: everybody is told.")
    if set(changes) & set(PLACE):
        raise BadRowError(f"{booked}. Change where it is on its page, so that they are told.")
    if "course" in changes:
        raise BadRowError(f"{booked}, so it can’t become another course.")


def _check_open(session: TrainingSession) -> None:
    if session.status == Status.OPEN and not session.external_url and not session.is_online and not session.venue:
        raise BadRowError("It is face to face and open, so it needs a venue.")
