"""Booking several colleagues on one form."""

import pytest

from dscp_cms.models import OutgoingMail
from dscp_cms.testing.axe import scrolls_sideways, violations
from training.models import Booking
from training.tests import factories

pytestmark = pytest.mark.django_db


def form_of(session) -> str:
    return f"/training/sessions/{session.pk}/book-team/"


def typed(*names: str, **fields) -> dict[str, str]:
    """What a safeguarding lead types: one row a name; an empty name is a row left empty."""
    rows = {}
    for place, name in enumerate(names):
        rows[f"people-{place}-name"] = name
        rows[f"people-{place}-email"] = f"{place}@example.org" if name else ""
        rows[f"people-{place}-job_title"] = "Teacher" if name else ""
    return {
        "people-TOTAL_FORMS": str(len(names)),
        "people-INITIAL_FORMS": "0",
        "booker_name": "Lead Person",
        "booker_email": "lead@example.org",
        "agency_name": "Example Charity",
        "manager_name": "Head Person",
        "manager_email": "head@example.org",
        "manager_agrees": "on",
        **rows,
        **fields,
    }


def test_each_colleague_has_a_row_and_a_message_of_their_own(client, tasks_in_database):
    session = factories.session(capacity=2)
    response = client.post(form_of(session), typed("One", "", "Two", "Three"))
    assert response.status_code == 302
    rows = list(Booking.objects.order_by("pk"))
    assert [(row.name, row.status) for row in rows] == [
        ("One", "confirmed"),
        ("Two", "confirmed"),
        ("Three", "waiting"),
    ]
    assert {(row.booker_name, row.booker_email, row.agency_name) for row in rows} == {
        ("Lead Person", "lead@example.org", "Example Charity")
    }
    assert sorted(OutgoingMail.objects.exclude(to="head@example.org").values_list("to", flat=True)) == [
        "0@example.org",
        "2@example.org",
        "3@example.org",
    ]
    page = client.get(response["Location"]).content.decode()
    assert "What you booked" in page and page.count("Confirmed") == 2 and "number 1" in page
    assert page.index("One") < page.index("Three")


def test_ten_at_most(client):
    session = factories.session(capacity=30)
    eleven = [f"Colleague {number}" for number in range(11)]
    response = client.post(form_of(session), typed(*eleven))
    assert response.status_code == 200 and not Booking.objects.exists()
    assert client.post(form_of(session), typed(*eleven[:10])).status_code == 302
    assert Booking.objects.count() == 10


def test_each_row_has_its_own_errors_and_keeps_what_was_typed(client):
    session = factories.session()
    response = client.post(
        form_of(session), typed("One", "Two", **{"people-1-email": "x", "people-0-needs": "Lift", "booker_name": ""})
    )
    page = response.content.decode()
    assert response.status_code == 200 and not Booking.objects.exists()
    assert "Colleague 2: Enter an e-mail address like name@example.org." in page and 'href="#id_people-1-email"' in page
    assert "Enter your own name." in page and "Lift" in page and "<title>Error: " in page
    only_rows = client.post(form_of(session), typed("One", **{"people-0-email": ""})).content.decode()
    assert "<title>Error: " in only_rows and "Colleague 1: Enter the work e-mail address." in only_rows


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"people-0-name": "", "people-0-email": "", "people-0-job_title": ""}, "Enter at least one colleague."),
        ({"people-TOTAL_FORMS": "0"}, "Enter at least one colleague."),
        ({"people-TOTAL_FORMS": "x"}, "The list of colleagues could not be read."),
        ({"people-TOTAL_FORMS": "5000"}, "10"),
    ],
)
def test_odd_rows_are_answered_in_words(client, fields, words):
    session = factories.session()
    response = client.post(form_of(session), typed("One", **fields))
    assert response.status_code == 200 and words in response.content.decode()
    assert not Booking.objects.exists()


def test_the_same_person_twice_is_pointed_out(client):
    session = factories.session()
    response = client.post(form_of(session), typed("Zoë", "ZOE", **{"people-1-email": "0@EXAMPLE.org"}))
    assert "Colleague 2: This is the same person as colleague 1." in response.content.decode()


def test_all_or_none(client):
    session = factories.session(capacity=1, waiting_list=False)
    response = client.post(form_of(session), typed("One", "Two"))
    assert "Colleague 2: Every place is taken." in response.content.decode()
    assert not Booking.objects.exists() and not OutgoingMail.objects.exists()


def test_rows_are_added_by_address_or_button_without_losing_a_word(client):
    session = factories.session()
    for asked, rows in (("5", 5), ("99", 10), ("0", 1), ("x", 3), ("", 3), ("-1", 3), ("٣", 3)):
        assert len(client.get(form_of(session), {"people": asked}).context["team"].forms) == rows, asked
    response = client.post(form_of(session), typed("One", "Two", add="1", booker_email="not checked yet"))
    page = response.content.decode()
    assert len(response.context["team"].forms) == 3 and "There is a problem" not in page
    for words in ("One", "Two", "Teacher", "Lead Person", "not checked yet", "Example Charity"):
        assert f'value="{words}"' in page, words
    assert response.context["form"]["manager_agrees"].value()
    full = client.post(form_of(session), typed(*map(str, range(10)), add="1"))
    assert len(full.context["team"].forms) == 10 and "Add another" not in full.content.decode()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_form_works_for_everybody(live_server, page, browser):
    session = factories.session()
    page.goto(f"{live_server.url}{form_of(session)}")
    assert violations(page) == []
    page.get_by_role("button", name="Book these places").last.press("Enter")
    page.wait_for_function("document.activeElement.classList.contains('error-summary')")
    assert violations(page) == []
    page.set_viewport_size({"width": 320, "height": 800})
    assert not scrolls_sideways(page)
    context = browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(f"{live_server.url}{form_of(session)}?people=1")
    plain.get_by_role("button", name="Add another colleague").click()
    assert plain.url.endswith("#colleague-2")
    for place, name in enumerate(("One", "Two")):
        plain.get_by_label("Full name").nth(place).fill(name)
        plain.get_by_label("Work e-mail").nth(place).fill(f"{name}@example.org")
        plain.get_by_label("Job title").nth(place).fill("Teacher")
    plain.get_by_label("Your own name").fill("Lead")
    plain.get_by_label("Your own e-mail").fill("lead@example.org")
    plain.get_by_label("Agency", exact=True).fill("Example Charity")
    plain.get_by_label("Line manager’s name").fill("Head")
    plain.get_by_label("Line manager’s e-mail").fill("head@example.org")
    plain.get_by_label("Their line manager agrees").check()
    plain.get_by_label("Your own name").press("Enter")
    plain.wait_for_url("**/booked/**")
    assert plain.get_by_role("heading", level=1).inner_text() == "Your place is confirmed"
    context.close()
    assert Booking.objects.filter(status="confirmed").count() == 2
