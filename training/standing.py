"""What a session's state means for a reader: a label, a sentence, and what to do next."""

from dataclasses import dataclass

from django.utils import timezone

from training.announcing import SHORT_NOTICE
from training.models import SessionState, TrainingSession
from training.when import clock, long_day

FEW = 3  # places left that are worth a warning


@dataclass(frozen=True)
class Standing:
    """A label for lists, its tone (good, warm, stop or none), a sentence for the page, and one action."""

    label: str
    tone: str
    sentence: str
    action: str = ""
    url: str = ""
    closed: bool = False  # nothing can be booked: other dates are offered instead


def session_url(session: TrainingSession) -> str:
    """The address of its page."""
    return f"/training/sessions/{session.pk}/"


def standing(session: TrainingSession) -> Standing:
    """What to tell a reader about a session now."""
    return _WORDS[session.state](session)


def at_short_notice(session: TrainingSession) -> str:
    """The banner of a session that was cancelled, or changed, less than a day before; empty for others and in the end.

    Staff write none of it: it is there as soon as the change is.
    """
    if session.is_over or session.starts_at is None:
        return ""
    cancelled = session.cancelled_at if session.status == TrainingSession.Status.CANCELLED else None
    if cancelled:
        late = session.starts_at - cancelled < SHORT_NOTICE
        return (
            f"Cancelled at short notice, at {clock(cancelled)} on {long_day(cancelled)}. Please don’t set out."
            if late
            else ""
        )
    if not session.changed_from or session.changed_at is None:
        return ""
    when = f"at {clock(session.changed_at)} on {long_day(session.changed_at)}"
    return f"Changed at short notice, {when}. It was: {session.changed_from}. What stands on this page is right now."


def _open(session: TrainingSession) -> Standing:
    left = session.places_left
    label = f"{left} place{'s' if left != 1 else ''} left"
    sentence = "There are places left. Booking is one short form, and you need no account."
    if session.open_to == TrainingSession.OpenTo.KNOWN_DOMAINS:
        sentence += " If we don’t know your agency yet, the training team looks at your booking first."
    if left <= FEW:
        return Standing(f"Only {label}", "warm", sentence, "Book a place", f"{session_url(session)}book/")
    return Standing(label, "good", sentence, "Book a place", f"{session_url(session)}book/")


def _waiting(session: TrainingSession) -> Standing:
    sentence = (
        "Every place is taken. Join the waiting list: when a place is freed, it is offered to those who wait, in turn."
    )
    return Standing(
        "Full, waiting list open", "stop", sentence, "Join the waiting list", f"{session_url(session)}book/"
    )


def _full(session: TrainingSession) -> Standing:
    return Standing("Full", "stop", "Every place is taken, and this session has no waiting list.", closed=True)


def _closed(session: TrainingSession) -> Standing:
    closed = session.booking_closes_at
    sentence = f"Booking closed on {long_day(closed)} at {clock(closed)}." if closed else "Booking is closed."
    return Standing("Booking closed", "stop", sentence, closed=True)


def _not_yet_open(session: TrainingSession) -> Standing:
    opens = session.booking_opens_at
    if opens is None or opens <= timezone.now():
        return Standing("Not open yet", "", "Booking has not opened yet.", closed=True)
    sentence = f"Booking opens on {long_day(opens)} at {clock(opens)}. Nothing can be reserved before."
    local = timezone.localtime(opens)
    return Standing(f"Booking opens {local.day} {local:%B}", "", sentence, closed=True)


def _cancelled(session: TrainingSession) -> Standing:
    sentence = "This session will not take place. Everybody who had booked was told by e-mail, and nobody is charged."
    return Standing("Cancelled", "stop", sentence, closed=True)


def _past(session: TrainingSession) -> Standing:
    if session.ends_at and session.ends_at > timezone.now():
        return Standing("Has begun", "", "This session has begun, so it can’t be booked any more.", closed=True)
    return Standing("Past", "", "This session is over.", closed=True)


def _external(session: TrainingSession) -> Standing:
    sentence = "Places of this session are booked on another site."
    return Standing("Booked on another site", "", sentence, "Book on the other site", session.external_url)


_WORDS = {
    SessionState.OPEN: _open,
    SessionState.WAITING: _waiting,
    SessionState.FULL: _full,
    SessionState.CLOSED: _closed,
    SessionState.NOT_YET_OPEN: _not_yet_open,
    SessionState.CANCELLED: _cancelled,
    SessionState.PAST: _past,
    SessionState.EXTERNAL: _external,
}
