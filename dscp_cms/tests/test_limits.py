"""Limits hold across processes, end by themselves, and believe only trusted proxies."""

import multiprocessing
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import RequestFactory

from dscp_cms import limits
from dscp_cms.models import LimitCount
from dscp_cms.testing.database import fresh_database
from dscp_cms.testing.server import ROOT, site_environment


def address(settings, trusted, peer, forwarded=None):
    settings.TRUSTED_PROXIES = trusted
    headers = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded is not None else {}
    return limits.client_address(RequestFactory().get("/", REMOTE_ADDR=peer, **headers))


LOCAL, INNER = ["127.0.0.0/8", "::1/128"], ["127.0.0.0/8", "10.0.0.0/8"]


@pytest.mark.parametrize(
    ("trusted", "peer", "forwarded", "client"),
    [
        (LOCAL, "198.51.100.7", None, "198.51.100.7"),
        (LOCAL, "198.51.100.7", "203.0.113.9", "198.51.100.7"),  # nobody's proxy: its word is worth nothing
        (LOCAL, "127.0.0.1", "203.0.113.9", "203.0.113.9"),
        (LOCAL, "127.0.0.1", "6.6.6.6, 203.0.113.9", "203.0.113.9"),  # the client made up the first
        (LOCAL, "127.0.0.1", "6.6.6.6, 203.0.113.9, 10.0.0.5", "10.0.0.5"),
        (INNER, "127.0.0.1", "6.6.6.6, 203.0.113.9, 10.0.0.5", "203.0.113.9"),
        (INNER, "10.1.2.3", "10.0.0.9", "10.0.0.9"),  # nothing but proxies: the first of them
        (LOCAL, "", "203.0.113.9", "203.0.113.9"),  # a Unix socket
        (LOCAL, "::1", "2001:db8::7", "2001:db8::7"),
        (LOCAL, "127.0.0.1", " , ,", "127.0.0.1"),
        ([], "127.0.0.1", "203.0.113.9", "127.0.0.1"),
    ],
)
def test_the_client_s_address_is_believed_from_trusted_proxies_only(settings, trusted, peer, forwarded, client):
    assert address(settings, trusted, peer, forwarded) == client


@pytest.mark.parametrize(
    ("client", "network"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("nonsense", "unknown"),
        ("", "unknown"),
    ],
)
def test_an_ipv6_line_is_one_network(settings, client, network):
    settings.TRUSTED_PROXIES = []
    assert limits.client_network(RequestFactory().get("/", REMOTE_ADDR=client)) == network


@pytest.mark.django_db
def test_so_many_and_no_more_and_again_in_the_next_hour():
    def take():
        return limits.within("letters", "somebody", most=3)

    start = datetime(2025, 5, 15, 9, 30, tzinfo=UTC)  # not near midnight, when the day's counts end too
    with time_machine.travel(start):
        assert [take() for _ in range(5)] == [True, True, True, False, False]
        assert limits.within("letters", "somebody else", most=3)
        assert limits.within("parcels", "somebody", most=3)
        assert limits.within("letters", "somebody", most=3, seconds=limits.DAY)
    with time_machine.travel(start + timedelta(hours=1)):
        assert take()
        assert limits.forget_past() == 3
    assert LimitCount.objects.count() == 2


@pytest.mark.django_db
def test_the_table_holds_no_address():
    limits.within("letters", "reader@example.org", most=3)
    (row,) = LimitCount.objects.values()
    assert "reader" not in repr(row) and len(row["subject"]) == 64


COUNTING = """
import sys
from dscp_cms import limits
print("LET", sum(limits.within("letters", "all of us", most=50, seconds=7 * limits.DAY) for _ in range(25)))
"""


def _count(environment, start, answers):
    start.wait()
    done = subprocess.run(
        [sys.executable, ROOT / "manage.py", "shell", "-v0", "-c", COUNTING],
        cwd=ROOT, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    answers.put(int(done.stdout.split("LET ")[1]))


def test_processes_at_once_share_one_limit(empty_site_data, tmp_path):
    """Four processes ask 25 times each; exactly fifty are let through."""
    with fresh_database(migrated=True) as database_url:
        shutil.copytree(empty_site_data, tmp_path / "data", ignore=shutil.ignore_patterns("static"))
        environment = site_environment(tmp_path / "data", database_url=database_url)
        start, answers = multiprocessing.Event(), multiprocessing.Queue()
        people = [multiprocessing.Process(target=_count, args=(environment, start, answers)) for _ in range(4)]
        for person in people:
            person.start()
        start.set()
        assert sum(answers.get(timeout=120) for _ in people) == 50
        for person in people:
            person.join()
