"""How many people can book at once, side by side with the same form sent with a mistake, which books nothing.

The site is gunicorn with two processes, the real settings and a database of its own; the crowd shares the machine
with it, so only the ratio of one run means anything.
"""

import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dscp_cms.testing import postgres, server, sites
from training.crowd import Crowd

ROUNDS = 3
AT_ONCE = 40
SESSION = """
from datetime import timedelta
from django.utils import timezone
from training import scheduling
from training.models import TrainingSession
old = TrainingSession.objects.upcoming().filter(external_url="").first()
new = scheduling.copy_session(old.pk, timezone.localdate() + timedelta(days=60))
new.kept_places.all().delete()
TrainingSession.objects.filter(pk=new.pk).update(
    capacity=2000, max_per_agency=None, open_to="all", status="open",
    booking_opens_at=None, booking_closes_at=None, cancel_until=None,
)
print("MADE", new.pk)
"""


@dataclass(frozen=True)
class Figure:
    """What one database makes of a crowd."""

    booked: float  # bookings a second, median of the rounds
    slowest: float  # milliseconds within which 99 of 100 have their answer
    refused: float  # forms with a mistake a second
    ratio: float  # median of the rounds' ratios


def measure() -> Iterator[tuple[str, Figure]]:
    """A figure for each kind of database that this machine has."""
    yield "SQLite", measure_on("")
    if postgres.server_programs():
        with postgres.temporary_server(durable=True) as url:
            yield "PostgreSQL", measure_on(url)


def measure_on(database_url: str, people: int = 300, rounds: int = ROUNDS) -> Figure:
    """Let so many people book, by turns with as many who leave the name of their agency out."""
    with tempfile.TemporaryDirectory(prefix="dscp-bench-") as folder:
        data = Path(folder, "data")
        environment = server.site_environment(data, database_url=database_url)
        if database_url:
            server.manage(environment, "migrate", "-v0")
        with server.running_server(data, copy_of=sites.empty(), database_url=database_url) as site:
            for command in ("sync_roles", "load_example_site"):
                site.manage(command)
            session = int(site.manage("shell", "-v0", "-c", SESSION).stdout.partition("MADE ")[2])
            pairs, waits = [], []
            for number in range(rounds):
                both = {}
                for what in ("booked", "refused") if number % 2 else ("refused", "booked"):
                    both[what], answers = _rate(site.port, session, what, range(number * people, (number + 1) * people))
                    waits += [answer.seconds for answer in answers if what == "booked"]
                pairs.append((both["booked"], both["refused"]))
    return Figure(
        statistics.median(booked for booked, _refused in pairs),
        sorted(waits)[int(len(waits) * 0.99) - 1] * 1000,
        statistics.median(refused for _booked, refused in pairs),
        statistics.median(booked / refused for booked, refused in pairs),
    )


def _rate(port: int, session: int, what: str, people: range) -> tuple[float, list]:
    typed = {} if what == "booked" else {"agency_name": ""}
    crowd = Crowd(port, session, AT_ONCE, typed=typed)
    began = time.perf_counter()
    answers = crowd.submit(list(people))
    seconds = time.perf_counter() - began
    wrong = [answer.status for answer in answers if answer.is_success != (what == "booked") or answer.status >= 500]
    if wrong:
        raise RuntimeError(f"{len(wrong)} of {len(people)} forms got another answer than they should: {set(wrong)}")
    return len(people) / seconds, answers
