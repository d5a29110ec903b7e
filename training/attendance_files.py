"""Reads who was in an online meeting, and how long, from the attendance files of Teams and Zoom.

Both programs have changed their files more than once: Teams writes tab-separated UTF-16, of late in numbered
sections, before that as one list of comings and goings; Zoom writes comma-separated UTF-8 with or without two
lines on the meeting. So nothing is taken from a place in the file: a line whose cells are column names we know
begins a table, and an empty line ends it. Days and months are read in the order that the whole file allows.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from training.models import Attendance, folded
from training.people import Refused, tidy

MOST_BYTES, MOST_ROWS = 5 * 2**20, 20_000
NAMES = {"name", "full name", "name (original name)", "participant", "participant name"}
ADDRESSES = {"email", "user email", "e-mail", "email address"}
ACCOUNTS = {"participant id (upn)", "participant id"}  # an address too, mostly
JOINED, LEFT = {"join time"}, {"leave time"}
FIRST, LAST = {"first join", "first join time"}, {"last leave", "last leave time"}
LENGTHS = {"duration", "in-meeting duration", "duration (minutes)", "total duration (minutes)", "attendance duration"}
ACTION, MOMENT = {"user action", "action"}, {"timestamp"}
DATE = re.compile(r"(\d{1,4})[./-](\d{1,2})[./-](\d{1,4})[,T\s]+(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([ap]\.?m\.?)?", re.I)
LENGTH = re.compile(r"(\d{1,5})\s*([dhms])", re.I)
ORDERS = ("dmy", "mdy", "ymd")


class BadFileError(Refused):
    """A file that isn't an attendance list; its text says what to do."""


@dataclass
class Participant:
    """Somebody who was in the meeting. ``minutes`` count once what several devices or rows cover twice."""

    name: str
    email: str = ""
    minutes: int = 0
    joined: datetime | None = None  # without a time zone: as the clock of whoever made the file showed it
    left: datetime | None = None


@dataclass
class Report:
    """What a file says."""

    source: str
    people: list[Participant]
    day: date | None = None  # of the meeting, if the file told


@dataclass
class _Row:
    name: str
    email: str = ""
    account: str = ""
    joined: str = ""
    left: str = ""
    first: str = ""
    last: str = ""
    length: str = ""
    action: str = ""


@dataclass
class _Person:
    name: str = ""
    email: str = ""
    spans: list[tuple[datetime, datetime]] = field(default_factory=list)
    whole: list[tuple[datetime, datetime]] = field(default_factory=list)  # from the first coming to the last going
    seconds: list[int] = field(default_factory=list)


def read(content: bytes, *, on: date | None = None) -> Report:
    """Read a file. ``on`` is the day it should be of, which settles whether 5/12 is in May. Raises BadFileError."""
    if len(content) > MOST_BYTES:
        raise BadFileError("This file is larger than 5 MB. Choose the attendance list itself.", "file")
    text = _text(content)
    lines = [[tidy(cell) for cell in row] for row in _cells(text)]
    rows = list(_rows(lines))
    if not rows:
        raise BadFileError(
            "This isn’t an attendance list that we know. Export the attendance report from Teams, or the "
            "participants of the meeting from Zoom, as CSV, and choose that file unchanged.",
            "file",
        )
    order = _order(rows, on)
    people = _people(rows, order)
    times = [moment for each in people for moment in (each.joined, each.left) if moment]
    source = Attendance.Source.ZOOM if _is_zoom(lines) else Attendance.Source.TEAMS
    return Report(source, people, min(times).date() if times else None)


def proposed_mark(person: Participant, begins: datetime, ends: datetime) -> str:
    """The mark that a participant's times suggest for a day (Durham time, no zone), for staff to correct.

    A quarter of an hour is let pass at either end; less than half of the day is no attendance. Times that don't
    meet the day at all are of another clock: then the minutes alone count.
    """
    grace, length = timedelta(minutes=15), (ends - begins).total_seconds() / 60
    if person.minutes < length / 2:
        return Attendance.Mark.NOT_ATTENDED
    if person.joined and person.left and person.joined < ends and person.left > begins:
        if person.left < ends - grace:
            return Attendance.Mark.LEFT_EARLY
        if person.joined > begins + grace:
            return Attendance.Mark.LATE
        return Attendance.Mark.ATTENDED
    return Attendance.Mark.ATTENDED if person.minutes >= length - 15 else Attendance.Mark.LEFT_EARLY


def _text(content: bytes) -> str:
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        encodings = ["utf-16"]
    elif b"\0" in content[:200]:
        encodings = ["utf-16-le" if content[1:2] == b"\0" else "utf-16-be"]
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text.lstrip("\ufeff")
    raise BadFileError(
        "This file isn’t a CSV file. Export the attendance list from Teams or Zoom as CSV, and choose that.", "file"
    )


def _cells(text: str) -> list[list[str]]:
    """Lines and cells, by whichever separator the file has most of."""
    separator = max("\t,;", key=text.count)
    try:
        found = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        raise BadFileError("This file is damaged. Export the attendance list again.", "file") from error
    if len(found) > MOST_ROWS:
        raise BadFileError(f"This file has more than {MOST_ROWS:,} lines. Is it the right one?", "file")
    return found


def _columns(cells: list[str]) -> dict[str, int]:
    """Which cell of a table's first line is what; empty if this isn't one."""
    words = [cell.lower() for cell in cells]
    known = {"name": NAMES, "email": ADDRESSES, "account": ACCOUNTS, "joined": JOINED | MOMENT, "left": LEFT,
             "first": FIRST, "last": LAST, "length": LENGTHS, "action": ACTION}  # fmt: skip
    found = {what: next((at for at, word in enumerate(words) if word in names), None) for what, names in known.items()}
    found = {what: at for what, at in found.items() if at is not None}
    return found if "name" in found and found.keys() & {"joined", "first", "length"} else {}


def _rows(lines: list[list[str]]) -> Iterator[_Row]:
    columns: dict[str, int] = {}
    for cells in lines:
        if not any(cells):
            columns = {}
        elif found := _columns(cells):
            columns = found
        elif columns and len(cells) > columns["name"] and cells[columns["name"]]:
            yield _Row(**{what: cells[at] for what, at in columns.items() if at < len(cells)})


def _is_zoom(lines: list[list[str]]) -> bool:
    words = {cell.lower() for cells in lines for cell in cells}
    return bool(words & {"name (original name)", "user email", "guest", "recording consent"})


def _order(rows: list[_Row], on: date | None) -> str:
    """The order of day, month and year under which every time of the file can be read; the day we expect decides."""
    texts = [text for row in rows for text in (row.joined, row.left, row.first, row.last) if text]
    possible = [order for order in ORDERS if all(_moment(text, order) for text in texts if DATE.search(text))]
    if on:
        for order in possible:
            if any(found.date() == on for text in texts if (found := _moment(text, order))):
                return order
    return possible[0] if possible else ORDERS[0]


def _moment(text: str, order: str) -> datetime | None:
    found = DATE.search(text)
    if not found:
        return None
    first, second, third, hour, minute, seconds, half = found.groups()
    parts = dict(zip(order, (int(first), int(second), int(third)), strict=True))
    year = parts["y"] + 2000 if parts["y"] < 100 else parts["y"]
    hours = int(hour)
    if half:
        hours = hours % 12 + (12 if half.lower().startswith("p") else 0)
    try:
        return datetime(year, parts["m"], parts["d"], hours, int(minute), int(seconds or 0))  # noqa: DTZ001 - see Participant
    except ValueError:
        return None


def _seconds(text: str) -> int | None:
    """A length such as “1h 2m 3s”, “01:02:03”, or a bare number of minutes."""
    if parts := LENGTH.findall(text):
        worth = {"d": 86400, "h": 3600, "m": 60, "s": 1}
        return sum(int(number) * worth[unit.lower()] for number, unit in parts)
    if re.fullmatch(r"\d{1,4}:\d{2}:\d{2}", text):
        hours, minutes, seconds = map(int, text.split(":"))
        return hours * 3600 + minutes * 60 + seconds
    return int(text) * 60 if re.fullmatch(r"\d{1,5}", text) else None


def _people(rows: list[_Row], order: str) -> list[Participant]:
    """Everybody once, by address or, without one, by name; in the order of the file."""
    address = {folded(row.name): email for row in rows if (email := _address(row))}
    found: dict[str, _Person] = {}
    since: dict[str, datetime] = {}
    for row in rows:
        email = _address(row) or address.get(folded(row.name), "")
        key = email or folded(row.name)
        person = found.setdefault(key, _Person(_without_original(row.name), email))
        joined, left = _moment(row.joined, order), _moment(row.left, order)
        if row.action:
            _come_or_go(person, row.action, joined, since, key)
        elif joined and left and left >= joined:
            person.spans.append((joined, left))
        first, last = _moment(row.first, order), _moment(row.last, order)
        if first and last and last >= first:
            person.whole.append((first, last))
        if (seconds := _seconds(row.length)) is not None:
            person.seconds.append(seconds)
    end = max((left for each in found.values() for _joined, left in each.spans), default=None)
    for key, joined in since.items():  # still there when the list was taken
        found[key].spans.append((joined, max(end or joined, joined)))
    return [_participant(each) for each in found.values()]


def _address(row: _Row) -> str:
    return next((text.lower() for text in (row.email, row.account) if "@" in text), "")


def _without_original(name: str) -> str:
    """Zoom adds the name of the account in brackets when somebody changed theirs; Teams adds “(Guest)”."""
    return re.sub(r"\s*\([^()]*\)\s*$", "", name) or name


def _come_or_go(person: _Person, action: str, moment: datetime | None, since: dict, key: str) -> None:
    if moment and action.lower().startswith("joined"):
        since.setdefault(key, moment)
    elif moment and action.lower().startswith("left") and key in since:
        person.spans.append((since.pop(key), moment))


def _participant(person: _Person) -> Participant:
    spans = list(_joined_up(person.spans)) or list(_joined_up(person.whole))
    longest = max(person.seconds, default=0)  # lengths can't be laid over each other, so they aren't added
    seconds = sum((left - joined).total_seconds() for joined, left in spans)
    if not spans or (longest and not person.spans):
        seconds = min(seconds, longest) if spans else longest
    came, went = (spans[0][0], spans[-1][1]) if spans else (None, None)
    return Participant(person.name[:200], person.email[:254], round(seconds / 60), came, went)


def _joined_up(spans: Iterable[tuple[datetime, datetime]]) -> Iterator[tuple[datetime, datetime]]:
    """The same times without overlaps, in order."""
    current = None
    for joined, left in sorted(spans):
        if current and joined <= current[1]:
            current = (current[0], max(current[1], left))
        else:
            if current:
                yield current
            current = (joined, left)
    if current:
        yield current
