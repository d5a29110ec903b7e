"""Figures for Prometheus at /metrics, for whoever has METRICS_TOKEN; nothing is counted without that setting.

Each web process counts into a file of its own in DATA_DIR/metrics, and whichever answers adds them up, so a
machine's figures are whole; each machine is asked for itself. What the database knows (queue, mail, clock) is read
when it is asked for. No figure names a page, an address or a reader.
"""

import os
import shutil
import time
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare

FOLDER = "metrics"  # in DATA_DIR
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


def begin(data_dir: Path) -> None:
    """Make a folder for this server's counts and point the library at it; by gunicorn's parent, before all else.

    A new server counts from nothing, as Prometheus expects. The old one's folder is removed unless it still runs.
    """
    folder = data_dir / FOLDER / str(os.getpid())
    for old in (data_dir / FOLDER).glob("*"):
        if not Path(f"/proc/{old.name}").exists():
            shutil.rmtree(old, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


def process_ended(pid: int) -> None:
    """Forget what only a living process has; its counts stay."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(pid)


class MetricsMiddleware:
    """Counts every answer by type of page and status, and gives the figures out."""

    def __init__(self, get_response):
        from prometheus_client import Counter, Histogram

        self.get_response = get_response
        counter, histogram = _registered(Counter, Histogram)
        self.requests, self.seconds = counter, histogram

    def __call__(self, request):
        if request.path == "/metrics":
            return figures(request)
        began = time.perf_counter()
        response = self.get_response(request)
        kind = kind_of(request)
        self.requests.labels(kind, str(response.status_code)).inc()
        self.seconds.labels(kind).observe(time.perf_counter() - began)
        return response


def count_kept(kind: str, seconds: float) -> None:
    """Count an answer that was kept, of which the middleware above doesn't hear (dscp_cms/page_cache.py)."""
    if _metrics:
        _metrics[0].labels(kind, "200").inc()
        _metrics[1].labels(kind).observe(seconds)


_metrics: list = []


def _registered(counter, histogram):
    """The two metrics, made once in a process: the library refuses a second of the same name."""
    if not _metrics:
        _metrics.append(counter("dscp_requests", "Answers, by type of page and status", ["kind", "status"]))
        words = "Seconds from request to answer, by type of page"
        _metrics.append(histogram("dscp_request_seconds", words, ["kind"], buckets=BUCKETS))
    return _metrics


def kind_of(request) -> str:
    """The page's type, else the name of the view, else "static" or "other"; a small, fixed set of words."""
    routed = getattr(request, "_wagtail_route_for_request", None)
    if routed:
        return type(routed[0]).__name__
    match = getattr(request, "resolver_match", None)
    if match is None:
        return "static" if request.path.startswith(settings.STATIC_URL) else "other"
    if "wagtailadmin" in match.app_names or match.route.startswith("admin/"):
        return "admin"
    return match.url_name or "other"


def figures(request) -> HttpResponse:
    """Everything, in Prometheus's text format, for whoever sends the token as a bearer's."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not constant_time_compare(given, settings.METRICS_TOKEN):
        return HttpResponse(
            "This address needs the token in METRICS_TOKEN.\n",
            status=401,
            headers={"WWW-Authenticate": "Bearer"},
            content_type="text/plain",
        )
    from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest, multiprocess

    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)
    registry.register(DatabaseFigures())
    return HttpResponse(
        generate_latest(registry), content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"}
    )


class DatabaseFigures:
    """What the database knows at this moment; ``dscp_database_up`` is 0 and the rest missing when it is away."""

    def collect(self):
        """Called by the library."""
        from prometheus_client.core import GaugeMetricFamily as Gauge

        try:
            found = _database_figures()
        except DatabaseError:
            yield Gauge("dscp_database_up", "Whether the database answers", value=0)
            return
        yield Gauge("dscp_database_up", "Whether the database answers", value=1)
        for name, (words, value) in found.items():
            yield Gauge(name, words, value=value)


def _database_figures() -> dict[str, tuple[str, float]]:
    from django_tasks_db.models import DBTaskResult

    from dscp_cms import health
    from dscp_cms.models import ClockRun, OutgoingMail

    beat = ClockRun.objects.last_beat()
    age = (timezone.now() - beat).total_seconds() if beat else float("inf")
    return {
        "dscp_tasks_waiting": ("Tasks that wait for a worker", DBTaskResult.objects.ready().count()),
        "dscp_mail_waiting": ("Messages that are due", OutgoingMail.objects.due().count()),
        "dscp_mail_oldest_due_seconds": (
            "For how long the oldest message has been due",
            health.oldest_due_mail().total_seconds(),
        ),
        "dscp_mail_undelivered": ("Messages that failed or are uncertain", OutgoingMail.objects.undelivered().count()),
        "dscp_clock_age_seconds": ("Since the clock last finished anything", age),
    }
