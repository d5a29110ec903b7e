"""Keeps from run to run what takes long to make, under a hash of all that it is made of.

A migrated database is made of the migrations; a site of the project's code, templates and static files and of the
day, since its sample activity is dated from today. Whatever else a process of the run wants in the meantime waits.
"""

import contextlib
import fcntl
import functools
import hashlib
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / ".pytest_cache/d/kept"
UNUSED = 3 * 60 * 60  # seconds; another run, on other code, may stand on what this one has no use for


def folder(name: str, state: str, make: Callable[[Path], None]) -> Path:
    """The folder of that name in that state, made by the first who asks. Copy what is in it, don't change it."""
    kept = FOLDER / f"{name}-{state}"
    ready = kept / ".ready"
    with alone(name):
        if not ready.exists():
            shutil.rmtree(kept, ignore_errors=True)  # left by a process that failed
            make(kept)
        ready.touch()
        for old in FOLDER.glob(f"{name}-*/.ready"):
            if time.time() - old.stat().st_mtime > UNUSED:
                shutil.rmtree(old.parent, ignore_errors=True)
    return kept


@contextlib.contextmanager
def alone(name: str) -> Iterator[None]:
    """Let one process at a time do what has this name."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@functools.cache
def state_of_migrations() -> str:
    """A hash of every installed app's migrations, and of the modules whose triggers are put up after them."""
    from django.apps import apps
    from django.db.migrations.loader import MigrationLoader

    files = []
    for app in sorted(apps.get_app_configs(), key=lambda app: app.label):
        module = MigrationLoader.migrations_module(app.label)[0]
        name = (module or "").removeprefix(f"{app.name}.")
        files += sorted(Path(app.path, *name.split(".")).glob("*.py")) if module else []
        files += [each for each in sorted(Path(app.path).glob("*.py")) if b"CREATE TRIGGER" in each.read_bytes()]
    return _hash(files)


@functools.cache
def state_of_the_site() -> str:
    """A hash of the day and of the project's files, but for its tests."""
    files = [ROOT / "requirements.txt", ROOT / "manage.py"]
    for top in ("dscp_cms", "home", "news", "training", "resources", "static"):
        for parent, folders, names in os.walk(ROOT / top):
            folders[:] = sorted(set(folders) - {"__pycache__", "tests"})
            files += [Path(parent, name) for name in sorted(names)]
    return _hash(files, date.today().isoformat(), state_of_migrations())


def _hash(files: Iterable[Path], *more: str) -> str:
    state = hashlib.sha256(repr((sys.prefix, sys.version_info, *more)).encode())
    for file in files:
        # The name tells one app's 0001 from another's; the folder before it is another on each machine.
        state.update("/".join(file.parts[-3:]).encode() + b"\0" + file.read_bytes())
    return state.hexdigest()[:32]
