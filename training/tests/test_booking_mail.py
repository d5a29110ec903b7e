"""What booking mail says, carries and never says."""

import re
from datetime import timedelta

import pytest
from django.core import mail as sent
from django.utils import timezone

from dscp_cms import mail
from dscp_cms.models import OutgoingMail, SiteSettings
from dscp_cms.testing.pages import front_page
from training import booking, reminders, scheduling, tokens
from training.tests import factories
from training.tests.factories import fill
from training.tokens import Purpose

pytestmark = pytest.mark.django_db


def latest(address: str) -> OutgoingMail:
    return OutgoingMail.objects.filter(to=address).latest("pk")


def test_a_confirmation_says_all_that_one_needs_to_come(tasks_in_database):
    session = factories.session(facilitator="An example trainer", number=2)
    made = booking.book(session.pk, factories.person(manager_email="lead@example.org", needs="A seat near the door"))
    text = latest(made.email).text
    expected = ["Hello Delegate 1,", "Neglect basics", "9:30am to 12:30pm", "Example Hall", "1 Example Street"]
    expected += ["Step-free from the car park.", "An example trainer", "/my-bookings/", "/my-bookings/not-me/"]
    for words in expected:
        assert words in text, words
    manager = latest("lead@example.org").text
    assert "Delegate 1 named you as line manager" in manager
    # What a manager must not see: links that act for the delegate, and needs.
    assert "/my-bookings/" not in manager and "seat near the door" not in manager + text
    assert "\n\n\n" not in text and "&#" not in text


def test_only_who_has_a_place_gets_the_joining_link():
    link = "https://example.org/join/secret"
    session = factories.session(capacity=1, delivery_method="virtual", venue=None, joining_link=link)
    one = booking.book(session.pk, factories.person(1, manager_email="lead@example.org"))
    two = booking.book(session.pk, factories.person(2))
    assert link in latest(one.email).text and link in latest(one.email).attachments[0]["content"].replace("\r\n ", "")
    assert link not in latest(two.email).text and not latest(two.email).attachments
    assert link not in latest("lead@example.org").text
    booking.cancel(one.key)
    assert latest(two.email).kind == "training: offered" and link not in latest(two.email).text
    gone = latest(one.email)
    assert link not in gone.text + gone.attachments[0]["content"].replace("\r\n ", "")
    booking.accept_offer(two.key)
    assert link in latest(two.email).text


def test_every_message_renders(time_machine, admin_user, tasks_in_database):
    """Each kind is sent through its job, and no link in any of them is one that we'd refuse."""
    session, other = factories.session(capacity=2, number=2), factories.session(days=60)
    a, b = fill(session)
    c = booking.book(session.pk, factories.person(3, manager_email="lead@example.org"))
    booking.cancel(a.key)
    booking.accept_offer(c.key)
    booking.substitute(b.key, factories.person(4))
    booking.change_address(c.key, "new@example.org")
    booking.move(c.key, other.pk, admin_user)
    booking.send_link(c)
    d = booking.book(session.pk, factories.person(5))
    e = booking.book(session.pk, factories.person(6))
    unknown = factories.session(open_to="known_domains", days=40)
    booking.book(unknown.pk, factories.person(7))
    f = booking.book(session.pk, factories.person(8))
    booking.cancel(d.key)
    time_machine.move_to(timezone.now() + timedelta(days=6))
    from training import waiting_list

    waiting_list.work_through()
    day = timedelta(days=1)
    days = [scheduling.DayTimes(each.starts_at + day, each.ends_at + day) for each in session.days.all()]
    scheduling.reschedule(session.pk, days)
    time_machine.move_to(session.starts_at + timedelta(hours=6))
    booking.cancel(e.key, admin_user, why="A word.")
    time_machine.move_to(session.starts_at + timedelta(hours=20))
    session.refresh_from_db()
    reminders.send_due()
    one = session.bookings.confirmed().first()
    booking.cancel(one.key)
    scheduling.cancel_session(session.pk, why="Snow.")
    time_machine.move_to(other.ends_at + timedelta(days=1))
    scheduling.finish_past()
    kinds = set(OutgoingMail.objects.values_list("kind", flat=True))
    assert {kind.removeprefix("training: ") for kind in kinds} >= {
        "confirmed", "manager", "waiting", "approval", "offered", "cancelled", "passed on", "address changed", "moved",
        "my bookings", "changed", "session cancelled", "thank you",
    }, kinds  # fmt: skip
    for message in OutgoingMail.objects.all():
        assert message.text.startswith("Hello") and message.subject and "{" not in message.subject
        assert not re.search(r"\{[{%]|None|&#|&amp;", message.text), message.text
    assert f.email


def test_one_message_a_change_and_each_in_the_history(admin_user):
    session = factories.session(capacity=1)
    one = fill(session)[0]
    two = booking.book(session.pk, factories.person(2, manager_email="lead@example.org"))
    booking.cancel(one.key)
    booking.accept_offer(two.key)
    booking.substitute(two.key, factories.person(3, manager_email="lead@example.org"))
    for message in OutgoingMail.objects.all():
        assert message.text
    noted = sum(made.events.exclude(mail=None).count() for made in session.bookings.all())
    assert noted == OutgoingMail.objects.count() == 9
    # A manager gets one a booking.
    assert OutgoingMail.objects.filter(to="lead@example.org").count() == 2


def test_nothing_is_sent_for_a_change_that_did_not_happen():
    from django.db import transaction

    session = factories.session()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        booking.book(session.pk, factories.person())
        raise ZeroDivisionError
    assert not OutgoingMail.objects.exists()


def test_it_leaves_as_a_real_message_with_its_calendar_entry(settings, django_capture_on_commit_callbacks):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    conf = SiteSettings.for_site(front_page().get_site())
    conf.training_email = "training@example.org"
    conf.save()
    session = factories.session()
    with django_capture_on_commit_callbacks(execute=True):
        booking.book(session.pk, factories.person(name="Zoë O’Neill"))
    message = sent.outbox[-1].message()
    assert message["Reply-To"] == "training@example.org"
    calendar = next(part for part in message.walk() if part.get_content_type() == "text/calendar")
    assert calendar.get_param("method") == "REQUEST" and calendar.get_filename() == "session.ics"
    assert "Zoë O’Neill" in calendar.get_payload(decode=True).decode().replace("\r\n ", "").replace("\n ", "")


def test_urgent_mail_goes_first_and_late_mail_is_dropped(tasks_in_database):
    def make(**more):
        return mail.send(kind="test", to="sam@example.org", subject="x", text="x", **more)

    slow, quick = make(), make(urgent=True)
    gone = make(drop_at=timezone.now())
    held = make(due=timezone.now() - timedelta(hours=7))
    mail.send_due()
    assert not OutgoingMail.objects.filter(pk__in=[slow.pk, quick.pk], sent_at=None).exists()
    order = OutgoingMail.objects.exclude(sent_at=None).order_by("sent_at").values_list("pk", flat=True)
    assert list(order) == [quick.pk, slow.pk]
    assert OutgoingMail.objects.get(pk=gone.pk).status == "dropped"
    assert OutgoingMail.objects.get(pk=held.pk).status == "queued"
    mail.release_held()
    mail.send_due()
    assert OutgoingMail.objects.get(pk=held.pk).status == "outbox"


# Links


def test_a_link_is_for_one_booking_and_one_purpose():
    session = factories.session()
    one, two = fill(session, 2)
    token = tokens.make(Purpose.OFFER, one)
    assert tokens.read(Purpose.OFFER, token) == one
    assert len(token) == 40 and str(one.pk) not in tokens.url(Purpose.OFFER, one).removeprefix("http://testserver")[:20]
    for purpose in set(Purpose) - {Purpose.OFFER}:
        with pytest.raises(tokens.BadTokenError):
            tokens.read(purpose, token)
    mixed = tokens._encode(two.key.bytes + tokens._decode(token)[16:])
    for forged in (mixed, token[:-1], token + "A", "", "x" * 40, "ü" * 40, token.swapcase(), "A" * 40):
        with pytest.raises(tokens.BadTokenError):
            tokens.read(Purpose.OFFER, forged)


def test_a_link_lasts_until_thirty_days_after_the_session_and_then_offers_a_new_one(time_machine):
    session = factories.session()
    made = booking.book(session.pk, factories.person())
    token = tokens.make(Purpose.MANAGE, made)
    time_machine.move_to(session.ends_at + timedelta(days=30) - timedelta(seconds=1))
    assert tokens.read(Purpose.MANAGE, token) == made
    time_machine.move_to(session.ends_at + timedelta(days=30, seconds=1))
    with pytest.raises(tokens.ExpiredTokenError) as expired:
        tokens.read(Purpose.MANAGE, token)
    booking.send_link(expired.value.booking)
    url = re.search(r"http\S+/my-bookings/(\S+)/", latest(made.email).text)
    assert tokens.read(Purpose.MANAGE, url[1]) == made


def test_a_changed_address_voids_the_links_sent_to_the_old_one():
    session = factories.session()
    made = booking.book(session.pk, factories.person())
    token = tokens.make(Purpose.MANAGE, made)
    booking.change_address(made.key, "new@example.org")
    with pytest.raises(tokens.BadTokenError):
        tokens.read(Purpose.MANAGE, token)


def test_a_retired_secret_key_still_reads(settings):
    session = factories.session()
    made = booking.book(session.pk, factories.person())
    token = tokens.make(Purpose.MANAGE, made)
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another"
    with pytest.raises(tokens.BadTokenError):
        tokens.read(Purpose.MANAGE, token)
    settings.SECRET_KEY_FALLBACKS = [old]
    assert tokens.read(Purpose.MANAGE, token) == made
