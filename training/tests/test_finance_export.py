"""What finance gets: new lines apart from those that it has, each once, and no names."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone
from openpyxl import load_workbook

from training import charges, finance_export, personal_data
from training.models import Charge, ChargeExport
from training.tests import factories
from training.tests.charging import (
    EXPORT,
    html,
    late,
    move,
    team_account,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def user():
    return team_account()


@pytest.fixture
def team(client, user):
    client.force_login(user)
    return client


def sheets(content: bytes) -> tuple[list, list]:
    book = load_workbook(BytesIO(content))
    new, had = ([[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)] for sheet in book)
    return new, had


def exported(team, **data) -> tuple[list, list]:
    response = team.post(EXPORT, data)
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
    assert "Their sum" in html(team, EXPORT) and not ChargeExport.objects.exists()
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
    page = team.post(EXPORT, {"month": "1999-01"}).content.decode()
    assert "Select a valid choice" in page


def test_with_nothing_for_finance_it_says_so(team):
    late()
    page = team.post(EXPORT, {}).content.decode()
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
