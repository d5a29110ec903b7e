"""Migrates, so that it is safe while the site runs and when several machines begin it at once."""

import contextlib
import fcntl
import time
from pathlib import Path

from django.core.management.base import CommandError
from django.core.management.commands.migrate import Command as Migrate
from django.db import OperationalError, connections

LOCK = 4_703_210  # any number, the same for all that migrate this site
LOCK_TIMEOUT = "5s"  # for a table that others use; readers and writers queue up behind who waits for it
ATTEMPTS, PAUSE = 12, 5  # seconds
LOCK_NOT_AVAILABLE = "55P03"  # PostgreSQL's error code


class Command(Migrate):
    """One at a time, and never for long in the way of the running site."""

    def handle(self, *args, **options):
        """Wait for whoever migrates already, then apply what is left; let go of a busy table, and try again."""
        connection = connections[options["database"]]
        with _alone(connection):
            for attempt in range(1, ATTEMPTS + 1):
                try:
                    return super().handle(*args, **options)
                except OperationalError as error:
                    if getattr(error.__cause__, "sqlstate", "") != LOCK_NOT_AVAILABLE:
                        raise
                    if attempt == ATTEMPTS:
                        raise CommandError(
                            "A table was busy for a minute, so some migrations are left: "
                            "run it again when less is going on. The site works on as it did."
                        ) from error
                    self.stderr.write(f"A table is busy; trying again in {PAUSE} s.")
                    time.sleep(PAUSE)


@contextlib.contextmanager
def _alone(connection):
    """Hold the lock of all that migrate this database."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
            cursor.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
        try:
            yield
        finally:
            with contextlib.suppress(OperationalError), connection.cursor() as cursor:
                cursor.execute("RESET lock_timeout")
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
        return
    name = str(connection.settings_dict["NAME"])
    if name.startswith("file:") or name == ":memory:":  # one process only
        yield
        return
    with Path(f"{name}.migrating").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
