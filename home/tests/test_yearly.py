"""The yearly pack: the same figures in workbook and PDF, for those who may, and nobody named."""

from datetime import UTC, datetime
from io import BytesIO

import pytest
import time_machine
from django.contrib.auth.models import Group, User
from django.urls import reverse
from openpyxl import load_workbook
from pypdfium2 import PdfDocument

from home import roles, yearly
from news.models import Campaign, Delivery
from news.tests import factories as news
from resources import counting
from resources.tests import factories as resources
from training.models import Booking
from training.tests import factories as training

pytestmark = pytest.mark.django_db
IN_THE_YEAR = datetime(2026, 2, 10, 12, tzinfo=UTC)


@pytest.fixture
def a_year():
    """A session with two people, a download and a sending, in the year from April 2025."""
    with time_machine.travel(IN_THE_YEAR, tick=False):
        session = training.session(training.course("=1+1 Neglect"), days=3)
        came, missed = training.fill(session, 2)
        Booking.objects.filter(pk=came.pk).update(outcome=Booking.Outcome.ATTENDED, outcome_at=IN_THE_YEAR)
        Booking.objects.filter(pk=missed.pk).update(outcome=Booking.Outcome.NOT_ATTENDED, outcome_at=IN_THE_YEAR)
        counting.count(resources.version(resources.resource("A toolkit")).pk, by=7)
        sent = Campaign.objects.create(issue=news.issue(), subject="February", status=Campaign.Status.FINISHED,
                                       send_at=IN_THE_YEAR, started_at=IN_THE_YEAR, recipients=1)  # fmt: skip
        Delivery.objects.create(campaign=sent, email="reader.one@example.org", status=Delivery.Status.SENT)
    with time_machine.travel(datetime(2026, 4, 20, 12, tzinfo=UTC), tick=False):
        yield


def take(client, kind):
    answer = client.get(reverse("yearly_pack_file", args=[2025, kind]))
    assert answer.status_code == 200 and f"yearly-pack-2025-2026.{kind}" in answer["Content-Disposition"]
    return BytesIO(answer.content)


def test_one_file_has_the_years_figures_and_names_nobody(client, admin_client, a_year):
    shown = admin_client.get(reverse("yearly_pack")).content.decode()
    assert "April 2025 to March 2026" in shown  # in April, the year that has just ended
    book = load_workbook(take(admin_client, "xlsx"))
    cells = {name: list(book[name].values) for name in book.sheetnames}
    summary = dict(row[:2] for row in cells["Summary"])
    assert (summary["Places"], summary["Attended"], summary["Did not attend"]) == (20, 1, 1)
    assert cells["Courses"][1][0] == "'=1+1 Neglect"
    assert ("A toolkit", 7, 0) in cells["Downloads"] and ("The year", 7) in cells["Downloads by month"]
    assert cells["Newsletter"][1][0::2] == ("February", 1, 0, 0) and cells["Newsletter"][1][3] == 1
    everything = str(cells)
    assert "@example.org" not in everything and "Delegate" not in everything
    assert not any(cell.data_type == "f" for sheet in book for row in sheet.iter_rows() for cell in row)


def test_the_pdf_says_the_same(admin_client, a_year):
    text = " ".join(page.get_textpage().get_text_bounded() for page in PdfDocument(take(admin_client, "pdf")))
    words = " ".join(text.split())
    assert "April 2025 to March 2026" in words and "A toolkit 7" in words and "Did not attend 1" in words


def test_it_is_for_those_who_see_the_reports(client, a_year):
    roles.sync()
    for group, status in (("Training team", 200), ("Editors", 302), ("Newsletter managers", 302)):
        user = User.objects.create_user(f"{group}@example.org")
        user.groups.add(Group.objects.get(name=group))
        client.force_login(user)
        for address in (reverse("yearly_pack"), reverse("yearly_pack_file", args=[2025, "xlsx"])):
            assert client.get(address).status_code == status, (group, address)


def test_years_that_nobody_offered_are_not_found(admin_client, a_year):
    assert admin_client.get(reverse("yearly_pack_file", args=[1999, "xlsx"])).status_code == 404
    assert admin_client.get(reverse("yearly_pack_file", args=[2025, "doc"])).status_code == 404
    assert admin_client.get(f"{reverse('yearly_pack')}?year=zzz").status_code == 200


def test_an_empty_year_is_no_error(admin_client, a_year):
    pack = yearly.pack(2020)
    assert (pack.downloaded, pack.sent, pack.training.total.places) == (0, 0, 0)
    assert load_workbook(BytesIO(yearly.workbook(pack)))["Downloads"].max_row == 1
