"""Bounces and complaints: whose they are, and what follows."""

import base64
import json
import mailbox
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from dscp_cms.models import Suppression
from dscp_cms.suppression import suppression_of
from news import bounces
from news.models import Campaign, Delivery, DomainPause, Subscriber
from news.tests import reports
from news.tests.processes import environment_of_this_database
from news.tests.sending import ready_issue, running_campaign, scheduled_campaign, send, subscribers

pytestmark = pytest.mark.django_db(transaction=True)

ONE, TWO = "reader1@example.org", "reader2@example.org"


@pytest.fixture
def campaign():
    campaign = running_campaign(people=3)
    send()
    return campaign


def key_of(address):
    return Delivery.objects.get(email=address).key


def told(content: bytes) -> list[bool]:
    return [bounces.record(report) for report in bounces.read(content)]


HARD = [
    lambda: reports.dsn(ONE, key_of(ONE)),
    lambda: reports.dsn(ONE),
    lambda: reports.dsn(ONE.upper()),
    lambda: reports.dsn("forwarded@elsewhere.example", key_of(ONE)),
    lambda: reports.dsn("forwarded@elsewhere.example", extra=f"Original-Recipient: rfc822;{ONE}\n"),
    lambda: reports.dsn(ONE, key_of(ONE), status="5.0.0", said="554 delivery error: no such account"),
    lambda: reports.dsn(ONE, key_of(ONE), status="5.4.1", said="550 5.4.1 Recipient address rejected: Access denied"),
    lambda: reports.dsn(ONE, key_of(ONE), quoted="message/rfc822"),
    lambda: reports.dsn(ONE, key_of(ONE)).replace(b"\n", b"\r\n"),
    lambda: reports.other(reports.QMAIL, ONE, key_of(ONE)),
    lambda: reports.other(reports.EXIM, ONE, key_of(ONE)),
]


@pytest.mark.parametrize("make", HARD)
def test_a_hard_bounce_suppresses_its_address_at_once(campaign, make):
    assert told(make()) == [True]
    assert [s.reason for s in Suppression.objects.all()] == [Suppression.Reason.BOUNCE]
    assert suppression_of(ONE)
    assert Subscriber.objects.get(email=ONE).status == Subscriber.Status.BOUNCED
    delivery = Delivery.objects.get(email=ONE)
    assert delivery.bounced_at and delivery.status == "sent"
    assert Delivery.objects.filter(bounced_at=None).count() == 2


@pytest.mark.parametrize(
    "make",
    [
        lambda: reports.arf(ONE, key_of(ONE)),
        lambda: reports.arf(ONE),
        lambda: reports.arf(ONE, key_of(ONE), names_address=False),
        lambda: reports.arf(ONE, key_of(ONE), names_address=False, quoted="text/rfc822-headers"),
        lambda: reports.arf(ONE, key_of(ONE), kind="opt-out"),
    ],
)
def test_a_complaint_suppresses_for_good(campaign, make):
    assert told(make()) == [True]
    assert suppression_of(ONE).reason == Suppression.Reason.COMPLAINT
    assert Subscriber.objects.get(email=ONE).status == Subscriber.Status.COMPLAINED
    assert Suppression.objects.count() == 1


@pytest.mark.parametrize(
    "make",
    [
        lambda: reports.dsn(ONE, key_of(ONE), action="delayed", status="4.4.1", said="451 later"),
        lambda: reports.dsn(ONE, key_of(ONE), action="delivered", status="2.0.0", said="250 ok"),
        lambda: reports.other(reports.HOLIDAY, ONE, key_of(ONE)),
        lambda: b"Subject: A question\n\nWhen is the conference?\n",
        lambda: b"",
        lambda: b"\x00\xff" * 500,
        lambda: reports.dsn(ONE, key_of(ONE))[:500],
    ],
)
def test_what_is_no_failure_changes_nothing(campaign, make):
    assert told(make()) == []
    assert not Suppression.objects.exists()
    assert not Delivery.objects.exclude(bounced_at=None).exists()


def test_nobody_of_ours_is_nobody(campaign):
    assert told(reports.dsn("stranger@example.net")) == [False]
    assert told(reports.arf("stranger@example.net")) == [False]
    assert not Suppression.objects.exists()


def test_a_report_about_two_is_not_pinned_on_one(campaign):
    assert told(reports.dsn_for_two(ONE, TWO)) == [True, True]
    assert Delivery.objects.exclude(bounced_at=None).count() == 2
    assert Suppression.objects.count() == 2


def test_the_same_report_twice_changes_nothing_more(campaign):
    told(reports.dsn(ONE, key_of(ONE)))
    before = list(Delivery.objects.values()), list(Suppression.objects.values())
    told(reports.dsn(ONE, key_of(ONE)))
    assert before == (list(Delivery.objects.values()), list(Suppression.objects.values()))


def test_a_soft_bounce_suppresses_at_the_third_message():
    subscribers(1)
    for number in range(3):
        campaign = scheduled_campaign(people=0, issue=ready_issue(slug=f"issue-{number}"))
        send()
        delivery = campaign.deliveries.get()
        assert delivery.status == "sent", campaign.deliveries.values()
        full = reports.dsn(ONE, delivery.key, status="5.2.2", said="552 5.2.2 mailbox full")
        assert not Suppression.objects.exists()
        told(full), told(full)
    assert suppression_of(ONE).reason == Suppression.Reason.BOUNCE


def test_a_domain_that_bounces_everything_is_paused_and_nobody_stays_suppressed():
    subscribers(12, domain="big.example")
    campaign = running_campaign(people=1)
    send()
    for number in range(1, 13):
        told(reports.dsn(f"reader{number}@big.example"))
        assert Suppression.objects.count() == (number if number < 10 else 0)
    pause = DomainPause.objects.get()
    assert (pause.campaign, pause.domain, pause.refused) == (campaign, "big.example", 10)
    assert not Subscriber.objects.filter(status=Subscriber.Status.BOUNCED).exists()


def test_a_bounce_of_somebody_who_left_keeps_them_left(campaign):
    Subscriber.objects.filter(email=ONE).update(status=Subscriber.Status.UNSUBSCRIBED)
    told(reports.dsn(ONE, key_of(ONE)))
    assert Subscriber.objects.get(email=ONE).status == Subscriber.Status.UNSUBSCRIBED


# Mailboxes


def test_a_maildir_is_read_once_and_what_is_no_report_stays(campaign, tmp_path, capsys):
    box = mailbox.Maildir(tmp_path / "box")
    for content in (
        reports.dsn(ONE, key_of(ONE)),
        reports.arf(TWO),
        reports.dsn("stranger@example.net"),
        b"Subject: Hi\n\nHi",
    ):
        box.add(content)
    call_command("read_bounces", f"maildir://{tmp_path / 'box'}")
    said = capsys.readouterr().out
    assert "2 recorded, 1 about nobody of ours, 1 that are no report" in said
    assert Suppression.objects.count() == 2
    call_command("read_bounces", f"maildir://{tmp_path / 'box'}")
    assert "0 recorded, 0 about nobody of ours, 1 that" in capsys.readouterr().out


def test_imap_is_read_once(campaign, settings):
    from news.tests.imap_server import imap_server

    with imap_server([reports.dsn(ONE, key_of(ONE)), b"Subject: Hi\r\n\r\nHi"]) as server:
        url = f"imap://news%40example.org:open%20sesame@127.0.0.1:{server.port}/INBOX"
        tally = bounces.read_mailbox(url)
        assert (tally.recorded, tally.no_report) == (1, 1)
        assert server.signed_in == ("news@example.org", "open sesame")
        assert server.seen == {1}
        assert bounces.read_mailbox(url).recorded == 0
    assert suppression_of(ONE)


@pytest.mark.parametrize("url", ["imap://nobody:x@127.0.0.1:1/INBOX", "maildir:///nowhere/at/all", ""])
def test_a_mailbox_that_cannot_be_read_is_one_clear_sentence(url):
    with pytest.raises(CommandError) as refused:
        call_command("read_bounces", *([url] if url else []))
    assert len(str(refused.value).splitlines()) == 1


# A mail service's webhook


WEBHOOK = """
import json, sys, django
django.setup()
from django.test import Client
events, secret = json.loads(sys.stdin.read())
client = Client(SERVER_NAME="localhost", headers={"authorization": "Basic " + secret})
kind = "application/json"
print([client.post("/webhooks/postmark/tracking/", event, content_type=kind).status_code for event in events])
from news.urls import urlpatterns
print([str(each.pattern) for each in urlpatterns if "webhook" in str(each.pattern)])
"""


def test_a_service_tells_of_bounces_and_complaints(campaign):
    at = timezone.now().isoformat()
    events = [
        {
            "RecordType": "Bounce",
            "Type": "HardBounce",
            "TypeCode": 1,
            "Email": ONE,
            "BouncedAt": at,
            "Details": "no such user",
        },
        {"RecordType": "SpamComplaint", "Type": "SpamComplaint", "TypeCode": 512, "Email": TWO, "BouncedAt": at},
        {"RecordType": "Open", "Recipient": "reader3@example.org", "ReceivedAt": at},
    ]
    environment = environment_of_this_database(WEBHOOKS="postmark", WEBHOOKS_SECRET="us:sesame")

    def post(secret):
        secret = base64.b64encode(secret).decode()
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", WEBHOOK],
            input=json.dumps([events, secret]),
            env=environment,
            capture_output=True,
            text=True,
        )
        return done.stdout.split("\n")[:2]

    assert post(b"us:wrong") == ["[400, 400, 400]", "['webhooks/postmark/tracking/']"]
    assert not Suppression.objects.exists()
    assert post(b"us:sesame")[0] == "[200, 200, 200]"
    assert suppression_of(ONE).reason == Suppression.Reason.BOUNCE
    assert suppression_of(TWO).reason == Suppression.Reason.COMPLAINT
    assert Suppression.objects.count() == 2


def test_without_a_service_there_is_no_webhook(client):
    assert client.post("/webhooks/postmark/tracking/", "{}", content_type="application/json").status_code == 404


def test_bounces_are_counted_in_the_report(campaign):
    from news.sending.reports import counts

    told(reports.dsn(ONE, key_of(ONE))), told(reports.arf(TWO))
    found = counts(Campaign.objects.get())
    assert (found.sent, found.bounced, found.complained) == (3, 1, 1)
