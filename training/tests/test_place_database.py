"""The rules by which places are given, kept by the database itself: shown by raw SQL."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from dscp_cms import mail
from dscp_cms.models import OutgoingMail
from training import booking, booking_mail, place_database, staff_booking
from training.models import Booking, KeptPlaces
from training.tests import factories
from training.tests.test_database_rules import insert, run, triggers

pytestmark = pytest.mark.django_db

GIVE = "UPDATE training_booking SET status = %s, offered_at = confirmed_at WHERE name = %s"
WITHIN = pytest.raises(IntegrityError, match="place_is_within_the_rules")
IN_TURN = pytest.raises(IntegrityError, match="place_goes_to_the_first_it_fits")


def later(minutes: int) -> str:
    """A moment as the database keeps it."""
    return (timezone.now() + timedelta(minutes=minutes)).replace(tzinfo=None).isoformat(" ")


@pytest.mark.parametrize("status", ["confirmed", "offered"])
def test_an_agency_gets_no_more_than_one_agency_may_have(status):
    school, trust = factories.agency(), factories.agency("Example Health Trust", "health")
    session, other = factories.session(max_per_agency=1), factories.session(days=30)
    insert(session, "one", status, agency_id=school.pk)
    insert(session, "typed", status, agency_name="Example Charity")
    insert(session, "nobody's", status)
    insert(session, "nobody's too", status)
    insert(other, "elsewhere", agency_id=school.pk)
    insert(session, "trust", agency_id=trust.pk)
    for who in ({"agency_id": school.pk}, {"agency_name": "Example Charity"}):
        with WITHIN:
            insert(session, "two", status, **who)
    insert(session, "waits", "waiting", agency_id=school.pk)
    for sql, values in (
        (GIVE, (status, "waits")),
        ("UPDATE training_booking SET session_id = %s WHERE name = 'elsewhere'", (session.pk,)),
        ("UPDATE training_booking SET agency_id = %s WHERE name = 'trust'", (school.pk,)),
    ):
        with WITHIN:
            run(sql, *values)
    insert(session, "by hand", status, agency_id=school.pk, given_by_hand=True)
    insert(session, "walked in", agency_id=school.pk, walk_in=True)
    run("UPDATE training_booking SET status = 'confirmed' WHERE name = 'one'")  # who has a place keeps it


def test_kept_places_are_kept_until_their_moment():
    trust = factories.agency("Example Health Trust", "health")
    session = factories.session(capacity=3)
    KeptPlaces.objects.create(
        session=session, agency_kind="health", places=2, until=timezone.now() + timedelta(minutes=60)
    )
    insert(session, "one")
    with WITHIN:
        insert(session, "two")
    insert(session, "by hand", given_by_hand=True)
    insert(session, "trust", agency_id=trust.pk)
    run("DELETE FROM training_booking WHERE name = 'by hand'")
    with WITHIN:
        insert(session, "two")
    insert(session, "two", confirmed_at=later(61))


def test_a_place_goes_to_the_first_in_line_whom_it_fits():
    school, trust = factories.agency(), factories.agency("Example Health Trust", "health")
    session = factories.session(capacity=4, max_per_agency=1)
    insert(session, "has one", agency_id=school.pk)
    insert(session, "school", "waiting", agency_id=school.pk)  # no place fits
    insert(session, "first", "waiting", waiting_since=later(1))
    insert(session, "second", "waiting", waiting_since=later(2))
    for status in ("confirmed", "offered"):
        with IN_TURN:
            run(GIVE, status, "second")
        with IN_TURN:
            insert(session, "new", status, agency_id=trust.pk)
    with IN_TURN:
        insert(session, "new, from long ago", "offered", waiting_since=later(-9999))
    run(GIVE, "offered", "first")
    run(GIVE, "offered", "second")
    insert(session, "new", agency_id=trust.pk)  # it fits nobody who waits
    assert Booking.objects.get(name="school").status == "waiting"


def test_only_what_is_written_down_goes_past_the_line():
    session = factories.session(capacity=9)
    for number in range(3):
        insert(session, f"{number}", "waiting", waiting_since=later(number))
    with IN_TURN:
        run(GIVE, "confirmed", "2")
    run("UPDATE training_booking SET told_at = waiting_since WHERE name = '2'")
    with IN_TURN:
        run(GIVE, "offered", "2")
    run(GIVE, "confirmed", "2")  # told in the last hours, and the first to accept
    run("UPDATE training_booking SET status = 'confirmed', given_by_hand = %s WHERE name = '1'", True)
    gone = Booking.objects.get(name="2")
    with IN_TURN:
        insert(session, "colleague", substitutes_id=gone.pk)
    run("UPDATE training_booking SET status = 'cancelled' WHERE name = '2'")
    insert(session, "colleague", substitutes_id=gone.pk)
    with pytest.raises(IntegrityError, match="a_place_is_passed_on_once|UNIQUE"):
        insert(session, "another", substitutes_id=gone.pk)


def test_nobody_moves_in_the_line():
    session = factories.session(capacity=1)
    insert(session, "has one")
    insert(session, "first", "waiting")
    insert(session, "second", "waiting", waiting_since=later(1))
    for who, moment in (("second", later(-60)), ("first", later(60))):
        with pytest.raises(IntegrityError, match="waiting_since_stays"):
            run("UPDATE training_booking SET waiting_since = %s WHERE name = %s", moment, who)
    with pytest.raises(IntegrityError, match="line_is_joined_at_its_end"):
        insert(session, "pushes in", "waiting", waiting_since=later(-60))
    insert(session, "gone", "cancelled", waiting_since=later(-60))
    with pytest.raises(IntegrityError, match="line_is_joined_at_its_end"):
        run("UPDATE training_booking SET status = 'waiting' WHERE name = 'gone'")
    insert(session, "asked", "approval", created_at=later(-60), waiting_since=None)
    with pytest.raises(IntegrityError, match="waiting_since_stays"):
        run("UPDATE training_booking SET created_at = %s WHERE name = 'asked'", later(-90))
    with pytest.raises(IntegrityError, match="line_is_joined_at_its_end"):
        run("UPDATE training_booking SET status = 'waiting', waiting_since = %s WHERE name = 'asked'", later(-90))
    run("UPDATE training_booking SET status = 'waiting', waiting_since = created_at WHERE name = 'asked'")
    line = [row.name for row in session.bookings.in_line()]
    assert line == ["asked", "first", "second"]


def test_another_machine_whose_clock_is_ahead_puts_nobody_new_before_others():
    session = factories.session(capacity=1)
    factories.fill(session)
    insert(session, "first", "waiting", waiting_since=later(1))
    assert booking.book(session.pk, factories.person(9)).position == 2


def test_one_message_a_change(tasks_in_database):
    session = factories.session()
    made = booking.book(session.pk, factories.person(manager_name="A Lead", manager_email="lead@example.org"))
    for again in (booking_mail.confirmed, booking_mail.to_manager):
        with pytest.raises(IntegrityError, match="one_mail_a_change|UNIQUE"):
            run_job(again, made)
    changes = set(OutgoingMail.objects.values_list("change", flat=True))
    assert changes == {f"booking {made.pk}: confirmed", f"booking {made.pk}: manager"}
    with pytest.raises(IntegrityError, match="one_mail_a_change|UNIQUE"):
        run("UPDATE dscp_cms_outgoingmail SET change = %s", changes.pop())
    booking.cancel(made.key)
    with pytest.raises(IntegrityError, match="one_mail_a_change|UNIQUE"):
        run_job(booking_mail.lapsed, made)
    for _time in range(2):  # what somebody asks for is no change
        booking.send_link(made)
        mail.send(kind="test", to="a@example.org", subject="S", text="T")


def run_job(job, *arguments) -> None:
    with transaction.atomic():
        job(*arguments)


def test_staff_go_past_the_rules_knowingly(admin_user):
    school = factories.agency()
    session, other = factories.session(capacity=2, max_per_agency=1), factories.session(days=40)
    booking.book(session.pk, factories.person(1, agency=school))
    waits = booking.book(session.pk, factories.person(2, agency=school))
    assert waits.status == "waiting"
    given = staff_booking.confirm_waiting(waits.key, admin_user)
    moved = booking.book(other.pk, factories.person(3, agency=school))
    staff_booking.move(given.key, other.pk, admin_user)
    staff_booking.move(moved.key, session.pk, admin_user)
    by_hand = dict(Booking.objects.values_list("name", "given_by_hand"))
    assert by_hand == {"Delegate 1": False, "Delegate 2": True, "Delegate 3": True}


def test_a_colleague_of_an_agency_typed_otherwise_takes_over():
    session = factories.session(capacity=2, max_per_agency=1)
    first = booking.book(session.pk, factories.person(1, agency_name="Example Charity"))
    second = booking.substitute(first.key, factories.person(2, agency_name="example  CHARITY"))
    assert (second.status, second.agency_name) == ("confirmed", "Example Charity")
    booking.book(session.pk, factories.person(3, agency_name="Other Charity"))
    with pytest.raises(booking.Refused, match="has 1 place already"):
        booking.substitute(second.key, factories.person(4, agency_name="Other Charity"))


def test_no_trigger_is_missing_while_they_are_made_anew():
    names = {rule.name for rule in place_database.rules(connection.vendor)}
    assert names < triggers()
    place_database.put_up("default")
    assert names < triggers()
