"""Telling a dead worker from a slow one, without a time-out.

Each mailer holds a lock that its death frees, however it dies: a session's advisory lock on PostgreSQL,
a locked file on SQLite. Its name says which lock, and in which *epoch* it began: an epoch ends when the
database may have forgotten what wasn't yet on disk (the server restarted or crashed; on SQLite, the
machine did). What a worker of this epoch left behind can be believed; of what one of an earlier epoch
left behind, only its durable claims can.
"""

import contextlib
import fcntl
import hashlib
import secrets
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")

# Of a machine that vanished from the network the server learns within 35 seconds, not two hours.
KEEPALIVES = "SET tcp_keepalives_idle = 20; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3"

# The second timestamp changes when the server recovers from a crash of one of its processes, which
# leaves the first as it was but loses the same unwritten commits.
EPOCH = "SELECT pg_postmaster_start_time(), (SELECT stats_reset FROM pg_stat_bgwriter)"


class PresenceLostError(Exception):
    """The lock may be gone, so others may have taken over: stop, and begin again under a new name."""


def join() -> "SessionLock | FileLock":
    """Take a lock of one's own; the name that goes with it is new each time."""
    return SessionLock() if connection.vendor == "postgresql" else FileLock()


class SessionLock:
    """An advisory lock on a database session of its own, which nothing else closes."""

    def __init__(self):
        self._session = connection.copy()
        self._token = secrets.randbits(62)
        with self._session.cursor() as cursor:
            cursor.execute(KEEPALIVES)
            cursor.execute("SELECT pg_advisory_lock(%s)", [self._token])
            cursor.execute(EPOCH)
            self.epoch = _short(cursor.fetchone())
        self.name = f"{self._token:016x}.{self.epoch}"

    def check(self) -> None:
        """Raise PresenceLostError unless the lock is still held."""
        try:
            with self._session.cursor() as cursor:
                cursor.execute(
                    "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND granted"
                )
                held = cursor.fetchone()
        except DatabaseError as error:
            raise PresenceLostError from error
        if not held:
            raise PresenceLostError

    @contextlib.contextmanager
    def taking_over(self, worker: str) -> Iterator[bool]:
        """Whether that worker is dead; while the block lasts nobody else takes over from it."""
        token = int(worker.partition(".")[0] or "0", 16)
        with self._session.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [token])
            dead = cursor.fetchone()[0]
            try:
                yield dead
            finally:
                if dead:
                    cursor.execute("SELECT pg_advisory_unlock(%s)", [token])

    def leave(self) -> None:
        """Let go."""
        self._session.close()


class FileLock:
    """A locked file in DATA_DIR: SQLite is one machine's database."""

    def __init__(self):
        token = secrets.token_hex(8)
        self.epoch = _machine_epoch()
        self.name = f"{token}.{self.epoch}"
        self._path = _lock_file(token)
        self._file = self._path.open("w")
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def check(self) -> None:
        """Nothing but this process can free it, unless somebody deleted the file."""
        if not self._path.exists():
            raise PresenceLostError

    @contextlib.contextmanager
    def taking_over(self, worker: str) -> Iterator[bool]:
        """Whether that worker is dead; while the block lasts nobody else takes over from it."""
        path = _lock_file(worker.partition(".")[0])
        with path.open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                yield False
                return
            yield True
            path.unlink(missing_ok=True)

    def leave(self) -> None:
        """Let go."""
        self._path.unlink(missing_ok=True)
        self._file.close()


def _lock_file(token: str) -> Path:
    folder = Path(settings.DATA_DIR) / "mailers"
    folder.mkdir(exist_ok=True)
    return folder / f"{token or 'nobody'}.lock"


def _machine_epoch() -> str:
    """Changes when the machine starts. Where that can't be told, each process is an epoch of its own."""
    try:
        return _short(BOOT_ID.read_text())
    except OSError:
        return secrets.token_hex(8)


def _short(facts) -> str:
    return hashlib.sha256(str(facts).encode()).hexdigest()[:16]
