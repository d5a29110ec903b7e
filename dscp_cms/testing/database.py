"""Keeps what migrations put into the test database: from run to run, and for tests that empty the tables."""

import contextlib
import os
import sqlite3
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.management.color import no_style
from django.db import connection, transaction

from dscp_cms.testing import kept
from dscp_cms.testing.server import site_environment


class Snapshot:
    """The rows of a freshly migrated database, taken and put back below the ORM: no signal, no new key."""

    def __init__(self):
        """Take it from the database as it is now."""
        if connection.vendor == "sqlite":
            self.copy = sqlite3.connect(":memory:", check_same_thread=False)
            connection.ensure_connection()
            connection.connection.backup(self.copy)
        else:
            names = [name for name in connection.introspection.table_names() if name != "django_migrations"]
            self.empty = f"TRUNCATE {', '.join(map(connection.ops.quote_name, names))}"
            self.rows = {target: rows for name in names for target, rows in [self._read(name)] if rows}
            # The flush begins counting anew, so the next key would be one that a restored row has.
            models = apps.get_models(include_auto_created=True)
            self.count_on = "; ".join(connection.ops.sequence_reset_sql(no_style(), models))

    def restore(self) -> None:
        """Make the tables as they were; Django's caches of keys forget what they knew."""
        if connection.vendor == "sqlite":
            connection.ensure_connection()
            self.copy.backup(connection.connection)
        else:
            with transaction.atomic(), connection.cursor() as cursor:
                # Foreign keys are checked at the end of the transaction, so the order is free.
                cursor.execute(self.empty)
                for target, rows in self.rows.items():
                    with cursor.copy(f"COPY {target} FROM STDIN") as copy:
                        copy.write(rows)
                cursor.execute(self.count_on)
        ContentType.objects.clear_cache()

    def _read(self, table: str) -> tuple[str, bytes]:
        """Where the rows come from and go to, and the rows; without generated columns, which can't be written."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT column_name FROM information_schema.columns"
                " WHERE table_schema = current_schema() AND table_name = %s AND is_generated = 'NEVER'",
                [table],
            )
            columns = ", ".join(connection.ops.quote_name(name) for (name,) in cursor.fetchall())
            target = f"{connection.ops.quote_name(table)} ({columns})"
            with cursor.copy(f"COPY {target} TO STDOUT") as rows:
                return target, b"".join(bytes(row) for row in rows)


def migrated_sqlite() -> Path:
    """A migrated SQLite database to copy: to migrate an empty one takes longer than most tests."""

    def make(folder: Path) -> None:
        folder.mkdir(parents=True)
        _migrate(folder)
        (folder / "secret_key").unlink(missing_ok=True)

    return kept.folder("migrated", kept.state_of_migrations(), make) / "db.sqlite3"


def migrated_postgres(server: str) -> str:
    """The name of a migrated database on this server, which new ones begin as copies of.

    ``server`` is a DATABASE_URL whose role may make databases.
    """
    import psycopg

    name = f"dscp_migrated_{kept.state_of_migrations()[:16]}"
    with kept.alone("migrated-postgres"), psycopg.connect(server, autocommit=True) as connection:
        known = {row[0] for row in connection.execute("SELECT datname FROM pg_database")}
        if name not in known:
            for old in known:
                if old.startswith("dscp_migrated_"):
                    connection.execute(f"DROP DATABASE {old}")
            connection.execute(f"CREATE DATABASE {name}_unfinished")
            with tempfile.TemporaryDirectory(prefix="dscp-migrating-") as folder:
                _migrate(Path(folder), urlunsplit(urlsplit(server)._replace(path=f"/{name}_unfinished")))
            connection.execute(f"ALTER DATABASE {name}_unfinished RENAME TO {name}")
    return name


# A third of the time would go into looking for garbage among the thousands of models that migrations are made of.
MIGRATE = "import gc; gc.disable(); from django.core.management import execute_from_command_line as run; run(%r)"


def _migrate(data_dir: Path, database_url: str = "") -> None:
    environment = site_environment(data_dir, database_url=database_url) | {
        "DJANGO_SETTINGS_MODULE": "dscp_cms.settings"
    }
    command = [sys.executable, "-c", MIGRATE % ["manage.py", "migrate", "--noinput", "-v0"]]
    done = subprocess.run(command, cwd=kept.ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"The migrations failed:\n{done.stdout}{done.stderr}")


@contextlib.contextmanager
def fresh_database(*, migrated: bool = False) -> Iterator[str]:
    """Yield the DATABASE_URL of a new database of the kind that the tests run on, empty unless ``migrated``.

    Empty text on SQLite: the database is then a file in DATA_DIR.
    """
    base = os.environ.get("TEST_DATABASE_URL", "")
    if not base:
        yield ""
        return
    import psycopg

    name = f"site_{uuid.uuid4().hex[:12]}"
    template = migrated_postgres(base) if migrated else "template1"
    with psycopg.connect(base, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield urlunsplit(urlsplit(base)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(base, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
