"""Calendar entries that go with booking mail: one a day of the session, updated and cancelled by later mail.

An entry keeps its UID when its day moves; SEQUENCE grows with each change, so that calendars take the newest
(RFC 5546, section 2.1.4). Only people with a confirmed place get one, so it may hold the joining link.
"""

from collections.abc import Iterable
from datetime import UTC
from email.utils import parseaddr
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone
from icalendar import Calendar, Event, vCalAddress, vText

from dscp_cms.mail import Attachment
from dscp_cms.models import SiteSettings
from training.models import Booking, SessionDay

REQUEST, CANCEL = "REQUEST", "CANCEL"


def request(booking: Booking) -> Attachment:
    """Every day of the session, for a calendar to enter or to update."""
    return _attachment(booking, booking.session.days.all(), REQUEST)


def cancellation(booking: Booking, days: Iterable[SessionDay] | None = None) -> Attachment:
    """The same days (or some) taken out of the calendar again."""
    return _attachment(booking, booking.session.days.all() if days is None else days, CANCEL)


def uid(booking: Booking, day: SessionDay) -> str:
    """What a calendar knows the day of this person by."""
    return f"{booking.key}-{day.key}@{urlsplit(settings.PUBLIC_URL).hostname}"


def _attachment(booking: Booking, days: Iterable[SessionDay], method: str) -> Attachment:
    calendar = Calendar()
    calendar.add("prodid", f"-//{urlsplit(settings.PUBLIC_URL).hostname}//Training//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    days = list(days)
    organiser = _organiser()
    for number, day in enumerate(days, start=1):
        calendar.add_component(_event(booking, day, method, organiser, f"{number} of {len(days)}"))
    return Attachment(
        name="cancelled.ics" if method == CANCEL else "session.ics",
        type=f"text/calendar; method={method}",
        content=calendar.to_ical().decode(),
    )


def _organiser() -> vCalAddress:
    conf = SiteSettings.objects.filter(site__is_default_site=True).first() or SiteSettings()
    address = vCalAddress(f"mailto:{conf.training_email or parseaddr(settings.MAIL_FROM)[1]}")
    address.params["CN"] = vText(conf.partnership_name)
    return address


def _event(booking: Booking, day: SessionDay, method: str, organiser: vCalAddress, number: str) -> Event:
    session, event = booking.session, Event()
    event.add("uid", uid(booking, day))
    event.add("sequence", session.sequence + booking.sequence)
    event.add("dtstamp", timezone.now().astimezone(UTC))
    event.add("dtstart", day.starts_at.astimezone(UTC))
    event.add("dtend", day.ends_at.astimezone(UTC))
    event.add("summary", session.course.title + ("" if number == "1 of 1" else f" (day {number})"))
    event.add("status", "CANCELLED" if method == CANCEL else "CONFIRMED")
    event.add("organizer", organiser)
    attendee = vCalAddress(f"mailto:{booking.email}")
    attendee.params["CN"] = vText(booking.name.replace('"', "'"))
    attendee.params["PARTSTAT"] = vText("ACCEPTED")
    attendee.params["RSVP"] = vText("FALSE")
    event.add("attendee", attendee, encode=0)
    if day.place:
        event.add("location", day.place.in_one_line)
        if day.place.access_notes:
            event.add("description", day.place.access_notes)
    elif session.is_online and method == REQUEST:
        event.add("location", "Online")
        if session.joining_link:
            event.add("description", f"Join here: {session.joining_link}")
            event.add("url", session.joining_link)
    return event
