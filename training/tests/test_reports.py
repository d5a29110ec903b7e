"""Reports: what is counted, for whom it is shown, and that small groups stay hidden."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from django.contrib.auth.models import Group, User
from django.utils import timezone
from openpyxl import load_workbook

from dscp_cms.models import Agency, Topic
from dscp_cms.testing.pages import front_page, make
from home import roles
from home.models import PriorityIndexPage, PriorityPage
from training import evaluations, reports, reports_views
from training.booking import book, cancel
from training.models import Booking, EvaluationQuestion, Moment
from training.reports import Period
from training.reports_evaluations import answers
from training.tests import factories

pytestmark = pytest.mark.django_db

REPORTS = "/admin/training-reports/"


@pytest.fixture
def trainer(client):
    """Somebody of the training team, signed in."""
    roles.sync()
    user = User.objects.create_user("trainer@example.org", "trainer@example.org", "x")
    user.groups.add(Group.objects.get(name=roles.TRAINING_TEAM))
    client.force_login(user)
    return user


def month_of(session) -> Period:
    day = timezone.localtime(session.starts_at).date()
    return Period.of_months(day, day)


def around(session) -> str:
    return f"{REPORTS}?{reports_views.as_query(month_of(session))}"


def decided(bookings, outcome: str):
    """What the registers said."""
    keys = [booking.pk for booking in bookings]
    Booking.objects.filter(pk__in=keys).update(outcome=outcome, outcome_at=timezone.now(), outcome_reason="x")


@pytest.mark.parametrize(
    ("day", "since", "until"),
    [
        (date(2026, 3, 31), date(2025, 4, 1), date(2026, 4, 1)),
        (date(2026, 4, 1), date(2026, 4, 1), date(2027, 4, 1)),
        (date(2026, 12, 31), date(2026, 4, 1), date(2027, 4, 1)),
    ],
)
def test_a_financial_year_begins_in_april(day, since, until):
    period = Period.year_around(day)
    assert (period.since, period.until, len(period.months)) == (since, until, 12)
    assert Period.of_months(date(2026, 3, 5), date(2026, 3, 9)).moments[1].utcoffset() == timedelta(hours=1)  # April


def test_everything_is_counted_once(time_machine):
    school, police = factories.agency(), factories.agency("Example Police", Agency.Kind.POLICE)
    topic = Topic.objects.create(name="Neglect")
    index = make(PriorityIndexPage, front_page(), "Priorities", slug="priorities")
    years = {"number": 1, "period_start": 2025, "period_end": 2027}
    make(PriorityPage, index, "Neglect first", slug="neglect", topics=[topic], **years)
    make(PriorityPage, index, "Nothing on this", slug="nothing", **years)
    course = factories.course("Neglect basics", topics=[topic])
    factories.course("Never held", slug="never-held")
    session = factories.session(course, capacity=5)
    gone = factories.session(course, status="cancelled")
    factories.session(course, status="planned")
    people = [book(session.pk, factories.person(n, agency=school if n % 2 else police)) for n in range(1, 5)]
    people.append(book(session.pk, factories.person(5, agency_name="Somewhere else")))
    waiting = book(session.pk, factories.person(6))
    assert waiting.status == "waiting"
    upcoming = reports.figures(month_of(session))
    assert upcoming.total.still_waiting == 1
    assert upcoming.total.not_recorded == 0
    assert upcoming.courses_without_session == ["Never held"]
    assert upcoming.priorities_without_session == ["Nothing on this"]
    cancel(people[4].key)  # its place is offered to the one who waits, and lapses
    time_machine.move_to(session.ends_at + timedelta(days=1))
    Booking.objects.filter(pk=waiting.pk).update(status="cancelled", cancelled_at=timezone.now())
    decided(people[:1], "attended")
    decided(people[1:2], "partly")
    decided(people[2:3], "not_attended")
    found = reports.figures(month_of(session))
    total = found.total
    assert (total.sessions, total.places, total.bookings, total.had_place) == (1, 5, 6, 4)
    assert (total.attended, total.partly, total.not_attended, total.not_recorded) == (1, 1, 1, 1)
    assert (total.cancelled, total.waited, total.still_waiting) == (2, 1, 0)
    assert total.attendance == pytest.approx(2 / 3)
    assert total.places_filled == pytest.approx(4 / 5)
    assert total.sessions_cancelled == (1 if month_of(gone) == month_of(session) else 0)
    assert {line.name: line.counts.bookings for line in found.by_agency} == {
        "Example Police": 2,
        "Example Primary School": 2,
        reports.ELSEWHERE: 2,
    }
    assert [line.counts.bookings for line in found.by_course] == [6]
    assert {line.name: line.counts.bookings for line in found.by_priority} == {"Neglect first": 6, "Nothing on this": 0}
    assert sum(line.counts.bookings for line in found.by_month) == 6
    assert found.courses_without_session == ["Neglect basics", "Never held"]


def test_a_session_on_the_last_evening_of_a_month_belongs_to_it():
    session = factories.session()
    begin = timezone.make_aware(timezone.datetime(2030, 3, 31, 23, 30))  # summer time, 22:30 UTC
    session.days.update(starts_at=begin, ends_at=begin + timedelta(hours=1))
    factories.fill(session, 1)
    march, april = (Period.of_months(date(2030, month, 1), date(2030, month, 1)) for month in (3, 4))
    assert (reports.figures(march).total.bookings, reports.figures(april).total.bookings) == (1, 0)


def answer_all(session, moment: Moment, number: int, score: int, words: str = ""):
    """So many delegates answer every figure with a score."""
    for booking in session.bookings.order_by("pk")[:number]:
        given = {q.pk: score for q in evaluations.questions(booking, moment) if q.kind == "scale"}
        texts = {q.pk: words for q in evaluations.questions(booking, moment) if q.kind == "text" and words}
        evaluations.keep(booking, moment, {**given, **texts})


def test_change_is_shown_from_five_answers_on_and_small_groups_stay_hidden():
    large = factories.session()
    small = factories.session(factories.course("Small one", slug="small-one"))
    factories.fill(large, 6)
    factories.fill(small, 4, start=20)
    answer_all(large, Moment.BEFORE, 6, 2)
    answer_all(large, Moment.AFTER, 5, 4, "A word of thanks")
    answer_all(small, Moment.BEFORE, 4, 5)
    answer_all(small, Moment.AFTER, 4, 5, "Hidden words")
    found = reports.figures(month_of(large)).evaluations
    by_course = {one.name: one for one in found.by_course}
    first = by_course["Neglect basics"].scored[0]
    assert first.change(Moment.AFTER) == 2
    assert {response.moment: (response.asked, response.answered) for response in by_course["Small one"].responses} == {
        Moment.BEFORE: (4, 4),
        Moment.AFTER: (4, 4),
        Moment.LATER: (0, 0),
    }
    assert by_course["Small one"].changes == []
    assert all(mean.value is None for scored in by_course["Small one"].scored for mean in scored.means.values())
    # Nor can the small group be got by taking the shown ones from the whole.
    assert found.total.scored[0].means[Moment.BEFORE].number == 6
    period = month_of(large)
    given = answers(period.since, period.until)
    assert list(given) == [large.course_id]
    assert {text for each in given[large.course_id].words for text in each.texts} == {"A word of thanks"}


def test_the_screens_show_it_to_the_training_team_alone(client, trainer):
    session = factories.session()
    factories.fill(session, 6)
    answer_all(session, Moment.AFTER, 5, 4, "Formula: none")
    html = client.get(around(session)).content.decode()
    assert "dscp-chart__other" in html
    assert "0 of 0" not in html
    assert "5 of 5 (100%)" in html
    course = client.get(f"{REPORTS}course/{session.course_id}/?{reports_views.as_query(month_of(session))}")
    assert "Formula: none" in course.content.decode()
    assert client.get(f"{REPORTS}course/999999/").status_code == 404
    assert "make no period" in client.get(f"{REPORTS}?from=2026-05&to=nonsense").content.decode()
    assert "make no period" in client.get(f"{REPORTS}?from=2026-05&to=2026-04").content.decode()
    trainer.groups.set([Group.objects.get(name="Editors")])
    for path in ("", "export/", f"course/{session.course_id}/"):
        assert client.get(REPORTS + path).status_code in (302, 403)


def test_who_missed_twice_is_named_only_to_those_who_see_bookings(client, trainer):
    sessions = [factories.session(days=21), factories.session(days=21), factories.session(days=21)]
    for session in sessions:
        decided([book(session.pk, factories.person(1, name="Zoë O’Brien"))], "not_attended")
    decided([book(sessions[0].pk, factories.person(2, name="Once Only"))], "not_attended")
    html = client.get(around(sessions[0])).content.decode()
    assert "Zoë O’Brien" in html
    assert "Once Only" not in html

    def sheets() -> list[str]:
        return load_workbook(BytesIO(client.get(around(sessions[0]).replace("?", "export/?")).content)).sheetnames

    assert "Repeated non-attendance" in sheets()
    group = Group.objects.get(name=roles.TRAINING_TEAM)
    group.permissions.remove(*group.permissions.filter(codename="export_booking"))
    assert "Repeated non-attendance" not in sheets()
    group.permissions.remove(*group.permissions.filter(codename="view_booking"))
    assert "Zoë O’Brien" not in client.get(around(sessions[0])).content.decode()


def test_the_workbook_has_the_screens_figures_and_no_formula(client, trainer):
    session = factories.session(factories.course("=1+1 and more", slug="formula"))
    factories.fill(session, 6)
    EvaluationQuestion.objects.filter(kind="text").update(text="@SUM(A1)")
    answer_all(session, Moment.AFTER, 5, 4, "=HYPERLINK(1)")
    book_ = load_workbook(BytesIO(client.get(around(session).replace("?", "export/?")).content))
    rows = {row[0].value: row[1].value for row in book_["Summary"].iter_rows()}
    assert rows["Had a place"] == 6
    assert [cell.value for cell in book_["Courses"]["A"]] == ["Course", "'=1+1 and more"]
    assert "'=HYPERLINK(1)" in [cell.value for cell in book_["Answers"]["C"]]
    kinds = {cell.data_type for sheet in book_ for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds


@pytest.mark.parametrize("path", ["", "export/"])
def test_queries_do_not_grow(client, trainer, django_assert_max_num_queries, path):
    def measured() -> int:
        with django_assert_max_num_queries(80) as found:
            assert client.get(around(first).replace("?", f"{path}?")).status_code == 200
        return len(found)

    first = factories.session(factories.course())
    factories.fill(first, 6)
    answer_all(first, Moment.AFTER, 5, 4, "Words")
    decided(first.bookings.all(), "not_attended")
    decided(factories.fill(factories.session(), 1), "not_attended")
    client.get(around(first))  # what is read once a process
    few = measured()
    for number in range(4):
        more = factories.session(factories.course(f"Course {number}", slug=f"course-{number}"))
        factories.fill(more, 8, start=1)
        answer_all(more, Moment.AFTER, 6, 3, "Words")
        decided(more.bookings.all()[:4], "not_attended")
    assert measured() <= few
