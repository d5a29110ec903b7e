"""Registers: who may be marked when, what marks add up to, and people who came without a booking."""

import threading
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dscp_cms.models import OutgoingMail
from training import attendance, outcomes, register_links, scheduling, staff_booking
from training.attendance import Change, WalkIn
from training.models import Attendance, Booking, RegisterLink, SessionDay, TrainingSession
from training.people import Refused
from training.tests import factories

pytestmark = pytest.mark.django_db
SOURCE = Attendance.Source.REGISTER


def begin(session: TrainingSession, *, hours_ago: float = 1) -> list[SessionDay]:
    """Let the first day of a session have begun, others a week ago each, all but over within two hours."""
    days = list(SessionDay.objects.filter(session=session).order_by("starts_at"))
    for weeks, day in enumerate(days):
        start = timezone.now() - timedelta(weeks=weeks, hours=hours_ago)
        SessionDay.objects.filter(pk=day.pk).update(starts_at=start, ends_at=start + timedelta(hours=3))
    session.refresh_from_db()
    return list(SessionDay.objects.filter(session=session).select_related("session").order_by("starts_at"))


def end(session: TrainingSession) -> list[SessionDay]:
    """Let it be over."""
    return begin(session, hours_ago=30)


def staff() -> User:
    return User.objects.get_or_create(username="staff@example.org", is_staff=True)[0]


def put(day: SessionDay, *pairs) -> attendance.Saved:
    return attendance.save_register(day.pk, [Change(each.pk, mark) for each, mark in pairs], source=SOURCE, by=staff())


@pytest.mark.parametrize(
    ("rule", "marks", "outcome"),
    [
        ("all_days", "AA", "attended"),
        ("all_days", "LE", "attended"),
        ("all_days", "AN", "partly"),
        ("all_days", "NN", "not_attended"),
        ("all_days", "A?", ""),
        ("all_days", "N?", ""),
        ("all_days", "AN?", "partly"),
        ("all_days", "??", ""),
        ("all_days", "", ""),
        ("most_days", "AAN", "attended"),
        ("most_days", "AN", "partly"),
        ("most_days", "AA?", "attended"),
        ("most_days", "NN?", ""),
        ("any_day", "NNL", "attended"),
        ("any_day", "N?", ""),
        ("any_day", "NN", "not_attended"),
    ],
)
def test_what_marks_add_up_to(rule, marks, outcome):
    words = {"A": "attended", "L": "late", "E": "left_early", "N": "not_attended", "?": None}
    assert outcomes.outcome_of(rule, [words[letter] for letter in marks]) == outcome


def test_marks_are_written_once_and_say_who_made_them():
    session = factories.session()
    one, two, three = factories.fill(session, 3)
    stranger = factories.fill(factories.session(days=40), 1)[0]
    (day,) = begin(session)
    saved = put(day, (one, "attended"), (two, "not_attended"), (stranger, "attended"))
    assert (saved.changed, saved.left_out) == (2, [])
    assert put(day, (one, "attended"), (two, "late"), (three, "")).changed == 1
    assert put(day, (one, "")).changed == 1
    (left,) = Attendance.objects.all()
    assert (left.booking, left.mark, left.by, left.source) == (two, "late", staff(), "register")
    words = list(one.events.filter(kind="marked").values_list("text", flat=True))
    assert len(words) == 2 and "attended (the register)" in words[0] and "taken away" in words[1]
    with pytest.raises(Refused):
        put(day, (one, "nonsense"))
    assert Booking.objects.exclude(outcome="").count() == 0  # nothing is settled while the session runs


def test_somebody_who_lost_the_place_is_named_and_the_others_are_saved():
    session = factories.session()
    one, two = factories.fill(session, 2)
    (day,) = begin(session)
    Booking.objects.filter(pk=two.pk).update(status="cancelled", cancelled_at=timezone.now())
    saved = put(day, (one, "attended"), (two, "attended"))
    assert (saved.changed, saved.left_out) == (1, [two.name])
    assert [each.name for each in attendance.on_register(day)] == [one.name]


def test_the_register_opens_on_the_day(time_machine):
    session = factories.session(days=10)
    (one,) = factories.fill(session, 1)
    day = session.days.get()
    midnight = timezone.localtime(day.starts_at).replace(hour=0, minute=0)
    time_machine.move_to(midnight - timedelta(seconds=1), tick=False)
    with pytest.raises(Refused, match="opens on"):
        put(day, (one, "attended"))
    time_machine.move_to(midnight, tick=False)
    assert put(day, (one, "attended")).changed == 1
    with pytest.raises(Refused, match="marked in the register"):
        scheduling.reschedule(
            session.pk, [scheduling.DayTimes(midnight + timedelta(days=3), midnight + timedelta(days=4))]
        )
    with pytest.raises(Refused, match="marked in the register"):
        staff_booking.move(one.key, factories.session(days=50).pk, staff())
    scheduling.cancel_session(session.pk)
    with pytest.raises(Refused, match="cancelled"):
        put(day, (one, "late"))


def test_finishing_settles_and_thanks_who_came_or_may_have():
    session = factories.session(number=2)
    came, half, away, unknown = factories.fill(session, 4)
    first, second = end(session)
    put(first, (came, "attended"), (half, "attended"), (away, "not_attended"), (unknown, "attended"))
    put(second, (came, "late"), (half, "not_attended"), (away, "not_attended"))
    OutgoingMail.objects.all().delete()
    scheduling.finish_session(session.pk, by=staff())
    outcome = dict(session.bookings.values_list("name", "outcome"))
    assert outcome == {came.name: "attended", half.name: "partly", away.name: "not_attended", unknown.name: ""}
    thanked = set(OutgoingMail.objects.filter(kind="training: thank you").values_list("to", flat=True))
    assert thanked == {came.email, half.email, unknown.email}
    assert list(Booking.objects.attended()) == [came]
    put(second, (unknown, "attended"))  # a register kept late counts at once
    unknown.refresh_from_db()
    assert unknown.outcome == "attended" and unknown.outcome_at and unknown.outcome_by is None
    put(second, (unknown, ""))
    unknown.refresh_from_db()
    assert unknown.outcome == "" and unknown.outcome_at is None
    assert outcomes.settle(session.pk) == 0


def test_a_day_without_a_register_counts_neither_way():
    session = factories.session(number=2)
    (one,) = factories.fill(session, 1)
    first, _second = end(session)
    put(first, (one, "attended"))
    scheduling.finish_session(session.pk)
    one.refresh_from_db()
    assert one.outcome == "attended"


def test_no_register_leaves_everything_unknown():
    session = factories.session()
    factories.fill(session, 2)
    end(session)
    scheduling.finish_session(session.pk)
    assert set(session.bookings.values_list("outcome", flat=True)) == {""}
    assert OutgoingMail.objects.filter(kind="training: thank you").count() == 2


def test_what_staff_decide_stays_until_they_take_it_back():
    session = factories.session()
    (one,) = factories.fill(session, 1)
    with pytest.raises(Refused, match="begun"):
        outcomes.decide(one.key, "attended", staff(), why="Was there")
    (day,) = end(session)
    put(day, (one, "not_attended"))
    scheduling.finish_session(session.pk)
    with pytest.raises(Refused, match="why"):
        outcomes.decide(one.key, "attended", staff(), why="  ")
    with pytest.raises(Refused, match="Choose"):
        outcomes.decide(one.key, "somehow", staff(), why="Was there")
    outcomes.decide(one.key, "attended", staff(), why="Was in the\nother room")
    put(day, (one, "left_early"))
    put(day, (one, "not_attended"))
    one.refresh_from_db()
    assert (one.outcome, one.outcome_by, one.outcome_reason) == ("attended", staff(), "Was in the other room")
    outcomes.follow_registers(one.key, staff())
    one.refresh_from_db()
    assert (one.outcome, one.outcome_by, one.outcome_reason) == ("not_attended", None, "")
    assert list(one.events.filter(kind="outcome").values_list("text", flat=True)) == [
        "Attended: Was in the other room",
        "The registers count again.",
    ]


def test_a_walk_in_gets_a_place_above_the_capacity_knowingly_and_no_mail():
    agency = factories.agency()
    session = factories.session(capacity=2)
    factories.fill(session)
    (day,) = begin(session)
    OutgoingMail.objects.all().delete()
    person = WalkIn("  Sam   Walker ", agency_name="example PRIMARY school")
    made = attendance.walk_in(day.pk, person, source=Attendance.Source.LINK)
    session.refresh_from_db()
    assert (session.taken, session.capacity, session.extra_places) == (3, 2, 1)
    assert (made.name, made.email, made.agency, made.walk_in, made.status) == (
        "Sam Walker",
        "",
        agency,
        True,
        "confirmed",
    )
    assert made.attendances.get().mark == "attended"
    assert made.events.get(kind="walked_in").text == "Above the capacity."
    again = attendance.walk_in(day.pk, person, source=Attendance.Source.LINK)
    session.refresh_from_db()
    assert again == made and session.taken == 3 and Attendance.objects.count() == 1
    other = attendance.walk_in(day.pk, WalkIn("Sam Walker", agency_name="Another School"), source=SOURCE)
    assert other != made
    assert not OutgoingMail.objects.exists()
    with pytest.raises(Refused, match="name"):
        attendance.walk_in(day.pk, WalkIn(" "), source=SOURCE)
    with pytest.raises(Refused, match="e-mail"):
        attendance.walk_in(day.pk, WalkIn("Sam", "not an address"), source=SOURCE)


def test_somebody_in_line_who_came_gets_the_place_with_the_booking_they_have():
    session = factories.session(capacity=1)
    having, waiting = factories.fill(session, 2)
    (day,) = begin(session)
    made = attendance.walk_in(day.pk, WalkIn("DELEGATE  2"), source=SOURCE, by=staff())
    waiting.refresh_from_db()
    assert made == waiting and waiting.status == "confirmed" and waiting.walk_in
    attendance.walk_in(day.pk, WalkIn("Delegate 1", having.email), source=SOURCE)
    having.refresh_from_db()
    assert having.attendances.get().mark == "attended" and not having.walk_in
    session.refresh_from_db()
    assert session.taken == 2 and session.bookings.count() == 2


def test_a_link_dies_at_midnight_in_durham(time_machine, client):
    london = ZoneInfo("Europe/London")
    time_machine.move_to(datetime(2026, 10, 20, 12, tzinfo=UTC), tick=False)
    session = factories.session()
    factories.fill(session, 1)
    start = datetime(2026, 10, 24, 18, tzinfo=london)  # the night in which the clocks go back
    SessionDay.objects.update(starts_at=start, ends_at=start + timedelta(hours=2))
    link = register_links.send(session.days.get().pk, "facilitator@example.org", staff())
    mail = OutgoingMail.objects.get(kind="training: register link")
    address = register_links.path(link)
    assert register_links.url(link) in mail.text and mail.drop_at == link.dies_at
    assert link.opens_at == datetime(2026, 10, 23, 23, tzinfo=UTC)
    assert link.dies_at == datetime(2026, 10, 24, 23, tzinfo=UTC)
    time_machine.move_to(link.opens_at - timedelta(seconds=1), tick=False)
    response = client.get(address)
    assert response.status_code == 200 and b"Delegate 1" not in response.content and b"opens on" in response.content
    time_machine.move_to(link.dies_at - timedelta(seconds=1), tick=False)
    assert b"Delegate 1" in client.get(address).content
    time_machine.move_to(link.dies_at, tick=False)
    response = client.get(address)
    assert response.status_code == 410 and b"Delegate 1" not in response.content
    with pytest.raises(Refused, match="over"):
        register_links.create(link.day_id, staff())
    time_machine.move_to(link.dies_at + timedelta(days=29), tick=False)
    assert register_links.purge() == 0
    time_machine.move_to(link.dies_at + timedelta(days=31), tick=False)
    assert register_links.purge() == 1 and not RegisterLink.objects.exists()


def test_saving_asks_no_more_for_many_than_for_few():
    counts, _staff = [], staff()
    for number in (2, 12):
        session = factories.session(capacity=12)
        people = factories.fill(session, number)
        (day,) = begin(session)
        with CaptureQueriesContext(connection) as queries:
            put(day, *((each, "attended") for each in people))
        counts.append(len(queries))
    assert counts[0] == counts[1] < 20


@pytest.mark.django_db(transaction=True)
def test_two_who_save_the_same_register_at_once_both_succeed(client):
    session = factories.session()
    people = factories.fill(session, 6)
    (day,) = begin(session)
    link = register_links.create(day.pk, staff())
    start, answers = threading.Barrier(4), []

    def save(mark: str):
        from django.db import connections
        from django.test import Client

        data = {f"mark-{each.pk}": mark for each in people} | {f"was-{each.pk}": "" for each in people}
        data |= {"new-TOTAL_FORMS": "1", "new-INITIAL_FORMS": "0", "new-0-name": "Sam Walker"}
        start.wait()
        answers.append(Client().post(register_links.path(link), data).status_code)
        connections.close_all()

    threads = [threading.Thread(target=save, args=(mark,)) for mark in ("attended", "late", "attended", "late")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [302] * 4
    marks = Attendance.objects.filter(booking__in=people).values_list("mark", flat=True)
    assert len(marks) == 6 and len(set(marks)) == 1  # whoever was last, wholly
    assert Booking.objects.filter(walk_in=True).count() == 1
