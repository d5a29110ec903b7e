"""Reminds people of their place, a week and a day before.

Whatever is due is found, however late; a reminder found more than six hours late is held for a person to
release, and dropped once the session has begun (``dscp_cms.mail``).
"""

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from training import booking_mail, evaluations, locking
from training.history import note
from training.models import Booking, BookingEvent, Moment, TrainingSession

logger = logging.getLogger(__name__)

WEEK, DAY = timedelta(days=7), timedelta(days=1)
FIELDS = {WEEK: "week_reminder_at", DAY: "day_reminder_at"}


def due(before: timedelta):
    """Confirmed bookings that should have been reminded so long before by now, and weren't.

    Left out are those who were told of the date later than that anyway: by their confirmation, or by a change.
    """
    now = timezone.now()
    found = Booking.objects.confirmed().filter(
        Q(session__changed_at=None) | Q(session__changed_at__lt=F("session__starts_at") - before),
        session__status=TrainingSession.Status.OPEN,
        session__starts_at__gt=now,
        session__starts_at__lte=now + before,
        confirmed_at__lt=F("session__starts_at") - before,
        **{FIELDS[before]: None},
    )
    if before == WEEK:  # a day before, that reminder is enough
        found = found.filter(session__starts_at__gt=now + DAY)
    return found.order_by("session__starts_at", "pk")


def send_due() -> int:
    """For the clock: remind everybody who is due; return how many. One that fails doesn't stop the others."""
    sent = 0
    for before in FIELDS:
        for key in list(due(before).values_list("key", flat=True)[:1000]):
            try:
                sent += remind(key, before)
            except Exception:
                logger.exception("a reminder of a booking failed and is tried again")
    return sent


@transaction.atomic
def remind(key, before: timedelta) -> bool:
    """Send one reminder if it is still due."""
    booking = locking.lock_booking(key)
    if not due(before).filter(pk=booking.pk).exists():
        return False
    setattr(booking, FIELDS[before], timezone.now())
    booking.save(update_fields=[FIELDS[before]])
    asked = booking.evaluations.filter(moment=Moment.BEFORE).exists()
    questions = "" if asked else evaluations.invite(booking, Moment.BEFORE)
    mail = booking_mail.reminder(booking, booking.session.starts_at - before, questions)
    note(booking, BookingEvent.Kind.REMINDED, f"{before.days} day{'s' if before.days != 1 else ''} before.", mail=mail)
    return True
