"""Many people at once, over HTTP, against gunicorn's processes with the real settings and a database of its own."""

import json
import os
import random
import signal
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from dscp_cms.testing.database import fresh_database
from dscp_cms.testing.scale import FULL, size
from dscp_cms.testing.server import Server, manage, running_server
from training.crowd import Crowd

PLACES = 20
MAKE = "from training.tests import factories; print('MADE', factories.session(capacity={places}).pk)"
READ = """
import json
from django_tasks_db.models import DBTaskResult
from dscp_cms.models import OutgoingMail
from training.models import TrainingSession
session = TrainingSession.objects.get(pk={pk})
rows = list(session.bookings.order_by("waiting_since", "pk").values("email", "status"))
mails = list(OutgoingMail.objects.filter(to__startswith="delegate").values_list("to", flat=True))
tasks = sorted(set(DBTaskResult.objects.filter(pk__isnull=False).values_list("task_path", flat=True)))
print("READ", json.dumps({{"taken": session.taken, "rows": rows, "mails": mails, "tasks": tasks}}))
"""


@contextmanager
def site(data: Path, empty: Path, **more):
    """A site with two processes of four threads, on the kind of database that the tests run on."""
    with fresh_database(migrated=True) as database_url:
        with running_server(data, copy_of=empty, database_url=database_url, **more) as server:
            yield server


def shell(server: Server, code: str, word: str) -> str:
    environment = {name: value for name, value in server.environment.items() if name != "DJANGO_SETTINGS_MODULE"}
    return manage(environment, "shell", "-v0", "-c", code).stdout.partition(f"{word} ")[2].strip()


def make(server: Server, places: int = PLACES) -> Crowd:
    return Crowd(server.port, int(shell(server, MAKE.format(places=places), "MADE")))


def read(server: Server, crowd: Crowd) -> dict:
    return json.loads(shell(server, READ.format(pk=crowd.session), "READ"))


def twice_each(people: int) -> list[int]:
    """Each person twice, in any order."""
    everybody = [*range(people), *range(people)]
    random.Random(people).shuffle(everybody)
    return everybody


def check(found: dict, people: int) -> None:
    """Twenty have a place, everybody has one row and one message."""
    emails = [row["email"] for row in found["rows"]]
    assert len(emails) == len(set(emails)) == people
    assert sum(row["status"] == "confirmed" for row in found["rows"]) == found["taken"] == min(PLACES, people)
    assert sum(row["status"] == "waiting" for row in found["rows"]) == max(people - PLACES, 0)
    assert sorted(found["mails"]) == sorted(emails)


def race(empty: Path, data: Path, people: int) -> None:
    with site(data, empty) as server:
        crowd = make(server)
        started = time.perf_counter()
        answers = crowd.submit(twice_each(people))
        seconds = time.perf_counter() - started
        assert len(answers) == 2 * people
        assert all(answer.is_success for answer in answers), {answer.status for answer in answers}
        found = read(server, crowd)
        check(found, people)
        assert [path for path in found["tasks"] if path.startswith(("training.", "dscp_cms."))] == [
            "dscp_cms.tasks.deliver_mail"
        ]
        slowest = sorted(answer.seconds for answer in answers)[int(len(answers) * 0.99) - 1]
        print(f"\n{people} people twice: {len(answers) / seconds:.0f} answers a second, p99 {slowest * 1000:.0f} ms")
        assert "Traceback" not in server.log()


def test_twenty_places_for_sixty_people_at_once(empty_site_data, tmp_path):
    race(empty_site_data, tmp_path / "data", people=60)


@pytest.mark.scale
def test_twenty_places_for_a_thousand_people_at_once(empty_site_data, tmp_path):
    race(empty_site_data, tmp_path / "data", size(1000))


def kill_workers(server: Server, times: int, until: threading.Event) -> None:
    """End one of gunicorn's processes at a time, as a machine out of memory would."""
    for _time in range(times):
        if until.wait(0.4):
            return
        children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
        if children:
            os.kill(int(children[0]), signal.SIGKILL)


def with_kills(empty: Path, data: Path, people: int, kills: int) -> None:
    with site(data, empty) as server:
        crowd, over = make(server), threading.Event()
        killer = threading.Thread(target=kill_workers, args=(server, kills, over))
        killer.start()
        tries = twice_each(people)
        for _try in range(50):
            crowd.submit(tries)
            told = {answer.person for answer in crowd.answers if answer.is_success}
            tries = [person for person in range(people) if person not in told]
            if not tries and not killer.is_alive():
                break
            tries = tries or twice_each(people)
        over.set()
        killer.join()
        assert any(answer.status == 0 for answer in crowd.answers), "nobody noticed that a process was killed"
        assert not {answer.status for answer in crowd.answers} - {0, 302}
        check(read(server, crowd), people)


def test_nobody_is_lost_when_processes_are_killed(empty_site_data, tmp_path):
    with_kills(empty_site_data, tmp_path / "data", people=40, kills=3)


@pytest.mark.scale
def test_nobody_is_lost_when_processes_are_killed_fifty_times(empty_site_data, tmp_path):
    with_kills(empty_site_data, tmp_path / "data", people=400, kills=50 if FULL else 5)


@pytest.mark.postgres
def test_without_the_lock_it_oversells_and_the_database_alone_refuses(empty_site_data, tmp_path):
    without_lock(empty_site_data, tmp_path / "data", people=60)


@pytest.mark.postgres
@pytest.mark.scale
def test_without_the_lock_it_oversells_with_a_thousand_people(empty_site_data, tmp_path):
    without_lock(empty_site_data, tmp_path / "data", people=size(1000))


def without_lock(empty: Path, data: Path, people: int) -> None:
    """The control: were this to pass without overselling, the races above would show nothing."""
    unlocked = {"DJANGO_SETTINGS_MODULE": "training.tests.without_lock"}
    constraint = "ALTER TABLE training_trainingsession DROP CONSTRAINT session_is_never_overbooked"
    drop = f"from django.db import connection; connection.cursor().execute({constraint!r})"
    drop += "; from training import place_database; place_database.take_down('default')"
    with site(data, empty, **unlocked) as server:
        crowd = make(server)
        crowd.submit(twice_each(people))
        guarded = read(server, crowd)
        assert guarded["taken"] == sum(row["status"] == "confirmed" for row in guarded["rows"]) <= PLACES
        told = {f"delegate.{answer.person}@example.org" for answer in crowd.answers if answer.is_success}
        assert told <= {row["email"] for row in guarded["rows"]}, "somebody was answered and has no row"
        shell(server, drop, "NOTHING")
        for _try in range(5):
            crowd = make(server)
            crowd.submit(twice_each(people))
            oversold = read(server, crowd)["taken"]
            if oversold > PLACES:
                return
        pytest.fail(f"without the lock there are {oversold} places taken: these tests would not notice a missing lock")
