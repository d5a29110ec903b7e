"""The calendar: every kind of date on its day, for those who may open what stands behind it."""

import html
import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group, User
from django.urls import reverse

from dscp_cms.models import SiteAlert
from home import roles
from home.tests import factories
from news.models import Campaign
from news.tests import factories as news
from resources.tests import factories as resources

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 13, 9, 0, tzinfo=UTC)  # a Wednesday, ten o'clock in Durham


@pytest.fixture
def scheduled():
    """One of each, on days of its own."""
    with time_machine.travel(NOW, tick=False):
        roles.sync()
        later = factories.standard("Later", slug="later", live=False, go_live_at=NOW + timedelta(days=1))
        later.save_revision().publish()
        factories.standard("Over", slug="over", expire_at=NOW + timedelta(days=2))
        SiteAlert.objects.create(title="Closed", text="Schools are closed.", expire_at=NOW + timedelta(days=3))
        draft = news.issue("June", slug="june", live=False)
        draft.copy_date, draft.send_date = NOW.date() + timedelta(days=4), NOW.date() + timedelta(days=23)
        draft.save_revision()
        issue = news.issue("May", slug="may", send_date=NOW.date() - timedelta(days=20))
        Campaign.objects.create(issue=issue, subject="May", status="scheduled", send_at=NOW + timedelta(days=5))
        version = resources.version(resources.resource("Toolkit"), published_on=NOW.date() + timedelta(days=6))
        yield version


def squares(client, address: str) -> dict[str, list[str]]:
    """What stands in each square of the calendar that isn't empty."""
    shown = client.get(address).content.decode()
    table = re.search(r'<table class="dscp-calendar">.*?</table>', shown, re.DOTALL)
    if table is None:
        return {}
    found = re.findall(r'<time datetime="([^"]+)">.*?</time>(.*?)</td>', table[0], re.DOTALL)
    items = {day: re.findall(r"<li>(.*?)</li>", inside, re.DOTALL) for day, inside in found}
    return {day: [html.unescape(re.sub(r"<[^>]+>", "", one)) for one in many] for day, many in items.items() if many}


def sign_in(client, group: str) -> None:
    user = User.objects.create_user(f"{group}@example.org".replace(" ", "."))
    user.groups.add(Group.objects.get(name=group))
    client.force_login(user)


EDITORS_SEE = {
    "2026-05-14": ["10:00 Later is published"],
    "2026-05-15": ["10:00 Over ends"],
    "2026-05-16": ["10:00 Closed ends"],
    "2026-05-17": ["June has its copy date"],
    "2026-05-19": ["Toolkit has its version 1"],
    "2026-06-05": ["June is planned to be sent"],
}
SENDERS_SEE = {
    "2026-05-17": ["June has its copy date"],
    "2026-05-18": ["10:00 May is sent"],
    "2026-06-05": ["June is planned to be sent"],
}


@pytest.mark.parametrize(("group", "expected"), [("Editors", EDITORS_SEE), ("Newsletter senders", SENDERS_SEE)])
def test_every_date_stands_on_its_day_on_the_dashboard_and_in_the_month(client, scheduled, group, expected):
    sign_in(client, group)
    assert squares(client, "/admin/") == expected
    assert squares(client, reverse("calendar")) == {day: e for day, e in expected.items() if day < "2026-06-01"}
    june = f"{reverse('calendar')}?month=2026-06"
    assert squares(client, june) == {day: e for day, e in expected.items() if day > "2026-06-01"}
    shown = client.get(june).content.decode()
    for address in re.findall(r'<li>[^<]*<a href="([^"]+)"', shown):
        assert client.get(address).status_code == 200, address


def test_a_month_begins_on_a_monday_and_is_leafed_through(client, scheduled):
    sign_in(client, "Editors")
    address = reverse("calendar")
    shown = client.get(address).content.decode()
    days = re.findall(r'<time datetime="([^"]+)"', shown)
    assert (days[0], days[-1], len(days)) == ("2026-04-27", "2026-05-31", 35)
    assert "?month=2026-06" in shown and "?month=2026-04" not in shown
    assert "?month=2027-05" in client.get(f"{address}?month=2027-04").content.decode()
    for odd in ("2026-04", "2027-06", "0001-01", "9999-99", "May", ""):
        assert "May 2026</h2>" in client.get(address, {"month": odd}).content.decode(), odd


def test_a_full_day_is_cut_short_on_the_dashboard_only(client, scheduled):
    for number in range(4):
        factories.standard(f"Over {number}", slug=f"over-{number}", expire_at=NOW + timedelta(days=2))
    sign_in(client, "Editors")
    assert squares(client, "/admin/")["2026-05-15"] == ["10:00 Over ends", "10:00 Over 0 ends", "and 3 more on 15 May"]
    assert len(squares(client, reverse("calendar"))["2026-05-15"]) == 5


def test_others_have_no_calendar(client, scheduled):
    sign_in(client, "Training team")
    assert squares(client, "/admin/") == {}
    assert client.get(reverse("calendar")).status_code == 302
