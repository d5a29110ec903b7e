"""A real site for tests: gunicorn with the real settings, a database and a DATA_DIR of its own."""

import contextlib
import http.client
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dscp_cms.testing.postgres import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
OWN = ("DATABASE_URL", "DATA_DIR", "DJANGO_SETTINGS_MODULE", "PORT", "SECRET_KEY", "DJANGO_ALLOW_ASYNC_UNSAFE")


def site_environment(data_dir: Path, *, database_url: str = "", **more: str) -> dict[str, str]:
    """The environment of a site with the real settings, whatever the tests themselves run with."""
    inherited = {name: value for name, value in os.environ.items() if name not in OWN}
    return inherited | {"DATA_DIR": str(data_dir), "DATABASE_URL": database_url} | more


def manage(environment: dict[str, str], *arguments: str, check: bool = True) -> subprocess.CompletedProcess:
    """Run a management command of that site; the result has ``stdout`` and ``stderr`` as text."""
    done = subprocess.run(
        [sys.executable, ROOT / "manage.py", *arguments], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    if check and done.returncode:
        raise RuntimeError(f"manage.py {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
    return done


@dataclass
class Server:
    """A running site."""

    url: str
    port: int
    data_dir: Path
    environment: dict[str, str]
    process: subprocess.Popen

    def manage(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess:
        """Run a management command in its database."""
        return manage(self.environment, *arguments, check=check)

    def work(self) -> None:
        """Do all the background work that waits, as the worker and the clock would."""
        self.manage("db_worker", "--queue-name", "*", "--batch", "--no-reload", "--no-startup-delay")
        self.manage("clock", "--once")

    def log(self) -> str:
        """What gunicorn has said."""
        return (self.data_dir / "web.log").read_text(errors="replace")


LEFT = shutil.ignore_patterns("static", ".ready")


def copy_site(source: Path, target: Path) -> None:
    """Copy a DATA_DIR; the static files are shared."""
    shutil.copytree(source, target, dirs_exist_ok=True, symlinks=True, ignore=LEFT)
    if not (target / "static").exists():
        (target / "static").symlink_to((source / "static").resolve())


@contextlib.contextmanager
def running_server(
    data_dir: Path, *, database_url: str = "", workers: int = 2, copy_of: Path | None = None, **more: str
) -> Iterator[Server]:
    """Serve a site on a free port until the block ends.

    ``copy_of`` is a DATA_DIR to begin with: the fixture ``empty_site_data`` or ``example_site_data``.
    Without it the database is migrated and static files are collected, which takes some 15 seconds.
    Further arguments are environment variables.
    """
    port = free_port()
    environment = site_environment(
        data_dir, database_url=database_url, **{"PORT": str(port), "WEB_CONCURRENCY": str(workers), **more}
    )
    if copy_of:
        copy_site(copy_of, data_dir)
    else:
        data_dir.mkdir(parents=True, exist_ok=True)
        manage(environment, "migrate", "--noinput", "-v0")
        if not (data_dir / "static").exists():
            manage(environment, "collectstatic", "--noinput", "-v0")
    if database_url or "SITE_URL" in more or not _moved_to(port, data_dir / "db.sqlite3"):
        manage(environment, "sync_site")
    with served(data_dir, environment) as server:
        yield server


@contextlib.contextmanager
def served(data_dir: Path, environment: dict[str, str]) -> Iterator[Server]:
    """Serve what stands there, on the environment's PORT, until the block ends; the database need not be ready."""
    port = int(environment["PORT"])
    with (data_dir / "web.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", "dscp_cms.wsgi"],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    server = Server(f"http://localhost:{port}", port, data_dir, environment, process)
    try:
        _wait_until_healthy(server)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _moved_to(port: int, database: Path) -> bool:
    """Do what ``sync_site`` would, in a moment, where all that is new is the port."""
    with contextlib.closing(sqlite3.connect(database)) as connection, connection:
        changed = (
            "UPDATE wagtailcore_site SET port = ? WHERE is_default_site AND hostname = 'localhost' AND site_name != ''"
        )
        return connection.execute(changed, [port]).rowcount == 1


def _wait_until_healthy(server: Server, patience: float = 60) -> None:
    give_up = time.monotonic() + patience
    while time.monotonic() < give_up and server.process.poll() is None:
        web = http.client.HTTPConnection("127.0.0.1", server.port, timeout=2)
        try:
            web.request("GET", "/healthz")
            if web.getresponse().status == 200:
                return
        except (OSError, http.client.HTTPException):
            time.sleep(0.1)
        finally:
            web.close()
    raise RuntimeError(f"The site doesn't answer:\n{server.log()[-2000:]}")
