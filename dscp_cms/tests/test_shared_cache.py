"""Two machines with one database and one Redis (or Valkey), which hangs, goes away and comes back."""

import contextlib
import shutil
import signal
import socket
import sqlite3
import subprocess
import time

import pytest
import redis

from dscp_cms.shared_cache import LEFT_ALONE
from dscp_cms.testing.nginx import HTTPS
from dscp_cms.testing.postgres import free_port
from dscp_cms.testing.programs import need
from dscp_cms.testing.server import running_server, served, site_environment
from dscp_cms.tests.test_page_cache_server import ask

pytestmark = [pytest.mark.once, pytest.mark.scale]

PUBLISH = """
from home.models import StandardPage
page = StandardPage.objects.get(slug="about")
page.title = "Properly published"
page.save_revision().publish()
"""


def started(port, folder):
    program = need(shutil.which("valkey-server") or shutil.which("redis-server"), "Valkey or Redis")
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    give_up = time.monotonic() + 20
    while True:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return process
        assert time.monotonic() < give_up
        time.sleep(0.05)


def timed(site, path):
    began = time.monotonic()
    status, _headers, body = ask(site.port, path, timeout=30)
    return status, body.decode(), time.monotonic() - began


def test_machines_share_pages_and_bear_a_cache_that_is_away(example_site_data, tmp_path):
    port = free_port()
    url = f"redis://127.0.0.1:{port}/0"
    known = redis.Redis.from_url(url, socket_timeout=5)
    first_data, second_data = tmp_path / "first", tmp_path / "second"
    with contextlib.ExitStack() as stack:
        cache = started(port, tmp_path)
        stack.callback(lambda: (cache.kill(), cache.wait()))
        shared = {**HTTPS, "CACHE_URL": url, "DATABASE_URL": f"sqlite:///{first_data}/db.sqlite3"}
        first = stack.enter_context(running_server(first_data, copy_of=example_site_data, workers=1, **shared))
        second_data.mkdir()
        (second_data / "static").symlink_to(first_data / "static")
        settings = {**shared, "PORT": str(free_port()), "WEB_CONCURRENCY": "1"}
        second = stack.enter_context(served(second_data, site_environment(second_data, **settings)))

        assert timed(first, "/about/")[0] == 200
        with contextlib.closing(sqlite3.connect(first_data / "db.sqlite3")) as database, database:
            database.execute("UPDATE wagtailcore_page SET title = 'Beneath' WHERE slug IN ('about', 'privacy')")
        assert "Beneath</h1>" not in timed(second, "/about/")[1]  # the first machine rendered it
        assert "Beneath</h1>" in timed(second, "/privacy/")[1]

        first.manage("shell", "-v0", "-c", PUBLISH)
        assert "Properly published</h1>" in timed(first, "/about/")[1]
        began = time.monotonic()
        while "Properly published</h1>" not in timed(second, "/about/")[1]:
            assert time.monotonic() < began + 10
            time.sleep(0.1)

        cache.send_signal(signal.SIGSTOP)
        for site in (first, second):
            # One that is kept nowhere yet, one that never is, and a balancer.
            for path in ("/accessibility/", "/contact/", "/search/?q=neglect", "/readyz"):
                status, _body, seconds = timed(site, path)
                assert (status, seconds < 10) == (200, True), (path, status, seconds)
        cache.kill()
        cache.wait()
        time.sleep(LEFT_ALONE)
        assert timed(first, "/parents-and-carers/")[0] == timed(second, "/contact/")[0] == 200
        assert "the shared cache doesn't answer" in first.log()

        cache = started(port, tmp_path)
        time.sleep(LEFT_ALONE)
        assert timed(first, "/worried-about-a-child/")[0] == 200
        assert any(b"/worried-about-a-child/" in key for key in known.keys())
