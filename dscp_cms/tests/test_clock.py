"""The clock: what is due runs, once, and nothing stops the rest."""

import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from datetime import timedelta

import pytest
import time_machine
from django.db import connections
from django.utils import timezone
from wagtail.models import Page, Site

from dscp_cms import clock
from dscp_cms.clock_jobs import publish_scheduled
from dscp_cms.environment import BASE_DIR
from dscp_cms.models import ClockRun
from dscp_cms.testing.server import site_environment

HOUR = timedelta(hours=1)
LEASE = timedelta(minutes=10)


def job(run, minutes=1):
    return clock.Job(run.__name__, run, timedelta(minutes=minutes), LEASE)


def test_the_foundations_jobs_are_found():
    names = {job.name.removeprefix("dscp_cms.clock_jobs.") for job in clock.jobs()}
    expected = {"publish_scheduled", "send_due_mail", "end_lapsed_consents", "prune_task_results", "clear_sessions"}
    assert expected <= names


@pytest.mark.django_db
def test_every_job_runs_on_an_empty_site(tasks_in_database):
    ran = clock.run_due()
    assert len(ran) == len(clock.jobs())
    assert not ClockRun.objects.failing().exists()
    assert ClockRun.objects.filter(last_finished=None).count() == 0


def test_a_decorated_function_becomes_a_job(monkeypatch):
    monkeypatch.setattr(clock, "_jobs", {})
    clock.every(minutes=60)(test_the_foundations_jobs_are_found)
    (found,) = clock._jobs.values()
    assert found.name == "dscp_cms.tests.test_clock.test_the_foundations_jobs_are_found"
    assert timedelta(minutes=59) < found.every < timedelta(minutes=60)


@pytest.mark.django_db
def test_a_job_runs_again_only_when_it_is_due():
    calls = []

    def hourly():
        calls.append(f"{timezone.now():%H:%M}")

    with time_machine.travel("2026-03-28 12:00+00:00", tick=False) as now:
        for minutes in (0, 30, 31, 59, 1):
            now.shift(timedelta(minutes=minutes))
            clock.run_due([job(hourly, minutes=60)])
    assert calls == ["12:00", "13:01", "14:01"]


@pytest.mark.django_db
def test_a_job_that_fails_is_written_down_and_the_others_run(caplog):
    ran = []

    def breaks():
        raise ValueError("no such thing")

    def works():
        ran.append(1)

    clock.run_due([job(breaks), job(works)])
    assert ran == [1]
    assert "breaks failed" in caplog.text
    assert [run.last_error for run in ClockRun.objects.failing()] == ["ValueError: no such thing"]


@pytest.mark.django_db
def test_a_job_that_works_again_is_no_longer_failing():
    fail = [True]

    def sometimes():
        if fail:
            raise ValueError

    with time_machine.travel("2026-03-28 12:00+00:00", tick=False) as now:
        clock.run_due([job(sometimes)])
        assert ClockRun.objects.failing().exists()
        fail.clear()
        now.shift(HOUR)
        clock.run_due([job(sometimes)])
    assert not ClockRun.objects.failing().exists()


@pytest.mark.django_db
def test_once_told_to_stop_no_further_job_begins():
    stop, ran = threading.Event(), []

    def first():
        ran.append(1)
        stop.set()

    def second():
        ran.append(2)

    clock.run_due([job(first), job(second)], stop)
    assert ran == [1]


@pytest.mark.django_db
def test_a_claimed_job_is_left_alone_until_its_lease_has_passed():
    with time_machine.travel("2026-03-28 12:00+00:00", tick=False) as now:
        assert ClockRun.objects.claim("daily", every=24 * HOUR, lease=LEASE)
        assert ClockRun.objects.claim("daily", every=24 * HOUR, lease=LEASE) is None
        # The clock that had it was killed: although it runs daily, nobody waits for tomorrow.
        now.shift(LEASE)
        assert ClockRun.objects.claim("daily", every=24 * HOUR, lease=LEASE)


@pytest.mark.django_db
def test_a_late_finish_doesnt_take_the_lease_from_another_clock():
    with time_machine.travel("2026-03-28 12:00+00:00", tick=False) as now:
        first = ClockRun.objects.claim("slow", every=HOUR, lease=LEASE)
        now.shift(LEASE)
        ClockRun.objects.claim("slow", every=HOUR, lease=LEASE)
        ClockRun.objects.finish("slow", first)
        assert ClockRun.objects.get().leased_until == timezone.now() + LEASE
        assert ClockRun.objects.last_beat() is None


@pytest.mark.django_db
def test_a_start_in_the_future_doesnt_stop_a_job():
    ClockRun.objects.create(job="daily", last_started=timezone.now() + timedelta(days=400))
    assert ClockRun.objects.claim("daily", every=24 * HOUR, lease=LEASE)


@pytest.mark.django_db(transaction=True)
def test_of_many_clocks_one_gets_the_job():
    barrier, got = threading.Barrier(8), []

    def try_it():
        barrier.wait()
        got.append(ClockRun.objects.claim("daily", every=24 * HOUR, lease=LEASE))
        connections.close_all()

    threads = [threading.Thread(target=try_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 8
    assert sum(claim is not None for claim in got) == 1


@pytest.mark.django_db
def test_scheduled_publishing_and_expiry():
    front = Site.objects.get(is_default_site=True).root_page
    page = front.add_child(instance=Page(title="Later", slug="later", live=False))
    page.go_live_at = timezone.now() + HOUR
    page.expire_at = timezone.now() + 3 * HOUR
    page.save_revision().publish()
    live = []
    with time_machine.travel(timezone.now(), tick=False) as now:
        for _ in range(3):
            clock.run_due([job(publish_scheduled)])
            live.append(Page.objects.get(pk=page.pk).live)
            now.shift(2 * HOUR)
    assert live == [False, True, False]


@pytest.mark.once
def test_the_process_stops_at_once_on_sigterm(empty_site_data, tmp_path):
    shutil.copy(empty_site_data / "db.sqlite3", tmp_path)
    process = subprocess.Popen([sys.executable, BASE_DIR / "manage.py", "clock"], env=site_environment(tmp_path))
    give_up = time.monotonic() + 30
    while time.monotonic() < give_up and _finished(tmp_path / "db.sqlite3") < len(clock.jobs()):
        time.sleep(0.1)
    time.sleep(0.5)  # it sleeps now, until the next tick
    told = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 0
    assert time.monotonic() - told < clock.TICK / 2
    assert _finished(tmp_path / "db.sqlite3") == len(clock.jobs())


def _finished(database) -> int:
    with sqlite3.connect(database) as connection:
        (count,) = connection.execute(
            "SELECT count(last_finished) FROM dscp_cms_clockrun WHERE last_error = ''"
        ).fetchone()
    return count


@pytest.mark.once
def test_a_missing_table_is_waited_for(tmp_path):
    # The clock may be started before the release's migrations have ended.
    process = subprocess.Popen(
        [sys.executable, BASE_DIR / "manage.py", "clock"], env=site_environment(tmp_path), stderr=subprocess.PIPE
    )
    assert any("tries again" in line.decode() for line in process.stderr)  # ends in vain when the process does
    assert process.poll() is None
    process.terminate()
    process.communicate(timeout=20)
    assert process.returncode == 0
