"""Mailers that are killed at any moment: nobody gets it twice, nobody is forgotten."""

import os
import random
import time

import pytest

from dscp_cms.testing.scale import FULL, size
from news.management.commands.mailer import NICENESS
from news.models import Campaign, Delivery
from news.sending import campaigns
from news.tests.mail_server import Script, mail_server
from news.tests.processes import start_mailer
from news.tests.sending import outcomes, running_campaign

pytestmark = pytest.mark.django_db(transaction=True)

CONNECTIONS = 4


def wait_for(condition, patience=60.0):
    give_up = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < give_up, "it didn't happen"
        time.sleep(0.01)


def finish(campaign, server, number=1):
    """Let mailers finish it; say how long it took until they began."""
    before, began = len(server.received), time.monotonic()
    mailers = [start_mailer(CONNECTIONS, EMAIL_URL=f"smtp://127.0.0.1:{server.port}") for _ in range(number)]
    try:
        wait_for(lambda: len(server.received) > before or _done(campaign))
        resumed = time.monotonic() - began
        wait_for(lambda: _done(campaign), 600)
        return resumed
    finally:
        for mailer in mailers:
            mailer.terminate()
        for mailer in mailers:
            assert mailer.wait(60) == 0


def _done(campaign) -> bool:
    return Campaign.objects.get(pk=campaign.pk).status == Campaign.Status.FINISHED


def killed_while_sending(people: int, kills: int, delay: float):
    campaign = running_campaign(people=people)
    Campaign.objects.update(to_outbox=False)
    with mail_server(Script(delay=delay, pipelining=True)) as server:
        for number in range(kills):
            aim = (number + 1) * people * 0.8 / kills * random.uniform(0.9, 1.0)
            mailer = start_mailer(CONNECTIONS, EMAIL_URL=f"smtp://127.0.0.1:{server.port}")
            try:
                wait_for(lambda aim=aim: len(server.received) >= aim)
                if number == 0:  # a later one may find so many sent before it has begun
                    assert os.getpriority(os.PRIO_PROCESS, mailer.pid) >= NICENESS, "readers come first"
                time.sleep(random.uniform(0, 0.05))
            finally:
                mailer.kill()
                mailer.wait()
        resumed = finish(campaign, server)
    return campaign, server, resumed


def check(campaign, server, people, kills):
    counts = outcomes(campaign)
    print(f"{kills} kills, {people} people: {counts}")
    assert len(server.recipients) == len(set(server.recipients)), "somebody got it twice"
    assert sum(counts.values()) == people
    assert set(counts) <= {"sent", "uncertain"}
    assert counts.get("uncertain", 0) <= CONNECTIONS * kills
    sent = set(campaign.deliveries.filter(status=Delivery.Status.SENT).values_list("email", flat=True))
    assert sent <= set(server.recipients), "marked as sent, but never arrived"
    assert not Campaign.objects.get(pk=campaign.pk).pause_reason


def test_killed_again_and_again(capsys):
    people, kills = 200, 2
    campaign, server, resumed = killed_while_sending(people, kills, delay=0.01)
    check(campaign, server, people, kills)
    assert resumed < 60


@pytest.mark.scale
def test_killed_twenty_times_over_five_thousand():
    people, kills = size(5000), size(20)
    campaign, server, resumed = killed_while_sending(people, kills, delay=0.002)
    check(campaign, server, people, kills)
    assert resumed < 60 or not FULL


def test_one_of_two_mailers_is_killed_and_the_other_takes_over():
    people = 200
    campaign = running_campaign(people=people)
    Campaign.objects.update(to_outbox=False)
    with mail_server(Script(delay=2)) as server:  # seconds: one isn't done before both are at work
        to = {"EMAIL_URL": f"smtp://127.0.0.1:{server.port}"}
        mailers = [start_mailer(2, **to) for _ in range(2)]
        try:
            wait_for(lambda: Delivery.objects.exclude(worker="").values("worker").distinct().count() == 2, 150)
            server.delay = 0.02
            mailers[0].kill()
            mailers[0].wait()
            wait_for(lambda: _done(campaign), 120)
        finally:
            for mailer in mailers:
                mailer.terminate()
                mailer.wait()
    counts = outcomes(campaign)
    assert counts.get("uncertain", 0) <= 2 and sum(counts.values()) == people and set(counts) <= {"sent", "uncertain"}
    assert len(server.recipients) == len(set(server.recipients))


def test_told_to_stop_it_leaves_nothing_uncertain():
    campaign = running_campaign(people=100)
    Campaign.objects.update(to_outbox=False)
    with mail_server(Script(delay=0.05)) as server:
        mailer = start_mailer(2, EMAIL_URL=f"smtp://127.0.0.1:{server.port}")
        wait_for(lambda: len(server.received) > 10)
        mailer.terminate()
        assert mailer.wait(60) == 0
        counts = outcomes(campaign)
        assert counts["sent"] == len(server.received) < 100 and counts["queued"] == 100 - counts["sent"]
        finish(campaign, server)
    assert outcomes(campaign) == {"sent": 100}


def test_who_presses_pause_stops_every_mailer():
    campaign = running_campaign(people=100)
    Campaign.objects.update(to_outbox=False)
    with mail_server(Script(delay=0.05)) as server:
        mailers = [start_mailer(2, EMAIL_URL=f"smtp://127.0.0.1:{server.port}") for _ in range(2)]
        try:
            wait_for(lambda: len(server.received) > 5)
            campaigns.pause(campaign, "Paused by staff.")
            wait_for(lambda: set(outcomes(campaign)) == {"sent", "queued"})  # what was under way has come to its end
            number = len(server.received)
            time.sleep(1)
            assert len(server.received) == number < 100
        finally:
            for mailer in mailers:
                mailer.terminate()
                mailer.wait()
    assert outcomes(campaign)["sent"] == number
