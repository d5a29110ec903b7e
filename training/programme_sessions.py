"""Sessions as a workbook: exported, planned or changed by people, and imported again.

What people who booked must be told of (days, times, place) is never changed from a sheet; the row says where to
do it. Everything else holds to the rules of the form and the jobs that staff use.
"""

import re
from datetime import time

from django.core.exceptions import ValidationError
from django.db import transaction

from training import announcing, locking, scheduling
from training.models import CoursePage, SessionDay, TrainingSession, Venue
from training.people import Refused
from training.programme_session_sheet import (  # noqa: F401 - whoever imports a sheet finds its columns here too
    BY_NAME,
    COLUMNS,
    DAYS,
    FURTHER,
    LABELS,
    METHODS,
    MOMENTS,
    NEEDED,
    OPEN_TO,
    PLACE,
    WORDS,
    export,
    exported,
    local,
    template,
)
from training.programme_sheets import (
    BadRowError,
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
    yes_or_no,
)
from training.scheduling import DayTimes

Status = TrainingSession.Status


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
        if self.user:
            session.staff.add(self.user)
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
            return local(day_and_clock(value, LABELS[name], otherwise=MOMENTS[name]), "%d/%m/%Y %H:%M")
        if name == "more_days":
            days = self._days(row)[1:] if row.text("date") else []
            return "\n".join(f"{local(d.starts_at, '%d/%m/%Y %H:%M')}-{local(d.ends_at, '%H:%M')}" for d in days)
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
