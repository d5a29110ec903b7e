"""The booking form, what it answers, and the page after it."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.utils import timezone

from dscp_cms.models import OutgoingMail
from dscp_cms.testing.axe import scrolls_sideways, violations
from dscp_cms.testing.pages import make
from training import booking, receipts, scheduling
from training.charging_policy import version_of
from training.forms import BookingForm
from training.models import Booking, TrainingSession
from training.tests import factories

pytestmark = pytest.mark.django_db


def typed(**fields) -> dict[str, str]:
    """What a person types into the form."""
    return {
        "name": "Delegate One",
        "email": "delegate.one@example.org",
        "agency_name": "Example Charity",
        "job_title": "Youth worker",
        "manager_name": "Manager One",
        "manager_email": "manager.one@example.org",
        "manager_agrees": "on",
        **fields,
    }


def form_of(session) -> str:
    return f"/training/sessions/{session.pk}/book/"


def errors(response) -> dict[str, list[str]]:
    assert response.status_code == 200
    return response.context["form"].errors


def policy():
    """A catalogue with a charging policy."""
    catalogue = factories.catalogue()
    page = make(apps.get_model("home.StandardPage"), catalogue, "Charging policy", slug="charging-policy")
    catalogue.charging_policy = page
    catalogue.save_revision().publish()
    page.refresh_from_db()
    return page


# Booking


def test_one_form_one_post_one_row_and_a_page_that_says_what_happens_next(client, tasks_in_database):
    session = factories.session()
    response = client.post(form_of(session), typed(mobile="07700 900123", needs="A hearing loop\nNo nuts"))
    assert response.status_code == 302
    row = Booking.objects.get()
    assert (row.name, row.email, row.agency_name, row.job_title) == (
        "Delegate One",
        "delegate.one@example.org",
        "Example Charity",
        "Youth worker",
    )
    assert (row.manager_email, row.mobile, row.needs) == (
        "manager.one@example.org",
        "07700 900123",
        "A hearing loop\nNo nuts",
    )
    assert row.status == "confirmed"
    assert sorted(OutgoingMail.objects.values_list("to", flat=True)) == [row.email, "manager.one@example.org"]
    after = client.get(response["Location"])
    page = after.content.decode()
    assert "Your place is confirmed" in page and "What happens next" in page and row.email in page
    assert not after.cookies and "no-store" in after["Cache-Control"]


def test_the_same_again_gets_the_same_page_and_no_second_mail(client):
    session = factories.session()
    first = client.post(form_of(session), typed())
    again = client.post(form_of(session), typed(name="DELEGATE  one", email="Delegate.One@Example.org"))
    # Their addresses hold the moment at which they were made.
    pages = [client.get(to).content.replace(to.encode(), b"") for to in (first["Location"], again["Location"])]
    assert pages[0] == pages[1]
    assert Booking.objects.count() == 1
    assert OutgoingMail.objects.filter(to="delegate.one@example.org").count() == 1


def test_nobody_is_refused_for_their_network_or_their_speed(client):
    session = factories.session(capacity=100)
    for number in range(25):
        response = client.post(form_of(session), typed(name=f"Delegate {number}"), REMOTE_ADDR="192.0.2.1")
        assert response.status_code == 302
    assert Booking.objects.filter(status="confirmed").count() == 25


def test_a_full_session_says_the_position(client):
    session = factories.session(capacity=1)
    factories.fill(session)
    assert "This session is full." in client.get(form_of(session)).content.decode()
    for number in (1, 2):
        response = client.post(form_of(session), typed(name=f"Waiting {number}"))
        page = client.get(response["Location"]).content.decode()
        assert "You are on the waiting list" in page and f"number {number}" in page


def test_an_unknown_agency_awaits_approval(client):
    session = factories.session(open_to="known_domains")
    response = client.post(form_of(session), typed())
    assert "We have your request" in client.get(response["Location"]).content.decode()
    factories.agency(email_domain="example.org")
    response = client.post(form_of(session), typed(name="Another"))
    assert "Your place is confirmed" in client.get(response["Location"]).content.decode()


def test_a_typed_agency_that_we_know_is_taken_for_it(client):
    known, session = factories.agency("St Mary’s School"), factories.session()
    client.post(form_of(session), typed(agency="other", agency_name="st  mary's SCHOOL"))
    assert Booking.objects.get().agency == known
    client.post(form_of(session), typed(name="Two", agency=str(known.pk), agency_name="ignored"))
    assert (Booking.objects.get(name="Two").agency, Booking.objects.get(name="Two").agency_name) == (known, "")
    client.post(form_of(session), typed(name="Three", agency="other", agency_name="Another"))
    assert (Booking.objects.get(name="Three").agency, Booking.objects.get(name="Three").agency_name) == (
        None,
        "Another",
    )


# The charging policy


def test_the_version_of_the_policy_is_kept(client):
    page, session = policy(), factories.session()
    shown = client.get(form_of(session))
    assert page.url in shown.content.decode()
    seen = shown.context["form"]["policy_seen"].value()
    assert errors(client.post(form_of(session), typed(policy_seen=seen))) == {
        "accepts_policy": ["Read the charging policy, then tick that you accept it."]
    }
    client.post(form_of(session), typed(policy_seen=seen, accepts_policy="on"))
    assert Booking.objects.get().policy_version == version_of(page) == seen
    assert str(page.live_revision_id) in seen


def test_a_policy_that_changed_meanwhile_is_asked_about_again(client):
    page, session = policy(), factories.session()
    seen = client.get(form_of(session)).context["form"]["policy_seen"].value()
    page.summary = "Something else now."
    page.save_revision().publish()
    response = client.post(form_of(session), typed(policy_seen=seen, accepts_policy="on"))
    assert "changed meanwhile" in errors(response)["accepts_policy"][0]
    now = response.context["form"]["policy_seen"].value()
    assert now != seen and not response.context["form"]["accepts_policy"].value()
    client.post(form_of(session), typed(policy_seen=now, accepts_policy="on"))
    page.refresh_from_db()
    assert Booking.objects.get().policy_version == version_of(page)


def test_who_pays_is_asked_only_where_a_rule_may_charge(client):
    shown = client.get(form_of(factories.session())).content.decode()
    assert "Order number" not in shown and "invoice" not in shown
    form = BookingForm(typed(order_number="PO 1", finance_contact="Finance"), may_charge=True)
    assert form.is_valid() and form.details().order_number == "PO 1" and form.details().finance_contact == "Finance"


# Errors


def test_every_error_says_what_to_do_and_keeps_what_was_typed(client):
    factories.agency()
    session = factories.session()
    response = client.post(
        form_of(session), {"name": "  ", "email": "no address", "mobile": "call me", "needs": "Kept <b>as typed</b>"}
    )
    assert set(errors(response)) == {
        *("name", "email", "agency", "job_title", "manager_name", "manager_email", "mobile", "manager_agrees"),
    }
    page = response.content.decode()
    assert "There is a problem" in page and page.count("<title>Error: ") == 1
    for field in ("name", "email", "agency"):
        assert f'href="#id_{field}"' in page and f'id="id_{field}_error"' in page
    assert "no address" in page and "Kept &lt;b&gt;as typed&lt;/b&gt;" in page
    assert not Booking.objects.exists()


@pytest.mark.parametrize(
    "name",
    [
        "Zoë O’Neill-D'Arcy",
        "محمد الأحمد",
        "אברהם‎ כהן",
        "Ngũgĩ wa Thiong'o",
        "N" * 200,
        "<script>alert(1)</script>",
        '=HYPERLINK("x")',
    ],
)
def test_names_of_every_kind_are_kept(client, name):
    session = factories.session()
    response = client.post(form_of(session), typed(name=name))
    assert Booking.objects.get().name == name
    page = client.get(response["Location"]).content.decode()
    assert "<script>alert" not in page
    mail = OutgoingMail.objects.get(to="delegate.one@example.org")
    assert name in mail.text


def test_no_name_becomes_a_header(client):
    session = factories.session()
    client.post(form_of(session), typed(name="Delegate\r\nBcc: everybody@example.org", manager_name="M\nX: y"))
    row = Booking.objects.get()
    assert "\n" not in row.name and "\r" not in row.name and "\n" not in row.manager_name
    for mail in OutgoingMail.objects.all():
        assert "\n" not in mail.subject and "\nBcc:" not in mail.text


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", "N" * 201), ("email", "a" * 250 + "@example.org"), ("email", "a\r\nb@example.org"), ("job_title", "J" * 121),
     ("needs", "n" * 1001), ("mobile", "0" * 21), ("agency", "999999"), ("manager_email", "x"), ("name", "\x00")],
)  # fmt: skip
def test_what_cannot_be_kept_is_refused_in_words(client, field, value):
    factories.agency()
    session = factories.session()
    response = client.post(form_of(session), typed(**{"agency": "other", field: value}))
    assert list(errors(response)) == [field]
    assert not Booking.objects.exists()


def test_a_session_that_closed_meanwhile_says_so_and_keeps_what_was_typed(client):
    session = factories.session()
    TrainingSession.objects.filter(pk=session.pk).update(booking_closes_at=timezone.now() - timedelta(minutes=1))
    response = client.post(form_of(session), typed())
    assert errors(response) == {"__all__": ["Booking for this session has closed."]}
    assert "delegate.one@example.org" in response.content.decode()
    full = factories.session(capacity=1, waiting_list=False)
    factories.fill(full)
    assert "no waiting list" in errors(client.post(form_of(full), typed()))["__all__"][0]


@pytest.mark.parametrize(
    "fields", [{"days": -3}, {"external_url": "https://example.org/"}, {"waiting_list": False, "capacity": 1}]
)
def test_a_form_for_nothing_leads_back_to_the_session(client, fields):
    session = factories.session(**fields)
    if "capacity" in fields:
        factories.fill(session)
    for name in ("book", "book-team"):
        response = client.get(f"/training/sessions/{session.pk}/{name}/")
        assert response.status_code == 302 and response["Location"] == f"/training/sessions/{session.pk}/"


def test_forms_want_a_token_against_forgery(settings):
    from django.test import Client

    session = factories.session()
    careful = Client(enforce_csrf_checks=True)
    assert careful.post(form_of(session), typed()).status_code == 403
    token = careful.get(form_of(session)).cookies["csrftoken"].value
    assert careful.post(form_of(session), typed(csrfmiddlewaretoken=token)).status_code == 302


# Receipts


def test_a_receipt_shows_and_does_nothing_else(client, time_machine):
    time_machine.move_to("2026-03-02 10:00 +0000", tick=False)
    session = factories.session(delivery_method="virtual", venue=None, joining_link="https://teams.example.org/secret")
    answer = client.post(form_of(session), typed())
    address = answer["Location"]
    page = client.get(address).content.decode()
    assert "secret" not in page and str(Booking.objects.get().key) not in page
    for forged in (
        address[:-2] + "/",
        address.replace("booked/", "booked/A"),
        f"/training/sessions/{session.pk}/booked/x/",
    ):
        assert client.get(forged).status_code == 404
        assert "Look in your e-mail" in client.get(forged).content.decode()
    time_machine.move_to("2026-03-03 10:00:01 +0000", tick=False)
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("status", ["cancelled", "offered"])
def test_a_receipt_says_how_it_stands_now(client, status):
    session = factories.session(capacity=1)
    first = booking.book(session.pk, factories.person(1))
    waiting = booking.book(session.pk, factories.person(2))
    address = f"/training/sessions/{session.pk}/booked/{receipts.make([waiting])}/"
    if status == "offered":
        booking.cancel(first.key)
        assert "A place is offered to you" in client.get(address).content.decode()
    else:
        scheduling.cancel_session(session.pk)
        assert "This booking is cancelled" in client.get(address).content.decode()


# For everybody


@pytest.mark.browser
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_booking_works_for_everybody(live_server, page, browser):
    policy()
    factories.agency()
    session = factories.session(capacity=1)
    page.goto(f"{live_server.url}/training/sessions/{session.pk}/")
    page.get_by_role("link", name="Book a place").press("Enter")
    assert violations(page) == []
    page.get_by_label("Full name").fill("Zoë O’Neill")
    page.get_by_role("button", name="Book this place").press("Enter")
    page.wait_for_function("document.activeElement.classList.contains('error-summary')")
    assert violations(page) == []
    page.set_viewport_size({"width": 320, "height": 800})
    assert not scrolls_sideways(page)
    assert page.get_by_label("Full name").input_value() == "Zoë O’Neill"
    page.get_by_role("link", name="Choose an agency, or say that it is not in the list.").press("Enter")
    assert page.evaluate("document.activeElement.id") == "id_agency"
    _fill(page)
    page.get_by_role("button", name="Book this place").press("Enter")
    page.wait_for_url("**/booked/*/")
    assert page.get_by_role("heading", level=1).inner_text() == "Your place is confirmed"
    assert violations(page) == []
    plain = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800})
    second = plain.new_page()
    second.goto(f"{live_server.url}/training/sessions/{session.pk}/book/")
    second.get_by_label("Full name").fill("Delegate Two")
    _fill(second)
    second.get_by_role("button", name="Join the waiting list").click()
    assert second.get_by_role("heading", level=1).inner_text() == "You are on the waiting list"
    plain.close()
    assert Booking.objects.filter(status="waiting").count() == 1


def _fill(page):
    page.get_by_label("Work e-mail").fill("office@example.org")
    page.get_by_label("Agency", exact=True).select_option("Example Primary School")
    page.get_by_label("Job title").fill("Teacher")
    page.get_by_label("Line manager’s name").fill("Manager One")
    page.get_by_label("Line manager’s e-mail").fill("manager.one@example.org")
    page.get_by_label("My line manager agrees").check()
    page.get_by_label("I have read the charging policy").check()
