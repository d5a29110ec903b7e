"""Reminders: once, in time, held when late, and never after the session began; and what is forgotten, when."""

from datetime import timedelta

import pytest
from django.utils import timezone

from dscp_cms import mail
from dscp_cms.models import OutgoingMail
from training import booking, personal_data, reminders, scheduling
from training.models import Booking, TrainingSettings
from training.tests import factories

pytestmark = pytest.mark.django_db

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def sent() -> int:
    return OutgoingMail.objects.filter(kind="training: reminder").count()


def test_a_week_and_a_day_before_each_once(time_machine):
    session = factories.session(capacity=1)
    factories.fill(session)
    booking.book(session.pk, factories.person(2))
    for before, number in ((7 * DAY + MINUTE, 0), (7 * DAY, 1), (3 * DAY, 1), (DAY + MINUTE, 1), (DAY, 2), (MINUTE, 2)):
        time_machine.move_to(session.starts_at - before)
        for _time in range(2):
            reminders.send_due()
        assert sent() == number, before
    assert set(OutgoingMail.objects.filter(kind="training: reminder").values_list("to", flat=True)) == {
        factories.person(1).email
    }


def test_who_booked_or_was_told_later_than_that_is_not_reminded_of_it(time_machine):
    session, moved = factories.session(days=10), factories.session(days=20)
    factories.fill(moved, 1, start=5)
    time_machine.move_to(session.starts_at - 3 * DAY)
    booking.book(session.pk, factories.person())
    days = [scheduling.DayTimes(timezone.now() + 4 * DAY, timezone.now() + 4 * DAY + timedelta(hours=2))]
    moved = scheduling.reschedule(moved.pk, days)
    assert reminders.send_due() == 0
    time_machine.move_to(session.starts_at - DAY)
    assert reminders.send_due() == 1
    time_machine.move_to(moved.starts_at - DAY)
    assert reminders.send_due() == 1


def test_a_moved_session_is_reminded_of_anew(time_machine):
    session = factories.session(days=10)
    factories.fill(session, 1)
    time_machine.move_to(session.starts_at - 7 * DAY)
    assert reminders.send_due() == 1
    start = timezone.now() + 20 * DAY
    scheduling.reschedule(session.pk, [scheduling.DayTimes(start, start + timedelta(hours=2))])
    time_machine.move_to(start - 7 * DAY)
    assert reminders.send_due() == 1


def test_found_late_it_is_held_and_dropped_once_the_session_begins(time_machine):
    session = factories.session()
    factories.fill(session, 1)
    time_machine.move_to(session.starts_at - DAY + timedelta(hours=7))
    assert reminders.send_due() == 1  # the day before; that of the week before has no use any more
    assert mail.send_due() == 0
    message = OutgoingMail.objects.get(kind="training: reminder")
    assert message.status == "queued"
    time_machine.move_to(session.starts_at)
    mail.send_due()
    mail.release_held()
    mail.send_due()
    message.refresh_from_db()
    assert message.status == "dropped"


def test_nobody_is_reminded_of_what_was_cancelled(time_machine):
    session, other = factories.session(), factories.session()
    made = booking.book(other.pk, factories.person())
    factories.fill(session, 1, start=5)
    booking.cancel(made.key)
    scheduling.cancel_session(session.pk)
    time_machine.move_to(session.starts_at - DAY)
    assert reminders.send_due() == 0


# What is forgotten


def test_needs_and_mobiles_go_first_and_names_later(time_machine):
    conf = TrainingSettings.load()
    session = factories.session()
    details = {"needs": "A seat near the door", "mobile": "07700 900123", "manager_email": "lead@example.org"}
    made = booking.book(session.pk, factories.person(agency=factories.agency(), **details))
    gone = booking.cancel(booking.book(session.pk, factories.person(2, needs="No nuts")).key)
    personal_data.purge()
    made.refresh_from_db()
    assert made.mobile and made.needs
    time_machine.move_to(session.ends_at + conf.mobile_days * DAY + MINUTE)
    assert personal_data.purge() == personal_data.Purged(mobiles=1)
    time_machine.move_to(session.ends_at + conf.needs_days * DAY + MINUTE)
    assert personal_data.purge() == personal_data.Purged(needs=2)
    time_machine.move_to(session.ends_at + conf.booking_months * personal_data.MONTH + MINUTE)
    assert personal_data.purge() == personal_data.Purged(bookings=2)
    assert personal_data.purge() == personal_data.Purged()
    for row in Booking.objects.all():
        words = " ".join(str(value) for value in vars(row).values())
        assert "Delegate" not in words and "example.org" not in words and "delegate" not in words
        assert not any("Delegate" in event.text for event in row.events.all())
    assert not OutgoingMail.objects.exists()
    # The counts stay.
    made.refresh_from_db()
    gone.refresh_from_db()
    assert (made.status, made.agency.name, gone.status, session.bookings.count()) == (
        "confirmed",
        "Example Primary School",
        "cancelled",
        2,
    )
    session.refresh_from_db()
    assert session.taken == 1


def test_what_is_still_to_come_is_never_forgotten(time_machine):
    session = factories.session(days=600)
    booking.book(session.pk, factories.person(needs="x"))
    conf = TrainingSettings.load()
    conf.needs_days = conf.mobile_days = 0
    conf.booking_months = 1
    conf.save()
    time_machine.move_to(session.starts_at - DAY)
    assert personal_data.purge() == personal_data.Purged()
