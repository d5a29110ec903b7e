"""Courses in an issue: what is offered, with which dates, and what the pre-flight says."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dscp_cms.testing.pages import front_page, make
from dscp_cms.tree import specific_pages
from news.drafting import draft_issue, whats_new
from news.models import NewsletterIndexPage
from news.preflight import preflight
from training.models import CoursePage, TrainingSession
from training.tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def archive():
    return make(NewsletterIndexPage, front_page(), "Newsletters", slug="newsletters")


def old_course(title: str) -> CoursePage:
    """One that is no news itself."""
    page = factories.course(title)
    CoursePage.objects.filter(pk=page.pk).update(first_published_at=timezone.now() - timedelta(days=400))
    return CoursePage.objects.get(pk=page.pk)


def training_section(issue):
    return next((block.value for block in issue.sections if block.value["kind"] == "training"), None)


def titles(issue) -> list[str]:
    section = training_section(issue)
    return [item.value.words for item in section["items"]] if section else []


def test_an_issue_offers_courses_that_can_be_booked_the_next_date_first(archive):
    courses = {
        name: old_course(name) for name in ("Late", "Soon", "Full", "Past", "Cancelled", "Far", "None", "Planned")
    }
    factories.session(courses["Late"], days=50)
    factories.session(courses["Soon"], days=12)
    factories.session(courses["Soon"], days=40)
    factories.fill(factories.session(courses["Full"], capacity=1, waiting_list=False))
    factories.session(courses["Past"], days=-2)
    factories.session(courses["Cancelled"], status="cancelled")
    factories.session(courses["Far"], days=130)
    factories.session(courses["Planned"], status="planned")
    elsewhere = old_course("Elsewhere")
    factories.session(elsewhere, days=20, external_url="https://example.org/")
    factories.course("New eLearning", is_face_to_face=False, is_elearning=True)
    issue = draft_issue(on=timezone.localdate() + timedelta(days=5))
    assert titles(issue) == ["Soon", "Elsewhere", "Late", "New eLearning"]


def test_dates_and_places_stand_in_the_issue_and_are_fetched_at_once(archive, client, django_assert_num_queries):
    courses = [old_course(f"Course {number}") for number in range(6)]
    for number, course in enumerate(courses):
        session = factories.session(course, days=10 + number, capacity=3)
        factories.fill(session, 1, start=number)
        factories.fill(factories.session(course, days=30, capacity=1))
    issue = draft_issue(on=timezone.localdate() + timedelta(days=2))
    issue.save_revision().publish()
    html = client.get(issue.url).content.decode()
    day = timezone.localtime(TrainingSession.objects.upcoming().first().starts_at)
    assert f"Next: {day.day} {day:%B %Y} (2 places left), " in html and "(full, with a waiting list)" in html
    pages = CoursePage.objects.all()
    with django_assert_num_queries(3):  # the pages, the same in their own type, their sessions
        assert all("Next: " in page.meta_line for page in specific_pages(pages).values())


def test_a_course_is_offered_again_in_the_next_issue_but_not_twice_in_one(archive):
    course = old_course("Monthly")
    factories.session(course, days=30)
    first = draft_issue(on=timezone.localdate())
    assert titles(first) == ["Monthly"] and whats_new(first) == {}
    first.save_revision().publish()
    assert titles(draft_issue(on=timezone.localdate() + timedelta(days=20))) == ["Monthly"]


def test_the_preflight_names_full_cancelled_and_past_sessions(archive):
    today = timezone.localdate()
    course = old_course("Busy")
    full = factories.session(course, days=30, capacity=1)
    soon, gone = factories.session(course, days=3), factories.session(course, days=40)
    issue = draft_issue(on=today + timedelta(days=5))
    factories.fill(full)
    TrainingSession.objects.filter(pk=gone.pk).update(status="cancelled")
    words = " ".join(finding.sentence for finding in preflight(issue, issue.date))

    def day(session):
        return f"{timezone.localtime(session.starts_at):%d/%m/%Y}"

    assert f"on {day(full)} is full; people can wait" in words
    assert f"on {day(soon)} will be past by" in words
    assert f"on {day(gone)} was cancelled" in words
    TrainingSession.objects.filter(pk=full.pk).update(status="cancelled")
    assert "“Busy” has no session after" in " ".join(finding.sentence for finding in preflight(issue, issue.date))


def test_the_preflight_of_many_courses_takes_no_more_queries(archive):
    counts = []
    for number in (2, 6):
        for place in range(number):
            factories.session(old_course(f"Course {number} {place}"), days=10 + place, capacity=3)
        issue = draft_issue(on=timezone.localdate() + timedelta(days=2))
        assert len(titles(issue)) >= number
        checked = type(issue).objects.get(pk=issue.pk)
        with CaptureQueriesContext(connection) as queries:
            preflight(checked)
        counts.append(len(queries))
    assert counts[1] <= counts[0]
