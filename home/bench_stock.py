"""The home page of a site that `wagtail start` makes, as a measure for the processor time of ours."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

SETTINGS = """
from .base import *
DEBUG, SECRET_KEY, ALLOWED_HOSTS = False, "only for measuring", ["*"]
STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
"""
MEASURE = """
import django, statistics, time
django.setup()
from django.test import Client
client, times = Client(), []
for number in range(63):
    before = time.process_time()
    assert client.get("/").status_code == 200
    times.append(time.process_time() - before)
print(statistics.median(times[3:]) * 1000)
"""


def milliseconds() -> float:
    """Processor time of its home page, database (SQLite) included: the median of warm requests."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        own = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "PYTHONPATH")}
        own["DJANGO_SETTINGS_MODULE"] = "stock.settings.measured"

        def run(*arguments: str) -> str:
            command = [sys.executable, *arguments]
            return subprocess.run(command, cwd=folder, env=own, check=True, capture_output=True, text=True).stdout  # noqa: S603

        run("-m", "wagtail.bin.wagtail", "start", "stock", str(folder))
        (folder / "stock/settings/measured.py").write_text(SETTINGS)
        run("manage.py", "migrate", "-v0", "--settings", own["DJANGO_SETTINGS_MODULE"])
        return float(run("-c", MEASURE))
