"""Sessions copied, repeated, moved, resized, cancelled and finished."""

from datetime import date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from dscp_cms.models import OutgoingMail
from training import booking, scheduling
from training.announcing import announce, snapshot
from training.booking import Refused
from training.locking import lock_session
from training.models import Booking, KeptPlaces, SessionDay, TrainingSession
from training.scheduling import DayTimes, TooSmallError
from training.tests import factories

pytestmark = pytest.mark.django_db


def at(*parts: int) -> datetime:
    return timezone.make_aware(datetime(*parts))


def later(session, days: int) -> list[DayTimes]:
    shift = timedelta(days=days)
    return [DayTimes(day.starts_at + shift, day.ends_at + shift) for day in session.days.all()]


def kinds(address: str) -> list[str]:
    return [
        kind.removeprefix("training: ")
        for kind in OutgoingMail.objects.filter(to=address).order_by("pk").values_list("kind", flat=True)
    ]


def test_a_copy_keeps_its_times_across_a_change_of_the_clocks(time_machine):
    time_machine.move_to(at(2027, 3, 1, 10, 0), tick=False)
    old = factories.session(
        days=14,
        number=2,
        capacity=7,
        cancel_until=at(2027, 3, 10, 12, 0),
        joining_link="https://example.org/",
        notice="x",
    )
    KeptPlaces.objects.create(session=old, agency_kind="health", places=2, until=at(2027, 3, 8, 9, 0))
    factories.fill(old, 3)
    new = scheduling.copy_session(old.pk, date(2027, 3, 29))
    assert (new.status, new.capacity, new.taken, new.joining_link, new.notice) == ("planned", 7, 0, "", "")
    assert [timezone.localtime(day.starts_at).strftime("%d %H:%M") for day in new.days.all()] == [
        "29 09:30",
        "05 09:30",
    ]
    assert timezone.localtime(new.cancel_until) == at(2027, 3, 24, 12, 0)
    assert new.kept_places.get().until == at(2027, 3, 22, 9, 0)
    assert new.ends_at - new.starts_at == old.ends_at - old.starts_at
    with pytest.raises(Refused):
        scheduling.copy_session(old.pk, date(2027, 3, 1))


def test_a_series_is_all_or_nothing():
    old = factories.session()
    made = scheduling.create_series(old.pk, every_weeks=2, times=3)
    assert [new.starts_at.date() - old.starts_at.date() for new in made] == [
        timedelta(weeks=weeks) for weeks in (2, 4, 6)
    ]
    for wrong in ({"every_weeks": 0, "times": 3}, {"every_weeks": 1, "times": 0}, {"every_weeks": 1, "times": 500}):
        with pytest.raises(Refused):
            scheduling.create_series(old.pk, **wrong)
    assert TrainingSession.objects.count() == 4


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        ([], "at least one day"),
        ([((30, 9), (30, 9))], "after the start"),
        ([((30, 12), (30, 9))], "after the start"),
        ([((-1, 9), (-1, 12))], "in the past"),
        ([((30, 9), (32, 9))], "24 hours"),
        ([((30, 9), (30, 12)), ((30, 11), (30, 13))], "before the one before it ends"),
    ],
)
def test_days_that_make_no_sense_are_refused(days, sentence):
    session, today = factories.session(), timezone.localtime().replace(minute=0, second=0, microsecond=0)

    def moment(day, hour):
        return today.replace(hour=hour) + timedelta(days=day)

    with pytest.raises(Refused, match=sentence):
        scheduling.reschedule(session.pk, [DayTimes(moment(*start), moment(*end)) for start, end in days])
    assert session.days.count() == 1


def test_the_forms_of_a_day_and_a_session_refuse_it_too():
    session, now = factories.session(), timezone.now()
    with pytest.raises(ValidationError, match="after the start"):
        SessionDay(session=session, starts_at=now, ends_at=now).full_clean()
    session.booking_opens_at = session.booking_closes_at = now
    with pytest.raises(ValidationError, match="close after it opens"):
        session.full_clean()


def test_a_day_on_which_the_clocks_change(time_machine):
    time_machine.move_to(at(2027, 3, 1, 10, 0), tick=False)
    session = factories.session()
    # 1:30 doesn't exist on that Sunday in spring; 1:30 comes twice in autumn.
    for start, end in (((2027, 3, 28, 0, 30), (2027, 3, 28, 3, 30)), ((2027, 10, 31, 0, 30), (2027, 10, 31, 3, 30))):
        moved = scheduling.reschedule(session.pk, [DayTimes(at(*start), at(*end))])
        assert (moved.starts_at, moved.ends_at) == (at(*start), at(*end))
    assert moved.ends_at - moved.starts_at == timedelta(hours=4)  # an hour more than the clock shows


def test_moving_asks_everybody_with_a_place_and_tells_the_others():
    session = factories.session(capacity=2, cancel_until=timezone.now() + timedelta(days=3))
    yes, no = factories.fill(session)
    waits = booking.book(session.pk, factories.person(3))
    keys = {day.key for day in session.days.all()}
    moved = scheduling.reschedule(session.pk, later(session, 2), notice="Now on Thursday")
    assert moved.starts_at == session.starts_at + timedelta(days=2)
    assert moved.cancel_until == session.cancel_until + timedelta(days=2)
    assert {day.key for day in moved.days.all()} == keys and moved.sequence == 1
    assert [kinds(one.email) for one in (yes, no, waits)] == [["confirmed", "changed"]] * 2 + [["waiting", "changed"]]
    text = OutgoingMail.objects.filter(to=no.email).latest("pk").text
    assert "whether you can still come" in text and "/my-bookings/change/" in text and "Now on Thursday" in text
    assert "can still come" not in OutgoingMail.objects.filter(to=waits.email).latest("pk").text
    for _press in range(2):
        booking.answer_change(yes.key, can_come=True)
        gone = booking.answer_change(no.key, can_come=False)
    assert (gone.status, gone.cancelled_by, gone.late) == ("cancelled", "partnership", False)
    assert Booking.objects.get(pk=waits.pk).status == "offered"
    assert Booking.objects.get(pk=yes.pk).status == "confirmed"
    assert kinds(no.email) == ["confirmed", "changed", "cancelled"]


def test_what_hangs_on_the_first_day_moves_along_and_what_is_open_stays_open(time_machine):
    time_machine.move_to(at(2027, 3, 1, 10, 0), tick=False)
    opens, until, closes = at(2027, 3, 4, 9, 0), at(2027, 3, 8, 9, 0), at(2027, 3, 12, 9, 0)
    session = factories.session(days=14, booking_opens_at=opens, booking_closes_at=closes)
    KeptPlaces.objects.create(session=session, agency_kind="health", places=2, until=until)
    KeptPlaces.objects.create(session=session, agency_kind="school", places=2, until=at(2027, 2, 28, 9, 0))
    week = timedelta(days=7)
    moved = scheduling.reschedule(session.pk, later(session, 7))
    assert (moved.booking_opens_at, moved.booking_closes_at) == (opens + week, closes + week)
    assert moved.kept_places.get(agency_kind="health").until == until + week
    assert moved.kept_places.get(agency_kind="school").until == at(2027, 2, 28, 9, 0)
    time_machine.move_to(at(2027, 3, 11, 10, 0), tick=False)  # it opened an hour ago
    again = scheduling.reschedule(session.pk, later(session, 7))
    assert (again.booking_opens_at, again.booking_closes_at) == (opens + week, closes + 2 * week)


def test_who_cancels_after_a_move_is_never_late():
    session = factories.session(cancel_until=timezone.now() - timedelta(days=1))
    one, two = factories.fill(session, 2)
    scheduling.reschedule(session.pk, later(session, 7))
    TrainingSession.objects.filter(pk=session.pk).update(cancel_until=timezone.now() - timedelta(days=1))
    assert booking.cancel(one.key).cancelled_by == "partnership"
    booking.answer_change(two.key, can_come=True)
    assert booking.cancel(two.key).late


def test_another_venue_is_asked_about_and_saved_twice_told_once():
    session = factories.session(cancel_until=timezone.now() - timedelta(days=1))
    made = factories.fill(session, 1)[0]
    for _press in range(2):
        locked = lock_session(session.pk)
        before = snapshot(locked)
        locked.venue = factories.venue("Another Hall")
        locked.save()
        announce(locked, before)
    assert kinds(made.email) == ["confirmed", "changed"]
    mail = OutgoingMail.objects.filter(to=made.email).latest("pk")
    assert "Another Hall" in mail.text and "can still come" in mail.text
    assert TrainingSession.objects.get(pk=session.pk).sequence == 1
    gone = booking.cancel(made.key)
    assert (gone.cancelled_by, gone.late) == ("partnership", False)


@pytest.mark.parametrize(
    ("held", "now", "asks"),
    [
        ("face_to_face", {"delivery_method": "virtual"}, True),
        ("virtual", {"joining_link": "https://meet.example.org/2"}, False),
        ("virtual", {"venue": None}, False),
    ],
)
def test_another_way_of_taking_part_is_asked_about_and_another_link_only_told(held, now, asks):
    session = factories.session(delivery_method=held, joining_link="https://meet.example.org/1")
    made = factories.fill(session, 1)[0]
    before = snapshot(lock_session(session.pk))
    TrainingSession.objects.filter(pk=session.pk).update(**now)
    assert announce(session, before) == 1
    made.refresh_from_db()
    assert (made.move_asked_at is not None) == asks
    assert ("can still come" in OutgoingMail.objects.filter(to=made.email).latest("pk").text) == asks


def test_changes_on_the_day_go_out_first():
    soon, far = factories.session(days=1, hours=1), factories.session(days=30)
    people = [factories.fill(session, 1, start=number)[0] for number, session in enumerate((soon, far), start=1)]
    soon_day = timezone.now() + timedelta(hours=5)
    scheduling.reschedule(soon.pk, [DayTimes(soon_day, soon_day + timedelta(hours=1))])
    scheduling.reschedule(far.pk, later(far, 1))
    urgent = [OutgoingMail.objects.filter(to=one.email, kind="training: changed").get().urgent for one in people]
    assert urgent == [True, False]


@pytest.mark.parametrize("way", ["moved away", "another venue", "cancelled", "the second day"])
def test_what_changes_on_the_day_is_told_first_and_stands_on_the_page_by_itself(client, time_machine, way):
    session = factories.session(number=2, notice="")
    made = factories.fill(session, 1)[0]
    address = f"/training/sessions/{session.pk}/"
    hour = timedelta(hours=1)
    first, second = (day.starts_at for day in session.days.order_by("starts_at"))
    time_machine.move_to((second if way == "the second day" else first) - 2 * hour, tick=False)
    assert "short notice" not in client.get(address).content.decode()
    if way == "moved away":
        scheduling.reschedule(session.pk, later(session, 30))
    elif way == "cancelled":
        scheduling.cancel_session(session.pk)
    else:
        before = snapshot(session)
        session.venue = factories.venue("Another Hall")
        session.save()
        assert announce(session, before) == 1
    message = OutgoingMail.objects.filter(to=made.email).latest("pk")
    assert message.urgent and message.kind in {"training: changed", "training: session cancelled"}
    page = client.get(address).content.decode()
    assert "Cancelled at short notice" in page if way == "cancelled" else "Changed at short notice" in page
    assert ("It was: " in page and "Example Hall. What stands" in page) == (way != "cancelled")
    made.refresh_from_db()
    assert bool(made.move_asked_at) == (way in {"moved away", "another venue"})
    session.refresh_from_db()
    time_machine.move_to(session.ends_at + hour, tick=False)
    assert "short notice" not in client.get(address).content.decode()


def test_what_changes_weeks_before_needs_no_banner(client):
    session = factories.session()
    scheduling.reschedule(session.pk, later(session, 1))
    assert "short notice" not in client.get(f"/training/sessions/{session.pk}/").content.decode()


def test_fewer_days_take_the_others_out_of_the_calendar():
    session = factories.session(number=3)
    made = factories.fill(session, 1)[0]
    scheduling.reschedule(session.pk, later(session, 0)[:2])
    files = OutgoingMail.objects.filter(to=made.email).latest("pk").attachments
    assert [file["type"].partition("=")[2] for file in files] == ["REQUEST", "CANCEL"]
    assert [file["content"].count("BEGIN:VEVENT") for file in files] == [2, 1]


def test_a_smaller_session_asks_who_moves():
    session = factories.session(capacity=3)
    people = factories.fill(session)
    with pytest.raises(TooSmallError) as refused:
        scheduling.resize(session.pk, 1)
    assert "3 places are taken. Move or cancel 2" in str(refused.value)
    assert set(refused.value.bookings) == set(people) and refused.value.field == "capacity"
    waits = booking.book(session.pk, factories.person(9))
    assert scheduling.resize(session.pk, 5).capacity == 5
    assert Booking.objects.get(pk=waits.pk).status == "offered"
    with pytest.raises(Refused):
        scheduling.resize(session.pk, 0)


def test_cancelling_a_session_tells_everybody_once_and_charges_nobody():
    session = factories.session(capacity=1, cancel_until=timezone.now())
    people = [*factories.fill(session), booking.book(session.pk, factories.person(2))]
    gone = booking.cancel(booking.book(session.pk, factories.person(3)).key)
    for _press in range(2):
        session = scheduling.cancel_session(session.pk, why="The facilitator is ill.")
    assert (session.status, session.taken, session.state) == ("cancelled", 0, "cancelled")
    for one in people:
        one.refresh_from_db()
        assert (one.status, one.cancelled_by, one.late) == ("cancelled", "partnership", False)
        assert kinds(one.email)[-1] == "session cancelled" and kinds(one.email).count("session cancelled") == 1
        assert "The facilitator is ill." in OutgoingMail.objects.filter(to=one.email).latest("pk").text
    assert "session cancelled" not in kinds(gone.email)
    with pytest.raises(Refused, match="cancelled"):
        booking.book(session.pk, factories.person(4))


def test_a_session_is_finished_and_people_are_thanked_once(time_machine, admin_user):
    session = factories.session(capacity=1)
    came = factories.fill(session)[0]
    waits = booking.book(session.pk, factories.person(2))
    with pytest.raises(Refused):
        scheduling.finish_session(session.pk, by=admin_user)
    time_machine.move_to(session.ends_at + timedelta(hours=1))
    assert scheduling.finish_past() == 0
    time_machine.move_to(session.ends_at + scheduling.THANKS_AFTER)
    assert [scheduling.finish_past(), scheduling.finish_past()] == [1, 0]
    assert kinds(came.email) == ["confirmed", "thank you"] and kinds(waits.email) == ["waiting"]
    with pytest.raises(Refused):
        scheduling.cancel_session(session.pk)
    with pytest.raises(Refused):
        scheduling.reschedule(session.pk, later(session, 30))
