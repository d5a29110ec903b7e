"""One table of addresses that mail must not go to."""

import pytest

from dscp_cms import mail, suppression
from dscp_cms.models import OutgoingMail, Suppression

pytestmark = pytest.mark.django_db
Reason = Suppression.Reason


def test_an_address_is_found_whatever_its_case_and_spaces():
    suppression.suppress(" Reader@Example.org", Reason.BOUNCE, "550 no such user")
    found = suppression.suppression_of("reader@example.ORG ")
    assert (found.reason, found.note, found.email) == ("bounce", "550 no such user", "Reader@Example.org")
    assert suppression.suppression_of("other@example.org") is None


@pytest.mark.parametrize("first", suppression.STRENGTH)
@pytest.mark.parametrize("second", suppression.STRENGTH)
def test_the_stronger_reason_stays(first, second):
    suppression.suppress("reader@example.org", first, "the first")
    suppression.suppress("reader@example.org", second, "the second")
    (found,) = Suppression.objects.all()
    assert found.reason == max(first, second, key=suppression.STRENGTH.index)


def test_an_erased_address_isn_t_kept():
    suppression.suppress("reader@example.org", Reason.REQUEST)
    suppression.suppress("reader@example.org", Reason.ERASED)
    found = Suppression.objects.get()
    assert (found.email, found.digest) == ("", suppression.digest("reader@example.org"))
    suppression.suppress("reader@example.org", Reason.BOUNCE)
    assert Suppression.objects.get().email == ""


@pytest.mark.parametrize(
    ("reason", "goes"), [("bounce", False), ("complaint", True), ("request", True), ("erased", True)]
)
def test_only_a_bounce_stops_mail_about_bookings(reason, goes):
    suppression.suppress("reader@example.org", reason)
    booking = mail.send(kind="booking", to="reader@example.org", subject="Your place", text="See you there.")
    status = mail.deliver(booking.pk)
    assert status == (OutgoingMail.Status.OUTBOX if goes else OutgoingMail.Status.SUPPRESSED)


def test_a_bounced_address_can_still_be_asked_to_confirm():
    suppression.suppress("reader@example.org", Reason.BOUNCE)
    for kind in mail.PROVES_THE_ADDRESS:
        asked = mail.send(kind=kind, to="reader@example.org", subject="Confirm", text="Is this you?")
        assert mail.deliver(asked.pk) == OutgoingMail.Status.OUTBOX


@pytest.mark.parametrize("reason", suppression.STRENGTH)
def test_a_complaint_is_lifted_only_on_purpose(reason):
    suppression.suppress("reader@example.org", reason)
    complaint = reason == Reason.COMPLAINT
    assert suppression.lift("READER@example.org") is not complaint
    assert Suppression.objects.exists() is complaint
    assert suppression.lift("reader@example.org", complaint_too=True)
    assert not Suppression.objects.exists()


@pytest.mark.parametrize(
    ("email", "allowed"),
    [
        ("Tester@Example.org", True),
        ("somebody@team.example.org", True),
        ("somebody@example.org", False),
        ("somebody@evilteam.example.org.example", False),
        ("somebody@notteam.example.org", False),
    ],
)
def test_outside_production_only_named_addresses_and_domains_are_written_to(settings, email, allowed):
    settings.MAIL_ALLOWED = ("tester@example.org", "team.example.org")
    assert suppression.may_be_written_to(email) is allowed


def test_a_message_to_anybody_else_is_settled_not_sent(settings):
    settings.MAIL_ALLOWED = ("tester@example.org",)
    message = mail.send(kind="test", to="real.reader@example.com", subject="Hello", text="Hello")
    assert mail.deliver(message.pk) == OutgoingMail.Status.SUPPRESSED
    message.refresh_from_db()
    assert "outside production" in message.error
