"""The waiting list: order, deadlines, what lapses, and the last hours."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from dscp_cms.models import OutgoingMail
from training import booking, scheduling, staff_booking, waiting_list, working_hours
from training.booking import Refused
from training.models import Booking, TrainingSettings
from training.tests import factories

pytestmark = pytest.mark.django_db

MONDAY = datetime(2027, 3, 1, 10, 0)  # an ordinary week in winter


def moment(*parts: int) -> datetime:
    return timezone.make_aware(datetime(*parts))


@pytest.fixture(autouse=True)
def an_ordinary_monday(time_machine):
    time_machine.move_to(timezone.make_aware(MONDAY), tick=False)


def line(session, number=3, start=50):
    return [booking.book(session.pk, factories.person(start + place)) for place in range(number)]


def statuses(bookings) -> list[str]:
    return [Booking.objects.get(pk=one.pk).status for one in bookings]


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ((2027, 3, 1, 10, 0), 16, (2027, 3, 3, 10, 0)),
        ((2027, 3, 1, 7, 0), 1, (2027, 3, 1, 10, 0)),
        ((2027, 3, 1, 10, 0), 7, (2027, 3, 1, 17, 0)),
        ((2027, 3, 5, 16, 30), 1, (2027, 3, 8, 9, 30)),
        ((2027, 3, 25, 16, 0), 2, (2027, 3, 30, 10, 0)),  # Good Friday and Easter Monday; the clocks change too
        ((2026, 12, 24, 16, 0), 2, (2026, 12, 29, 10, 0)),  # Boxing Day on a Saturday: Monday is free
    ],
)
def test_working_hours(start, hours, end):
    assert working_hours.add(moment(*start), hours) == moment(*end)
    assert working_hours.between(moment(*start), moment(*end)) == hours
    assert working_hours.between(moment(*end), moment(*start)) == 0


def test_working_hours_are_a_setting():
    conf = TrainingSettings.load()
    conf.work_starts, conf.work_ends = conf.work_starts.replace(hour=8), conf.work_ends.replace(hour=12)
    conf.save()
    assert working_hours.add(moment(2027, 3, 1, 13, 0), 4) == moment(2027, 3, 2, 12, 0)


def test_a_freed_place_is_offered_in_the_order_of_coming():
    session = factories.session(capacity=2)
    having = factories.fill(session)
    waiting = line(session)
    booking.cancel(having[0].key)
    assert statuses(waiting) == ["offered", "waiting", "waiting"]
    first = booking.accept_offer(waiting[0].key)
    assert booking.accept_offer(waiting[0].key) == first
    booking.cancel(having[1].key)
    assert statuses(waiting) == ["confirmed", "offered", "waiting"]
    session.refresh_from_db()
    assert session.taken == 2
    kinds = OutgoingMail.objects.filter(to=waiting[0].email).order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["training: waiting", "training: offered", "training: confirmed"]


def test_declining_offers_it_to_the_next():
    session = factories.session(capacity=1)
    having, waiting = factories.fill(session), line(session)
    booking.cancel(having[0].key)
    assert booking.decline_offer(waiting[0].key).status == "cancelled"
    assert statuses(waiting) == ["cancelled", "offered", "waiting"]
    with pytest.raises(Refused):
        booking.accept_offer(waiting[0].key)
    with pytest.raises(Refused, match="your turn"):
        booking.accept_offer(waiting[2].key)


def test_an_offer_lapses_and_goes_to_the_next(time_machine):
    session = factories.session(capacity=1)
    having, waiting = factories.fill(session), line(session)
    booking.cancel(having[0].key)
    deadline = Booking.objects.get(pk=waiting[0].pk).offer_expires_at
    assert deadline == moment(2027, 3, 3, 10, 0)
    assert waiting_list.work_through() == 0
    time_machine.move_to(deadline, tick=False)
    with pytest.raises(Refused, match="time to accept"):
        booking.accept_offer(waiting[0].key)
    assert waiting_list.work_through() == 1
    assert statuses(waiting) == ["cancelled", "offered", "waiting"]
    assert Booking.objects.get(pk=waiting[0].pk).cancelled_by == "lapsed"
    assert waiting_list.work_through() == 0
    # Who let it lapse may come again, to the end of the line.
    again = booking.book(session.pk, factories.person(50))
    assert again.status == "waiting" and again.position == 2


def test_offers_get_shorter_as_the_session_nears(time_machine):
    session = factories.session(days=21)
    lengths = []
    for days in (21, 10, 6, 4):
        now = session.starts_at - timedelta(days=days)
        time_machine.move_to(now, tick=False)
        deadline = waiting_list.offer_deadline(session)
        assert now < deadline <= session.starts_at - timedelta(hours=24)
        lengths.append(working_hours.between(now, deadline))
    assert lengths == sorted(lengths, reverse=True) and lengths[0] == 16 and 1 <= lengths[-1] < 4


def test_in_the_last_hours_all_are_told_and_the_first_to_accept_has_it(time_machine):
    session = factories.session(capacity=1)
    having, waiting = factories.fill(session), line(session)
    time_machine.move_to(session.starts_at - timedelta(hours=20), tick=False)
    booking.cancel(having[0].key)
    assert statuses(waiting) == ["waiting"] * 3
    told = OutgoingMail.objects.filter(kind="training: place free")
    assert {mail.to for mail in told} == {one.email for one in waiting}
    assert all(mail.urgent and mail.drop_at == session.starts_at for mail in told)
    assert waiting_list.work_through() == 0
    new = booking.book(session.pk, factories.person(90))
    assert new.status == "waiting"  # told at the same time as they book, and not before the others
    assert "first to accept" in OutgoingMail.objects.get(to=new.email).text
    assert booking.accept_offer(waiting[2].key).status == "confirmed"
    with pytest.raises(Refused, match="quicker"):
        booking.accept_offer(waiting[0].key)
    # The next place is news again.
    booking.cancel(waiting[2].key)
    assert told.all().count() == 3 + 3


def test_before_a_weekend_the_last_hours_begin_on_friday(time_machine):
    session = factories.session(days=7, capacity=1)  # a Monday, 9:30
    having, waiting = factories.fill(session), line(session, 2)
    time_machine.move_to(moment(2027, 3, 5, 18, 0), tick=False)
    booking.cancel(having[0].key)
    assert statuses(waiting) == ["waiting", "waiting"]
    assert OutgoingMail.objects.filter(kind="training: place free").count() == 2


def test_an_open_offer_ends_when_the_last_hours_begin(time_machine):
    session = factories.session(days=3, capacity=1)  # Thursday, 9:30
    having, waiting = factories.fill(session), line(session, 2)
    time_machine.move_to(moment(2027, 3, 2, 16, 30), tick=False)
    booking.cancel(having[0].key)
    assert statuses(waiting) == ["offered", "waiting"]
    # The hour that everybody has at least: half of it today, half tomorrow.
    assert Booking.objects.get(pk=waiting[0].pk).offer_expires_at == session.starts_at - timedelta(hours=24)
    time_machine.move_to(moment(2027, 3, 3, 9, 30), tick=False)
    assert waiting_list.work_through() == 1
    assert statuses(waiting) == ["cancelled", "waiting"]
    assert OutgoingMail.objects.get(kind="training: place free").to == waiting[1].email


def test_who_is_passed_over_stays_first_and_has_it_in_writing():
    school = factories.agency()
    session = factories.session(capacity=2, max_per_agency=1)
    one = booking.book(session.pk, factories.person(1, agency=school))
    two = booking.book(session.pk, factories.person(2, agency_name="Another"))
    waits = booking.book(session.pk, factories.person(3, agency=school))
    other = booking.book(session.pk, factories.person(4, agency_name="Third"))
    booking.cancel(two.key)
    assert statuses([waits, other]) == ["waiting", "offered"]
    skipped = waits.events.get(kind="skipped")
    assert "The agency has 1 place already" in skipped.text
    assert Booking.objects.get(pk=waits.pk).position == 1
    booking.cancel(one.key)
    assert statuses([waits]) == ["offered"]
    assert waits.events.filter(kind="skipped").count() == 1


def test_nothing_is_offered_after_the_session_began_or_was_cancelled(time_machine):
    session = factories.session(capacity=1)
    factories.fill(session)
    waiting = line(session, 1)
    time_machine.move_to(session.starts_at, tick=False)
    session.capacity = 2
    session.save()
    assert waiting_list.work_through() == 0
    assert statuses(waiting) == ["waiting"]


def test_a_place_added_in_a_form_is_found_by_the_clock():
    session = factories.session(capacity=1)
    factories.fill(session)
    waiting = line(session, 1)
    session.capacity = 2
    session.save()
    assert waiting_list.work_through() == 1
    assert statuses(waiting) == ["offered"]


@pytest.mark.parametrize("way", ["moved here", "made smaller", "offered in turn"])
def test_a_place_that_went_and_came_back_is_told_again(way, admin_user):
    session = factories.session(capacity=2, days=30)
    having, waiting = factories.fill(session), line(session, 2)
    Booking.objects.filter(pk=waiting[1].pk).update(told_at=timezone.now())  # of a place in the last hours
    if way == "offered in turn":
        booking.cancel(having[0].key)
        assert statuses(waiting) == ["offered", "waiting"]
    else:
        Booking.objects.filter(pk=having[0].pk).update(status="cancelled", cancelled_at=timezone.now())
    if way == "moved here":
        staff_booking.move(booking.book(factories.session(days=40).pk, factories.person(9)).key, session.pk, admin_user)
    if way == "made smaller":
        scheduling.resize(session.pk, 1)
    assert Booking.objects.get(pk=waiting[1].pk).told_at is None
