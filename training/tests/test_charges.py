"""Charges from the proposal to the invoice: never twice, never edited, never for what the partnership did."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from dscp_cms.models import OutgoingMail
from dscp_cms.testing.axe import scrolls_sideways, violations
from training import booking, charge_database, charges, finance_export, personal_data, scheduling, staff_booking
from training.models import Booking, BookingEvent, Charge, ChargeExport, ChargeRule, SessionDay, TrainingSession
from training.people import Refused
from training.tests import factories
from training.tests.test_charge_rules import RULES, html, make_late, rule, team_account

pytestmark = pytest.mark.django_db
CHARGES = "/admin/training/charge/"
DO = "/admin/training-charge/"
Outcome = Booking.Outcome


@pytest.fixture
def user():
    return team_account()


@pytest.fixture
def team(client, user):
    client.force_login(user)
    return client


def late(number: int = 1, session=None, **fields) -> Charge:
    """A charge proposed for a late cancellation."""
    if not ChargeRule.objects.filter(event="late_cancellation").exists():
        rule()
    session = session or factories.session(cancel_until=timezone.now() + timedelta(days=1), capacity=200)
    made = booking.book(session.pk, factories.person(number, **{"agency_name": "Example Nursery", **fields}))
    make_late(session)
    booking.cancel(made.key)
    return made.charges.get()


def move(session, **by) -> None:
    """Let time pass: the session lies so long ago."""
    start = timezone.now() - timedelta(**by)
    SessionDay.objects.filter(session=session).update(starts_at=start, ends_at=start + timedelta(hours=3))


def states() -> list[tuple[str, str]]:
    return list(Charge.objects.order_by("pk").values_list("event", "status"))


def settled(made: Booking, outcome: str) -> None:
    Booking.objects.filter(pk=made.pk).update(outcome=outcome, outcome_at=timezone.now())


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


# What finance gets


def sheets(content: bytes) -> tuple[list, list]:
    book = load_workbook(BytesIO(content))
    new, had = ([[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)] for sheet in book)
    return new, had


def exported(team, **data) -> tuple[list, list]:
    response = team.post("/admin/training-charges/export/", data)
    assert response.status_code == 200 and "spreadsheet" in response["Content-Type"], response.content[:500]
    return sheets(response.content)


def test_the_export_has_new_lines_apart_from_those_that_finance_has(team, user):
    first = late(agency_name="=cmd()", order_number="+1", finance_contact="@SUM(1)")
    session = first.booking.session
    second, third = late(2, session, agency_name="Example Nursery"), late(3, session)
    far = late(4, factories.session(days=90, cancel_until=timezone.now() + timedelta(days=1)))
    proposed = late(5, session)
    for charge in (first, second, third, far):
        charges.confirm(charge.pk, user)
    assert "Their sum" in html(team, "/admin/training-charges/export/") and not ChargeExport.objects.exists()
    month = f"{first.session_date:%Y-%m}"
    new, had = exported(team, month=month, agency="=cmd()")
    assert [row[0] for row in new] == [first.line, "Total"] and had[0][:8] == ["Total", *[None] * 6, 0]
    assert new[0][2] == "'=cmd()" and new[0][5] == "'+1" and new[0][6] == "'@SUM(1)" and new[0][7] == 45
    assert new[0][4].date() == first.session_date
    charges.reverse(first.pk, user, note="Wrong")
    charges.dispute(third.pk, user, note="No")
    new, had = exported(team, month=month)
    reversal = Charge.objects.get(reverses=first)
    assert [(row[0], row[7], row[8]) for row in new] == [
        (second.line, 45, None),
        (reversal.line, -45, first.line),
        ("Total", 0, None),
    ]
    assert [row[0] for row in had] == [first.line, "Total"] and had[0][9] == "Confirmed, reversed"
    new, had = exported(team, month=month)
    assert [row[0] for row in new] == ["Total"] and [row[0] for row in had] == [
        first.line,
        second.line,
        reversal.line,
        "Total",
    ]
    assert had[1][12] == had[2][12] == had[0][12] + 1  # in which export each was
    new, _had = exported(team)
    assert [row[0] for row in new] == [far.line, "Total"]
    assert ChargeExport.objects.count() == 3
    proposed.refresh_from_db()
    assert proposed.export is None
    page = team.post("/admin/training-charges/export/", {"month": "1999-01"}).content.decode()
    assert "Select a valid choice" in page


def test_with_nothing_for_finance_it_says_so(team):
    late()
    page = team.post("/admin/training-charges/export/", {}).content.decode()
    assert "There is nothing for finance in this choice." in page


def test_a_charge_outlives_the_personal_data_of_its_booking(user):
    charge = late(finance_contact="Invoices, finance@example.org", order_number="PO 1")
    charges.confirm(charge.pk, user)
    move(charge.booking.session, days=1200)
    personal_data.purge()
    charge.refresh_from_db()
    assert charge.booking.name == "Removed" and (charge.order_number, charge.amount) == ("PO 1", 45)
    assert charge.finance_contact and "Delegate" not in str(
        [getattr(charge, f.name) for f in charge._meta.concrete_fields if f.name != "booking"]
    )
    new, _had = sheets(finance_export.export(user).content)
    assert new[0][5] == "PO 1" and "Delegate" not in str(new)


def test_the_finance_contact_has_an_end_too(user, time_machine):
    charge = late(finance_contact="Invoices, finance@example.org")
    charges.waive(charge.pk, user, note="Somebody was ill.")
    time_machine.move_to(timezone.now() + timedelta(days=7.2 * 365), tick=False)
    assert personal_data.purge().charges == 1
    charge.refresh_from_db()
    assert (charge.finance_contact, charge.note, charge.amount) == ("", "Removed", 45)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_give_a_line_to_one_export_and_reverse_a_charge_once(user):
    first = late()
    for number in range(2, 9):
        late(number, first.booking.session)
    for charge in Charge.objects.all():
        charges.confirm(charge.pk, user)
    barrier = Barrier(4, timeout=20)

    def at_once(job):
        try:
            barrier.wait()
            return job()
        finally:
            connection.close()

    def export():
        return finance_export.export(user)

    def reverse():
        return charges.reverse(first.pk, user, note="Wrong")

    with ThreadPoolExecutor(4) as pool:
        made = [pool.submit(at_once, job) for job in (export, export, reverse, reverse)]
        one, other, line, same = [each.result() for each in made]
    assert line == same and Charge.objects.count() == 9
    assert one.new + other.new == Charge.objects.exclude(export=None).count() >= 8
    assert sum(export.lines.count() for export in ChargeExport.objects.all()) == one.new + other.new


# The screens


def test_the_team_decides_on_screens_that_ask_first(team):
    charge = late()
    page = html(team, f"{CHARGES}inspect/{charge.pk}/")
    for name in ("confirm", "dispute", "waive"):
        assert f"{DO}{charge.pk}/{name}/" in page
        assert "<form" in html(team, f"{DO}{charge.pk}/{name}/")
    assert f"{DO}{charge.pk}/reverse/" not in page and states() == [("late_cancellation", "proposed")]
    assert "Say why, in one sentence." in team.post(f"{DO}{charge.pk}/waive/", {"note": ""}).content.decode()
    assert (
        "Only a confirmed charge is reversed" in team.post(f"{DO}{charge.pk}/reverse/", {"note": "x"}).content.decode()
    )
    assert team.post(f"{DO}{charge.pk}/dispute/", {"note": "=1+1 <b>"}).status_code == 302
    assert "=1+1 &lt;b&gt;" in html(team, f"{CHARGES}inspect/{charge.pk}/")
    assert team.post(f"{DO}{charge.pk}/confirm/").status_code == 302
    assert team.post(f"{DO}{charge.pk}/invoiced/").status_code == 302
    assert team.post(f"{DO}{charge.pk}/reverse/", {"note": "Wrong"}).status_code == 302
    line = Charge.objects.get(reverses=charge)
    assert line.line in html(team, f"{CHARGES}inspect/{charge.pk}/")
    assert charge.line in html(team, f"{CHARGES}inspect/{line.pk}/")
    assert team.post(f"{DO}{charge.pk}/again/").status_code == 302
    assert states()[-1] == ("late_cancellation", "proposed") and len(states()) == 3
    for name in ("edit", "delete"):
        assert team.post(f"{CHARGES}{name}/{charge.pk}/", {"amount": "1"}).status_code in {302, 403, 404}
    assert team.get(f"{DO}999/confirm/").status_code == 404 and Charge.objects.count() == 3


def test_several_are_confirmed_at_once_but_not_beforehand_those_whose_rule_is_newer(team):
    old = late()
    session = old.booking.session
    ChargeRule.objects.filter(pk=old.rule_id).update(changed_at=timezone.now() - timedelta(days=9))
    new = late(2, session, agency=factories.agency(), agency_name="")
    assert charges.was_shown(Charge.objects.get(pk=new.pk))
    Booking.objects.filter(pk=new.booking_id).update(created_at=timezone.now() - timedelta(days=20))
    form = team.get("/admin/training-charges/confirm/").context["form"]
    assert form.fields["charges"].initial == [old.pk]
    assert "newer than the booking" in html(team, "/admin/training-charges/confirm/")
    assert "wasn’t shown it" in html(team, f"{CHARGES}inspect/{new.pk}/")
    assert "Tick at least one" in team.post("/admin/training-charges/confirm/", {}).content.decode()
    response = team.post("/admin/training-charges/confirm/", {"charges": [old.pk, new.pk]}, follow=True)
    assert "2 charges are confirmed." in response.content.decode()
    assert "changed meanwhile" in team.post("/admin/training-charges/confirm/", {"charges": [old.pk]}).content.decode()
    team.post("/admin/training-charges/invoiced/", {"charges": [old.pk]})
    assert [status for _event, status in states()] == ["invoiced", "confirmed"]
    assert "Nothing is proposed just now." in html(team, "/admin/training-charges/confirm/")


def test_the_list_is_filtered_and_its_queries_do_not_grow(team, user):
    first = late()
    session = first.booking.session
    counts = []
    for start, number in ((2, 2), (10, 12)):
        for place in range(start, start + number):
            late(place, session, agency_name=f"Example Nursery {place % 3}")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert f"{Charge.objects.count()}" in html(team, CHARGES)
        with CaptureQueriesContext(connection) as bulk:
            html(team, "/admin/training-charges/confirm/")
        with CaptureQueriesContext(connection) as rules:
            rule(amount=str(start), valid_from=first.session_date + timedelta(days=start))
            html(team, RULES)
        counts.append((len(queries), len(bulk), len(rules)))
    assert counts[0] == counts[1]
    charges.confirm(first.pk, user)
    month = f"{first.session_date:%Y-%m}"
    page = html(team, f"{CHARGES}?status__exact=confirmed&month={month}&event__exact=late_cancellation")
    assert first.line in page and page.count("C0000") < 6
    assert "Example Nursery 1" in html(team, f"{CHARGES}?agency=Example+Nursery+1")
    for odd in ("month=x", "month=2026-99", "agency=Nobody", "status__exact=x", "nothing=1", "q=%00"):
        assert team.get(f"{CHARGES}?{odd}", follow=True).status_code == 200, odd


def test_the_clock_asks_no_more_where_more_is_free():
    rule("place", "60", agency_kind="health")
    counts = []
    for days, number in ((2, 3), (3, 20)):
        session = factories.session(days=days)
        factories.fill(session, number)
        move(session, days=days)
        with CaptureQueriesContext(connection) as queries:
            assert charges.propose_due() == 0
        counts.append(len(queries))
    assert counts[1] == counts[0]


@pytest.mark.browser
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_screens_and_pages_work_for_everybody(live_server, page, client, user, settings):
    charge = late(agency=factories.agency(), agency_name="")
    rule("place", "60", agency_kind="school", length="half_day")
    session = factories.session(days=9, cancel_until=timezone.now() + timedelta(days=1))
    for name in ("", "book/"):
        page.goto(f"{live_server.url}/training/sessions/{session.pk}/{name}")
        page.get_by_role("heading", name="What may be charged").wait_for()
        assert violations(page) == []
        page.set_viewport_size({"width": 320, "height": 800})
        assert not scrolls_sideways(page)
    client.force_login(user)
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": client.session.session_key, "url": live_server.url}
    page.context.add_cookies([cookie])
    addresses = (
        CHARGES,
        f"{CHARGES}inspect/{charge.pk}/",
        f"{DO}{charge.pk}/waive/",
        f"{RULES}inspect/{charge.rule_id}/",
    )
    for address in (*addresses, "/admin/training-charges/confirm/", "/admin/training-charges/export/"):
        page.goto(f"{live_server.url}{address}")
        assert page.url.endswith(address)
        found = violations(page, widths=(1280,))
        assert [line for line in found if "sidebar" not in line and "w-breadcrumb" not in line] == [], address
    page.goto(f"{live_server.url}/admin/training-charges/confirm/")
    page.get_by_role("button", name="Confirm those ticked").click()
    page.get_by_text("1 charge is confirmed.").wait_for()
    page.get_by_role("link", name="Export for finance").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Make the spreadsheet").click()
    (first, _total), _had = sheets(download.value.path().read_bytes())
    assert first[0] == charge.line and first[7] == 45
