"""Keeps what migrations put into the test database: from run to run, and for tests that empty the tables."""

import fcntl
import hashlib
import shutil
import sqlite3
from pathlib import Path

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader


class Snapshot:
    """The rows of a freshly migrated database, taken and put back below the ORM: no signal, no new key."""

    def __init__(self):
        """Take it from the database as it is now."""
        if connection.vendor == "sqlite":
            self.copy = sqlite3.connect(":memory:", check_same_thread=False)
            connection.ensure_connection()
            connection.connection.backup(self.copy)
        else:
            self.rows = {table: self._read(table) for table in self._tables()}

    def restore(self) -> None:
        """Make the tables as they were; Django's caches of keys forget what they knew."""
        if connection.vendor == "sqlite":
            connection.ensure_connection()
            self.copy.backup(connection.connection)
        else:
            with transaction.atomic(), connection.cursor() as cursor:
                # Foreign keys are checked at the end of the transaction, so the order is free.
                cursor.execute(f"TRUNCATE {', '.join(map(connection.ops.quote_name, self._tables()))}")
                for table, rows in self.rows.items():
                    if rows:
                        self._write(cursor, table, rows)
                # The flush began counting anew, so the next key would be one that a restored row has.
                for statement in connection.ops.sequence_reset_sql(
                    no_style(), apps.get_models(include_auto_created=True)
                ):
                    cursor.execute(statement)
        ContentType.objects.clear_cache()

    def _tables(self) -> list[str]:
        return [name for name in connection.introspection.table_names() if name != "django_migrations"]

    def _columns(self, table: str) -> str:
        """All but generated columns, which can't be written."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT column_name FROM information_schema.columns"
                " WHERE table_schema = current_schema() AND table_name = %s AND is_generated = 'NEVER'",
                [table],
            )
            return ", ".join(connection.ops.quote_name(name) for (name,) in cursor.fetchall())

    def _read(self, table: str) -> bytes:
        columns, name = self._columns(table), connection.ops.quote_name(table)
        with connection.cursor() as cursor, cursor.copy(f"COPY {name} ({columns}) TO STDOUT") as rows:
            return b"".join(bytes(row) for row in rows)

    def _write(self, cursor, table: str, rows: bytes) -> None:
        columns, name = self._columns(table), connection.ops.quote_name(table)
        with cursor.copy(f"COPY {name} ({columns}) FROM STDIN") as copy:
            copy.write(rows)


class MigratedDatabase:
    """A migrated SQLite database, kept from run to run: to migrate an empty one takes longer than most tests.

    It is kept under the hash of every migration, so that a change of one makes it anew. On PostgreSQL it does nothing.
    """

    def __init__(self, folder: Path):
        """``folder`` is the store; it needn't be the run's own."""
        self.folder, self.lock = folder, None
        self.kept = folder / f"{self._state()}.sqlite3" if connection.vendor == "sqlite" else None

    def take(self) -> bool:
        """Put the kept database where the tests' own will be, and say so; if there is none, make others wait."""
        if self.kept is None:
            return False
        self.lock = (self.folder / "lock").open("w")
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        if not self.kept.exists():
            return False
        self.release()
        shutil.copyfile(self.kept, connection.creation._get_test_db_name())
        return True

    def keep(self) -> None:
        """Keep the database as it is now, just migrated, in place of older ones."""
        if self.lock is None:
            return
        for old in self.folder.glob("*.sqlite3"):
            old.unlink()
        connection.ensure_connection()
        with sqlite3.connect(self.kept) as copy:
            connection.connection.backup(copy)
        copy.close()
        self.release()

    def release(self) -> None:
        """Let the others go on, also when making it failed."""
        if self.lock is not None:
            self.lock.close()
            self.lock = None

    def _state(self) -> str:
        state = hashlib.sha256()
        for app in sorted(apps.get_app_configs(), key=lambda app: app.label):
            module = MigrationLoader.migrations_module(app.label)[0]
            name = (module or "").removeprefix(f"{app.name}.")
            for file in sorted(Path(app.path, *name.split(".")).glob("*.py")) if module else []:
                state.update(f"{app.label}/{file.name}".encode() + file.read_bytes())
        return state.hexdigest()[:32]
