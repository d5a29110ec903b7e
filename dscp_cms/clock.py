"""The clock: jobs that any app registers, run when they are due.

An app names its jobs in a module ``clock_jobs.py``::

    @clock.every(minutes=5)
    def send_reminders():
        reminders.send_due()

Jobs are level-triggered: each does whatever is due by now, so that a clock which stood still for a
while loses nothing, and one that runs twice does nothing twice.
"""

import logging
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DatabaseError, close_old_connections
from django.utils.module_loading import autodiscover_modules

from dscp_cms.models import ClockRun

logger = logging.getLogger(__name__)

TICK = 30  # seconds
JITTER = 0.2  # of a tick, so that several clocks drift apart
LEASE = timedelta(minutes=10)


@dataclass(frozen=True)
class Job:
    """A function and how often it runs."""

    name: str
    run: Callable[[], object]
    every: timedelta
    lease: timedelta


_jobs: dict[str, Job] = {}


def every(*, minutes: float, lease: timedelta = LEASE):
    """Register a function to be run every so many minutes; ``lease`` is the longest it may take."""

    def register(function):
        name = f"{function.__module__}.{function.__qualname__}"
        # A few seconds less, so that a job of one minute isn't late by a whole tick each time.
        interval = timedelta(minutes=minutes) - timedelta(seconds=TICK / 2)
        _jobs[name] = Job(name, function, max(interval, timedelta(0)), lease)
        return function

    return register


def jobs() -> list[Job]:
    """Every registered job, the installed apps' ``clock_jobs`` modules being read first."""
    autodiscover_modules("clock_jobs")
    return list(_jobs.values())


def run_due(among: list[Job] | None = None, stop: threading.Event | None = None) -> list[str]:
    """Run each job (of some, else of all) that is due; return the names of those that ran, well or not.

    A job that fails is logged and written down; the others run all the same.
    """
    ran = []
    for job in jobs() if among is None else among:
        if stop and stop.is_set():
            break
        started = ClockRun.objects.claim(job.name, every=job.every, lease=job.lease)
        if started is None:
            continue
        error = ""
        try:
            job.run()
        except Exception as raised:
            logger.exception("the job %s failed", job.name)
            error = f"{type(raised).__name__}: {raised}"
        ClockRun.objects.finish(job.name, started, error)
        ran.append(job.name)
    return ran


def run_for_ever(stop: threading.Event, tick: float = TICK) -> None:
    """Run what is due, wait a tick, and so on until told to stop; a lost database is waited for."""
    while not stop.is_set():
        close_old_connections()
        try:
            run_due(stop=stop)
        except DatabaseError:
            logger.exception("the clock can't reach its table and tries again in %s s", tick)
        close_old_connections()
        stop.wait(tick * random.uniform(1 - JITTER, 1 + JITTER))  # noqa: S311 - jitter, not a secret


RESTORED = "restore"  # no job: when this site was last restored from a backup


def note_restored(at: datetime) -> None:
    """Write down that the site was restored: what was due before then may have been sent by the site as it was."""
    ClockRun.objects.update_or_create(job=RESTORED, defaults={"last_started": at, "last_finished": None})


def restored_at() -> datetime | None:
    """When it was, if it was."""
    return ClockRun.objects.filter(job=RESTORED).values_list("last_started", flat=True).first()
