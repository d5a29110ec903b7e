"""Removes personal data of bookings when its time is over, and keeps the counts.

How long each kind is kept stands in the training settings, to be confirmed by the partnership. A session
without a day, or one still to come, is never touched.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from dscp_cms.models import OutgoingMail
from training.history import note
from training.models import Booking, BookingEvent, Charge, EvaluationAnswer, EvaluationQuestion, TrainingSettings

REMOVED = "Removed"
MONTH = timedelta(days=30.44)


@dataclass
class Purged:
    """How many rows lost what."""

    needs: int = 0
    mobiles: int = 0
    bookings: int = 0
    charges: int = 0
    words: int = 0


def purge() -> Purged:
    """Remove what is older than the settings allow. Needs and mobiles also where the booking was cancelled."""
    conf, now = TrainingSettings.load(), timezone.now()
    ended = Booking.objects.filter(session__ends_at__isnull=False)
    needs = ended.filter(session__ends_at__lt=now - timedelta(days=conf.needs_days)).exclude(needs="")
    mobiles = ended.filter(session__ends_at__lt=now - timedelta(days=conf.mobile_days)).exclude(mobile="")
    return Purged(
        needs=needs.update(needs=""),
        mobiles=mobiles.update(mobile=""),
        bookings=_forget(now - conf.booking_months * MONTH),
        charges=_forget_contacts(timezone.localdate() - conf.charge_months * MONTH),
        words=_forget_words(timezone.localdate() - conf.booking_months * MONTH),
    )


def _forget_contacts(before: date) -> int:
    """Take the finance contact and the reasons out of old charges; amounts and agencies stay."""
    old = Charge.objects.filter(session_date__lt=before)
    old.exclude(note__in=["", REMOVED]).update(note=REMOVED)
    return old.exclude(finance_contact="").update(finance_contact="")


def _forget_words(before: date) -> int:
    """Take out what was written in old evaluations, which may name somebody; that it was answered stays."""
    written = EvaluationAnswer.objects.filter(question__kind=EvaluationQuestion.Kind.TEXT, month__lt=before)
    return written.exclude(text="").update(text="")


def _forget(before: datetime) -> int:
    old = Booking.objects.filter(session__ends_at__lt=before, purged_at=None).values_list("pk", flat=True)
    keys = list(old)
    for key in keys:
        forget(Booking.objects.get(pk=key))
    return len(keys)


@transaction.atomic
def forget(booking: Booking) -> None:
    """Take the person out of one booking: name, addresses, the texts and messages that name them. The row stays."""
    OutgoingMail.objects.filter(pk__in=booking.events.exclude(mail=None).values("mail")).delete()
    booking.events.update(text="")
    for name in ("job_title", "manager_name", "manager_email", "mobile", "needs", "order_number", "finance_contact"):
        setattr(booking, name, "")
    booking.name, booking.email, booking.booker_name, booking.booker_email = REMOVED, "", "", ""
    booking.agency_name = ""  # typed: it may be a person's own name
    booking.outcome_reason = REMOVED if booking.outcome_reason else ""
    booking.person = booking.key.hex
    booking.purged_at = timezone.now()
    booking.save()
    note(booking, BookingEvent.Kind.PURGED)
