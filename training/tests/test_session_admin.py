"""The training team's screens: sessions, venues, bookings, and what may be done to them, by whom."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook
from wagtail.models import ModelLogEntry

from dscp_cms.models import OutgoingMail
from dscp_cms.testing.axe import violations
from training import booking, scheduling
from training.models import Booking, SessionDay, TrainingSession, Venue
from training.tests import factories

pytestmark = pytest.mark.django_db
SESSIONS = "/admin/training/trainingsession/"
BOOKINGS = "/admin/training/booking/"


def account(*rights: str, address: str = "training@example.org") -> User:
    """Somebody with these rights; by default the team's."""
    from django.contrib.auth.models import Permission

    names = rights or (
        *("view_trainingsession", "add_trainingsession", "change_trainingsession", "delete_trainingsession"),
        *("view_venue", "add_venue", "change_venue", "view_booking", "add_booking", "change_booking", "see_needs"),
        *("export_booking", "export_trainingsession"),
    )
    user = User.objects.create_user(address, address, is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(content_type__app_label="training", codename__in=names)
        | Permission.objects.filter(content_type__app_label="wagtailadmin", codename="access_admin")
    )
    return user


@pytest.fixture
def team(client):
    """The team, signed in."""
    client.force_login(account())
    return client


def html(client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status, address
    return response.content.decode()


def moment(days: int, hour: int = 9) -> str:
    day = timezone.localdate() + timedelta(days=days)
    return f"{day:%d/%m/%Y} {hour:02}:00"


def typed(course, *days: tuple[str, str], **fields) -> dict:
    """What staff type into the form of a session."""
    rows = {}
    for place, (start, end) in enumerate(days):
        rows |= {f"days-{place}-starts_at": start, f"days-{place}-ends_at": end, f"days-{place}-ORDER": str(place + 1)}
    return {
        "course": str(course.pk),
        "status": "open",
        "delivery_method": "face_to_face",
        "venue": str(factories.venue().pk),
        "capacity": "20",
        "waiting_list": "on",
        "open_to": "all",
        "days-TOTAL_FORMS": str(len(days)),
        "days-INITIAL_FORMS": "0",
        "days-MIN_NUM_FORMS": "1",
        "days-MAX_NUM_FORMS": "1000",
        "kept_places-TOTAL_FORMS": "0",
        "kept_places-INITIAL_FORMS": "0",
        "kept_places-MIN_NUM_FORMS": "0",
        "kept_places-MAX_NUM_FORMS": "1000",
        **rows,
        **fields,
    }


def again(session: TrainingSession, **fields) -> dict:
    """The form of a session that people have booked, as it is but for these fields."""
    now = typed(
        session.course, venue=str(session.venue_id or ""), capacity=str(session.capacity), status=session.status
    )
    return {name: value for name, value in now.items() if not name.startswith("days-")} | fields


def problems(response) -> str:
    assert response.status_code == 200
    form = response.context["form"]
    found = [*form.errors.values(), *(rows.errors for rows in getattr(form, "formsets", {}).values())]
    return str(found)


# Sessions


def test_a_session_with_days_and_kept_places_is_planned_and_opened(team):
    course = factories.course()
    data = typed(
        course,
        (moment(10), moment(10, 12)),
        (moment(17), moment(17, 12)),
        **{
            "status": "planned",
            "kept_places-TOTAL_FORMS": "1",
            "kept_places-0-agency_kind": "school",
            "kept_places-0-places": "5",
            "kept_places-0-until": moment(5),
        },
    )
    response = team.post(f"{SESSIONS}create/", data)
    assert response.status_code == 302, problems(response)
    session = TrainingSession.objects.get()
    assert (session.status, session.days.count(), session.kept_places.get().places) == ("planned", 2, 5)
    assert f"{timezone.localtime(session.starts_at):%d/%m/%Y %H:%M}" == moment(10)
    assert "Planned: only the training team sees it." in html(team, response["Location"])
    assert team.get(f"/training/sessions/{session.pk}/").status_code == 404
    days = session.days.order_by("starts_at")
    keys = {"days-INITIAL_FORMS": "2"} | {f"days-{place}-id": str(day.pk) for place, day in enumerate(days)}
    kept = {"kept_places-INITIAL_FORMS": "1", "kept_places-0-id": str(session.kept_places.get().pk)}
    response = team.post(f"{SESSIONS}edit/{session.pk}/", data | keys | kept | {"status": "open"})
    assert response.status_code == 302, problems(response)
    assert "20 places left" in html(team, f"/training/sessions/{session.pk}/")
    assert [day.key for day in session.days.order_by("starts_at")] == [day.key for day in days]


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ([(moment(10, 12), moment(10, 9))], "The end must be after the start."),
        ([(moment(-3), moment(-3, 12))], "This day is in the past."),
        ([(moment(10), moment(13))], "A day can&#x27;t be longer than 24 hours"),
        ([(moment(10), moment(10, 12)), (moment(10, 11), moment(10, 13))], "begins before the one before it ends"),
        ([("31/02/2030 09:00", moment(10))], "Enter a valid date/time."),
        ([("28/03/2027 01:30", "28/03/2027 12:00")], "it may be ambiguous or it may not exist"),
        ([], "at least 1"),
    ],
)
def test_days_that_make_no_sense_are_explained(team, days, words):
    response = team.post(f"{SESSIONS}create/", typed(factories.course(), *days))
    assert words in problems(response) or words in response.content.decode()
    assert not TrainingSession.objects.exists()


def test_the_clocks_change_between_two_days(client, time_machine):
    time_machine.move_to("2027-03-01 10:00 +0000")
    client.force_login(account())
    days = [("27/03/2027 09:30", "27/03/2027 12:30"), ("29/03/2027 09:30", "29/03/2027 12:30")]
    assert client.post(f"{SESSIONS}create/", typed(factories.course(), *days)).status_code == 302
    first, second = TrainingSession.objects.get().days.order_by("starts_at")
    assert (first.starts_at.hour, second.starts_at.hour) == (9, 8)  # UTC
    page = html(client, f"/training/sessions/{first.session_id}/")
    assert page.count("9:30am to 12:30pm") >= 2


def test_booking_must_close_after_it_opens_and_a_room_be_known(team):
    course = factories.course()
    days = [(moment(10), moment(10, 12))]
    wrong = team.post(
        f"{SESSIONS}create/", typed(course, *days, booking_opens_at=moment(9), booking_closes_at=moment(8))
    )
    assert "Booking must close after it opens." in problems(wrong)
    assert "Choose where it is held" in problems(team.post(f"{SESSIONS}create/", typed(course, *days, venue="")))


def test_a_session_smaller_than_what_is_taken_asks_who_moves(team):
    session = factories.session(capacity=4)
    made = factories.fill(session, 3)
    session.refresh_from_db()
    response = team.post(f"{SESSIONS}edit/{session.pk}/", again(session, capacity="1"))
    words = problems(response)
    assert "3 places are taken. Move or cancel 2 of them" in words
    for last in made[1:]:
        assert last.name in words and f"{BOOKINGS}inspect/{last.pk}/" in words
    assert TrainingSession.objects.get().capacity == 4
    assert team.post(f"{SESSIONS}edit/{session.pk}/", again(session, capacity="3")).status_code == 302
    assert TrainingSession.objects.get().capacity == 3


def test_a_larger_session_offers_its_places(team):
    session = factories.session(capacity=1)
    _has, waits = factories.fill(session, 2)
    session.refresh_from_db()
    assert team.post(f"{SESSIONS}edit/{session.pk}/", again(session, capacity="2")).status_code == 302
    waits.refresh_from_db()
    assert waits.status == "offered"


def test_another_room_is_told_to_all_who_booked_but_only_knowingly(team):
    session = factories.session()
    made = booking.book(session.pk, factories.person())
    session.refresh_from_db()
    other = factories.venue("Another Hall")
    response = team.post(f"{SESSIONS}edit/{session.pk}/", again(session, venue=str(other.pk)))
    assert "1 person has booked and will be told by e-mail. Tick this to go on." in problems(response)
    assert not OutgoingMail.objects.filter(kind="training: changed").exists()
    response = team.post(f"{SESSIONS}edit/{session.pk}/", again(session, venue=str(other.pk), tell_everybody="on"))
    assert response.status_code == 302
    mail = OutgoingMail.objects.get(kind="training: changed")
    assert mail.to == made.email and "Another Hall" in mail.text
    assert "choose “Move”" in html(team, f"{SESSIONS}edit/{session.pk}/")


def test_what_people_booked_is_neither_hidden_nor_deleted(team):
    session = factories.session()
    booking.book(session.pk, factories.person())
    session.refresh_from_db()
    response = team.post(f"{SESSIONS}edit/{session.pk}/", again(session, status="planned"))
    assert "People have booked, so it stays open." in problems(response)
    assert team.post(f"{SESSIONS}edit/{session.pk}/", again(session, status="cancelled")).status_code == 200
    assert team.get(f"{SESSIONS}delete/{session.pk}/").status_code == 302  # not allowed
    team.post(f"{SESSIONS}delete/{session.pk}/")
    assert TrainingSession.objects.get().status == "open"


def test_copy_and_series(team):
    session = factories.session(days=10)
    day = timezone.localdate() + timedelta(days=30)
    copied = team.post(f"/admin/training-session/{session.pk}/copy/", {"first_day": f"{day:%d/%m/%Y}"})
    new = TrainingSession.objects.exclude(pk=session.pk).get()
    assert copied["Location"].endswith(f"/{new.pk}/") and new.status == "planned"
    assert timezone.localtime(new.starts_at).date() == day
    past = team.post(f"/admin/training-session/{session.pk}/copy/", {"first_day": "01/01/2020"})
    assert "The first day must lie ahead." in problems(past)
    team.post(f"/admin/training-session/{session.pk}/series/", {"every_weeks": "2", "times": "3"})
    assert TrainingSession.objects.count() == 5
    for wrong in ({"every_weeks": "0", "times": "3"}, {"every_weeks": "2", "times": "999"}, {}):
        assert team.post(f"/admin/training-session/{session.pk}/series/", wrong).status_code == 200
    assert TrainingSession.objects.count() == 5


def moved(*days: tuple[str, str], **fields) -> dict:
    rows = {
        f"days-{place}-{name}": value
        for place, day in enumerate(days)
        for name, value in zip(("starts_at", "ends_at"), day, strict=True)
    }
    return {"days-TOTAL_FORMS": str(len(days)), "days-INITIAL_FORMS": "1", "notice": "", **rows, **fields}


def test_moving_tells_and_asks(team):
    session = factories.session(days=10)
    made = booking.book(session.pk, factories.person())
    address = f"/admin/training-session/{session.pk}/move/"
    page = html(team, address)
    assert "1 person will be told by e-mail" in page and made.name in page
    for day, words in [
        ((moment(12, 12), moment(12, 9)), "The end must be after the start."),
        ((moment(-1), moment(-1, 12)), "This day is in the past."),
        (("x", moment(12)), "Enter a valid date/time."),
    ]:
        assert words in team.post(address, moved(day)).content.decode()
    none = moved((moment(12), moment(12, 12)), **{"days-0-DELETE": "on"})
    assert "A session needs at least one day." in team.post(address, none).content.decode()
    done = team.post(address, moved((moment(12), moment(12, 12)), (moment(13), moment(13, 12)), notice="Two days now"))
    assert done.status_code == 302
    session.refresh_from_db()
    made.refresh_from_db()
    assert (session.days.count(), session.notice, made.move_answer) == (2, "Two days now", "") and made.move_asked_at
    assert OutgoingMail.objects.filter(to=made.email, kind="training: changed").count() == 1


def test_cancelling_asks_first_and_shows_who_will_be_told(team):
    session = factories.session(capacity=1)
    factories.fill(session, 2)
    address = f"/admin/training-session/{session.pk}/cancel/"
    page = html(team, address)
    assert (
        "2 people will be told by e-mail" in page
        and "Delegate 2" in page
        and "Cancel the session and tell everybody" in page
    )
    session.refresh_from_db()
    assert session.status == "open"
    team.post(address, {"why": "The trainer is ill."})
    session.refresh_from_db()
    assert session.status == "cancelled" and not session.bookings.active().exists()
    told = OutgoingMail.objects.filter(kind="training: session cancelled")
    assert told.count() == 2 and "The trainer is ill." in told[0].text
    team.post(address, {"why": ""})
    assert told.count() == 2
    assert team.get(f"{SESSIONS}edit/{session.pk}/").status_code == 302  # nothing to edit any more


def test_a_session_is_marked_as_done_once_it_is_over(team):
    session = factories.session(days=3)
    booking.book(session.pk, factories.person())
    address = f"/admin/training-session/{session.pk}/finish/"
    assert "A session is done once it is over." in problems(team.post(address))
    SessionDay.objects.filter(session=session).update(
        starts_at=timezone.now() - timedelta(hours=4), ends_at=timezone.now() - timedelta(hours=1)
    )
    assert "Mark as done" in html(team, f"{SESSIONS}inspect/{session.pk}/")
    assert team.post(address).status_code == 302
    session.refresh_from_db()
    assert session.status == "done"


def test_the_call_list_has_the_mobile_numbers_and_no_needs(team):
    session = factories.session(capacity=1)
    booking.book(session.pk, factories.person(1, mobile="07700 900123", needs="Wheelchair"))
    booking.book(session.pk, factories.person(2, mobile="07700 900456"))
    page = html(team, f"/admin/training-session/{session.pk}/call-list/")
    assert "07700 900123" in page and "07700 900456" not in page and "Wheelchair" not in page


def test_the_call_list_of_a_cancelled_session_names_those_whom_it_told(team):
    session = factories.session()
    for number in (1, 2):
        made = booking.book(session.pk, factories.person(number, mobile=f"07700 90012{number}"))
    booking.cancel(made.key)
    scheduling.cancel_session(session.pk)
    page = html(team, f"/admin/training-session/{session.pk}/call-list/")
    assert "07700 900121" in page and "07700 900122" not in page


# Bookings


def screen(of: Booking, name: str) -> str:
    return f"/admin/training-booking/{of.pk}/{name}/"


def test_somebody_is_added_by_hand_also_above_the_capacity(team):
    factories.agency()
    session = factories.session(capacity=1, waiting_list=False, booking_closes_at=timezone.now() - timedelta(days=1))
    address = f"/admin/training-session/{session.pk}/add/"
    person = {"name": "Delegate One", "email": "one@example.org", "agency": "other", "agency_name": "Example Charity"}
    assert team.post(address, {**person, "email": "x"}).status_code == 200
    assert team.post(address, person).status_code == 302
    assert Booking.objects.get().status == "confirmed"
    second = {**person, "name": "Two"}
    assert "Every place is taken." in problems(team.post(address, second))
    assert team.post(address, {**second, "why": "The trainer asked for her."}).status_code == 302
    added = Booking.objects.get(name="Two")
    session.refresh_from_db()
    assert (added.status, session.taken, session.extra_places) == ("confirmed", 2, 1)
    assert added.events.filter(
        kind="overridden", text="The trainer asked for her.", by__username="training@example.org"
    ).exists()
    assert OutgoingMail.objects.filter(to="one@example.org").count() == 2


def test_staff_confirm_out_of_turn_and_the_history_says_so(team):
    session = factories.session(capacity=1)
    first, second, third = factories.fill(session, 3)
    assert "Every place is taken." in problems(team.post(screen(third, "confirm"), {"why": ""}))
    assert "2 of 1" not in html(team, screen(third, "override"))
    assert problems(team.post(screen(third, "override"), {"why": ""}))
    assert team.post(screen(third, "override"), {"why": "Needed for the case"}).status_code == 302
    third.refresh_from_db()
    second.refresh_from_db()
    assert (third.status, second.status) == ("confirmed", "waiting")
    page = html(team, f"{BOOKINGS}inspect/{second.pk}/")
    assert "Passed over" in page and "training@example.org" in page
    assert "Needed for the case" in html(team, f"{BOOKINGS}inspect/{third.pk}/")
    booking.cancel(first.key)
    booking.cancel(third.key)
    second.refresh_from_db()
    assert second.status == "offered"
    assert team.post(screen(second, "confirm"), {"why": ""}).status_code == 302
    second.refresh_from_db()
    assert second.status == "confirmed"


def test_requests_are_approved_or_declined(team):
    session = factories.session(open_to="known_domains")
    yes, no = (booking.book(session.pk, factories.person(number)) for number in (1, 2))
    assert "Waiting for your approval (2)" in html(team, f"{SESSIONS}inspect/{session.pk}/")
    team.post(screen(yes, "approve"))
    team.post(screen(no, "cancel"), {"why": "This course is for schools."})
    yes.refresh_from_db()
    no.refresh_from_db()
    assert (yes.status, no.status, no.cancelled_by) == ("confirmed", "cancelled", "staff")
    assert "This course is for schools." in OutgoingMail.objects.get(to=no.email, kind="training: cancelled").text


def test_somebody_is_moved_replaced_and_written_to_at_another_address(team):
    session, other, full = factories.session(), factories.session(days=40), factories.session(days=41, capacity=1)
    factories.fill(full, start=7)
    made = booking.book(session.pk, factories.person())
    page = html(team, screen(made, "move"))
    assert f'value="{other.pk}"' in page and f'value="{session.pk}"' not in page
    assert "Every place of that session is taken." in problems(team.post(screen(made, "move"), {"session": full.pk}))
    assert team.post(screen(made, "move"), {"session": "99999"}).status_code == 200
    assert team.post(screen(made, "move"), {"session": other.pk}).status_code == 302
    made.refresh_from_db()
    assert made.session == other
    assert team.post(screen(made, "address"), {"email": "new@example.org"}).status_code == 302
    assert team.post(screen(made, "link")).status_code == 302
    colleague = {
        "name": "Colleague",
        "email": "c@example.org",
        "job_title": "Teacher",
        "agency_name": "Example Charity",
    }
    response = team.post(screen(made, "substitute"), colleague)
    new = Booking.objects.get(name="Colleague")
    assert response["Location"] == f"{BOOKINGS}inspect/{new.pk}/" and new.substitutes == made


@pytest.mark.parametrize("name", ["confirm", "override", "approve", "cancel", "move", "substitute", "address", "link"])
def test_looking_at_a_screen_changes_nothing(team, name):
    session = factories.session(capacity=1)
    _has, waits = factories.fill(session, 2)
    before = Booking.objects.filter(pk=waits.pk).values().get(), waits.events.count()
    html(team, screen(waits, name))
    assert (Booking.objects.filter(pk=waits.pk).values().get(), waits.events.count()) == before
    assert team.get(f"/admin/training-booking/99999/{name}/").status_code == 404


def test_who_makes_a_session_is_of_its_staff_and_names_others(team):
    course, colleague = factories.course(), account(address="colleague@example.org")
    stranger = account("view_venue", address="stranger@example.org")
    team.post(f"{SESSIONS}create/", typed(course, (moment(30), moment(30, 12))))
    session = TrainingSession.objects.get()
    assert [user.username for user in session.staff.all()] == ["training@example.org"]
    booking.book(session.pk, factories.person())
    edit = f"{SESSIONS}edit/{session.pk}/"
    assert "not one of the available choices" in problems(team.post(edit, again(session, staff=[str(stranger.pk)])))
    team.post(edit, again(session, staff=[str(colleague.pk)]))
    assert list(session.staff.all()) == [colleague]
    entry = ModelLogEntry.objects.filter(action="training.named_staff").order_by("pk").last()
    assert entry.data["added"] == [colleague.pk] and len(entry.data["gone"]) == 1
    copied = scheduling.copy_session(
        session.pk, timezone.localdate() + timedelta(days=90), by=account(address="c@d.org")
    )
    assert sorted(user.username for user in copied.staff.all()) == ["c@d.org", "colleague@example.org"]


# Who may


def test_needs_are_for_the_staff_of_the_session(client, admin_user):
    session, other = factories.session(), factories.session(days=40)
    made = booking.book(session.pk, factories.person(needs="A quiet room"))
    pages = [f"{BOOKINGS}inspect/{made.pk}/", f"{SESSIONS}inspect/{session.pk}/"]
    join, whole_team = f"/admin/training-session/{session.pk}/join/", account()
    for user in (whole_team, admin_user):  # not even an administrator
        other.staff.add(user)
        client.force_login(user)
        assert not any("A quiet room" in html(client, page) for page in pages)
        assert "1 person has stated needs" in html(client, pages[1])
    client.force_login(whole_team)
    html(client, join)
    assert not session.staff.exists()  # looking makes nobody staff
    assert client.post(join)["Location"] == pages[1] and client.post(join).status_code == 302
    assert all("A quiet room" in html(client, page) for page in pages)
    entry = ModelLogEntry.objects.get(action="training.joined_staff")
    assert (entry.user, entry.object_id) == (whole_team, str(session.pk))
    for address in (f"{BOOKINGS}?export=csv", f"/admin/training-session/{session.pk}/call-list/"):
        response = client.get(address)
        content = b"".join(response) if response.streaming else response.content
        assert b"Delegate 1" in content and b"quiet" not in content
    client.force_login(admin_user)
    assert "Made themselves staff of the session" in str(html(client, f"{SESSIONS}history/{session.pk}/"))
    client.force_login(account("view_booking", "view_trainingsession", address="other@example.org"))
    assert client.post(join).status_code == 302 and session.staff.count() == 1
    page = html(client, f"{BOOKINGS}inspect/{made.pk}/")
    assert "A quiet room" not in page and "training-booking/" not in page
    assert "quiet" not in html(client, f"{SESSIONS}inspect/{made.session_id}/")
    assert client.get(screen(made, "cancel")).status_code == 302
    assert client.post(screen(made, "cancel")).status_code == 302
    made.refresh_from_db()
    assert made.status == "confirmed"


def test_nobody_else_sees_anything(client):
    made = booking.book(factories.session().pk, factories.person())
    Group.objects.get_or_create(name="Editors")
    client.force_login(account("add_venue", address="editor@example.org"))
    addresses = [
        SESSIONS + f"inspect/{made.session_id}/",
        BOOKINGS,
        f"{BOOKINGS}inspect/{made.pk}/",
        screen(made, "cancel"),
    ]
    addresses += [
        f"/admin/training-session/{made.session_id}/{name}/" for name in ("add", "call-list", "cancel", "move", "copy")
    ]
    for address in addresses:
        response = client.get(address)
        assert response.status_code == 302 and made.name not in response.content.decode(), address


def test_exports_are_a_right_of_their_own_and_have_no_formulas(client):
    booking.book(
        factories.session().pk, factories.person(name='=HYPERLINK("https://example.org")', needs="Secret needs")
    )
    client.force_login(account("view_booking", address="reader@example.org"))
    assert client.get(f"{BOOKINGS}?export=csv").status_code == 302
    client.force_login(account())
    csv = b"".join(client.get(f"{BOOKINGS}?export=csv").streaming_content).decode()
    assert "'=HYPERLINK" in csv and "Secret needs" not in csv
    sheet = load_workbook(BytesIO(b"".join(client.get(f"{BOOKINGS}?export=xlsx").streaming_content))).active
    assert any(str(cell.value).startswith("'=HYPERLINK") for row in sheet.iter_rows() for cell in row)
    assert client.get(f"{SESSIONS}?export=xlsx").status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        *(
            SESSIONS,
            f"{SESSIONS}?when=past",
            f"{SESSIONS}?when=all&status__exact=open",
            f"{SESSIONS}?course=x",
            f"{SESSIONS}?q=%22",
        ),
        *(
            BOOKINGS,
            f"{BOOKINGS}?status__exact=waiting",
            f"{BOOKINGS}?q=delegate",
            f"{BOOKINGS}?course=99",
            "/admin/training/venue/",
        ),
    ],
)
def test_the_lists(team, address):
    factories.fill(factories.session(capacity=2), 3)
    html(team, address)


def test_a_list_asks_as_much_for_many_as_for_few(team):
    def queries(address: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            html(team, address)
        return len(captured)

    first = factories.session()
    factories.fill(first, 2)
    one = f"{SESSIONS}inspect/{first.pk}/"
    for address in (SESSIONS, BOOKINGS, one):
        html(team, address)  # what is looked up once and remembered
    few = [queries(address) for address in (SESSIONS, BOOKINGS, one)]
    for number in range(6):
        factories.fill(factories.session(factories.course(f"Course {number}")), 2)
    factories.fill(first, 8, start=10)
    assert [queries(address) for address in (SESSIONS, BOOKINGS, one)] == few


def test_venues_are_kept(team):
    data = {"name": "Example Centre", "address": "1 Example Street", "access_notes": "", "map_url": "", "active": "on"}
    assert team.post("/admin/training/venue/create/", data).status_code == 302
    assert Venue.objects.get().name == "Example Centre"
    assert team.post("/admin/training/venue/create/", data).status_code == 200
    assert "Example Centre" in html(team, "/admin/training/venue/")


@pytest.mark.browser
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_session_is_made_and_run_in_the_browser(live_server, page):
    User.objects.create_superuser("boss@example.org", "boss@example.org", "a long password")
    course = factories.course()
    factories.venue()
    page.goto(f"{live_server.url}/admin/login/")
    page.locator("input[name=username]").fill("boss@example.org")
    page.locator("input[name=password]").fill("a long password")
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url("**/admin/")
    page.goto(f"{live_server.url}{SESSIONS}create/")
    page.locator("#id_course").select_option(label=course.title)
    page.locator("#id_status").select_option("open")
    page.locator("#id_days-0-starts_at").fill(moment(9))
    page.locator("#id_days-0-ends_at").fill(moment(9, 12))
    page.locator("#id_venue").select_option("Example Hall")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/inspect/*/")
    session = TrainingSession.objects.get()
    factories.fill(session, 2)
    for address in (f"{SESSIONS}inspect/{session.pk}/", f"/admin/training-session/{session.pk}/move/",
                    f"/admin/training-session/{session.pk}/call-list/", f"{BOOKINGS}inspect/{Booking.objects.first().pk}/"):  # fmt: skip
        page.goto(f"{live_server.url}{address}")
        page.set_viewport_size({"width": 1280, "height": 900})
        own = [
            line for line in violations(page, widths=(1280,)) if "sidebar" not in line and "w-breadcrumb" not in line
        ]
        assert own == []
