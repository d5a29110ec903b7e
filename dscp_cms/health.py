"""Answers a balancer, a monitor and the dashboard: whether a process lives, is ready, or anything stands still.

``/healthz`` touches nothing: whoever restarts processes by it must not do so because the database is away.
``/readyz`` asks the database, and gives up after PATIENCE. ``/readyz?deep=1`` also says what stands still.
"""

import threading
import time
from datetime import timedelta
from functools import cache

from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Exists
from django.http import HttpResponse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from dscp_cms import mail
from dscp_cms.models import ClockRun, OutgoingMail

PATIENCE = 1.5  # seconds to wait for the database's answer, so that ours comes within two
ASK_AGAIN = 3  # seconds after which a question that hangs is given up, so that a database is seen within five
MOST_ASKING = 10  # questions that hang, of one process
SILENT_AFTER = timedelta(minutes=15)  # the clock ticks twice a minute; a worker takes tasks at once

NO_DATABASE = "The database doesn't answer."
NOT_MIGRATED = "The database isn't migrated to this version."


class HealthMiddleware:
    """Answers /healthz and /readyz, whatever the Host header: a balancer calls by address."""

    def __init__(self, get_response):
        self.get_response = get_response
        self.readiness = Readiness()

    def __call__(self, request):
        if request.path == "/healthz":
            return _answer("ok")
        if request.path == "/readyz":
            complaints = self.readiness.complaints(deep=request.GET.get("deep") == "1")
            if not complaints:
                return _answer("ready")
            response = _answer("\n".join(["not ready", *complaints]), 503)
            response._has_been_logged = True  # a balancer asks again and again
            return response
        return self.get_response(request)


def _answer(text: str, status: int = 200) -> HttpResponse:
    kept = {"Cache-Control": "no-store"}
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8", headers=kept)


class Readiness:
    """Asks the database in a thread of its own, since one that hangs must not hang the answer.

    Once a question hangs, others are answered at once. After ASK_AGAIN there is a new one, because one that the
    network has swallowed may hang for minutes after the database is back; the thread's connection is a new one each
    time, for the same reason.
    """

    def __init__(self):
        self.asking: list[threading.Thread] = []
        self.asked = 0.0  # the first of those under way, by the monotonic clock
        self.lock = threading.Lock()

    def complaints(self, *, deep: bool) -> list[str]:
        """Sentences on what stands in the way; none when all is well."""
        found: list[str] = []
        with self.lock:
            self.asking = [thread for thread in self.asking if thread.is_alive()]
            if not self.asking or time.monotonic() >= self.asked + ASK_AGAIN:
                self.asked = time.monotonic()
            if time.monotonic() > self.asked + PATIENCE or len(self.asking) >= MOST_ASKING:
                return [NO_DATABASE]
            thread = threading.Thread(target=self._ask, args=[found, deep], daemon=True)
            self.asking.append(thread)
            thread.start()
        thread.join(PATIENCE)
        return [NO_DATABASE] if thread.is_alive() else found

    def _ask(self, found: list[str], deep: bool) -> None:
        connection = connections["default"]
        try:
            applied = MigrationRecorder(connection).applied_migrations()
            if not needed_migrations() <= applied.keys():
                found.append(NOT_MIGRATED)
            elif deep:
                found.extend(stalled())
        except Exception:
            found.append(NO_DATABASE)
        finally:
            connection.close()


@cache
def needed_migrations() -> frozenset[tuple[str, str]]:
    """The last migration of each app, as this version's files have them."""
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).graph.leaf_nodes())


def stalled() -> list[str]:
    """A sentence for each process that should have shown itself and hasn't, and for jobs that fail."""
    now, found = timezone.now(), []
    runs = list(ClockRun.objects.annotate(left_undone=Exists(overdue_tasks())))  # one query for all three
    beat = max((run.last_finished for run in runs if run.last_finished), default=None)
    if beat is None or beat < now - SILENT_AFTER:
        since = f"since {timezone.localtime(beat):%d/%m/%Y %H:%M}" if beat else "yet"
        found.append(f"The clock hasn't run {since}: scheduled pages don't appear, and mail isn't tried again.")
    for job in (run for run in runs if run.failed):
        found.append(f"The clock's job “{job.job.rsplit('.', 1)[-1].replace('_', ' ')}” failed when it last ran.")
    if runs[0].left_undone if runs else overdue_tasks().exists():
        found.append("The worker has left work undone for a quarter of an hour: mail waits, and search lags behind.")
    return found


def overdue_tasks():
    """Tasks that a worker should have taken long ago."""
    past = timezone.now() - SILENT_AFTER
    return (
        DBTaskResult.objects.ready()
        .filter(enqueued_at__lt=past)
        .exclude(run_after__gt=past, run_after__lte=timezone.now())
    )


def oldest_due_mail() -> timedelta:
    """For how long the oldest message has been due; held ones, which wait for a person, don't count."""
    now = timezone.now()
    due = OutgoingMail.objects.due().filter(not_before__gt=now - mail.HELD_AFTER)
    oldest = due.order_by("not_before").values_list("not_before", flat=True)[:1]
    return now - oldest[0] if oldest else timedelta(0)
