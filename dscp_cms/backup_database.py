"""The database's part of backup and restore: SQLite by its online copy, PostgreSQL by its own programs."""

import os
import re
import shutil
import sqlite3
import subprocess
from pathlib import Path

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

KINDS = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
PAGES = 2000  # of SQLite's, copied at a time; writers get their turn in between


class BackupError(Exception):
    """A sentence on why a backup or a restore can't be done."""


def kind() -> str:
    """The kind of database this site has."""
    return connection.vendor


def applied_migrations() -> list[str]:
    """What the database's tables were made by, as "app.name"."""
    return sorted(".".join(key) for key in MigrationRecorder(connection).applied_migrations())


def unknown_migrations(applied: list[str]) -> list[str]:
    """Those that this version of the program doesn't have: the backup is of a newer one."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    ours = {app for app, _name in loader.disk_migrations}
    known = {".".join(key) for key in loader.disk_migrations}
    return [name for name in applied if name not in known and name.split(".")[0] in ours]


def is_empty() -> bool:
    """Whether there is nothing in it that a restore would overwrite: no table, or no page and no account."""
    from django.contrib.auth import get_user_model
    from wagtail.models import Page

    if "wagtailcore_page" not in connection.introspection.table_names():
        return True
    return not Page.objects.filter(depth__gt=2).exists() and not get_user_model().objects.exists()


# Saving


def save(target: Path) -> None:
    """Write the database into a file as it is at one moment, while the site goes on writing."""
    if kind() == "sqlite":
        _save_sqlite(target)
    else:
        program = _program("pg_dump")
        _refuse_older(program)
        with target.open("xb") as out:
            _run([program, "--format=custom", "--compress=0", "--no-owner", "--no-privileges"], stdout=out)


def _save_sqlite(target: Path) -> None:
    """One read transaction in the write-ahead log: it sees one moment, and holds up nobody."""
    connection.close()
    with sqlite3.connect(connection.settings_dict["NAME"], timeout=60) as source:
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()  # the moment
        with sqlite3.connect(target) as copy:
            source.backup(copy, pages=PAGES)
        copy.close()
    source.close()


# Putting back


def check(saved: Path) -> None:
    """Refuse what isn't a database of this site's kind, before anything is changed."""
    if kind() == "sqlite":
        try:
            with sqlite3.connect(f"file:{saved}?mode=ro", uri=True) as found:
                fine = found.execute("PRAGMA quick_check").fetchone() == ("ok",)
            found.close()
        except sqlite3.DatabaseError:
            fine = False
        if not fine:
            raise BackupError("The backup's database is damaged, so nothing was changed.")
        return
    program = _program("pg_restore")
    _program("psql")
    _refuse_older(program)
    _run([program, "--list", str(saved)], stdout=subprocess.DEVNULL)
    refuse_company()


def refuse_company() -> None:
    """On PostgreSQL, refuse while others are connected: a worker would send what is about to be held."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        others = cursor.fetchone()[0]
    if others:
        raise BackupError(
            f"{others} other connections use the database: stop web, worker, clock and mailer first, then try again."
        )


def begin_aside(saved: Path) -> None:
    """On SQLite, work on the saved copy first: the site sees nothing of it until ``finish``."""
    connection.close()
    if kind() == "sqlite":
        connection.settings_dict["REAL_NAME"] = connection.settings_dict["NAME"]
        connection.settings_dict["NAME"] = str(saved)
    else:
        _put_back_postgres(saved)


def finish() -> None:
    """On SQLite, put the copy in the place of the site's database, in one transaction."""
    connection.close()
    if kind() != "sqlite":
        return
    saved, real = connection.settings_dict["NAME"], connection.settings_dict.pop("REAL_NAME")
    connection.settings_dict["NAME"] = real
    with sqlite3.connect(saved) as source:
        source.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with sqlite3.connect(real, timeout=60) as target:
            source.backup(target)
        target.close()
    source.close()


def give_up() -> None:
    """Point back at the site's own database, which nothing has touched (on SQLite)."""
    connection.close()
    if "REAL_NAME" in connection.settings_dict:
        connection.settings_dict["NAME"] = connection.settings_dict.pop("REAL_NAME")


def _put_back_postgres(saved: Path) -> None:
    """Empty the schema and fill it from the dump in one transaction: it succeeds as a whole or changes nothing."""
    dump = [_program("pg_restore"), "--no-owner", "--no-privileges", "--no-comments", "--file=-", str(saved)]
    psql = [
        _program("psql"),
        "--quiet",
        "--no-psqlrc",
        "--single-transaction",
        "--set=ON_ERROR_STOP=1",
        "--output=/dev/null",
    ]
    environment = _environment()
    with (
        subprocess.Popen(psql, stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as filling,
        subprocess.Popen(dump, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as reading,
    ):
        try:
            filling.stdin.write(_EMPTY.encode())
            shutil.copyfileobj(reading.stdout, filling.stdin, 1 << 20)
            read_badly = reading.wait()
            if read_badly:  # never let half a dump be committed
                filling.stdin.write(b"\nSELECT 1/0;\n")
            filling.stdin.close()
        except BrokenPipeError:
            read_badly = False
        complaint = filling.stderr.read().decode(errors="replace")
        if filling.wait() or read_badly:
            raise BackupError(f"PostgreSQL refused the backup, and nothing was changed: {_first_line(complaint)}")


# Everything of this schema but what belongs to an extension.
_EMPTY = """
SET client_min_messages = warning;
DO $$ DECLARE found record; BEGIN
  FOR found IN SELECT format('DROP TABLE IF EXISTS %I CASCADE', tablename) AS statement
    FROM pg_tables WHERE schemaname = current_schema() LOOP EXECUTE found.statement; END LOOP;
  FOR found IN SELECT format('DROP SEQUENCE IF EXISTS %I CASCADE', sequencename) AS statement
    FROM pg_sequences WHERE schemaname = current_schema() LOOP EXECUTE found.statement; END LOOP;
  FOR found IN SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', p.oid::regprocedure) AS statement
    FROM pg_proc p WHERE p.pronamespace = current_schema()::regnamespace
    AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e') LOOP
    EXECUTE found.statement; END LOOP;
END $$;
"""


# PostgreSQL's programs


def _program(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        version = _server_version()
        raise BackupError(
            f"The program {name} is missing; install it, on Debian with: apt install postgresql-client-{version}"
        )
    return path


def _server_version() -> int:
    connection.ensure_connection()
    return connection.pg_version // 10000


def _refuse_older(program: str) -> None:
    said = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
    match = re.search(r"(\d+)", said)
    server = _server_version()
    if not match or int(match[1]) < server:
        raise BackupError(
            f"{Path(program).name} here is of version {match[1] if match else 'unknown'} and the server of {server}: "
            f"install postgresql-client-{server}."
        )


def _environment() -> dict[str, str]:
    """Where the database is, for its own programs; in variables, since a command line can be seen by others."""
    settings = connection.settings_dict
    given = {
        "PGHOST": settings["HOST"],
        "PGPORT": settings["PORT"],
        "PGUSER": settings["USER"],
        "PGPASSWORD": settings["PASSWORD"],
        "PGDATABASE": settings["NAME"],
        "PGSSLMODE": settings.get("OPTIONS", {}).get("sslmode"),
    }
    return dict(os.environ) | {name: str(value) for name, value in given.items() if value}


def _run(command: list[str], **more) -> None:
    done = subprocess.run(command, env=_environment(), stderr=subprocess.PIPE, **more)
    if done.returncode:
        complaint = _first_line(done.stderr.decode(errors="replace"))
        raise BackupError(f"{Path(command[0]).name} failed: {complaint}")


def _first_line(text: str) -> str:
    return (text.strip().splitlines() or ["it didn't say why"])[0]
