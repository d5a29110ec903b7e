"""The worker that sends campaigns, against real mail servers."""

import threading
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from dscp_cms import mail
from dscp_cms.models import OutgoingMail, Suppression
from dscp_cms.suppression import suppress
from news.models import Campaign, Delivery, DomainPause, Membership, Subscriber
from news.sending import campaigns, refusals
from news.sending.engine import Mailer
from news.sending.outcomes import MAX_ATTEMPTS, back_off
from news.tests.mail_server import DROP, Script
from news.tests.sending import delivery_to, outcomes, running_campaign, send, sending_to, subscribers

pytestmark = pytest.mark.django_db(transaction=True)


def status_of(campaign) -> str:
    return Campaign.objects.get(pk=campaign.pk).status


def test_a_campaign_reaches_everybody_once(settings):
    campaign = running_campaign(people=130)
    with sending_to(settings, connections=4) as server:
        send()
    assert status_of(campaign) == Campaign.Status.FINISHED
    assert outcomes(campaign) == {"sent": 130}
    assert len(server.recipients) == len(set(server.recipients)) == 130
    assert server.connections <= 4


@pytest.mark.parametrize("pipelining", [False, True])
def test_each_person_gets_their_own_message(settings, pipelining):
    campaign = running_campaign(people=3)
    with sending_to(settings, Script(pipelining=pipelining)) as server:
        send()
    assert sorted(server.recipients) == [f"reader{n}@example.org" for n in (1, 2, 3)]
    for received in server.received:
        delivery = delivery_to(campaign, received.recipient)
        text = received.message.get_body(("plain",)).get_content()
        assert f"Hello {delivery.name}," in text
        assert received.message["Message-ID"] == f"<{delivery.key}@localhost>"
        assert "DSCP-SLOT" not in received.content.decode()


def test_two_mailers_share_the_work(settings):
    campaign = running_campaign(people=200)
    with sending_to(settings, Script(delay=0.002)) as server:
        threads = [
            threading.Thread(target=Mailer(2).run, args=[threading.Event()], kwargs={"until_idle": True})
            for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        send()
    assert outcomes(campaign) == {"sent": 200}
    assert len(server.recipients) == len(set(server.recipients)) == 200
    assert Delivery.objects.values("worker").distinct().count() == 2


def test_without_a_mail_server_it_goes_to_the_outbox(settings, tmp_path):
    settings.OUTBOX_DIR = tmp_path / "outbox"
    campaign = running_campaign(people=3)
    send()
    assert Campaign.objects.get(pk=campaign.pk).to_outbox
    assert outcomes(campaign) == {"sent": 3}
    assert len(list((tmp_path / "outbox").glob("*.eml"))) == 3


# People who leave while it runs


def leave(person):
    Subscriber.objects.filter(pk=person.pk).update(status=Subscriber.Status.UNSUBSCRIBED)


def leave_the_list(person):
    Membership.objects.filter(subscriber=person).delete()


def be_suppressed(person):
    suppress(person.email, Suppression.Reason.REQUEST)


def be_erased(person):
    Delivery.objects.filter(subscriber=person).update(email="", name="")
    person.delete()


@pytest.mark.parametrize("go", [leave, leave_the_list, be_suppressed, be_erased])
def test_who_leaves_in_the_middle_gets_nothing(settings, go):
    campaign = running_campaign(people=60)
    gone = Subscriber.objects.get(email="reader60@example.org")

    def after_the_first(address):
        if address == "reader1@example.org":
            go(gone)  # while it is claimed: a claim has fifty, so it is in the second

    with sending_to(settings, Script(data=after_the_first)) as server:
        send()
    assert "reader60@example.org" not in server.recipients
    assert outcomes(campaign) == {"sent": 59, "suppressed": 1}
    assert status_of(campaign) == Campaign.Status.FINISHED


def test_who_leaves_when_already_claimed_gets_nothing(settings):
    campaign = running_campaign(people=5)

    def at_the_second(address):
        if address == "reader2@example.org":
            leave(Subscriber.objects.get(email="reader3@example.org"))

    with sending_to(settings, Script(data=at_the_second)) as server:
        send()
    assert "reader3@example.org" not in server.recipients
    assert outcomes(campaign) == {"sent": 4, "suppressed": 1}


def test_who_changes_address_gets_it_there(settings):
    campaign = running_campaign(people=2)
    Subscriber.objects.filter(email="reader2@example.org").update(email="new@example.org")
    with sending_to(settings) as server:
        send()
    assert sorted(server.recipients) == ["new@example.org", "reader1@example.org"]
    assert server.received[1].message["To"] == "new@example.org"
    assert outcomes(campaign) == {"sent": 2}


# Refusals


def test_a_refused_address_fails_and_is_suppressed(settings):
    campaign = running_campaign(people=3)
    with sending_to(settings, Script(rcpt=lambda to: "550 5.1.1 no such user" if "reader2" in to else None)):
        send()
    assert outcomes(campaign) == {"sent": 2, "failed": 1}
    assert "5.1.1" in delivery_to(campaign, "reader2@example.org").error
    assert Suppression.objects.get().reason == Suppression.Reason.BOUNCE
    assert Subscriber.objects.get(email="reader2@example.org").status == Subscriber.Status.BOUNCED
    assert status_of(campaign) == Campaign.Status.FINISHED


def test_a_domain_that_refuses_many_is_paused_and_nobody_of_it_suppressed(settings):
    subscribers(30, domain="big.example")
    campaign = running_campaign(people=5)
    with sending_to(settings, Script(rcpt=lambda to: "550 5.1.1 not here" if "@big" in to else None)) as server:
        send()
        pause = DomainPause.objects.get()
        assert (pause.domain, pause.refused) == ("big.example", 10)
        assert not Suppression.objects.exists()
        assert not Subscriber.objects.filter(status=Subscriber.Status.BOUNCED).exists()
        assert status_of(campaign) == Campaign.Status.SENDING
        refused = campaign.deliveries.filter(refused_at__isnull=False).count()
        assert refused < 30 and outcomes(campaign)["sent"] == 5
        server.rcpt = lambda to: None
        refusals.release_domain(pause)
        send()
    assert outcomes(campaign) == {"sent": 35 - refused, "failed": refused}


def test_fewer_than_ten_refusals_are_peoples_own(settings):
    subscribers(9, domain="small.example")
    campaign = running_campaign(people=1)
    with sending_to(settings, Script(rcpt=lambda to: "550 5.1.1 not here" if "@small" in to else None)):
        send()
    assert outcomes(campaign) == {"sent": 1, "failed": 9}
    assert Suppression.objects.count() == 9 and not DomainPause.objects.exists()


@pytest.mark.parametrize("stage", ["rcpt", "data"])
def test_a_refusal_for_now_is_tried_again_later(settings, stage):
    codes = ["421 4.3.2", "432", "450 4.2.1", "451", "452 4.2.2", "454"][stage == "rcpt" :]
    answers = {f"reader{n}@example.org": f"{code} not now" for n, code in enumerate(codes, start=1)}
    campaign = running_campaign(people=len(codes) + 1)
    script = Script(**{stage: answers.get})
    with sending_to(settings, script):
        send()
        assert outcomes(campaign) == {"queued": len(codes), "sent": 1}
        for delivery in campaign.deliveries.filter(status="queued"):
            assert delivery.attempts == 1
            assert timedelta(minutes=1) < delivery.not_before - timezone.now() < timedelta(minutes=3)
        assert status_of(campaign) == Campaign.Status.SENDING
        answers.clear()
        Delivery.objects.update(not_before=timezone.now())
        send()
    assert outcomes(campaign) == {"sent": len(codes) + 1}
    assert not Suppression.objects.exists()


def test_it_goes_on_trying_for_a_day_and_then_blames_nobody(settings):
    shortest = sum((min(back_off(n) for _ in range(200)) for n in range(1, MAX_ATTEMPTS)), timedelta())
    assert shortest >= timedelta(hours=24)
    assert back_off(3) != back_off(3)
    campaign = running_campaign(people=1)
    Delivery.objects.update(attempts=MAX_ATTEMPTS - 1)
    with sending_to(settings, Script(rcpt=lambda to: "450 greylisted")):
        send()
    assert outcomes(campaign) == {"failed": 1}
    assert not Suppression.objects.exists()


@pytest.mark.parametrize(
    "script",
    [
        {"mail": lambda address: "550 5.7.1 sender refused"},
        {"mail": lambda address: "530 5.7.0 sign in first"},
        {"rcpt": lambda to: "554 5.7.1 relay access denied"},
        {"data": lambda to: "554 5.7.1 looks like spam"},
        {"data": lambda to: "552 5.3.4 too large"},
        {"mail": lambda address: "550 5.7.1 sender refused", "pipelining": True},
        {"rcpt": lambda to: "554 5.7.1 relay access denied", "pipelining": True},
    ],
)
def test_a_server_that_refuses_us_pauses_the_campaign(settings, script):
    campaign = running_campaign(people=5)
    with sending_to(settings, Script(**script)):
        send()
    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.PAUSED
    assert "refuses us" in campaign.pause_reason and " 5." in campaign.pause_reason
    assert outcomes(campaign) == {"queued": 5}
    assert not Suppression.objects.exists()


def test_one_message_that_is_refused_again_does_not_stop_the_others_for_ever(settings):
    campaign = running_campaign(people=4)
    with sending_to(settings, Script(rcpt=lambda to: "550 5.7.1 no thanks" if "reader1" in to else None)):
        send()
        assert campaigns.resume(campaign)
        send()
        assert outcomes(campaign) == {"queued": 1, "sent": 3}
        Delivery.objects.filter(status="queued").update(not_before=timezone.now() - timedelta(seconds=1))
        send()
    assert outcomes(campaign) == {"failed": 1, "sent": 3}
    assert not Suppression.objects.exists()


def test_a_server_that_is_gone_pauses_the_campaign(settings):
    campaign = running_campaign(people=5)
    with sending_to(settings):
        pass
    send()
    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.PAUSED and "can't be reached" in campaign.pause_reason
    assert outcomes(campaign) == {"queued": 5}


def test_a_server_that_hangs_up_between_messages_is_called_again(settings):
    campaign = running_campaign(people=6)
    hung_up = set()

    def hang_up_once(to):
        if to not in hung_up:
            hung_up.add(to)
            return DROP
        return None

    with sending_to(settings, Script(rcpt=hang_up_once)) as server:
        send()
    assert outcomes(campaign) == {"sent": 6}
    assert len(server.recipients) == 6


def test_a_connection_lost_after_the_final_dot_leaves_it_uncertain(settings):
    campaign = running_campaign(people=20)
    lost = {f"reader{n}@example.org" for n in (3, 9, 15)}
    with sending_to(settings, Script(data=lambda to: DROP if to in lost else None)) as server:
        send()
        send()
    assert outcomes(campaign) == {"sent": 17, "uncertain": 3}
    assert set(campaign.deliveries.filter(status="uncertain").values_list("email", flat=True)) == lost
    assert len(server.recipients) == len(set(server.recipients)) == 20
    assert status_of(campaign) == Campaign.Status.FINISHED


def test_uncertain_ones_are_sent_again_only_when_somebody_says_so(settings):
    campaign = running_campaign(people=3)
    script = Script(data=lambda to: DROP if to != "reader1@example.org" else None)
    with sending_to(settings, script) as server:
        send()
        script.data = lambda to: None
        chosen = delivery_to(campaign, "reader2@example.org")
        assert campaigns.resend_uncertain(campaign, [chosen.pk]) == 1
        assert campaigns.resend_uncertain(campaign, [chosen.pk]) == 0
        assert status_of(campaign) == Campaign.Status.SENDING
        send()
    assert outcomes(campaign) == {"sent": 2, "uncertain": 1}
    assert server.recipients.count("reader2@example.org") == 2
    assert status_of(campaign) == Campaign.Status.FINISHED


# Steering


def test_pausing_and_resuming_ten_times_loses_and_doubles_nobody(settings):
    campaign = running_campaign(people=150)
    stop = threading.Event()
    with sending_to(settings, Script(delay=0.003)) as server:
        mailer = threading.Thread(target=Mailer(3).run, args=[stop])
        mailer.start()
        for _ in range(10):
            time.sleep(0.05)
            campaigns.pause(campaign, "Paused by staff.")
            time.sleep(0.02)
            campaigns.resume(campaign)
        give_up = time.monotonic() + 30
        while status_of(campaign) != Campaign.Status.FINISHED and time.monotonic() < give_up:
            time.sleep(0.05)
        stop.set()
        mailer.join()
    assert outcomes(campaign) == {"sent": 150}
    assert len(server.recipients) == len(set(server.recipients)) == 150


def test_cancelling_stops_after_the_message_under_way(settings):
    campaign = running_campaign(people=60)

    def cancel_at_the_third(to):
        if to == "reader3@example.org":
            campaigns.cancel(campaign)

    with sending_to(settings, Script(data=cancel_at_the_third)) as server:
        send()
    assert len(server.recipients) == 3
    assert outcomes(campaign) == {"sent": 3, "queued": 57}


@pytest.mark.parametrize("workers", [1, 2])
def test_the_rate_is_never_exceeded_in_any_second(settings, workers):
    limit = 8
    campaign = running_campaign(people=28, rate_limit=limit)
    with sending_to(settings, connections=3) as server:
        threads = [threading.Thread(target=send) for _ in range(workers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        send()
    assert outcomes(campaign) == {"sent": 28}
    times = sorted(received.at for received in server.received)
    assert all(later - earlier >= 1.0 for earlier, later in zip(times, times[limit:], strict=False))
    assert times[-1] - times[0] < 60  # seconds; four on a quiet machine, for ever if a turn were lost


def test_transactional_mail_goes_ahead(settings, django_capture_on_commit_callbacks):
    running_campaign(people=100)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    OutgoingMail.objects.create(kind="booking", to="delegate@example.org", subject="Your place", text="Yes.")
    with sending_to(settings, Script(delay=0.005)) as server:
        send(connections=1)
    assert "delegate@example.org" in server.recipients[:60]
    assert OutgoingMail.objects.get().status == OutgoingMail.Status.SENT
    assert mail.send_due() == 0
