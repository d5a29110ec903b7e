"""Sessions as readers meet them: the list, the month, the calendar file, each session's page, the course, the front page."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from icalendar import Calendar

from dscp_cms.testing.axe import scrolls_sideways, violations
from dscp_cms.testing.pages import front_page, topic
from dscp_cms.testing.scale import size
from training import scheduling
from training.models import SessionDay, TrainingSession
from training.tests import factories

pytestmark = pytest.mark.django_db
LIST = "/training/sessions/"


def html(client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return response.content.decode()


def found(client, query: str = "") -> set[str]:
    return {session.course.title for session in client.get(f"{LIST}{query}").context["page_obj"]}


# The list


def test_the_list_is_filtered_by_date_method_level_topic_and_places(client, time_machine):
    time_machine.move_to("2026-03-02 10:00 +0000")
    factories.session(factories.course("Neglect", topics=[topic("Neglect")], level="1-2"), days=10)
    factories.session(
        factories.course("Gangs", level="3"),
        days=40,
        delivery_method="virtual",
        venue=None,
        joining_link="https://t.example/1",
    )
    full = factories.session(factories.course("Managers", level="3-4"), days=12, capacity=1)
    factories.fill(full)
    factories.session(factories.course("Elsewhere", level=""), days=13, external_url="https://example.org/book")
    assert found(client) == {"Neglect", "Gangs", "Managers", "Elsewhere"}
    assert found(client, "?month=2026-04") == {"Gangs"}
    assert found(client, "?month=2026-03&places=left") == {"Neglect"}
    assert found(client, "?method=virtual") == {"Gangs"}
    assert found(client, "?level=3") == {"Gangs", "Managers"}
    assert found(client, "?topic=neglect") == {"Neglect"}
    assert found(client, "?places=left") == {"Neglect", "Gangs"}
    assert found(client, "?topic=neglect&method=virtual") == set()


def test_the_next_comes_first_and_past_and_planned_ones_are_left_out(client):
    second = factories.session(days=20)
    first = factories.session(days=5)
    factories.session(days=-5)
    factories.session(days=6, status="planned")
    cancelled = factories.session(days=7)
    scheduling.cancel_session(cancelled.pk)
    assert [one.pk for one in client.get(LIST).context["page_obj"]] == [first.pk, cancelled.pk, second.pk]
    assert "Cancelled" in html(client, LIST)


@pytest.mark.parametrize(
    "query",
    [
        "?month=2026-99",
        "?month=x",
        "?level=9",
        "?method=%00",
        "?topic=%22",
        "?page=99",
        "?view=week",
        "?places=" + "a" * 5000,
    ]
    + [f"?view=month&month={text}" for text in ("", "0000-00", "2026-13", "9999-12", "٢٠٢٦-٠٥", "2026-5")],
)
def test_nonsense_is_taken_calmly(client, query):
    factories.session()
    html(client, f"{LIST}{query}")


def test_an_empty_list_offers_what_to_do(client):
    factories.catalogue()
    assert "/subscribe/" in html(client, LIST)
    factories.session()
    assert "Clear the filters" in html(client, f"{LIST}?method=virtual")


# The month


def test_the_month_shows_each_day_of_a_session(client, time_machine):
    time_machine.move_to("2026-03-02 10:00 +0000")
    session = factories.session(factories.course("Neglect"), days=22, number=3)  # 24 and 31 March, 7 April
    response = client.get(f"{LIST}?view=month&month=2026-03")
    days = {
        day.date.day: [entry.number for entry in day.entries]
        for week in response.context["weeks"]
        for day in week
        if day.entries
    }
    assert days == {24: [1], 31: [2]}
    april = response.context["following"]
    assert "month=2026-04" in april and "view=month" in april
    page = html(client, f"{LIST}?view=month&month=2026-04")
    assert "Day 3 of 3" in page and f'href="/training/sessions/{session.pk}/"' in page
    assert page.count("<table") == 1 and 'scope="col">Monday' in page
    # The clocks went forward on 29 March; the session begins at the same time of a clock.
    assert "9:30am" in page


def test_a_month_keeps_its_filters_on_the_way_to_the_next(client):
    factories.session()
    response = client.get(f"{LIST}?view=month&method=virtual&month={timezone.localdate():%Y-%m}")
    assert "method=virtual" in response.context["following"] and "method=virtual" in response.context["other_view"]
    assert "view=" not in response.context["other_view"]
    page = response.content.decode()
    assert '<input type="hidden" name="view" value="month">' in page


def test_a_month_far_away_is_not_offered(client):
    factories.catalogue()
    far = timezone.localdate().year + 5
    assert client.get(f"{LIST}?view=month&month={far}-12").context["following"] == ""
    assert client.get(f"{LIST}?view=month&month={far + 1}-01").context["month"].year == timezone.localdate().year


# The calendar file


@pytest.mark.parametrize("address", [f"{LIST}calendar.ics", f"{LIST}calendar.ics/"])
def test_all_sessions_as_a_calendar_file(client, address):
    session = factories.session(
        number=2, delivery_method="virtual", venue=None, joining_link="https://teams.example.org/secret"
    )
    response = client.get(address)
    assert response["Content-Type"].startswith("text/calendar")
    assert b"secret" not in response.content
    events = Calendar.from_ical(response.content).walk("VEVENT")
    assert [event["SUMMARY"] for event in events] == [f"{session.course.title} (day {day} of 2)" for day in (1, 2)]
    assert [event.decoded("DTSTART") for event in events] == [day.starts_at for day in session.days.all()]


def test_a_moved_or_cancelled_session_updates_calendars(client):
    session = factories.session()
    before = Calendar.from_ical(client.get(f"{LIST}calendar.ics").content).walk("VEVENT")[0]
    day = session.days.get()
    later = scheduling.DayTimes(day.starts_at + timedelta(days=1), day.ends_at + timedelta(days=1))
    scheduling.reschedule(session.pk, [later])
    after = Calendar.from_ical(client.get(f"{LIST}calendar.ics").content).walk("VEVENT")[0]
    assert after["UID"] == before["UID"] and after["SEQUENCE"] > before["SEQUENCE"]
    scheduling.cancel_session(session.pk)
    assert Calendar.from_ical(client.get(f"{LIST}calendar.ics").content).walk("VEVENT")[0]["STATUS"] == "CANCELLED"


# One session


def test_an_open_session_says_where_when_and_how_many_places(client):
    session = factories.session(capacity=12, facilitator="An example trainer", number=2)
    page = html(client, f"{LIST}{session.pk}/")
    assert "12 places left" in page
    for day in session.days.all():
        assert f"{timezone.localtime(day.starts_at):%A}" in page
    assert "9:30am to 12:30pm" in page and "Step-free from the car park." in page and "An example trainer" in page
    assert f'href="{LIST}{session.pk}/book/"' in page and f'href="{LIST}{session.pk}/book-team/"' in page


@pytest.mark.parametrize(
    ("state", "words", "bookable"),
    [
        ("full", "no waiting list", False),
        ("waiting", "Join the waiting list", True),
        ("closed", "Booking closed on", False),
        ("not_yet_open", "Booking opens on", False),
        ("cancelled", "will not take place", False),
        ("past", "This session is over", False),
        ("external", "Book on the other site", True),
    ],
)
def test_each_state_says_so_and_offers_what_is_next(client, state, words, bookable):
    now = timezone.now()
    fields = {
        "full": {"capacity": 1, "waiting_list": False},
        "waiting": {"capacity": 1},
        "closed": {"booking_closes_at": now - timedelta(days=1)},
        "not_yet_open": {"booking_opens_at": now + timedelta(days=1)},
        "past": {"days": -10},
        "external": {"external_url": "https://example.org/book"},
    }.get(state, {})
    session, other = factories.session(**fields), factories.session(days=50)
    if state in {"full", "waiting"}:
        factories.fill(session)
    if state == "cancelled":
        scheduling.cancel_session(session.pk)
    assert TrainingSession.objects.get(pk=session.pk).state == state
    page = html(client, f"{LIST}{session.pk}/")
    assert words in page
    assert (f"{LIST}{session.pk}/book/" in page) is (bookable and state != "external")
    assert ("https://example.org/book" in page) is (state == "external")
    if state != "external":
        assert "Other dates of this course" in page and f'href="{LIST}{other.pk}/"' in page


def test_without_another_date_there_is_still_something_to_do(client):
    session = factories.session(days=-10)
    page = html(client, f"{LIST}{session.pk}/")
    assert "What you can do next" in page and "/subscribe/" in page and session.course.url in page


def test_the_last_places_stand_out(client):
    session = factories.session(capacity=3)
    factories.fill(session, 2)
    assert "Only 1 place left" in html(client, f"{LIST}{session.pk}/")
    assert "Only 1 place left" in html(client, LIST)


def test_a_change_of_the_day_stands_on_top(client):
    session = factories.session(notice="Now in room 2 <script>")
    assert "Now in room 2 &lt;script&gt;" in html(client, f"{LIST}{session.pk}/")


def test_nobody_sees_the_joining_link_or_a_hidden_session(client):
    session = factories.session(delivery_method="virtual", venue=None, joining_link="https://teams.example.org/secret")
    for address in (
        LIST,
        f"{LIST}?view=month",
        f"{LIST}{session.pk}/",
        f"{LIST}{session.pk}/book/",
        session.course.url,
    ):
        assert "secret" not in html(client, address), address
    planned = factories.session(status="planned")
    for key in (planned.pk, 999999, 10**30):
        assert client.get(f"{LIST}{key}/").status_code == 404


def test_a_course_for_some_only_keeps_its_sessions_to_them(client):
    from wagtail.models import PageViewRestriction

    session = factories.session(factories.course("For partners"))
    PageViewRestriction.objects.create(page=session.course, restriction_type="login")
    assert client.get(f"{LIST}{session.pk}/").status_code == 404
    assert client.get(f"{LIST}{session.pk}/book/").status_code == 404
    assert "For partners" not in html(client, LIST)
    assert b"For partners" not in client.get(f"{LIST}calendar.ics").content


def test_pages_without_forms_set_no_cookie_and_may_be_cached(client):
    session = factories.session()
    for address in (
        "/training/",
        LIST,
        f"{LIST}?view=month",
        f"{LIST}calendar.ics",
        f"{LIST}{session.pk}/",
        session.course.url,
    ):
        response = client.get(address)
        assert not response.cookies, address
        assert "Cookie" not in response.get("Vary", ""), address
    for address in (LIST, f"{LIST}calendar.ics", f"{LIST}{session.pk}/"):
        assert client.post(address).status_code == 405, address


# The course, the catalogue, the front page


def test_a_course_lists_its_dates_and_the_catalogue_its_next_one(client):
    course = factories.course("Neglect")
    later, sooner = factories.session(course, days=30), factories.session(course, days=9, capacity=5)
    factories.session(course, days=-9)
    page = html(client, course.url)
    assert page.index(f"{LIST}{sooner.pk}/") < page.index(f"{LIST}{later.pk}/") and "5 places left" in page
    day = timezone.localtime(sooner.starts_at)
    for address in ("/training/", "/"):
        assert f"{day.day} {day:%B %Y}" in html(client, address), address
    assert "No date is planned" in html(client, factories.course("Another").url)


def test_a_course_is_previewed_with_related_ones_that_are_not_saved_yet():
    course, other = factories.course("Neglect"), factories.course("Gangs")
    factories.session(other, days=9)
    course.related_courses = [other]
    page = course.make_preview_request(preview_mode="").content.decode()
    assert "Related courses" in page and "Gangs" in page and "Next date" in page


def test_the_front_page_shows_what_is_next_first(client):
    for number in range(6):
        factories.course(f"Course {number}")
    last = factories.course("Zebra")
    factories.session(last, days=3)
    courses = list(client.get("/").context["courses"])
    assert courses[0].title == "Zebra" and len(courses) == 4


# Size


def many(number: int, courses: int) -> None:
    """So many sessions, over so many courses, from yesterday on."""
    pages = [factories.course(f"Course {place}") for place in range(courses)]
    begin = timezone.now().replace(microsecond=0)
    made = TrainingSession.objects.bulk_create(
        [
            TrainingSession(course=pages[place % courses], status="open", venue=factories.venue(), capacity=20)
            for place in range(number)
        ]
    )
    SessionDay.objects.bulk_create(
        [
            SessionDay(
                session=one,
                starts_at=begin + timedelta(hours=place % 2000),
                ends_at=begin + timedelta(hours=place % 2000 + 3),
            )
            for place, one in enumerate(made)
        ]
    )


def queries(client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def check_query_counts(client, number: int, courses: int) -> None:
    """As many queries with so many sessions as with ten."""
    topic("Neglect")
    many(10, 2)
    course = factories.course("Course of its own")
    session = factories.session(course)
    addresses = [
        "/",
        "/training/",
        LIST,
        f"{LIST}?view=month",
        f"{LIST}{session.pk}/",
        course.url,
        f"{LIST}calendar.ics",
    ]
    addresses += [f"{LIST}?places=left&level=2&topic=neglect&method=virtual", f"{LIST}{session.pk}/book/"]
    for address in addresses:
        client.get(address)  # what is looked up once and remembered
    few = {address: queries(client, address) for address in addresses}
    many(number, courses)
    assert {address: queries(client, address) for address in addresses} == few
    assert max(few.values()) <= 20, few


def test_queries_do_not_grow(client):
    check_query_counts(client, 60, 4)


@pytest.mark.once  # the quick one runs on both
@pytest.mark.scale
def test_queries_do_not_grow_at_scale(client):
    check_query_counts(client, size(2000), size(200))


# For everybody


@pytest.mark.browser
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_pages_work_for_everybody(live_server, page):
    course = factories.course("Neglect basics")
    front_page()
    session = factories.session(course, days=4, number=2, notice="Now in room 2")
    full = factories.session(course, days=5, capacity=1, waiting_list=False)
    factories.fill(full)
    over = factories.session(course, days=-5)
    broken = []
    page.on("console", lambda message: broken.append(message.text) if message.type == "error" else None)
    month = f"{LIST}?view=month&month={timezone.localtime(session.starts_at):%Y-%m}"
    for address in (
        LIST,
        f"{LIST}?method=virtual",
        month,
        f"{LIST}{session.pk}/",
        f"{LIST}{full.pk}/",
        f"{LIST}{over.pk}/",
        course.url,
    ):
        page.goto(f"{live_server.url}{address}")
        assert violations(page) == []
        page.set_viewport_size({"width": 320, "height": 800})
        assert not scrolls_sideways(page), address
    assert broken == []
    page.goto(f"{live_server.url}{month}")
    table, phone = page.locator("table.month"), page.locator(".month-days")
    assert phone.is_visible() and not table.is_visible()
    page.set_viewport_size({"width": 1280, "height": 800})
    assert table.is_visible() and not phone.is_visible()
    page.get_by_role("table").get_by_role("link", name="Neglect basics").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{LIST}*/")
