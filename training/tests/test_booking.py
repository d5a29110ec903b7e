"""Booking, cancelling, passing on, and what staff may do."""

import pytest
from django.core import mail as outbox

from dscp_cms.models import OutgoingMail
from training import booking
from training.booking import Booker, Refused
from training.models import Booking, BookingEvent, TrainingSession
from training.tests import factories

pytestmark = pytest.mark.django_db


def subjects(address: str) -> list[str]:
    return list(OutgoingMail.objects.filter(to=address).order_by("pk").values_list("kind", flat=True))


def history(of: Booking) -> list[str]:
    return list(of.events.values_list("kind", flat=True))


def test_a_place_is_confirmed_at_once(tasks_in_database):
    session = factories.session(capacity=2)
    made = booking.book(session.pk, factories.person(1, manager_email="Lead@Example.org", manager_name="A Lead"))
    session.refresh_from_db()
    assert made.status == "confirmed" and made.confirmed_at
    assert (session.taken, session.places_left, session.state) == (1, 1, "open")
    assert subjects(made.email) == ["training: confirmed"]
    assert subjects("lead@example.org") == ["training: manager"]
    assert history(made) == ["confirmed", "manager"]
    assert [event.mail.to for event in made.events.all()] == [made.email, "lead@example.org"]


def test_the_same_person_again_gets_the_first_booking_and_no_second_mail():
    session = factories.session(capacity=5)
    first = booking.book(session.pk, factories.person(name="Zoë O’Neill", email="Office@Example.org"))
    for name, email in [
        ("zoe o'neill", "office@example.org"),
        ("  ZOË   O'NEILL ", " OFFICE@EXAMPLE.ORG "),
        ("Zoe\u0308 O'Neill", "office@example.org"),
        ("ＺＯＥ O'Neill", "office@example.org"),
    ]:
        assert booking.book(session.pk, factories.person(name=name, email=email)).pk == first.pk
    assert booking.book(session.pk, factories.person(name="Zoe Neill", email="office@example.org")).pk != first.pk
    assert Booking.objects.count() == 2
    assert subjects("office@example.org") == ["training: confirmed"] * 2


def test_who_cancelled_may_book_again():
    session = factories.session()
    first = booking.book(session.pk, factories.person())
    booking.cancel(first.key)
    second = booking.book(session.pk, factories.person())
    assert second.pk != first.pk and second.status == "confirmed"


def test_a_full_session_puts_people_in_line():
    session = factories.session(capacity=1)
    factories.fill(session)
    two, three = (booking.book(session.pk, factories.person(number)) for number in (2, 3))
    assert (two.status, two.position, three.position) == ("waiting", 1, 2)
    text = OutgoingMail.objects.get(to=three.email).text
    assert "number 2 in line" in text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"status": "planned"}, "hasn't opened yet"),
        ({"status": "cancelled"}, "was cancelled"),
        ({"status": "done"}, "has begun"),
        ({"external_url": "https://example.org/"}, "on another site"),
        ({"capacity": 1, "waiting_list": False}, "no waiting list"),
        ({"days": -1}, "has begun"),
    ],
)
def test_a_closed_session_says_why(fields, sentence):
    session = factories.session(**fields)
    if not fields.get("waiting_list", True):
        factories.fill(session)
    with pytest.raises(Refused, match=sentence):
        booking.book(session.pk, factories.person(50))
    assert not Booking.objects.filter(email=factories.person(50).email).exists()


def test_booking_opens_and_closes_but_staff_may_add_by_hand(admin_user):
    now = factories.timezone.now()
    early = factories.session(booking_opens_at=now + factories.timedelta(days=1))
    late = factories.session(booking_closes_at=now - factories.timedelta(days=1))
    for session, state in ((early, "not_yet_open"), (late, "closed")):
        assert session.state == state
        with pytest.raises(Refused):
            booking.book(session.pk, factories.person())
    assert booking.book(late.pk, factories.person(), by=admin_user).status == "confirmed"
    assert BookingEvent.objects.get(booking__session=late).by == admin_user


def test_only_known_agencies_are_let_in_without_being_asked_about(admin_user):
    factories.agency(email_domain="school.example.org")
    session = factories.session(open_to="known_domains", capacity=1)
    known = booking.book(session.pk, factories.person(1, email="a@mail.school.example.org"))
    other = booking.book(session.pk, factories.person(2, email="a@notschool.example.org"))
    assert (known.status, other.status) == ("confirmed", "approval")
    late = booking.book(session.pk, factories.person(3, email="b@school.example.org"))
    other = booking.approve(other.key, admin_user)
    assert other.status == "waiting" and other.position == 1 and late.position == 2
    assert history(other) == ["approval", "waiting"]


def test_a_team_is_booked_all_or_none():
    session = factories.session(capacity=2)
    lead = Booker("A Lead", "lead@example.org")
    team = booking.book_team(session.pk, [factories.person(number) for number in (1, 2, 3, 1)], lead)
    assert [made.status for made in team] == ["confirmed", "confirmed", "waiting", "confirmed"]
    assert team[0].pk == team[3].pk and team[0].booker_name == "A Lead"
    assert subjects("lead@example.org") == []
    with pytest.raises(Refused) as refused:
        booking.book_team(session.pk, [factories.person(8), factories.person(9, email="x")], lead)
    assert refused.value.row == 1 and refused.value.field == "email"
    assert not Booking.objects.filter(email=factories.person(8).email).exists()
    with pytest.raises(Refused, match="10"):
        booking.book_team(session.pk, [factories.person(number) for number in range(11)], lead)
    with pytest.raises(Refused):
        booking.book_team(session.pk, [], lead)


def test_cancelling_frees_the_place_once():
    session = factories.session()
    made = booking.book(session.pk, factories.person())
    for _press in range(2):
        made = booking.cancel(made.key)
    session.refresh_from_db()
    assert (made.status, made.cancelled_by, made.late, session.taken) == ("cancelled", "person", False, 0)
    assert subjects(made.email) == ["training: confirmed", "training: cancelled"]


def test_late_is_late_only_for_the_delegate(admin_user):
    session = factories.session(cancel_until=factories.timezone.now() - factories.timedelta(hours=1))
    people = factories.fill(session, 3)
    assert booking.cancel(people[0].key).late
    assert not booking.cancel(people[1].key, admin_user, why="The room is smaller.").late
    assert not booking.not_me(people[2].key).late
    assert "The room is smaller." in OutgoingMail.objects.filter(to=people[1].email).latest("pk").text


def test_after_the_session_began_nobody_cancels_by_themselves(time_machine, admin_user):
    session = factories.session()
    made = booking.book(session.pk, factories.person())
    time_machine.move_to(session.starts_at)
    with pytest.raises(Refused):
        booking.cancel(made.key)
    assert booking.not_me(made.key).status == "confirmed"
    assert booking.cancel(made.key, admin_user).status == "cancelled"


def test_a_colleague_comes_instead():
    session = factories.session(capacity=1, cancel_until=factories.timezone.now())
    made = factories.fill(session)[0]
    waits = booking.book(session.pk, factories.person(2))
    for _press in range(2):
        new = booking.substitute(made.key, factories.person(3))
    made.refresh_from_db()
    waits.refresh_from_db()
    session.refresh_from_db()
    assert (new.status, new.substitutes, made.status, made.late) == ("confirmed", made, "cancelled", False)
    assert waits.status == "waiting" and session.taken == 1
    assert subjects(new.email) == ["training: confirmed"]
    assert subjects(made.email)[-1] == "training: passed on"
    with pytest.raises(Refused):
        booking.substitute(made.key, factories.person(4))
    # Somebody in line takes over: their place in line is given up.
    third = booking.substitute(new.key, factories.person(2))
    waits.refresh_from_db()
    assert third.status == "confirmed" and waits.status == "cancelled"


def test_a_colleague_who_has_a_place_cannot_take_another():
    session = factories.session()
    one, two = factories.fill(session, 2)
    with pytest.raises(Refused, match="has a place already"):
        booking.substitute(one.key, factories.person(2))
    one.refresh_from_db()
    assert one.status == "confirmed"


def test_changing_the_address_tells_both_and_keeps_a_person_unique():
    session = factories.session()
    one = booking.book(session.pk, factories.person(name="Sam", email="sam@example.org"))
    two = booking.book(session.pk, factories.person(name="Sam", email="sam@example.com"))
    with pytest.raises(Refused):
        booking.change_address(one.key, "SAM@example.com")
    booking.change_address(one.key, "sam@example.net")
    assert subjects("sam@example.org") == ["training: confirmed", "training: address changed"]
    assert subjects("sam@example.net") == ["training: confirmed"]
    assert "example.net" not in OutgoingMail.objects.filter(to="sam@example.org").latest("pk").text
    assert booking.book(session.pk, factories.person(name="sam", email="Sam@example.net")).pk == one.pk
    assert two.pk != one.pk


def test_staff_give_a_place_out_of_turn_and_it_is_written_down(admin_user):
    session = factories.session(capacity=1)
    one, two = factories.fill(session)[0], booking.book(session.pk, factories.person(2))
    three = booking.book(session.pk, factories.person(3))
    with pytest.raises(Refused, match="Every place is taken"):
        booking.confirm_waiting(three.key, admin_user)
    with pytest.raises(Refused, match="Say why"):
        booking.override(three.key, admin_user, why=" ")
    three = booking.override(three.key, admin_user, why="Sent by a court")
    session.refresh_from_db()
    assert three.status == "confirmed" and (session.taken, session.places) == (2, 2)
    assert history(two) == ["waiting", "skipped"]
    assert two.events.last().by == admin_user
    # The place above the capacity goes with the first to cancel; nobody is offered it.
    booking.cancel(one.key)
    session.refresh_from_db()
    two.refresh_from_db()
    assert (session.extra_places, session.taken, two.status) == (0, 1, "waiting")
    booking.cancel(three.key)
    two.refresh_from_db()
    assert two.status == "offered"


def test_moving_keeps_the_booking(admin_user):
    old, new, full = factories.session(capacity=1), factories.session(days=30), factories.session(days=31, capacity=1)
    made = booking.book(old.pk, factories.person())
    waits = booking.book(old.pk, factories.person(2))
    factories.fill(full, start=5)
    with pytest.raises(Refused, match="Every place"):
        booking.move(made.key, full.pk, admin_user)
    key = made.key
    made = booking.move(key, new.pk, admin_user)
    for session in (old, new):
        session.refresh_from_db()
    waits.refresh_from_db()
    assert (made.key, made.session, made.status) == (key, new, "confirmed")
    assert (old.taken, new.taken, waits.status) == (1, 1, "offered")
    assert subjects(made.email) == ["training: confirmed", "training: moved"]
    booking.book(old.pk, factories.person())
    with pytest.raises(Refused, match="booked there already"):
        booking.move(made.key, old.pk, admin_user)


def test_most_places_for_one_agency():
    school, trust = factories.agency(), factories.agency("Example Health Trust", "health")
    session = factories.session(capacity=4, max_per_agency=1)
    first = booking.book(session.pk, factories.person(1, agency=school))
    second = booking.book(session.pk, factories.person(2, agency=school))
    other = booking.book(session.pk, factories.person(3, agency=trust))
    typed = booking.book(session.pk, factories.person(4, agency_name="Example Charity"))
    again = booking.book(session.pk, factories.person(5, agency_name=" EXAMPLE charity"))
    assert [made.status for made in (first, second, other, typed, again)] == [
        "confirmed",
        "waiting",
        "confirmed",
        "confirmed",
        "waiting",
    ]
    # Passing somebody over is written down for each who was.
    assert history(second) == ["waiting", "skipped", "skipped"]
    assert "already" in second.events.last().text
    booking.cancel(first.key)
    second.refresh_from_db()
    assert second.status == "offered"


def test_places_kept_for_a_kind_of_agency(time_machine):
    from training import waiting_list
    from training.models import KeptPlaces

    school, trust = factories.agency(), factories.agency("Example Health Trust", "health")
    session = factories.session(capacity=3)
    until = factories.timezone.now() + factories.timedelta(days=7)
    KeptPlaces.objects.create(session=session, agency_kind="health", places=2, until=until)
    statuses = [
        booking.book(session.pk, factories.person(number, agency=of)).status
        for number, of in enumerate([school, school, None, trust], start=1)
    ]
    assert statuses == ["confirmed", "waiting", "waiting", "confirmed"]
    assert waiting_list.work_through() == 0
    time_machine.move_to(until)
    assert waiting_list.work_through() == 1
    assert Booking.objects.get(email=factories.person(2).email).status == "offered"
    assert Booking.objects.get(email=factories.person(3).email).status == "waiting"


NAMES = [
    "Seán O’Connor-D'Arcy",
    "Žofie Nováková",
    "محمد عبد الله",
    "\u202eevil\u202c",
    "田中 さくら",
    "A" * 200,
    "Robert'); DROP TABLE training_booking;--",
    "{{ 7|add:7 }} <b>x</b>",
    "=cmd|' /C calc'!A0",
]


@pytest.mark.parametrize("name", NAMES)
def test_any_name_is_kept_as_it_is_written(name, tasks_in_database):
    session = factories.session()
    made = booking.book(session.pk, factories.person(name=name))
    made.refresh_from_db()
    assert made.name == name
    assert name in OutgoingMail.objects.get(to=made.email).text
    assert booking.book(session.pk, factories.person(name=name)).pk == made.pk


def test_the_letter_that_unfolds_to_eighteen_is_kept():
    session = factories.session()
    made = booking.book(session.pk, factories.person(name="\ufdfa" * 200))
    assert booking.book(session.pk, factories.person(name="\ufdfa" * 200)).pk == made.pk


def test_nothing_typed_becomes_a_header(settings, client):
    session = factories.session()
    attack = "Sam\r\nBcc: everybody@example.org\x00\x0b"
    made = booking.book(session.pk, factories.person(name=attack, manager_email="lead@example.org"))
    assert made.name == "Sam Bcc: everybody@example.org"
    for message in OutgoingMail.objects.all():
        assert "\n" not in message.subject and "\r" not in message.subject
    assert not any("Bcc" in dict(message.extra_headers) for message in outbox.outbox)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": " \n "}, "name"),
        ({"name": "A" * 201}, "name"),
        ({"email": "nobody"}, "email"),
        ({"email": "a@b.c\nBcc: x@example.org"}, "email"),
        ({"manager_email": "x y"}, "manager_email"),
        ({"needs": "x" * 1001}, "needs"),
    ],
)
def test_what_cannot_be_kept_is_refused_beside_its_field(fields, field):
    session = factories.session()
    with pytest.raises(Refused) as refused:
        booking.book(session.pk, factories.person(**fields))
    assert refused.value.field == field and str(refused.value)[-1] in ".!"
    assert not Booking.objects.exists()


def test_booking_enqueues_nothing_but_its_own_mail(tasks_in_database, django_capture_on_commit_callbacks):
    from django_tasks_db.models import DBTaskResult

    session = factories.session()
    DBTaskResult.objects.all().delete()
    with django_capture_on_commit_callbacks(execute=True):
        booking.book(session.pk, factories.person())
    assert list(DBTaskResult.objects.values_list("task_path", flat=True)) == ["dscp_cms.tasks.deliver_mail"]
    assert TrainingSession.objects.get(pk=session.pk).taken == 1
