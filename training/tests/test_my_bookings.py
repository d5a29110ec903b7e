"""One's own bookings by a mailed link: see, cancel, pass on, move, answer; nothing by looking alone."""

import base64
import re
from datetime import timedelta

import pytest
from django.apps import apps
from django.utils import timezone
from icalendar import Calendar

from dscp_cms.models import OutgoingMail
from dscp_cms.testing import html_checker
from dscp_cms.testing.axe import scrolls_sideways, violations
from dscp_cms.testing.pages import make
from training import booking, charges, scheduling, tokens
from training.booking import Booker
from training.booking_links import FOR_ONE_ADDRESS
from training.charging_policy import version_of
from training.models import Booking, Charge, TrainingSession
from training.tests import charging, factories
from training.tokens import Purpose

pytestmark = pytest.mark.django_db
ASK = "/training/my-bookings/"


def link(of: Booking, purpose: Purpose = Purpose.MANAGE) -> str:
    return tokens.path(purpose, tokens.make(purpose, Booking.objects.get(pk=of.pk)))


def step(of: Booking, name: str) -> str:
    return f"{link(of)}{of.key}/{name}/"


def html(client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status, address
    return response.content.decode()


def mails(address: str) -> list[str]:
    return list(OutgoingMail.objects.filter(to=address).order_by("pk").values_list("kind", flat=True))


# Asking for the link


def test_the_answer_is_the_same_whether_the_address_is_known(client, tasks_in_database):
    made = booking.book(factories.session().pk, factories.person())
    answers = []
    for address in (made.email, "nobody@example.org"):
        response = client.post(ASK, {"email": address})
        answers.append((response.status_code, response["Location"], client.get(response["Location"]).content))
    assert answers[0] == answers[1] and answers[0][:2] == (302, f"{ASK}sent/")
    assert "my bookings" not in " ".join(mails(made.email))  # the worker's, not the page's


def test_the_mailed_link_opens_the_page(client):
    made = booking.book(factories.session().pk, factories.person())
    client.post(ASK, {"email": f"  {made.email.upper()} "})
    mail = OutgoingMail.objects.get(to=made.email, kind="training: my bookings")
    address = re.search(r"/training/my-bookings/\S+", mail.text)[0]
    page = html(client, address)
    assert made.session.course.title in page and "Confirmed" in page
    client.post(ASK, {"email": "nobody@example.org"})
    assert not mails("nobody@example.org")


def test_one_address_gets_a_few_links_an_hour_and_a_network_as_many_as_it_likes(client, time_machine):
    time_machine.move_to("2026-03-02 10:00 +0000", tick=False)
    factories.catalogue()
    for _ in range(FOR_ONE_ADDRESS):
        assert client.post(ASK, {"email": "one@example.org"}).status_code == 302
    refused = client.post(ASK, {"email": "One@example.org"})
    assert refused.status_code == 429 and "try again in an hour" in refused.content.decode()
    for number in range(20):
        assert client.post(ASK, {"email": f"{number}@example.org"}).status_code == 302
    time_machine.move_to("2026-03-02 11:00:01 +0000", tick=False)
    assert client.post(ASK, {"email": "one@example.org"}).status_code == 302


def test_an_address_that_is_none_is_refused(client):
    factories.catalogue()
    response = client.post(ASK, {"email": "one@"})
    assert "Enter an e-mail address like name@example.org." in response.content.decode()


# Links


def test_links_that_are_not_ours_open_nothing(client):
    made = booking.book(factories.session().pk, factories.person())
    good = tokens.make(Purpose.MANAGE, made)
    raw = base64.urlsafe_b64decode(good + "==")
    forged = base64.urlsafe_b64encode(raw[:-1] + bytes([raw[-1] ^ 1])).decode().rstrip("=")
    for token in (forged, good[:-1], good + "A", "x", "not-me", tokens.make(Purpose.OFFER, made)):
        assert "This link doesn’t work" in html(client, f"{ASK}{token}/", 404), token
    for purpose in (Purpose.OFFER, Purpose.NOT_ME, Purpose.CHANGE):
        assert "This link doesn’t work" in html(client, f"{ASK}{purpose}/{good}/", 404)
        assert client.post(f"{ASK}{purpose}/{good}/", {"answer": "accept"}).status_code == 404
    made.refresh_from_db()
    assert made.status == "confirmed"


def test_one_person_reaches_no_other_address_s_booking(client):
    session = factories.session()
    mine, other = (booking.book(session.pk, factories.person(number)) for number in (1, 2))
    for name in ("cancel", "substitute", "address", "session.ics"):
        address = f"{link(mine)}{other.key}/{name}/"
        assert client.get(address).status_code == 404, name
        assert client.post(address, {"email": "x@example.org"}).status_code == 404, name
    assert other.name not in html(client, link(mine))


def test_an_old_link_offers_a_new_one(client, time_machine):
    time_machine.move_to("2026-03-02 10:00 +0000", tick=False)
    made = booking.book(factories.session(days=10).pk, factories.person())
    addresses = [link(made), link(made, Purpose.OFFER)]
    time_machine.move_to("2026-04-10 10:00 +0000", tick=False)  # 29 days after the session
    assert made.session.course.title in html(client, addresses[0])
    time_machine.move_to("2026-04-20 10:00 +0000", tick=False)
    for address in addresses:
        page = html(client, address, 410)
        assert "This link has expired" in page and made.email not in page
    before = len(mails(made.email))
    assert "Look in your e-mail" in client.post(addresses[0]).content.decode()
    assert mails(made.email)[before:] == ["training: my bookings"]


def test_the_page_is_kept_by_no_cache_and_sets_no_cookie(client):
    made = booking.book(factories.session().pk, factories.person())
    response = client.get(link(made))
    assert "no-store" in response["Cache-Control"] and not response.cookies
    assert '<meta name="robots" content="noindex">' in response.content.decode()


# The page


def test_it_shows_every_booking_of_the_address(client):
    first, second = (
        factories.session(factories.course("Neglect"), days=20),
        factories.session(factories.course("Gangs"), days=5),
    )
    made = booking.book(first.pk, factories.person())
    booking.book(
        second.pk, factories.person(name="A Colleague", email=made.email), booker=Booker("Lead Person", "l@example.org")
    )
    over = factories.session(factories.course("Long ago"), days=3)
    booking.book(over.pk, factories.person(email=made.email))
    for day in over.days.all():
        type(day).objects.filter(pk=day.pk).update(
            starts_at=day.starts_at - timedelta(days=9), ends_at=day.ends_at - timedelta(days=9)
        )
    page = html(client, link(made))
    assert page.index("Gangs") < page.index("Neglect") < page.index("Past and cancelled") < page.index("Long ago")
    assert "A Colleague" in page and "Lead Person" in page


def test_only_a_confirmed_place_shows_how_to_join(client):
    session = factories.session(
        capacity=1, delivery_method="virtual", venue=None, joining_link="https://teams.example.org/secret"
    )
    has, waits = (booking.book(session.pk, factories.person(number)) for number in (1, 2))
    assert "teams.example.org/secret" in html(client, link(has))
    assert "secret" in client.get(f"{link(has)}{has.key}/session.ics").content.decode().replace("\r\n ", "")
    waiting = html(client, link(waits))
    assert "secret" not in waiting and "number 1" in waiting
    assert client.get(f"{link(waits)}{waits.key}/session.ics").status_code == 404
    booking.cancel(has.key)
    assert "secret" not in html(client, link(has))
    assert "secret" not in html(client, link(waits))  # offered, not yet confirmed
    booking.accept_offer(waits.key)
    assert "secret" in html(client, link(waits))


@pytest.mark.parametrize("ending", ["session.ics", "session.ics/"])
def test_the_calendar_entry_is_the_one_that_was_mailed(client, ending):
    made = booking.book(factories.session(number=2).pk, factories.person())
    response = client.get(f"{link(made)}{made.key}/{ending}")
    events = Calendar.from_ical(response.content).walk("VEVENT")
    assert [event.decoded("DTSTART") for event in events] == [day.starts_at for day in made.session.days.all()]


# Cancelling


def test_looking_changes_nothing_and_the_button_cancels(client):
    made = booking.book(factories.session().pk, factories.person())
    for _ in range(2):
        assert "Cancel this booking" in html(client, step(made, "cancel"))
    made.refresh_from_db()
    assert made.status == "confirmed"
    response = client.post(step(made, "cancel"))
    made.refresh_from_db()
    assert (made.status, made.cancelled_by, made.late) == ("cancelled", "person", False)
    assert "Your booking is cancelled." in html(client, response["Location"])
    assert client.post(step(made, "cancel")).status_code == 302
    assert mails(made.email) == ["training: confirmed", "training: cancelled"]


def test_after_the_cut_off_the_rule_stands_before_the_button(client):
    catalogue = factories.catalogue()
    policy = make(apps.get_model("home.StandardPage"), catalogue, "Charging policy", slug="charging-policy")
    catalogue.charging_policy = policy
    catalogue.save_revision().publish()
    session = factories.session(cancel_until=timezone.now() + timedelta(hours=1))
    made = booking.book(session.pk, factories.person())
    assert "late cancellation" not in html(client, step(made, "cancel"))
    TrainingSession.objects.filter(pk=session.pk).update(cancel_until=timezone.now() - timedelta(hours=1))
    page = html(client, step(made, "cancel"))
    assert page.index("This would be a late cancellation") < page.index('type="submit">Cancel this booking')
    assert policy.url in page
    client.post(step(made, "cancel"))
    made.refresh_from_db()
    assert made.status == "cancelled" and made.late


def test_a_session_that_has_begun_is_not_cancelled_here(client):
    session = factories.session(days=2)
    made = booking.book(session.pk, factories.person())
    day = session.days.get()
    type(day).objects.filter(pk=day.pk).update(
        starts_at=timezone.now() - timedelta(hours=1), ends_at=timezone.now() + timedelta(hours=1)
    )
    assert "has begun" in html(client, step(made, "cancel"))
    assert "has begun" in client.post(step(made, "cancel")).content.decode()
    made.refresh_from_db()
    assert made.status == "confirmed"


def test_who_is_late_still_finds_the_link_until_the_last_day_ends(client):
    session = factories.session(number=2, delivery_method="virtual", joining_link="https://meet.example.org/late")
    made = booking.book(session.pk, factories.person())
    first, last = session.days.all()

    def run(day, **since) -> None:
        begin = timezone.now() - timedelta(**since)
        type(day).objects.filter(pk=day.pk).update(starts_at=begin, ends_at=begin + timedelta(hours=3))

    for ago in ({"minutes": 5}, {"days": 2}):  # in the first day, and between the two
        run(first, **ago)
        page = html(client, link(made))
        assert "https://meet.example.org/late" in page and "session.ics" in page
        assert "/cancel/" not in page and "/substitute/" not in page
    run(last, hours=4)
    assert "https://meet.example.org/late" not in html(client, link(made))


# Passing on, and another address


def test_a_colleague_comes_instead(client):
    made = booking.book(factories.session(capacity=1).pk, factories.person(agency_name="Example Charity"))
    shown = client.get(step(made, "substitute"))
    assert shown.context["form"]["agency_name"].value() == "Example Charity"
    wrong = client.post(step(made, "substitute"), {"name": "Colleague", "email": "x"})
    assert set(wrong.context["form"].errors) == {"email", "job_title", "agency_name"} and b"Colleague" in wrong.content
    typed = {
        "name": "A Colleague",
        "email": "colleague@example.org",
        "job_title": "Teacher",
        "agency_name": "Example Charity",
    }
    assert client.post(step(made, "substitute"), typed).status_code == 302
    new = Booking.objects.get(email="colleague@example.org")
    made.refresh_from_db()
    assert (made.status, new.status, new.substitutes) == ("cancelled", "confirmed", made)
    assert made.late is False
    assert "Only somebody with a place" in html(client, step(made, "substitute"))


def test_a_colleague_accepts_the_charging_policy_and_is_charged_nothing_before(client, admin_client):
    catalogue = factories.catalogue()
    page = catalogue.charging_policy = make(apps.get_model("home.StandardPage"), catalogue, "Charging policy")
    catalogue.save()
    for event in ("late_cancellation", "non_attendance"):
        charging.rule(event)
    session = factories.session(cancel_until=timezone.now() - timedelta(hours=1))
    own, first = (booking.book(session.pk, factories.person(number)) for number in (1, 2))
    new = booking.substitute(first.key, factories.person(3, policy_version=""))
    added = booking.book(session.pk, factories.person(4, policy_version=""))
    address = step(new, "policy")
    text = OutgoingMail.objects.get(to=new.email).text
    assert f"{new.key}/policy/" in text and "/policy/" not in OutgoingMail.objects.filter(to=own.email)[0].text
    assert address.removeprefix(link(new)) in html(client, link(new)) and "/policy/" not in html(client, link(own))
    shown = html(client, address)
    assert page.url in shown and "£45.00" in shown
    screen = f"/admin/training/booking/inspect/{new.pk}/"
    assert "Not accepted yet" in html(admin_client, screen)
    assert "changed meanwhile" in client.post(address, {"version": "an old one"}).content.decode()
    assert Booking.objects.get(pk=new.pk).policy_version == ""
    version = version_of(page)
    assert client.post(address, {"version": version}).status_code == 302
    assert client.post(address, {"version": version}).status_code == 302  # once more changes nothing
    assert Booking.objects.get(pk=new.pk).policy_version == version
    assert new.events.filter(kind="policy").count() == 1 and "You have accepted" in html(client, address)
    assert "Not accepted yet" not in html(admin_client, screen)
    assert "£45" not in html(client, step(added, "cancel")) and "£45" in html(client, step(new, "cancel"))
    booking.cancel(added.key)
    assert Booking.objects.get(pk=added.pk).late and not Charge.objects.exists()
    assert "This booking is cancelled" in client.post(step(added, "policy"), {"version": version}).content.decode()
    late = booking.book(session.pk, factories.person(5, policy_version=""))
    charging.move(session, days=2)
    for made in (own, new, late):
        charging.settled(made, Booking.Outcome.NOT_ATTENDED)
    assert "has begun" in client.post(step(late, "policy"), {"version": version}).content.decode()
    charges.propose_due()
    assert set(Charge.objects.values_list("booking", flat=True)) == {own.pk, new.pk}


def test_a_refused_colleague_is_explained_at_the_field(client):
    session = factories.session()
    made, other = (booking.book(session.pk, factories.person(number)) for number in (1, 2))
    typed = {"name": other.name, "email": other.email, "job_title": "Teacher", "agency_name": "Example Charity"}
    response = client.post(step(made, "substitute"), typed)
    assert response.context["form"].errors == {"name": ["This person has a place already."]}


def test_the_address_changes_for_all_coming_bookings_of_the_person_and_old_links_die(client):
    one = booking.book(factories.session(days=5).pk, factories.person(name="Zoë", email="office@example.org"))
    two = booking.book(factories.session(days=9).pk, factories.person(name="Zoe", email="office@example.org"))
    colleague = booking.book(factories.session(days=9).pk, factories.person(name="Another", email="office@example.org"))
    old = link(one)
    assert one.session.course.title in html(client, step(one, "address"))
    assert client.post(step(one, "address"), {"email": "no"}).status_code == 200
    response = client.post(step(one, "address"), {"email": "Zoe@Example.org"})
    assert response["Location"] == f"{ASK}address-changed/"
    assert "the new address" in html(client, response["Location"])
    assert set(Booking.objects.filter(email="zoe@example.org")) == {one, two}
    colleague.refresh_from_db()
    assert colleague.email == "office@example.org"
    assert "This link doesn’t work" in html(client, old, 404)
    assert "zoe@example.org" not in "".join(
        OutgoingMail.objects.filter(to="office@example.org").values_list("text", flat=True)
    )
    assert client.get(link(two)).status_code == 200


# Answers


@pytest.fixture
def offered():
    """Somebody to whom a place is offered."""
    session = factories.session(capacity=1)
    first, second = (booking.book(session.pk, factories.person(number)) for number in (1, 2))
    booking.cancel(first.key)
    second.refresh_from_db()
    assert second.status == "offered"
    return second


def test_an_offer_is_accepted_by_a_button_only(client, offered):
    address = link(offered, Purpose.OFFER)
    page = html(client, address)
    assert "A place is kept for you until" in page
    client.head(address)
    assert client.post(address).status_code == 200  # a scanner that posts says nothing
    offered.refresh_from_db()
    assert offered.status == "offered"
    assert address.split("/")[3] == "offer" and "Accept or decline the place" in html(client, link(offered))
    for _ in range(2):
        assert client.post(address, {"answer": "accept"}).status_code == 302
    offered.refresh_from_db()
    assert offered.status == "confirmed"
    assert mails(offered.email).count("training: confirmed") == 1
    assert "You have the place." in html(client, address)


def test_an_offer_is_declined(client, offered):
    address = link(offered, Purpose.OFFER)
    client.post(address, {"answer": "decline"})
    offered.refresh_from_db()
    assert offered.status == "cancelled"
    assert "You are not on the list any more" in html(client, address)


def test_an_offer_that_has_ended_says_so(client, offered):
    address = link(offered, Purpose.OFFER)
    Booking.objects.filter(pk=offered.pk).update(offer_expires_at=timezone.now() - timedelta(minutes=1))
    assert "The time to accept this place is over" in html(client, address)
    assert "The time to accept this offer is over" in client.post(address, {"answer": "accept"}).content.decode()
    offered.refresh_from_db()
    assert offered.status == "offered"


def test_i_did_not_book_this(client):
    made = booking.book(factories.session().pk, factories.person(), booker=Booker("Lead Person", "lead@example.org"))
    address = link(made, Purpose.NOT_ME)
    assert "Lead Person" in html(client, address)
    made.refresh_from_db()
    assert made.status == "confirmed"
    client.post(address)
    made.refresh_from_db()
    assert (made.status, made.cancelled_by) == ("cancelled", "not_me")
    assert "The booking is cancelled. Nothing is charged" in html(client, address)
    other = booking.book(factories.session(days=40).pk, factories.person(2), booker=Booker("Lead", "lead@example.org"))
    booking.cancel(other.key)
    page = html(client, link(other, Purpose.NOT_ME))
    assert "The booking is cancelled." in page and "Nothing is charged" not in page


@pytest.mark.parametrize(("answer", "status", "by"), [("can", "confirmed", ""), ("cannot", "cancelled", "partnership")])
def test_a_moved_session_is_answered(client, answer, status, by):
    session = factories.session(cancel_until=timezone.now() - timedelta(days=1))
    made = booking.book(session.pk, factories.person())
    assert "Nothing has changed" in html(client, link(made, Purpose.CHANGE))
    day = session.days.get()
    later = scheduling.DayTimes(day.starts_at + timedelta(days=7), day.ends_at + timedelta(days=7))
    scheduling.reschedule(session.pk, [later], notice="Moved by a week")
    address = link(made, Purpose.CHANGE)
    page = html(client, address)
    assert "Moved by a week" in page and "I can come" in page
    assert "Say whether you can come" in html(client, link(made))
    client.post(address, {"answer": answer})
    made.refresh_from_db()
    assert (made.status, made.cancelled_by, made.late) == (status, by, False)
    assert ("We count on you" if answer == "can" else "you are charged nothing") in html(client, address)


@pytest.mark.parametrize("by_button", [False, True])
def test_only_the_first_answer_to_a_change_is_free(client, by_button):
    session = factories.session()
    made = booking.book(session.pk, factories.person())
    day = session.days.get()
    later = scheduling.DayTimes(day.starts_at + timedelta(days=7), day.ends_at + timedelta(days=7))
    scheduling.reschedule(session.pk, [later])
    address = link(made, Purpose.CHANGE)
    client.post(address, {"answer": "can"})
    TrainingSession.objects.filter(pk=session.pk).update(cancel_until=timezone.now() - timedelta(hours=1))
    page = html(client, address)
    assert step(made, "cancel") in page and "charged nothing" not in page and 'value="cannot"' not in page
    assert "late cancellation" in html(client, step(made, "cancel"))
    if by_button:
        client.post(step(made, "cancel"))
    else:  # a page that was opened before
        client.post(address, {"answer": "cannot"})
    made.refresh_from_db()
    assert (made.status, made.cancelled_by, made.late) == ("cancelled", "person", True)
    assert "charged nothing" not in OutgoingMail.objects.filter(to=made.email).latest("pk").text


def test_what_the_partnership_moved_is_never_called_late(client):
    session = factories.session(cancel_until=timezone.now() + timedelta(hours=1))
    made = booking.book(session.pk, factories.person())
    day = session.days.get()
    scheduling.reschedule(
        session.pk, [scheduling.DayTimes(day.starts_at + timedelta(days=1), day.ends_at + timedelta(days=1))]
    )
    TrainingSession.objects.filter(pk=session.pk).update(cancel_until=timezone.now() - timedelta(hours=1))
    assert "late cancellation" not in html(client, step(made, "cancel"))


# For everybody


@pytest.mark.once
def test_every_page_of_sessions_and_bookings_is_valid_html(client, tmp_path):
    session = factories.session(capacity=1, number=2, notice="Now in room 2")
    factories.agency()
    has, waits = factories.fill(session, 2)
    front, team = f"/training/sessions/{session.pk}/", {"people-TOTAL_FORMS": "2", "people-INITIAL_FORMS": "0"}
    addresses = ["/training/", "/training/sessions/?method=virtual", "/training/sessions/?view=month&level=2", front]
    addresses += [session.course.url, ASK, f"{ASK}sent/", link(has), link(waits), link(waits, Purpose.OFFER)]
    addresses += [step(has, name) for name in ("cancel", "substitute", "address")]
    addresses += [link(has, Purpose.NOT_ME), link(has, Purpose.CHANGE), f"{front}book/", f"{front}book-team/"]
    answers = [client.get(address) for address in addresses]
    answers += [
        client.post(f"{front}book/"),
        client.post(f"{front}book-team/", team),
        client.post(step(has, "substitute")),
    ]
    for number, answer in enumerate(answers):
        (tmp_path / f"{number}.html").write_bytes(answer.content)
    assert html_checker.problems(tmp_path) == []


@pytest.mark.browser
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_pages_work_for_everybody(live_server, page, browser):
    session = factories.session(capacity=1, days=5, notice="Now in room 2")
    online = factories.session(days=6, delivery_method="virtual", venue=None, joining_link="https://t.example/1")
    has = booking.book(session.pk, factories.person(1))
    booking.book(online.pk, factories.person(1))
    waits = booking.book(session.pk, factories.person(2))
    old = tokens.make(Purpose.MANAGE, has)
    addresses = [ASK, f"{ASK}sent/", f"{ASK}address-changed/", f"{ASK}{old[:-1]}/", link(has), link(waits)]
    addresses += [step(has, name) for name in ("cancel", "substitute", "address")] + [
        link(has, Purpose.NOT_ME),
        link(has, Purpose.CHANGE),
    ]
    for address in addresses:
        page.goto(f"{live_server.url}{address}")
        assert violations(page) == []
        page.set_viewport_size({"width": 320, "height": 800})
        assert not scrolls_sideways(page), address
    page.goto(f"{live_server.url}{step(has, 'cancel')}")
    page.get_by_role("button", name="Cancel this booking").press("Enter")
    page.wait_for_url("**/?done=cancelled")
    assert page.get_by_role("status").inner_text().strip().startswith("Your booking is cancelled.")
    plain = browser.new_context(java_script_enabled=False)
    offer = plain.new_page()
    offer.goto(f"{live_server.url}{link(waits, Purpose.OFFER)}")
    offer.get_by_role("button", name="Yes, I take the place").click()
    assert "You have the place." in offer.get_by_role("main").inner_text()
    plain.close()
