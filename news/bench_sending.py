"""How fast campaigns are sent, side by side with a bare smtplib loop against the same sink.

Only ratios of one run mean anything: the sink, the sender and the database share the machine. Runs in
a database of its own, which ``measure_on`` makes and deletes.
"""

import contextlib
import dataclasses
import os
import smtplib
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils import timezone

from dscp_cms.environment import BASE_DIR
from dscp_cms.suppression import digest
from news.models import Campaign, Delivery, MailingList, Membership, NewsletterIssuePage, RateToken, Subscriber
from news.sending import campaigns, claims, mime
from news.sending.engine import Mailer

ROUNDS = 3
FOLDER = "dscp-bench-"  # how the name of a DATA_DIR that may be emptied begins
SLOW = 0.02  # seconds a command, of the slow sink


@dataclass
class Figure:
    """One line of the table."""

    name: str
    ours: float  # messages a second, median of the rounds
    bare: float
    ratio: float  # median of the rounds' ratios
    aim: float

    def __str__(self):
        return f"{self.name:<52}{self.ours:>8.0f}{self.bare:>9.0f}{self.ratio:>8.2f}{self.aim:>8.2f}"


HEAD = f"{'':<52}{'ours/s':>8}{'bare/s':>9}{'ratio':>8}{'aim':>8}"


@contextlib.contextmanager
def sink(delay: float = 0.0, pipelining: bool = False, elsewhere: bool = False) -> Iterator[int]:
    """A sink in a process of its own; yields its port. One that stands for another machine takes little of this."""
    arguments = ["--delay", str(delay), *(["--pipelining"] if pipelining else [])]
    command = [*(["nice", "-n", "19"] if elsewhere else []), sys.executable, str(BASE_DIR / "news/sending/sink.py")]
    process = subprocess.Popen([*command, *arguments], stdout=subprocess.PIPE, text=True)  # noqa: S603
    try:
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()


def use_sink(port: int) -> None:
    """Send to it from this process."""
    settings.OUTBOX_DIR = None
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.SENDING = dataclasses.replace(settings.SENDING, rate=None, dkim_key=None)


# What is sent


def people(count: int) -> MailingList:
    """So many subscribers on a list, made anew."""
    Delivery.objects.all().delete()
    Membership.objects.all().delete()
    Subscriber.objects.all().delete()
    mailing_list, _new = MailingList.objects.get_or_create(slug="newsletter", defaults={"name": "Newsletter"})
    for first in range(0, count, 5000):
        made = Subscriber.objects.bulk_create(
            Subscriber(
                email=f"reader{number}@example.org",
                name=f"Reader {number}",
                digest=digest(f"reader{number}@example.org"),
                status=Subscriber.Status.SUBSCRIBED,
            )
            for number in range(first, min(first + 5000, count))
        )
        Membership.objects.bulk_create(Membership(subscriber=person, mailing_list=mailing_list) for person in made)
    return mailing_list


def campaign_of(issue: NewsletterIssuePage, mailing_list: MailingList) -> Campaign:
    """A campaign of the issue, ready to be started."""
    Delivery.objects.all().delete()
    RateToken.objects.all().delete()
    Campaign.objects.all().delete()
    campaign = Campaign(issue=issue, status=Campaign.Status.SCHEDULED, send_at=timezone.now() + timedelta(hours=1))
    campaigns.set_words(campaign, issue)
    campaign.save()
    campaign.lists.set([mailing_list])
    return campaign


def start(campaign: Campaign) -> None:
    """Make its deliveries and let the mailers have it, without the pre-flight."""
    Campaign.objects.filter(pk=campaign.pk).update(
        recipients=claims.snapshot(campaign, campaigns.recipients_of(campaign)),
        status=Campaign.Status.SENDING,
        started_at=timezone.now(),
        worked_at=timezone.now(),
        to_outbox=False,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def one_message(campaign: Campaign) -> bytes:
    """A message as we send it, for the bare loop."""
    delivery = campaign.deliveries.first()
    return mime.MessageTemplate(campaign).fill(
        mime.Personal(delivery.key, delivery.email, "Hello,", "https://example.org/u/x", "https://example.org/m/x")
    )


# The two contestants


def bare(port: int, message: bytes, count: int, connections: int) -> float:
    """Messages a second of smtplib's ``sendmail`` in so many threads, each with one connection."""

    def loop(share: int):
        with smtplib.SMTP("127.0.0.1", port, local_hostname="localhost") as smtp:
            for number in range(share):
                smtp.sendmail("news@example.org", f"reader{number}@example.org", message)

    threads = [threading.Thread(target=loop, args=[count // connections]) for _ in range(connections)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return count // connections * connections / (time.perf_counter() - began)


def ours(count: int, connections: int) -> float:
    """Messages a second of a mailer with so many connections, accounting and all."""
    began = time.perf_counter()
    Mailer(connections).run(threading.Event(), until_idle=True)
    seconds = time.perf_counter() - began
    sent = Delivery.objects.filter(status=Delivery.Status.SENT).count()
    if sent != count:
        raise RuntimeError(f"{sent} of {count} messages were sent")
    return count / seconds


def compare(name: str, issue, count: int, connections: int, aim: float, *, rounds: int = ROUNDS, **kind) -> Figure:
    """Let both send, by turns, several rounds."""
    mailing_list = people(count)
    pairs = []
    for number in range(rounds):
        with sink(**kind) as port:
            use_sink(port)
            campaign = campaign_of(issue, mailing_list)
            start(campaign)
            message = one_message(campaign)
            both = {}
            for contestant in ("bare", "ours") if number % 2 else ("ours", "bare"):
                both[contestant] = (
                    bare(port, message, count, connections) if contestant == "bare" else ours(count, connections)
                )
            pairs.append((both["ours"], both["bare"]))
    return Figure(
        name,
        statistics.median(our for our, _bare in pairs),
        statistics.median(their for _our, their in pairs),
        statistics.median(our / their for our, their in pairs),
        aim,
    )


def workers(issue, count: int, number: int, environment: dict[str, str]) -> float:
    """Messages a second of so many mailer processes with one connection each."""
    mailing_list = people(count)
    with sink() as port:
        campaign = campaign_of(issue, mailing_list)
        with mailers(number, environment | {"EMAIL_URL": f"smtp://127.0.0.1:{port}", "MAIL_ALLOWED": "*"}):
            time.sleep(8)  # until all are looking for work
            start(campaign)
            began = time.perf_counter()
            _wait(lambda: Delivery.objects.filter(status=Delivery.Status.SENT).count() == count)
            return count / (time.perf_counter() - began)


@contextlib.contextmanager
def mailers(number: int, environment: dict[str, str], connections: int = 1) -> Iterator[list[subprocess.Popen]]:
    """So many mailer processes, ended with the block."""
    command = [sys.executable, str(BASE_DIR / "manage.py"), "mailer", "--connections", str(connections)]
    running = [subprocess.Popen(command, env=environment, cwd=BASE_DIR) for _ in range(number)]  # noqa: S603
    try:
        yield running
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait()


def _wait(done: Callable[[], bool], patience: float = 600) -> None:
    give_up = time.monotonic() + patience
    while not done():
        if time.monotonic() > give_up:
            raise RuntimeError("the mailers didn't get done")
        time.sleep(0.05)


# The whole table


def measure_here(count: int, rounds: int, environment: dict[str, str]) -> Iterator[str]:
    """Measure in this process's database, which must be one made for it."""
    issue = NewsletterIssuePage.objects.filter(slug="april-2025").first() or NewsletterIssuePage.objects.first()
    slow = min(count, 300)
    yield HEAD
    for name, size, connections, aim, kind in (
        ("one connection", count, 1, 1.0, {}),
        ("four connections", count, 4, 0.0, {}),
        ("20 ms a command, four connections", slow, 4, 0.95, {"delay": SLOW}),
        ("20 ms a command, four connections, PIPELINING", slow, 4, 1.5, {"delay": SLOW, "pipelining": True}),
    ):
        yield str(compare(name, issue, size, connections, aim, rounds=rounds, **kind))
    if connection.vendor == "postgresql":
        one = statistics.median(workers(issue, count, 1, environment) for _ in range(rounds))
        two = statistics.median(workers(issue, count, 2, environment) for _ in range(rounds))
        yield str(Figure("two mailers against one, one connection each", two, one, two / one, 1.0))


def measure_on(name: str, database_url: str, count: int, rounds: int, out: Callable[[str], None]) -> bool:
    """Measure in a fresh database at that address (SQLite where empty), in a process of its own."""
    with tempfile.TemporaryDirectory(prefix=FOLDER) as folder:
        environment = {key: value for key, value in os.environ.items() if key != "EMAIL_URL"}
        environment |= {"DATA_DIR": str(Path(folder)), "DATABASE_URL": database_url, "SITE_URL": ""}
        for command in (["migrate", "-v0"], ["load_example_site"]):
            subprocess.run(  # noqa: S603
                [sys.executable, "manage.py", *command],
                cwd=BASE_DIR,
                env=environment,
                check=True,
                stdout=subprocess.DEVNULL,
            )
        out(f"\nSending {count:,} messages of the April issue on {name}; median of {rounds} rounds")
        with subprocess.Popen(  # noqa: S603
            [sys.executable, "manage.py", "bench_sending", "--here", "--count", str(count), "--rounds", str(rounds)],
            cwd=BASE_DIR,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            for line in process.stdout:
                out(line.rstrip())
        return process.returncode == 0
