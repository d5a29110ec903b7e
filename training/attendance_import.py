"""Matches the people of an attendance file to bookings, for staff to look at before anything is saved."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.core import signing
from django.db import transaction
from django.utils import timezone

from training.attendance import Change, Saved, WalkIn, on_register, save_register, walk_in
from training.attendance_files import Participant, Report, proposed_mark
from training.models import Attendance, Booking, SessionDay, folded
from training.people import Refused

SALT = "training.attendance-file"
LASTS = 8 * 60 * 60  # seconds that a table may stay on screen
IGNORE, WALKED_IN = "", "walk-in"


@dataclass
class Line:
    """One person of a file: whose booking it is (primary key), "walk-in", or empty for nobody's; and the mark."""

    name: str
    email: str
    minutes: int
    mark: str
    who: str = IGNORE


def match(report: Report, day: SessionDay, people: Sequence[Booking]) -> list[Line]:
    """Find each person's booking by address, then by name; a booking is given away once. Marks that stand stay.

    An address that several people share (a school's office) is decided by the name. So is a name that several have:
    nobody is matched by it.
    """
    begins, ends = (timezone.localtime(moment).replace(tzinfo=None) for moment in (day.starts_at, day.ends_at))
    lines = [Line(each.name, each.email, each.minutes, proposed_mark(each, begins, ends)) for each in report.people]
    free = {each.pk: each for each in people}
    for fits in (_same_person, _same_address, _same_name):
        for line in lines:
            found = [each for each in free.values() if fits(line, each)] if line.who == IGNORE else []
            if len(found) == 1:
                line.who = str(found[0].pk)
                marked = free.pop(found[0].pk).marked
                line.mark = marked.mark if marked else line.mark
    return lines


def _same_address(line: Line, booking: Booking) -> bool:
    return bool(line.email) and folded(line.email) == folded(booking.email)


def _same_name(line: Line, booking: Booking) -> bool:
    """Also “Delegate, One” and names in another order."""
    return _parts(line.name) == _parts(booking.name)


def _same_person(line: Line, booking: Booking) -> bool:
    return _same_address(line, booking) and _same_name(line, booking)


def _parts(name: str) -> list[str]:
    return sorted(folded(part) for part in name.replace(",", " ").split())


def carried(report: Report) -> str:
    """The people of a file, signed, for the form that shows them: nothing is stored meanwhile."""
    people = [(each.name, each.email, each.minutes) for each in report.people]
    return signing.dumps({"source": report.source, "people": people}, salt=SALT, compress=True)


def brought_back(text: str) -> Report:
    """What ``carried`` made. Raises Refused when it is too old or not ours."""
    try:
        found = signing.loads(text, salt=SALT, max_age=LASTS)
    except signing.BadSignature as error:
        raise Refused("This table is too old. Choose the file again.") from error
    return Report(found["source"], [Participant(*each) for each in found["people"]])


@transaction.atomic
def save(day_id: int, source: str, lines: Sequence[Line], *, by, others_were_away: bool = False) -> Saved:
    """Write what staff decided on screen. The same file and table once more change nothing.

    ``others_were_away``: whoever is in no line and has no mark yet did not attend.
    """
    changes = [Change(int(line.who), line.mark, line.minutes) for line in lines if line.who not in {IGNORE, WALKED_IN}]
    if len({change.booking for change in changes}) < len(changes):
        raise Refused("Two people of the file have the same booking. Choose for each whose it is.")
    saved = save_register(day_id, changes, source=source, by=by)
    for row, line in enumerate(lines):
        if line.who == WALKED_IN:
            saved.changed += _add(day_id, line, row, source, by)
    if others_were_away:
        day = SessionDay.objects.select_related("session").get(pk=day_id)
        away = [Change(each.pk, Attendance.Mark.NOT_ATTENDED) for each in on_register(day) if not each.marked]
        saved.changed += save_register(day_id, away, source=source, by=by).changed
    return saved


def _add(day_id: int, line: Line, row: int, source: str, by) -> int:
    before = Attendance.objects.filter(day=day_id).count()
    try:
        booking = walk_in(day_id, WalkIn(line.name, line.email), source=source, by=by, minutes=line.minutes)
    except Refused as refused:
        raise Refused(str(refused), refused.field, row) from refused
    if line.mark != Attendance.Mark.ATTENDED:
        save_register(day_id, [Change(booking.pk, line.mark, line.minutes)], source=source, by=by)
    return Attendance.objects.filter(day=day_id).count() - before
