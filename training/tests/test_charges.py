"""Charges from the proposal to the invoice: never twice, never edited, never for what the partnership did."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from dscp_cms.models import OutgoingMail
from training import booking, charge_database, charges, finance_export, scheduling, staff_booking
from training.models import Booking, BookingEvent, Charge, ChargeRule, TrainingSession
from training.people import Refused
from training.tests import factories
from training.tests.charging import late, make_late, move, rule, settled, states, team_account

pytestmark = pytest.mark.django_db
Outcome = Booking.Outcome


@pytest.fixture
def user():
    return team_account()


@pytest.fixture
def team(client, user):
    client.force_login(user)
    return client


# What is proposed


def test_a_late_cancellation_proposes_a_charge_with_its_facts_and_says_so():
    school = factories.agency()
    charge = late(agency=school, agency_name="", order_number="PO 1", finance_contact="finance@example.org")
    facts = (charge.amount, charge.status, charge.agency_name, charge.course_title, charge.order_number)
    assert facts == (Decimal("45.00"), "proposed", "Example Primary School", "Neglect basics", "PO 1")
    assert charge.finance_contact == "finance@example.org" and "rule from 01/01/2020" in charge.words
    assert charge.session_date == timezone.localtime(charge.booking.session.starts_at).date()
    text = OutgoingMail.objects.get(kind="training: cancelled").text
    assert "Example Primary School may be charged £45.00" in text
    event = charge.booking.events.get(kind=BookingEvent.Kind.CHARGE)
    assert event.text.startswith(f"{charge.line} of £45.00 proposed: Late cancellation, any agency")
    assert charges.propose_due() == 0  # once is enough
    booking.cancel(charge.booking.key)
    assert Charge.objects.count() == 1


def test_what_is_in_time_or_of_others_making_or_without_a_rule_is_never_charged(user):
    rule(agency_kind="school")
    rule("non_attendance")
    rule("place")
    session = factories.session(cancel_until=timezone.now() + timedelta(days=1), capacity=99)
    people = [booking.book(session.pk, factories.person(number, agency=factories.agency())) for number in range(7)]
    other = booking.book(session.pk, factories.person(8, agency_name="Not in our list"))
    booking.cancel(people[0].key)  # in time
    make_late(session)
    booking.not_me(people[1].key)
    booking.cancel(people[2].key, by=user)
    substitute = booking.substitute(people[3].key, factories.person(30))
    staff_booking.move(people[4].key, factories.session(days=40).pk, user)
    Booking.objects.filter(pk=people[5].pk).update(move_asked_at=timezone.now())
    booking.answer_change(people[5].key, can_come=False)
    Booking.objects.filter(pk=people[6].pk).update(move_asked_at=timezone.now())
    booking.cancel(people[6].key)  # before answering whether they can come on the new day
    booking.cancel(other.key)  # late, but no rule for them
    assert charges.propose_due() == 0 and not Charge.objects.exists()
    scheduling.cancel_session(session.pk)
    move(session, days=1)
    assert charges.propose_due() == 0
    assert substitute.session.bookings.get(pk=substitute.pk).status == "cancelled"


def test_the_clock_proposes_places_and_non_attendance_once_the_session_is_over():
    rule("non_attendance", "20")
    rule("place", "60", agency_kind="health")
    session = factories.session()
    people = [booking.book(session.pk, factories.person(number)) for number in range(5)]
    health = booking.book(session.pk, factories.person(9, agency=factories.agency("Example Trust", "health")))
    settled(people[0], Outcome.NOT_ATTENDED)
    assert charges.propose_due() == 0  # it isn't over
    move(session, days=2)
    settled(people[1], Outcome.ATTENDED)
    settled(people[2], Outcome.PARTLY)
    settled(health, Outcome.NOT_ATTENDED)
    Booking.objects.filter(pk=people[4].pk).update(walk_in=True)
    assert charges.propose_due() == 3
    found = set(Charge.objects.values_list("booking", "event", "amount"))
    assert found == {
        (people[0].pk, "non_attendance", Decimal(20)),
        (health.pk, "non_attendance", Decimal(20)),
        (health.pk, "place", Decimal(60)),
    }
    assert charges.propose_due() == 0


def test_who_never_agreed_to_a_moved_session_is_not_charged_for_it():
    rule("non_attendance", "20")
    rule("place", "60")
    session = factories.session()
    silent, comes = (booking.book(session.pk, factories.person(number)) for number in (1, 2))
    shift = timedelta(days=3)
    days = [scheduling.DayTimes(day.starts_at + shift, day.ends_at + shift) for day in session.days.all()]
    scheduling.reschedule(session.pk, days)
    booking.answer_change(comes.key, can_come=True)
    newcomer = booking.book(session.pk, factories.person(3))
    move(session, days=2)
    for made in (silent, comes, newcomer):
        settled(made, Outcome.NOT_ATTENDED)
    assert charges.propose_due() == 4
    assert set(Charge.objects.values_list("booking", flat=True)) == {comes.pk, newcomer.pk}


def test_years_that_are_over_are_left_alone():
    session = factories.session()
    booking.book(session.pk, factories.person())
    move(session, days=120)
    rule("place")
    assert charges.propose_due() == 0
    move(session, days=80)
    assert charges.propose_due() == 1


def test_what_the_partnership_calls_off_afterwards_is_withdrawn(user):
    first = late()
    session = TrainingSession.objects.get()
    second, third = late(2, session), late(3, session)
    charges.confirm(second.pk, user)
    charges.confirm(third.pk, user)
    finance_export.export(user)
    extra = late(4, session)
    charges.waive(extra.pk, user, note="First time.")
    scheduling.cancel_session(session.pk)
    charges.propose_due()
    charges.propose_due()
    for charge in (first, second, third, extra):
        charge.refresh_from_db()
    assert (first.status, first.note) == ("waived", charges.CALLED_OFF) and extra.note == "First time."
    assert second.reversal.amount == third.reversal.amount == -45 and Charge.objects.count() == 6


def test_who_cancels_late_and_has_a_place_again_is_charged_once_at_most(user):
    first, other = late(), late(2, TrainingSession.objects.get())
    again = booking.book(first.booking.session_id, factories.person(1))
    assert charges.propose_due() == 0
    first.refresh_from_db()
    other.refresh_from_db()
    assert (first.status, first.note, other.status) == ("waived", charges.CAME_BACK, "proposed")
    with pytest.raises(Refused, match="Nothing is due"):
        charges.propose_again(first.pk, user)
    booking.cancel(again.key)
    charges.propose_due()
    assert [charge.status for charge in Charge.objects.filter(booking=again)] == ["proposed"]


def test_a_corrected_register_withdraws_the_charge_and_an_undecided_one_does_not():
    rule("non_attendance")
    session = factories.session()
    made = booking.book(session.pk, factories.person())
    move(session, days=1)
    settled(made, Outcome.NOT_ATTENDED)
    charges.propose_due()
    settled(made, "")
    charges.propose_due()
    assert states() == [("non_attendance", "proposed")]
    settled(made, Outcome.ATTENDED)
    charges.propose_due()
    assert states() == [("non_attendance", "waived")] and Charge.objects.get().note == charges.CAME


# What staff decide


def test_the_way_of_a_charge(user):
    charge = late()
    with pytest.raises(Refused, match="proposed already"):
        charges.mark_invoiced(charge.pk, user)
    with pytest.raises(Refused, match="Only a confirmed charge"):
        charges.reverse(charge.pk, user, note="Wrong")
    with pytest.raises(Refused, match="Say why"):
        charges.waive(charge.pk, user, note="  ")
    charges.dispute(charge.pk, user, note="They wrote in time.")
    charges.confirm(charge.pk, user)
    assert charges.confirm(charge.pk, user).status == "confirmed"
    finance_export.export(user)
    with pytest.raises(Refused, match="Reverse it instead"):
        charges.waive(charge.pk, user, note="Kindness")
    charges.mark_invoiced(charge.pk, user)
    charges.dispute(charge.pk, user, note="Once more.")
    assert charges.confirm(charge.pk, user).status == "invoiced"
    line = charges.reverse(charge.pk, user, note="They were right.")
    assert (line.amount, line.reverses_id, line.status) == (Decimal("-45.00"), charge.pk, "confirmed")
    assert charges.reverse(charge.pk, user, note="Again") == line and Charge.objects.count() == 2
    charge.refresh_from_db()
    assert (charge.amount, charge.status) == (Decimal("45.00"), "invoiced")
    for job in (charges.waive, charges.dispute, charges.reverse):
        with pytest.raises(Refused):
            job(line.pk, user, note="No")
    assert charges.mark_invoiced(line.pk, user).status == "invoiced"  # the credit note
    texts = list(charge.booking.events.filter(kind="charge").values_list("text", "by"))
    assert len(texts) == 8 and texts[-2] == (
        f"{charge.line} of £45.00 reversed by {line.line}: They were right.",
        user.pk,
    )
    assert charges.propose_due() == 0  # what was reversed isn't proposed by the clock


def test_what_was_waived_or_reversed_by_mistake_is_proposed_again(user):
    charge = late()
    charges.waive(charge.pk, user, note="A slip")
    assert charges.propose_again(charge.pk, user).status == "proposed"
    charges.confirm(charge.pk, user)
    line = charges.reverse(charge.pk, user, note="A slip")
    with pytest.raises(Refused, match="Only what was"):
        charges.propose_again(line.pk, user)
    ChargeRule.objects.update(valid_until=timezone.localdate())
    with pytest.raises(Refused, match="No rule fits"):
        charges.propose_again(charge.pk, user)
    rule(amount="54", valid_from=timezone.localdate())
    new = charges.propose_again(charge.pk, user)
    assert (new.amount, new.pk > charge.pk, new.status) == (54, True, "proposed")
    assert charges.propose_again(charge.pk, user) == new
    scheduling.cancel_session(charge.booking.session_id)
    charges.propose_due()
    with pytest.raises(Refused, match="Nothing is due"):
        charges.propose_again(new.pk, user)


# What the database refuses


def run(sql: str, *values) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)


def test_the_database_itself_keeps_a_charge_as_it_was(user):
    charge = late()
    charges.confirm(charge.pk, user)
    finance_export.export(user)
    changes = {
        "amount": 1,
        "agency_name": "X",
        "words": "X",
        "course_title": "X",
        "order_number": "X",
        "finance_contact": "X",
    }
    for name, value in (changes | {"event": "place", "session_date": "2020-01-01", "export_id": None}).items():
        with pytest.raises(IntegrityError, match="a_charge_is_never_edited"):
            run(f"UPDATE training_charge SET {name} = %s", value)
    run("UPDATE training_charge SET finance_contact = ''")


def test_the_database_refuses_second_charges_and_odd_reversals(user):
    charge = late()
    same = {
        name: getattr(charge, name) for name in ("booking", "rule", "event", "words", "agency_name", "session_date")
    }
    for more in (
        {"amount": 45},  # a second one
        {"amount": -45, "note": "x"},  # negative, of nothing
        {"amount": -45, "reverses": charge, "note": "x"},  # the first isn't marked as reversed
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Charge.objects.create(**same, **more)
    charges.confirm(charge.pk, user)
    line = charges.reverse(charge.pk, user, note="Wrong")
    for more in (
        {"amount": -45, "reverses": charge},
        {"amount": -44, "reverses": charge},
        {"amount": 45, "reverses": line},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Charge.objects.create(**same, **more, status="confirmed", confirmed_at=timezone.now(), note="x")
    Charge.objects.create(**same, amount=46)  # anew, after the reversal
    with pytest.raises(IntegrityError), transaction.atomic():
        Charge.objects.filter(pk=charge.pk).update(reversed_at=None)
    for sql in ("status = 'waived', note = ''", "status = 'confirmed', confirmed_at = NULL", "status = 'invoiced'"):
        with pytest.raises(IntegrityError):
            run(f"UPDATE training_charge SET {sql} WHERE amount = 46")


def test_a_number_is_never_given_twice():
    number = late().pk
    Charge.objects.all().delete()
    assert late(2).pk > number


def test_the_removal_of_samples_takes_charges_on_sample_bookings_too(user):
    from home.sample import remember, remove

    sample, real = late(), late(2)
    charges.confirm(sample.pk, user)
    charges.reverse(sample.pk, user, note="Tried out")
    remember(sample.booking)
    assert remove().kept == []
    assert list(Charge.objects.all()) == [real] and Booking.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_triggers_are_made_anew(user):
    charge = late()
    charge_database.before_migrating(None, using="default", plan=["some"])
    charge_database.after_migrating(None, using="default")
    with pytest.raises(IntegrityError, match="a_charge_is_never_edited"):
        Charge.objects.filter(pk=charge.pk).update(amount=1)
