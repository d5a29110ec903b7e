"""The register as people meet it: the team's screens, the facilitator's page, and one's own bookings."""

import re
from datetime import timedelta

import pypdfium2
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from dscp_cms.models import OutgoingMail
from dscp_cms.testing.axe import scrolls_sideways, violations
from training import booking, register_links, scheduling, tokens
from training.models import Attendance, Booking, RegisterLink
from training.tests import factories
from training.tests.test_attendance import begin, end, put, staff
from training.tests.test_attendance_files import TEAMS
from training.tests.test_session_admin import account

pytestmark = pytest.mark.django_db


@pytest.fixture
def team(client):
    client.force_login(account())
    return client


@pytest.fixture
def day():
    """A day that has begun, with three delegates who have told us much that isn't anybody's business."""
    session = factories.session(capacity=3)
    for number in (1, 2, 3):
        person = factories.person(
            number, needs=f"Secret need {number}", mobile="07700 900123", agency=factories.agency()
        )
        booking.book(session.pk, person)
    return begin(session)[0]


def screen(day, name: str) -> str:
    return f"/admin/training-day/{day.pk}/{name}/"


def text(response, status: int = 200) -> str:
    assert response.status_code == status
    return response.content.decode()


def typed(day, marks: dict, **more) -> dict:
    """What the form of a register sends when these names are marked."""
    people = Booking.objects.filter(session=day.session_id)
    now = dict(Attendance.objects.filter(day=day).values_list("booking_id", "mark"))
    data = {f"was-{each.pk}": now.get(each.pk, "") for each in people}
    data |= {f"mark-{each.pk}": marks.get(each.name, now.get(each.pk, "")) for each in people}
    return data | {"new-TOTAL_FORMS": "1", "new-INITIAL_FORMS": "0", **more}


def marks(day) -> dict:
    return dict(Attendance.objects.filter(day=day).values_list("booking__name", "mark"))


def test_the_team_keeps_a_register(team, day):
    page = text(team.get(screen(day, "register")))
    assert "Delegate 1" in page and "Secret need" not in page and "delegate.1@" not in page
    assert team.post(screen(day, "register"), typed(day, {"Delegate 1": "late"})).status_code == 302
    assert marks(day) == {"Delegate 1": "late"}
    data = typed(day, {"Delegate 2": "attended"})
    put(day, (Booking.objects.get(name="Delegate 1"), "attended"))  # somebody else, meanwhile
    team.post(screen(day, "register"), data | {"others": "1"})
    assert marks(day) == {"Delegate 1": "attended", "Delegate 2": "attended", "Delegate 3": "not_attended"}
    page = text(team.get(f"/admin/training/trainingsession/inspect/{day.session_id}/"))
    assert "3 of 3, 2 there" in page and screen(day, "sheet") in page
    assert "attended" in text(team.get(screen(day, "paper"))).lower()


def test_an_error_keeps_what_was_ticked(team, day):
    data = typed(day, {"Delegate 1": "late", "Delegate 2": "nonsense"})
    page = text(team.post(screen(day, "register"), data))
    assert "Choose one of the marks for Delegate 2." in page and marks(day) == {}
    assert re.search(r'value="late"[^>]*checked', page)
    scheduling.TrainingSession.objects.update(status="cancelled", cancelled_at=timezone.now())
    page = text(team.post(screen(day, "register"), typed(day, {"Delegate 1": "late"})))
    assert "This session was cancelled." in page and marks(day) == {}


def test_only_the_team_may(client, day):
    client.force_login(account("view_trainingsession", "view_booking", address="reader@example.org"))
    for name in ("register", "walk-in", "link", "file"):
        assert client.get(screen(day, name)).status_code == 302, name
    assert client.get(screen(day, "paper")).status_code == 200
    client.logout()
    assert client.get(screen(day, "sheet")).status_code == 302


def test_the_sign_in_sheet_has_names_and_agencies_only(team, day):
    Booking.objects.filter(name="Delegate 1").update(name="Zoë #[O’Neill] $x$")
    response = team.get(screen(day, "sheet"))
    assert response["Content-Type"] == "application/pdf" and "no-store" in response["Cache-Control"]
    document = pypdfium2.PdfDocument(response.content)
    words = " ".join(document[0].get_textpage().get_text_range().split())
    assert "Zoë #[O’Neill] $x$" in words and "Example Primary School" in words
    assert "Secret" not in words and "07700" not in words and "@" not in words


def test_staff_send_show_and_take_back_links(team, day, client):
    page = text(team.post(screen(day, "link"), {"email": "nobody"}))
    assert "Enter an e-mail address like name@example.org." in page
    assert team.post(screen(day, "link"), {"email": "facilitator@example.org"}).status_code == 302
    link = RegisterLink.objects.get()
    mail = OutgoingMail.objects.get(kind="training: register link")
    assert mail.to == "facilitator@example.org" and "Delegate" not in mail.text
    assert register_links.url(link) in text(team.get(screen(day, "link")))
    team.post(screen(day, "link"), {"show": "1"})
    team.post(screen(day, "link"), {"revoke": str(link.key)})
    for wrong in ("x" * 40, "zzzzzzzz-zzzz-zzzz-zzzz-zzzzzzzzzzzz", "", "00000000-0000-0000-0000-000000000000"):
        answer = team.post(screen(day, "link"), {"revoke": wrong}, follow=True)
        assert answer.status_code == 200 and "There is no such link to this day." in text(answer)
    page = text(client.get(register_links.path(link)), 410)
    assert "Delegate" not in page
    other = RegisterLink.objects.get(revoked_at=None)
    assert "Delegate 1" in text(client.get(register_links.path(other)))


def test_the_link_opens_names_and_agencies_and_nothing_else(client, day):
    address = register_links.path(register_links.create(day.pk, staff()))
    before = Attendance.objects.count(), Booking.objects.count()
    response = client.get(address)
    page = text(response)
    assert "Delegate 1" in page and "Example Primary School" in page
    assert not re.search("Secret|07700|delegate.1@|manager", page)
    assert "no-store" in response["Cache-Control"] and 'name="robots" content="noindex"' in page
    assert (Attendance.objects.count(), Booking.objects.count()) == before
    for bad in (address[:-2] + "/", address[:-4] + "AAA/", "/training/register/x/", "/training/register/%F0%9F%98%80/"):
        assert client.get(bad).status_code == 404, bad


def test_the_link_saves_marks_and_who_came_without_a_booking(client, day):
    address = register_links.path(register_links.create(day.pk, staff()))
    more = {"new-TOTAL_FORMS": "2", "new-0-name": "Sam Walker", "new-1-agency_name": "Example Hospital"}
    page = text(client.post(address, typed(day, {"Delegate 1": "attended"}, **more)), 400)
    assert "Enter the name of the person who came." in page and 'value="Sam Walker"' in page
    assert re.search(r'value="attended"[^>]*checked', page) and marks(day) == {}
    more |= {"new-1-name": "Kim Walker", "new-1-email": "kim@example.org"}
    data = typed(day, {"Delegate 1": "attended"}, **more)
    for _twice in range(2):
        response = client.post(address, data)
        assert response.status_code == 302
    page = text(client.get(response["Location"]))
    assert 'role="status"' in page and "Kim Walker" in page and "kim@example.org" not in page
    assert marks(day) == {"Delegate 1": "attended", "Sam Walker": "attended", "Kim Walker": "attended"}
    assert set(Attendance.objects.values_list("source", "by")) == {("link", None)}
    day.session.refresh_from_db()
    assert (day.session.taken, day.session.extra_places) == (5, 2)
    long = typed(day, {}, **{"new-0-name": "a" * 201})
    assert "Write this in 200 letters at most." in text(client.post(address, long), 400)
    assert client.post(address, {"new-TOTAL_FORMS": "nonsense"}).status_code == 400


def file(content: bytes, name: str = "attendance.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "text/csv")


def choices(page: str) -> dict:
    """What the table has chosen, as a browser would send it."""
    found = {"people": re.search(r'name="people" value="([^"]+)"', page)[1]}
    for name, options in re.findall(r'<select name="([^"]+)".*?>(.*?)</select>', page, re.S):
        chosen = re.search(r'value="([^"]*)" selected', options) or re.search(r'value="([^"]*)"', options)
        found[name] = chosen[1]
    return found


def test_a_file_is_shown_corrected_and_saved(team, day):
    one, two, three = Booking.objects.order_by("pk")
    Booking.objects.filter(pk=one.pk).update(email="delegate.one@example.org", name="Somebody Married")
    Booking.objects.filter(pk=two.pk).update(name="Delegate Twó")
    page = text(team.post(screen(day, "file"), {"file": file(TEAMS.encode("utf-16"))}))
    assert not Attendance.objects.exists() and "This file is of" in page
    sent = choices(page)
    assert [sent[f"who-{row}"] for row in range(3)] == [str(one.pk), str(two.pk), ""]
    assert "Delegate 3" in page[page.index("Booked, but not in the file") :]
    twice = sent | {"who-2": str(one.pk)}
    assert "Two people of the file have the same booking." in text(team.post(screen(day, "file"), twice))
    sent |= {"mark-0": "left_early", "mark-1": "attended", "who-2": "walk-in", "mark-2": "late", "others": "1"}
    assert team.post(screen(day, "file"), sent).status_code == 302
    assert marks(day) == {"Somebody Married": "left_early", "Delegate Twó": "attended", "Delegate Three": "late",
                          "Delegate 3": "not_attended"}  # fmt: skip
    assert Attendance.objects.get(booking=one).minutes == 183
    rows = list(Attendance.objects.order_by("pk").values())
    again = choices(text(team.post(screen(day, "file"), {"file": file(TEAMS.encode("utf-16"))})))
    assert again["mark-0"] == "left_early" and again["who-2"] not in {"", "walk-in"}
    for data in (again, sent):
        assert team.post(screen(day, "file"), data).status_code == 302
        assert list(Attendance.objects.order_by("pk").values()) == rows
    assert Booking.objects.count() == 4


def test_a_bad_file_or_an_old_table_gets_a_sentence(team, day):
    assert "This isn’t an attendance list" in text(team.post(screen(day, "file"), {"file": file(b"a,b\n1,2\n")}))
    assert "Choose the file." in text(team.post(screen(day, "file"), {}))
    assert "This table is too old." in text(team.post(screen(day, "file"), {"people": "forged"}))


def test_staff_add_a_walk_in_and_decide_about_an_attendance(team, day):
    page = text(team.post(screen(day, "walk-in"), {"name": "", "email": "x"}))
    assert "Enter the name of the person who came." in page
    assert team.post(screen(day, "walk-in"), {"name": "Sam Walker"}).status_code == 302
    made = Booking.objects.get(walk_in=True)
    address = f"/admin/training-booking/{made.pk}/attendance/"
    assert "This field is required" in text(team.post(address, {"outcome": "partly", "why": ""}))
    assert team.post(address, {"outcome": "partly", "why": "Only the first hour"}).status_code == 302
    page = text(team.get(f"/admin/training/booking/inspect/{made.pk}/"))
    assert "Only the first hour" in page and "Came without a booking" in page and "/follow/" in page
    team.post(f"/admin/training-booking/{made.pk}/follow/")
    made.refresh_from_db()
    assert (made.outcome, made.outcome_reason) == ("", "")


def test_people_see_whether_they_attended(client):
    session = factories.session()
    one, two = factories.fill(session, 2)
    (day,) = end(session)
    put(day, (one, "attended"), (two, "not_attended"))
    scheduling.finish_session(session.pk)
    for own, words in ((one, "Attended"), (two, "Did not attend")):
        page = text(client.get(tokens.path(tokens.Purpose.MANAGE, tokens.make(tokens.Purpose.MANAGE, own))))
        assert words in page[page.index("Past and cancelled") :]


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_phone_keeps_ticks_while_offline_and_sends_them_after(live_server, page, browser):
    session = factories.session()
    factories.fill(session, 3)
    (day,) = begin(session)
    type(day).objects.update(ends_at=timezone.now() + timedelta(hours=12))  # far from midnight
    address = live_server.url + register_links.path(register_links.create(day.pk, staff()))
    page.set_viewport_size({"width": 320, "height": 700})
    page.goto(address)
    assert not scrolls_sideways(page)
    assert violations(page) == []
    first, second, third = (page.get_by_role("group", name=f"Delegate {number}") for number in (1, 2, 3))
    first.get_by_role("radio", name="Here", exact=True).check()
    page.context.set_offline(True)
    second.get_by_role("radio", name="Late").check()
    page.get_by_label("Name").fill("Sam Walker")
    page.get_by_role("button", name="One more person").click()
    page.get_by_label("Name").nth(1).fill("Kim Walker")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("No connection. Kept on this phone").wait_for()
    assert marks(day) == {}
    kept = page.evaluate("JSON.stringify({...localStorage})")
    assert "Sam Walker" in kept and "late" in kept and "Delegate" not in kept
    page.context.set_offline(False)
    page.wait_for_url("**saved=*")
    page.get_by_text("Saved.").wait_for()
    assert marks(day) == {
        "Delegate 1": "attended", "Delegate 2": "late", "Sam Walker": "attended", "Kim Walker": "attended"
    }  # fmt: skip
    assert page.evaluate("localStorage.length") == 0

    third.get_by_role("radio", name="Left early").check()
    page.get_by_text("Not saved yet.").wait_for()
    page.goto(address)  # the tab was thrown away by the phone
    assert third.get_by_role("radio", name="Left early").is_checked()
    page.evaluate("localStorage.setItem('register /of/yesterday/', JSON.stringify({dies: '2020-01-01', changed: {}}))")
    page.get_by_label("Agency").fill("An agency without a person")
    page.get_by_role("button", name="Save").press("Enter")
    page.get_by_role("heading", name="There is a problem").wait_for()
    page.get_by_label("Agency").fill("")
    page.get_by_role("button", name="Save").press("Enter")
    page.wait_for_url("**saved=*")
    assert marks(day)["Delegate 3"] == "left_early"
    assert page.evaluate("localStorage.length") == 0

    plain = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800})
    other = plain.new_page()
    other.goto(address)
    other.get_by_role("group", name="Delegate 1").get_by_role("radio", name="Not here").check()
    other.get_by_role("button", name="Save").click()
    assert other.get_by_role("status").first.inner_text().strip() == "Saved."
    plain.close()
    assert marks(day)["Delegate 1"] == "not_attended"
