"""Every message about a booking. Each is a row saved in the transaction of the change that it tells of.

A function returns the saved message, for the booking's history. Nothing here changes a booking. Each message names
the change that it tells of, and the database refuses a second one about the same: a booking is confirmed once and ends
once, and a line manager is written to once.
"""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.template import Context
from django.template.loader import get_template
from django.utils import timezone

from dscp_cms import mail
from dscp_cms.models import OutgoingMail, SiteSettings
from training import charge_rules, charging_policy, invitations, tokens
from training.models import Booking, BookingEvent, Charge, SessionDay, TrainingIndexPage, TrainingSession
from training.tokens import Purpose
from training.when import clock, day_in_words, long_day, session_in_words

KIND = "training: {}"
END = "end"


def confirmed(booking: Booking, *, why: str = "", change: str = "confirmed") -> OutgoingMail:
    """A place for sure, with the calendar entry. ``why`` is a sentence on how it came about."""
    return _send(
        "confirmed",
        booking,
        "Your place: {course}, {date}",
        change=change,
        why=why,
        possible=charge_rules.what_may_be_charged(booking.session, charge_rules.kind_of(booking)),
        attachments=[invitations.request(booking)],
    )


def to_manager(booking: Booking) -> OutgoingMail:
    """Tell the line manager, who gets this one message a booking."""
    return _send("manager", booking, "{name} has a place: {course}, {date}", to=booking.manager_email,
                 change="manager")  # fmt: skip


def waiting(booking: Booking, *, place_is_free: bool = False) -> OutgoingMail:
    """On the waiting list, with the position; in the last hours perhaps with a place that the first to accept has."""
    return _send(
        "waiting",
        booking,
        "You are on the waiting list: {course}, {date}",
        change="waiting",
        position=booking.position,
        place_is_free=place_is_free,
    )


def approval(booking: Booking) -> OutgoingMail:
    """Asked for; staff will look at it, since the agency isn't known."""
    return _send("approval", booking, "We have your request: {course}, {date}", change="approval")


def offered(booking: Booking) -> OutgoingMail:
    """A place to accept until the deadline."""
    return _send("offered", booking, "A place is yours if you accept it: {course}, {date}", urgent=True,
                 drop_at=booking.offer_expires_at, change="offered")  # fmt: skip


def place_free(booking: Booking) -> OutgoingMail:
    """In the last hours: the first of all who wait has the place. Sent each time that one is free again."""
    time = booking.events.filter(kind=BookingEvent.Kind.TOLD).count() + 1
    return _send("place_free", booking, "A place is free, first come first served: {course}, {date}", urgent=True,
                 drop_at=booking.session.starts_at, change=f"place free {time}")  # fmt: skip


def lapsed(booking: Booking) -> OutgoingMail:
    """The offer wasn't taken up in time."""
    return _send("lapsed", booking, "The offer has ended: {course}, {date}", change=END)


def cancelled(booking: Booking, *, was_confirmed: bool, why: str = "", charge: Charge | None = None) -> OutgoingMail:
    """Cancelled by the delegate, by staff, or by somebody who didn't book it; with what is proposed to be charged."""
    files = [invitations.cancellation(booking)] if was_confirmed else []
    return _send("cancelled", booking, "Cancelled: {course}, {date}", attachments=files, why=why, charge=charge,
                 change=END)  # fmt: skip


def passed_on(booking: Booking, to: Booking) -> OutgoingMail:
    """A colleague has the place now."""
    files = [invitations.cancellation(booking)]
    return _send("passed_on", booking, "A colleague has your place: {course}, {date}", attachments=files, colleague=to,
                 change=END)  # fmt: skip


def moved(booking: Booking, before: str, old: Iterable[invitations.Attachment]) -> OutgoingMail:
    """Staff moved this person to another session; ``old`` takes the former days out of the calendar."""
    files = [*old, *([invitations.request(booking)] if booking.status == Booking.Status.CONFIRMED else [])]
    return _send("moved", booking, "You were moved: {course}, {date}", attachments=files, before=before,
                 change=f"moved {_version(booking)}")  # fmt: skip


def changed(booking: Booking, before: str, gone: list[SessionDay], *, asks: bool, urgent: bool) -> OutgoingMail:
    """The session was changed; ``gone`` are days that it no longer has. ``asks`` whether the person can still come."""
    files = []
    if booking.status == Booking.Status.CONFIRMED:
        files.append(invitations.request(booking))
        files += [invitations.cancellation(booking, gone)] if gone else []
    return _send("changed", booking, "Changed: {course}, now {date}", attachments=files, before=before, asks=asks,
                 urgent=urgent, change=f"changed {_version(booking)}")  # fmt: skip


def session_cancelled(booking: Booking, *, was_confirmed: bool, why: str = "", urgent: bool = False) -> OutgoingMail:
    """The partnership cancelled the session."""
    files = [invitations.cancellation(booking)] if was_confirmed else []
    return _send("session_cancelled", booking, "Cancelled: {course}, {date}", attachments=files, why=why, urgent=urgent,
                 change=END)  # fmt: skip


def reminder(booking: Booking, due: datetime, evaluation_url: str = "") -> OutgoingMail:
    """A week or a day before. Found late, it is held for a person; once the session has begun it is dropped."""
    return _send("reminder", booking, "Reminder: {course}, {date}", due=due, drop_at=booking.session.starts_at,
                 evaluation_url=evaluation_url, change=f"reminder {due.isoformat()} {_version(booking)}")  # fmt: skip


def thank_you(booking: Booking, due: datetime, evaluation_url: str = "") -> OutgoingMail:
    """After the session."""
    return _send("thank_you", booking, "Thank you for coming: {course}", due=due, evaluation_url=evaluation_url,
                 change="thank you")  # fmt: skip


def how_it_went(booking: Booking, evaluation_url: str, *, due: datetime, drop_at: datetime) -> OutgoingMail:
    """Six weeks later. Found late, it is held for a person; after eight weeks it is dropped."""
    return _send("how_it_went", booking, "What came of it: {course}", due=due, drop_at=drop_at,
                 evaluation_url=evaluation_url, change="how it went")  # fmt: skip


def certificate(booking: Booking, code: str, *, due: datetime, corrected: bool = False) -> OutgoingMail:
    """The certificate of attendance can be downloaded. Found late, it is held for a person."""
    manage = tokens.url(Purpose.MANAGE, booking)
    return _send("certificate", booking, "Your certificate: {course}", due=due, corrected=corrected,
                 certificate_url=f"{manage}{booking.key}/certificate/", change=f"certificate {code}")  # fmt: skip


def address_changed(booking: Booking, old: str, number: int) -> OutgoingMail:
    """Say at the old address that it was changed (for the ``number``th time), without naming the new one."""
    return _send("address_changed", booking, "Your address was changed: {course}, {date}", to=old,
                 change=f"address {number}: old")  # fmt: skip


def my_bookings(booking: Booking, change: str | None = None) -> OutgoingMail:
    """A fresh link to the page with all bookings of the delegate's address, as often as it is asked for."""
    return _send("my_bookings", booking, "The link to your training bookings", change=change)


def _version(booking: Booking) -> str:
    """What tells a change of the session, or to another one, from the last."""
    session = booking.session
    when = session.changed_at.isoformat() if session.changed_at else "as planned"
    return f"{session.pk}.{session.sequence}.{booking.sequence} {when}"


def _send(template: str, booking: Booking, subject: str, *, change: str | None, to: str = "", attachments=(),
          urgent: bool = False, due: datetime | None = None, drop_at: datetime | None = None,
          **more) -> OutgoingMail:  # fmt: skip
    conf = SiteSettings.objects.filter(site__is_default_site=True).first() or SiteSettings()
    context = {**_facts(booking), **more, "conf": conf, "own_address": to or booking.email}
    text = get_template(f"training/email/{template}.txt").template.render(Context(context, autoescape=False))
    begin = booking.session.starts_at
    words = {
        "course": booking.session.course.title,
        "date": f"{timezone.localtime(begin).day} {timezone.localtime(begin):%B %Y}" if begin else "date to be set",
        "name": booking.name,
    }
    return mail.send(
        kind=KIND.format(template.replace("_", " ")),
        to=to or booking.email,
        subject=subject.format(**words),
        text=_tidy(text),
        reply_to=conf.training_email,
        attachments=attachments,
        urgent=urgent,
        due=due,
        drop_at=drop_at,
        change=change and f"booking {booking.pk}: {change}",
    )


def _tidy(text: str) -> str:
    """Without the empty lines that template tags leave."""
    lines = [line.rstrip() for line in text.strip().splitlines()]
    kept = [line for number, line in enumerate(lines) if line or (number and lines[number - 1])]
    return "\n".join(kept) + "\n"


def _facts(booking: Booking) -> dict:
    session = booking.session
    policy = TrainingIndexPage.objects.select_related("charging_policy").first()
    page = policy.charging_policy if policy else None
    manage = tokens.url(Purpose.MANAGE, booking)
    return {
        "booking": booking,
        "session": session,
        "course": session.course,
        "when": session_in_words(session),
        "days": [(day_in_words(day), day.place) for day in session.days.select_related("venue", "session__venue")],
        "places": _places(session),
        "has_place": booking.status == Booking.Status.CONFIRMED,
        "cancel_until": f"{clock(session.cancel_until)} on {long_day(session.cancel_until)}"
        if session.cancel_until
        else "",
        "offer_until": _moment(booking.offer_expires_at),
        "course_url": session.course.full_url or settings.PUBLIC_URL,
        "policy_url": page.full_url if page and page.live else "",
        "manage_url": manage,
        "accept_policy_url": f"{manage}{booking.key}/policy/" if charging_policy.is_missing(booking, page) else "",
        "offer_url": tokens.url(Purpose.OFFER, booking),
        "not_me_url": tokens.url(Purpose.NOT_ME, booking),
        "change_url": tokens.url(Purpose.CHANGE, booking),
    }


def _moment(moment: datetime | None) -> str:
    return f"{clock(moment)} on {long_day(moment)}" if moment else ""


def _places(session: TrainingSession) -> list:
    """Each venue of the session once."""
    places = [day.place for day in session.days.select_related("venue", "session__venue")] or [session.venue]
    return list(dict.fromkeys(place for place in places if place))
