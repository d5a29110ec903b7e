"""Asks delegates before and after a session, and six weeks later, and takes answers that are nobody's.

What is kept: that a booking was asked and whether it has answered, without a time; and the answers, which know
their course and month. Only where five or more delegates share a session do they know the session, and only
where five or more of it are of one kind of agency, that kind. Nothing in an answer leads to a booking.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from training import booking_mail, locking, tokens
from training.history import note
from training.models import (
    Booking,
    BookingEvent,
    EvaluationAnswer,
    EvaluationInvitation,
    EvaluationQuestion,
    Moment,
    TrainingSession,
)
from training.people import Refused

logger = logging.getLogger(__name__)

SMALL = 5  # of fewer than so many nothing is told that could point at one of them
SIX_WEEKS, EIGHT_WEEKS = timedelta(weeks=6), timedelta(weeks=8)
# How long after the session's end the questions may be answered; a link lasts 30 days, My bookings has a new one.
OPEN_AFTER = {Moment.AFTER: timedelta(weeks=26), Moment.LATER: timedelta(weeks=26)}
PURPOSES = {
    Moment.BEFORE: tokens.Purpose.EVALUATE_BEFORE,
    Moment.AFTER: tokens.Purpose.EVALUATE_AFTER,
    Moment.LATER: tokens.Purpose.EVALUATE_LATER,
}


class Standing(StrEnum):
    """How a delegate stands towards the questions of a moment."""

    OPEN = "open"
    ANSWERED = "answered"
    TOO_EARLY = "too_early"
    CLOSED = "closed"
    NOT_ASKED = "not_asked"  # no place, or didn't come, or there are no questions


@dataclass(frozen=True)
class Open:
    """Questions that a delegate may answer now."""

    moment: Moment
    url: str

    @property
    def words(self) -> str:
        """What the link says."""
        return {
            Moment.BEFORE: "Answer a few questions before the course",
            Moment.AFTER: "Tell us how the course was",
            Moment.LATER: "Tell us what came of the course",
        }[self.moment]


def questions(booking: Booking, moment: Moment) -> QuerySet[EvaluationQuestion]:
    """What is asked, in order."""
    return EvaluationQuestion.objects.asked(moment, booking.session.course_id)


def has_answered(booking: Booking, moment: Moment | str) -> bool:
    """Whether the delegate has answered the questions of a moment."""
    return booking.evaluations.filter(moment=moment, answered=True).exists()


def standing(booking: Booking, moment: Moment) -> Standing:
    """Whether the delegate may answer now, and if not, why."""
    return _standing(booking, moment, has_answered(booking, moment), questions(booking, moment).exists())


def _standing(booking: Booking, moment: Moment, answered: bool, asks: bool) -> Standing:
    if answered:
        return Standing.ANSWERED
    if not asks or not _is_of_those_asked(booking, moment):
        return Standing.NOT_ASKED
    opens, closes = _opening(booking.session, moment)
    now = timezone.now()
    if now < opens:
        return Standing.TOO_EARLY
    return Standing.OPEN if now < closes else Standing.CLOSED


def invite(booking: Booking, moment: Moment) -> str:
    """Note that the delegate is asked, and return the address of the questions; empty where there is nothing to ask.

    Asking again gives the address again and notes nothing. Call it in the transaction that sends the address.
    """
    if standing(booking, moment) != Standing.OPEN:
        return ""
    EvaluationInvitation.objects.get_or_create(booking=booking, moment=moment)
    return tokens.url(PURPOSES[moment], booking)


def open_for(bookings: Sequence[Booking]) -> dict[int, list[Open]]:
    """By each booking's key, the questions that may be answered now; in two queries, for the page with bookings."""
    answered = set(
        EvaluationInvitation.objects.filter(booking__in=bookings, answered=True).values_list("booking_id", "moment")
    )
    asked = list(EvaluationQuestion.objects.filter(active=True))
    found: dict[int, list[Open]] = {}
    for booking in bookings:
        for moment in Moment:
            asks = any(getattr(q, moment) and q.course_id in (None, booking.session.course_id) for q in asked)
            if _standing(booking, moment, (booking.pk, moment.value) in answered, asks) == Standing.OPEN:
                token = tokens.make(PURPOSES[moment], booking)
                found.setdefault(booking.pk, []).append(Open(moment, tokens.path(PURPOSES[moment], token)))
    return found


@transaction.atomic
def answer(key: UUID, moment: Moment, answers: Mapping[int, int | str]) -> None:
    """Keep one delegate's answers, by the key of each question: 1 to 5, 1 or 0 for yes or no, words otherwise.

    Answering a second time does nothing: whose answers they are isn't known any more. Raises Refused when the
    questions aren't open.
    """
    booking = locking.lock_booking(key)
    stands = standing(booking, moment)
    if stands == Standing.ANSWERED:
        return
    if stands != Standing.OPEN:
        raise Refused("These questions can’t be answered just now.")
    keep(booking, moment, answers)


def keep(booking: Booking, moment: Moment, answers: Mapping[int, int | str]) -> list[EvaluationAnswer]:
    """Write answers down, whether or not the questions are open; return them. ``answer`` is for delegates."""
    EvaluationInvitation.objects.update_or_create(booking=booking, moment=moment, defaults={"answered": True})
    known = _what_an_answer_knows(booking, moment)
    rows = []
    for question in questions(booking, moment):
        given = answers.get(question.pk, "")
        if given != "":
            figure = question.kind in (EvaluationQuestion.Kind.SCALE, EvaluationQuestion.Kind.YES_NO)
            told = {"score": int(given)} if figure else {"text": str(given)}
            rows.append(EvaluationAnswer(question=question, moment=moment, **known, **told))
    return EvaluationAnswer.objects.bulk_create(sorted(rows, key=lambda row: row.pk))


def due_later() -> QuerySet[Booking]:
    """Delegates who came six to eight weeks ago and weren't asked yet how it went since."""
    now = timezone.now()
    ended = Booking.objects.confirmed().exclude(outcome=Booking.Outcome.NOT_ATTENDED).exclude(email="")
    return ended.filter(
        session__status=TrainingSession.Status.DONE,
        session__ends_at__lte=now - SIX_WEEKS,
        session__ends_at__gt=now - EIGHT_WEEKS,
        purged_at=None,
    ).exclude(evaluations__moment=Moment.LATER)


def invite_due() -> int:
    """For the clock: ask everybody who is due, six weeks after; return how many. After eight weeks it is dropped.

    The questions before and after go with messages that are sent anyway: the reminder and the thank-you.
    """
    if not EvaluationQuestion.objects.filter(active=True, later=True).exists():
        return 0
    asked = 0
    for key in list(due_later().order_by("session__ends_at", "pk").values_list("key", flat=True)[:1000]):
        try:
            asked += _invite_later(key)
        except Exception:
            logger.exception("a question about a session six weeks ago failed and is tried again")
    return asked


@transaction.atomic
def _invite_later(key: UUID) -> bool:
    booking = locking.lock_booking(key)
    if not due_later().filter(pk=booking.pk).exists():
        return False
    url = invite(booking, Moment.LATER)
    if not url:
        return False
    ended = booking.session.ends_at
    mail = booking_mail.how_it_went(booking, url, due=ended + SIX_WEEKS, drop_at=ended + EIGHT_WEEKS)
    note(booking, BookingEvent.Kind.REMINDED, "Asked how it went since.", mail=mail)
    return True


def _is_of_those_asked(booking: Booking, moment: Moment) -> bool:
    came = moment == Moment.BEFORE or booking.outcome != Booking.Outcome.NOT_ATTENDED
    running = booking.session.status in (TrainingSession.Status.OPEN, TrainingSession.Status.DONE)
    return booking.status == Booking.Status.CONFIRMED and came and running and booking.session.ends_at is not None


def _opening(session: TrainingSession, moment: Moment) -> tuple[datetime, datetime]:
    """From when until when the questions of a moment are open."""
    if moment == Moment.BEFORE:
        return session.created_at, session.starts_at
    begin = session.ends_at + (SIX_WEEKS if moment == Moment.LATER else timedelta(0))
    return begin, begin + OPEN_AFTER[moment]


def _what_an_answer_knows(booking: Booking, moment: Moment) -> dict:
    """Course and month; session and kind of agency only in a group that is large enough to hide in."""
    session = booking.session
    group = [other for other in session.bookings.select_related("agency") if _is_of_those_asked(other, moment)]
    kind = booking.agency.kind if booking.agency else ""
    of_kind = [other for other in group if kind and other.agency and other.agency.kind == kind]
    return {
        "course_id": session.course_id,
        "month": first_of_month(session.starts_at),
        "session": session if len(group) >= SMALL else None,
        "agency_kind": kind if len(of_kind) >= SMALL else "",
    }


def first_of_month(moment: datetime) -> date:
    """The first day of a moment's month, as clocks in Durham show it."""
    return timezone.localtime(moment).date().replace(day=1)
