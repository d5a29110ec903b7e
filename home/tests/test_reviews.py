"""Pages due for review: their owners are written to once a week, and one click says that a page is right."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from dscp_cms.models import OutgoingMail
from home import reviews, roles
from home.models import ReviewDigest
from home.tests import factories
from news.tests import factories as news

pytestmark = pytest.mark.django_db
LONDON = ZoneInfo("Europe/London")
MONDAY = datetime(2025, 3, 3, 9, 0, tzinfo=LONDON)


@pytest.fixture
def owner(django_user_model):
    roles.sync()
    made = django_user_model.objects.create_user("owner@example.org", "owner@example.org", "long enough to pass")
    made.groups.add(Group.objects.get(name="Editors"))
    return made


def test_owners_are_written_to_once_a_week(owner, time_machine):
    time_machine.move_to(MONDAY, tick=False)
    factories.standard("Old page", review_date=date(2025, 2, 1), review_owner=owner)
    news.news_item("Soon", review_date=date(2025, 3, 10), review_owner=owner)
    news.news_item("Later", review_date=date(2025, 9, 1), review_owner=owner)
    news.news_item("Nobody's", review_date=date(2025, 2, 1))
    assert reviews.write_to_owners(datetime(2025, 3, 3, 7, 59, tzinfo=LONDON)) == 0
    assert (reviews.write_to_owners(MONDAY), reviews.write_to_owners(MONDAY)) == (1, 0)
    sent = OutgoingMail.objects.get()
    assert sent.to == owner.email and sent.subject == "2 pages to review, 1 overdue"
    assert "Old page: was due on 1 February 2025" in sent.text and "Soon: due on 10 March 2025" in sent.text
    assert "Later" not in sent.text and "Nobody" not in sent.text
    assert reviews.write_to_owners(datetime(2025, 3, 9, 23, 0, tzinfo=LONDON)) == 0
    # the clock stood still over Monday: the mail is held for a person, as all that is late
    assert reviews.write_to_owners(datetime(2025, 3, 12, 9, 0, tzinfo=LONDON)) == 1
    assert ReviewDigest.objects.get().week == date(2025, 3, 10)


def test_one_click_moves_the_date_in_the_page_and_in_its_draft(client, owner, time_machine):
    time_machine.move_to(MONDAY, tick=False)
    page = factories.standard("Old page", review_date=date(2025, 2, 1), review_owner=owner)
    page.title = "A better title"
    page.save_revision()
    client.force_login(owner)
    html = client.get(reverse("reviews"), {"mine": "1"}).content.decode()
    assert "Old page" in html and "overdue" in html
    address = reverse("review_done", args=[page.pk])
    assert client.get(address).status_code == 405
    assert client.post(address, {"mine": "1"})["Location"] == f"{reverse('reviews')}?mine=1"
    page.refresh_from_db()
    assert (page.title, page.review_date) == ("Old page", date(2026, 3, 3))
    draft = page.get_latest_revision_as_object()
    assert (draft.title, draft.review_date) == ("A better title", date(2026, 3, 3))
    assert "No page is due" in client.get(reverse("reviews")).content.decode()
    history = client.get(reverse("wagtailadmin_pages:history", args=[page.pk])).content.decode()
    assert "found right as it is" in history


def test_nobody_else_marks_a_page(client, django_user_model):
    roles.sync()
    page = factories.standard("Old page", review_date=date(2025, 2, 1))
    trainer = django_user_model.objects.create_user("t@example.org", "t@example.org", "long enough to pass")
    trainer.groups.add(Group.objects.get(name="Training team"))
    for user in (None, trainer):
        client.force_login(user) if user else client.logout()
        assert client.post(reverse("review_done", args=[page.pk])).status_code in {302, 403}
        page.refresh_from_db()
        assert page.review_date == date(2025, 2, 1)
