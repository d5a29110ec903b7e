"""Runs the tests on the newest Wagtail and Django, as ``make test-next`` does, where a Python for them is present."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / ".venv-next"
OLDEST_PYTHON = (3, 12)  # of Django 6
# Wagtail 8.0 makes its tasks with django-tasks, and django-tasks-db 0.13 takes Django's own only, where there are any.
HELD = {"django-tasks-db": "django-tasks-db<0.13"}
LIMITED = re.compile(r"^(Django|wagtail)[<>=~ ].*$", re.MULTILINE)


def main(arguments: list[str]) -> int:
    """Return the tests' exit code; 0 with a sentence when something that is needed is missing."""
    python = newest_python()
    if python is None:
        print("Left undone: the newest Django needs Python 3.12 or newer, and there is none here.")
        return 0
    if not (FOLDER / "bin/python").exists():
        subprocess.run([python, "-m", "venv", str(FOLDER)], check=True)
    wanted = FOLDER / "requirements.in"
    development = (ROOT / "requirements-dev.in").read_text().replace("-c requirements.txt", "")
    newest = LIMITED.sub(r"\1", (ROOT / "requirements.in").read_text())
    for name, limited in HELD.items():
        newest = re.sub(rf"^{name}$", limited, newest, flags=re.MULTILINE)
    wanted.write_text(newest + development)
    inside = str(FOLDER / "bin/python")
    done = subprocess.run([inside, "-m", "pip", "install", "--quiet", "--upgrade", "-r", str(wanted)], text=True)
    if done.returncode:
        print("Left undone: the newest packages can't be fetched, or don't go together; see above.")
        return 0
    subprocess.run(
        [inside, "-c", "import django, wagtail; print('Wagtail', wagtail.__version__, 'Django', django.__version__)"]
    )
    return subprocess.run([inside, "-m", "dscp_cms.testing.run", *arguments], cwd=ROOT).returncode


def newest_python() -> str | None:
    """A Python that the newest Django runs on: this one, or another on the path."""
    if sys.version_info >= OLDEST_PYTHON:
        return sys.executable
    folders = [*os.get_exec_path(), *map(str, sorted(Path.home().glob(".pyenv/versions/*/bin")))]
    for minor in range(20, OLDEST_PYTHON[1] - 1, -1):
        for folder in folders:  # each, since a name may stand for a version that isn't installed
            found = shutil.which(f"python3.{minor}", path=folder)
            if found and subprocess.run([found, "-c", "import venv, ensurepip"], capture_output=True).returncode == 0:
                return found
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
