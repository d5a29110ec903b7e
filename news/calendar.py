"""Dates of events in words, as calendar files, and carried over to the next year."""

from datetime import date, datetime, time, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone
from icalendar import Calendar, Event


def in_words(start: date, end: date | None = None, start_time: time | None = None, end_time: time | None = None) -> str:
    """Say when something is as British readers write it, the month and year once where they are the same."""
    if end and end != start:
        if start.year != end.year:
            days = f"{start.day} {start:%B %Y} to {end.day} {end:%B %Y}"
        elif start.month != end.month:
            days = f"{start.day} {start:%B} to {end.day} {end:%B %Y}"
        else:
            days = f"{start.day} to {end.day} {end:%B %Y}"
    else:
        days = f"{start.day} {start:%B %Y}"
    if not start_time:
        return days
    hours = _clock(start_time) + (f" to {_clock(end_time)}" if end_time else "")
    return f"{days}, {hours}"


def _clock(value: time) -> str:
    minutes = f":{value:%M}" if value.minute else ""
    return f"{value.hour % 12 or 12}{minutes}{'am' if value.hour < 12 else 'pm'}"


def as_ics(events, request) -> bytes:
    """The events as one iCalendar file. The UID stays the same, so that calendars update rather than repeat."""
    host = urlsplit(settings.PUBLIC_URL).hostname
    calendar = Calendar()
    calendar.add("prodid", f"-//{host}//Events//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", "Events: Durham Safeguarding Children Partnership")
    for page in events:
        calendar.add_component(_event(page, request, host))
    return calendar.to_ical()


def _event(page, request, host: str) -> Event:
    event = Event()
    event.add("uid", f"event-{page.translation_key}@{host}")
    event.add("dtstamp", page.last_published_at or timezone.now())
    event.add("summary", page.title)
    if page.start_time:
        event.add("dtstart", timezone.make_aware(datetime.combine(page.start_date, page.start_time)))
        if page.end_time:
            event.add("dtend", timezone.make_aware(datetime.combine(page.last_day, page.end_time)))
    else:
        event.add("dtstart", page.start_date)
        event.add("dtend", page.last_day + timedelta(days=1))
    event.add("description", page.summary)
    event.add("url", page.get_full_url(request))
    if page.where:
        event.add("location", page.where)
    return event


def next_year(day: date) -> date:
    """The same weekday of the same week a year on: awareness weeks keep their weekday, not their date."""
    return day + timedelta(weeks=52)
