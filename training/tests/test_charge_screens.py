"""The training team's screens about charges: they ask first, and several are done at once."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from dscp_cms.testing.axe import scrolls_sideways, violations
from training import charges
from training.models import Booking, Charge, ChargeRule
from training.tests import factories
from training.tests.charging import CHARGES, DO, RULES, html, late, move, rule, states, team_account

pytestmark = pytest.mark.django_db


@pytest.fixture
def user():
    return team_account()


@pytest.fixture
def team(client, user):
    client.force_login(user)
    return client


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
    book = load_workbook(BytesIO(download.value.path().read_bytes()))
    first = [cell.value for cell in book.worksheets[0][2]]
    book.close()
    assert first[0] == charge.line and first[7] == 45
