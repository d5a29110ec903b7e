"""Who has which delivery, and what a dead worker leaves."""

import subprocess
import sys
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from news.models import Campaign, Delivery, Subscriber
from news.sending import claims, presence, recovery
from news.tests.sending import outcomes, running_campaign

pytestmark = pytest.mark.django_db(transaction=True)


class Elsewhere:
    """A worker that is alive or dead as the test says."""

    def __init__(self, name="00000001.now", epoch="now"):
        self.name, self.epoch = name, epoch


@pytest.fixture
def me():
    here = presence.join()
    yield here
    here.leave()


def test_no_two_workers_get_the_same(me):
    campaign = running_campaign(people=30)
    one, two = claims.Ledger("one.x", campaign), claims.Ledger("two.x", campaign)
    first, second, third = one.claim(20), two.claim(20), one.claim(20)
    assert (len(first), len(second), len(third)) == (20, 10, 0)
    assert not {item.pk for item in first} & {item.pk for item in second}


def test_what_is_not_due_yet_is_not_claimed():
    campaign = running_campaign(people=3)
    Delivery.objects.filter(email="reader2@example.org").update(not_before=timezone.now() + timedelta(hours=1))
    assert len(claims.Ledger("one.x", campaign).claim()) == 2


def test_a_worker_that_was_only_paused_sends_nothing_that_another_took_over(me):
    campaign = running_campaign(people=2)
    asleep, awake = claims.Ledger("aaaa.x", campaign), claims.Ledger(me.name, campaign)
    item = asleep.claim(1)[0]
    Delivery.objects.filter(pk=item.pk).update(claimed_at=timezone.now() - claims.LEASE - timedelta(minutes=1))
    recovery.recover(me)
    taken = awake.claim(1)[0]
    assert taken.pk == item.pk
    assert not asleep.begin(item)()
    assert asleep.not_to_be_sent(item) == "lost"
    assert awake.begin(taken)()
    assert not awake.begin(taken)()  # not even twice by the same


def test_sent_is_marked_with_the_next_one():
    campaign = running_campaign(people=3)
    ledger = claims.Ledger("one.x", campaign)
    first, second, third = ledger.claim()
    assert ledger.begin(first)()
    assert ledger.begin(second, done=first.pk)()
    assert outcomes(campaign) == {"sent": 1, "sending": 1, "claimed": 1}
    ledger.claim(done=second.pk)
    assert outcomes(campaign) == {"sent": 2, "claimed": 1}
    ledger.give_back([third])
    assert outcomes(campaign) == {"sent": 2, "queued": 1}


@pytest.mark.parametrize("status", [Campaign.Status.PAUSED, Campaign.Status.CANCELLED])
def test_nothing_begins_while_the_campaign_stands_still(status):
    campaign = running_campaign(people=1)
    ledger = claims.Ledger("one.x", campaign)
    item = ledger.claim()[0]
    Campaign.objects.update(status=status)
    assert not ledger.begin(item)()
    assert ledger.not_to_be_sent(item) == "stopped"


def test_the_one_before_is_marked_even_where_the_next_must_not_be_sent():
    campaign = running_campaign(people=2)
    ledger = claims.Ledger("one.x", campaign)
    first, second = ledger.claim()
    ledger.begin(first)()
    Subscriber.objects.filter(email=second.email).update(status=Subscriber.Status.UNSUBSCRIBED)
    assert not ledger.begin(second, done=first.pk)()
    assert ledger.not_to_be_sent(second) == "left"
    assert outcomes(campaign) == {"sent": 1, "suppressed": 1}


# What the dead leave


DIE = """
import django, os, signal
django.setup()
from news.models import Campaign
from news.sending import claims, presence
me = presence.join()
ledger = claims.Ledger(me.name, Campaign.objects.get())
batch = ledger.claim(5)
ledger.begin(batch[0])(); ledger.begin(batch[1], done=batch[0].pk)()
print(me.name, flush=True)
{then}
"""


def worker_process(then: str):
    from news.tests.processes import environment_of_this_database

    return subprocess.Popen(
        [sys.executable, "-c", DIE.format(then=then)],
        env=environment_of_this_database(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_after_a_death_one_is_uncertain_and_the_rest_goes_on(me):
    campaign = running_campaign(people=8)
    worker_process("os.kill(os.getpid(), signal.SIGKILL)").communicate(timeout=60)
    assert outcomes(campaign) == {"sent": 1, "sending": 1, "claimed": 3, "queued": 3}
    assert recovery.recover(me) == {"back": 3, "uncertain": 1}
    assert outcomes(campaign) == {"sent": 1, "uncertain": 1, "queued": 6}


def test_a_living_worker_is_left_alone(me):
    campaign = running_campaign(people=8)
    worker = worker_process("import sys; sys.stdin.read()")
    try:
        assert worker.stdout.readline().strip()
        assert recovery.recover(me) == {"back": 0, "uncertain": 0}
        assert outcomes(campaign) == {"sent": 1, "sending": 1, "claimed": 3, "queued": 3}
    finally:
        worker.kill()
        worker.communicate()
    assert recovery.recover(me) == {"back": 3, "uncertain": 1}


def test_after_a_restart_all_of_an_open_claim_is_uncertain(me):
    campaign = running_campaign(people=8)
    ledger = claims.Ledger("00000000000000ff.anotherepoch", campaign)
    batch = ledger.claim(5)
    ledger.begin(batch[0])()
    assert recovery.recover(me) == {"back": 0, "uncertain": 5}
    assert outcomes(campaign) == {"uncertain": 5, "queued": 3}


def test_what_a_worker_remembers_is_believed_unless_somebody_decided():
    campaign = running_campaign(people=4)
    ledger = claims.Ledger("one.x", campaign)
    batch = ledger.claim()
    Delivery.objects.update(status="uncertain")
    Delivery.objects.filter(pk=batch[3].pk).update(status="queued", worker="")  # staff: send it again
    recovery.salvage("one.x", [batch[0].pk, batch[3].pk], [batch[1].pk])
    assert list(campaign.deliveries.order_by("pk").values_list("status", flat=True)) == [
        *("sent", "queued", "uncertain", "queued")
    ]


def test_claims_are_durable_and_marks_are_cheap():
    campaign = running_campaign(people=2)
    ledger = claims.Ledger("one.x", campaign)
    seen = []

    def watch(execute, sql, params, many, context):
        if "'claimed'" in sql and "UPDATE" in sql:
            seen.append(durability())
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        ledger.claim()
    assert seen == (["on"] if connection.vendor == "postgresql" else [2])  # 2 is FULL
    assert durability() in ("off", 0, 1)


def durability():
    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit" if connection.vendor == "postgresql" else "PRAGMA synchronous")
        return cursor.fetchone()[0]


@pytest.mark.postgres
def test_the_epoch_changes_when_the_server_recovers_from_a_crash():
    """Kills one process of a server of its own, which makes PostgreSQL recover without restarting."""
    import os
    import signal
    import time

    import psycopg

    from dscp_cms.testing.postgres import temporary_server

    with temporary_server() as url:
        session = psycopg.connect(url, autocommit=True)
        before = session.execute(presence.EPOCH).fetchone()
        os.kill(session.execute("SELECT pg_backend_pid()").fetchone()[0], signal.SIGKILL)
        for _ in range(100):
            try:
                with psycopg.connect(url) as session:
                    after = session.execute(presence.EPOCH).fetchone()
                break
            except psycopg.OperationalError:
                time.sleep(0.1)
    assert before[0] == after[0] and before[1] != after[1]
