"""Starts the whole site on one machine, as ``make run`` does."""

import hashlib
import http.client
import io
import os
import sys
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import BaseCommand, call_command, get_commands
from django.db import DatabaseError, connection, connections
from django.db.migrations.executor import MigrationExecutor
from wagtail.models import Site

from dscp_cms.environment import BASE_DIR
from dscp_cms.processes import StoppedAtOnceError, Supervisor, port_complaint

PATIENCE = 60  # seconds for the web process to answer

PLACES = [
    ("/", "the front page"),
    ("/worried-about-a-child/", "what to do, for anyone"),
    ("/children-and-young-people/", "written for a 12-year-old"),
    ("/priorities/harm-outside-the-home/", "a priority and all that belongs to it"),
    ("/news/", "news by topic and year"),
    ("/events/", "events"),
    ("/newsletters/april-2025/", "a newsletter issue"),
    ("/training/", "the catalogue of courses"),
    ("/resources/", "the resource libraries"),
    ("/plans/business-plan-2025-2027/", "the business plan, in chapters"),
]


class Command(BaseCommand):
    """Prepare the database and files, then run web, worker and clock until told to stop."""

    help = "Run the site: prepare what changed, then start web, worker, clock and mailer. Ctrl+C stops all."
    requires_system_checks = []  # they stand in `make lint`, and would slow each start

    def handle(self, **options):
        """Say in one sentence what stands in the way, if anything does."""
        complaint = port_complaint(settings.ENV.host, settings.ENV.port)
        if complaint:
            self._end(complaint)
        try:
            self._prepare()
        except DatabaseError as error:
            self._end(f"The database can't be used: {_first_line(error)}")
        except OSError as error:
            self._end(f"DATA_DIR {settings.DATA_DIR} can't be used: {error.strerror} ({error.filename})")
        except KeyboardInterrupt:
            self._end("Stopped before it had started.")
        connections.close_all()
        self._run()

    def _end(self, sentence: str):
        self.stderr.write(sentence)
        sys.exit(1)

    def _tell(self, sentence: str):
        self.stdout.write(sentence)
        self.stdout.flush()

    # Preparing

    def _prepare(self):
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self._tell("Preparing the database.")
            call_command("migrate", interactive=False, verbosity=0)
        self._collect_static_files()
        call_command("sync_site", verbosity=0)
        if "sync_roles" in get_commands():
            call_command("sync_roles", stdout=io.StringIO())
        self._load_example_site()

    def _collect_static_files(self):
        collected = (settings.STATIC_ROOT / "staticfiles.json").exists()
        if collected and static_record().exists() and static_record().read_text() == static_fingerprint():
            return
        self._tell("Collecting and compressing static files.")
        call_command("collectstatic", interactive=False, verbosity=0)
        remember_static_files()

    def _load_example_site(self):
        """Load it into a database that has no site of its own yet, or where loading was broken off."""
        if "load_example_site" not in get_commands():
            return
        begun = settings.DATA_DIR / "example-site-begun"
        if not begun.exists() and not site_is_empty():
            return
        if settings.HTTPS:
            self._tell("This database has no pages yet; to begin with the example site: manage.py load_example_site")
            return
        self._tell("Loading the example site.")
        begun.touch()
        call_command("load_example_site", stdout=io.StringIO())
        begun.unlink()

    # Running

    def _run(self):
        supervisor = Supervisor(settings.DATA_DIR / "logs", dict(os.environ), BASE_DIR, self.stdout)
        supervisor.catch_signals()
        python, manage = sys.executable, str(BASE_DIR / "manage.py")
        try:
            web = supervisor.add("web", [python, "-m", "gunicorn", "--config", "gunicorn.conf.py", "dscp_cms.wsgi"])
            supervisor.wait_until(answers, web, PATIENCE)
            supervisor.add("worker", [python, manage, "db_worker", "--queue-name", "*", "--no-reload"])
            supervisor.add("clock", [python, manage, "clock"])
            supervisor.add("mailer", [python, manage, "mailer"])
            if not supervisor.stopping:
                self._tell(self._welcome())
            supervisor.run()
        except StoppedAtOnceError as reason:
            supervisor.stop()
            self._end(f"The web process didn't start ({reason}); see {settings.DATA_DIR / 'logs' / 'web.log'}")
        finally:
            supervisor.stop()
        self._tell("Stopped.")

    def _welcome(self) -> str:
        url = settings.PUBLIC_URL
        width = max(len(path) for path, _what in PLACES) + len(url)
        lines = ["", f"The site is running at {url}/", ""]
        lines += [f"  {url + path:<{width}}  {what}" for path, what in PLACES]
        lines += ["", f"  {url + '/admin/':<{width}}  where it is written"]
        if settings.OUTBOX_DIR and not settings.HTTPS:
            lines += [f"  {url + '/outbox/':<{width}}  every message it would have sent"]
        logins = settings.DATA_DIR / "logins.txt"
        if logins.exists() and not settings.HTTPS:
            lines += ["", "Logins:", *(f"  {line}" for line in logins.read_text().splitlines() if line.strip())]
        return "\n".join([*lines, "", f"Logs are in {settings.DATA_DIR / 'logs'}. Ctrl+C stops the site.", ""])


def site_is_empty() -> bool:
    """Whether there is nothing below the front page."""
    site = Site.objects.filter(is_default_site=True).select_related("root_page").first()
    return site is None or site.root_page.is_leaf()


def static_fingerprint() -> str:
    """Changes when a static file, or the set of them, does."""
    digest = hashlib.sha256(str(settings.STORAGES["staticfiles"]).encode())
    for finder in get_finders():
        for path, storage in finder.list([]):
            found = Path(storage.path(path)).stat()
            digest.update(f"{path} {found.st_mtime_ns} {found.st_size}\n".encode())
    return digest.hexdigest()


def static_record() -> Path:
    """Where the fingerprint of the collected files is kept."""
    return settings.DATA_DIR / "static.sha256"


def remember_static_files() -> None:
    """Note that what is collected is up to date."""
    static_record().write_text(static_fingerprint())


def answers() -> bool:
    """Whether the web process answers."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.ENV.host, settings.ENV.host)  # noqa: S104
    web = http.client.HTTPConnection(host, settings.ENV.port, timeout=1)
    try:
        web.request("GET", "/healthz")
        return web.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        web.close()


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
