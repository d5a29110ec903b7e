"""Sessions as a calendar file that anybody may follow."""

from urllib.parse import urlsplit

from django.conf import settings
from icalendar import Calendar, Event

from training.models import SessionDay, TrainingSession
from training.standing import session_url


def as_ics(sessions) -> bytes:
    """The sessions as one iCalendar file, an entry a day. It never has a joining link or a name.

    The UID of a day stays when it moves, and its sequence grows, so that calendars move their entry
    (RFC 5545, 3.8.4.7 and 3.8.7.4).
    """
    calendar = Calendar()
    calendar.add("prodid", f"-//{_host()}//Training//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", "Training: Durham Safeguarding Children Partnership")
    for session in sessions:
        days = list(session.days.all())
        for number, day in enumerate(days, start=1):
            calendar.add_component(_entry(session, day, f" (day {number} of {len(days)})" if len(days) > 1 else ""))
    return calendar.to_ical()


def _entry(session: TrainingSession, day: SessionDay, which: str) -> Event:
    event = Event()
    event.add("uid", f"training-{day.key}@{_host()}")
    event.add("dtstamp", session.changed_at or session.created_at)
    event.add("sequence", session.sequence)
    event.add("summary", f"{session.course.title}{which}")
    event.add("dtstart", day.starts_at)
    event.add("dtend", day.ends_at)
    event.add("url", f"{settings.PUBLIC_URL}{session_url(session)}")
    if session.course.summary:
        event.add("description", session.course.summary)
    venue = day.venue or session.venue
    event.add("location", "Online" if session.is_online else venue.in_one_line if venue else "")
    event.add("status", "CANCELLED" if session.status == TrainingSession.Status.CANCELLED else "CONFIRMED")
    return event


def _host() -> str:
    return urlsplit(settings.PUBLIC_URL).hostname or "localhost"
