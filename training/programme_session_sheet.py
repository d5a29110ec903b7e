"""What a sheet of sessions looks like, and what it says of the sessions that are here."""

import re
from collections.abc import Iterator
from datetime import datetime, time

from django.utils import timezone

from training.models import TrainingSession
from training.programme_book import write
from training.programme_sheets import Column, text

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
        "date": local(first.starts_at, "%d/%m/%Y") if first else "",
        "start": local(first.starts_at, "%H:%M") if first else "",
        "end": local(first.ends_at, "%H:%M") if first else "",
        "more_days": "\n".join(
            f"{local(each.starts_at, '%d/%m/%Y %H:%M')}-{local(each.ends_at, '%H:%M')}" for each in more
        ),
        "delivery_method": METHODS[session.delivery_method],
        "venue": session.venue.name if session.venue else "",
        **{name: getattr(session, name) for name in WORDS},
        "capacity": str(session.capacity),
        "waiting_list": text(session.waiting_list),
        "max_per_agency": text(session.max_per_agency),
        **{name: local(getattr(session, name), "%d/%m/%Y %H:%M") for name in MOMENTS},
        "open_to": OPEN_TO[session.open_to],
        "taken": str(session.taken),
    }


def local(at: datetime | None, pattern: str) -> str:
    """A moment as a clock in Durham shows it; nothing for none."""
    return f"{timezone.localtime(at):{pattern}}" if at else ""
