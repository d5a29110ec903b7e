"""Starts other processes on the database that a test runs on."""

import subprocess
import sys
from pathlib import Path

from django.conf import settings
from django.db import connection

from dscp_cms.testing.server import ROOT, site_environment


def environment_of_this_database(**more: str) -> dict[str, str]:
    """The environment of a program with the real settings and this test's database and files."""
    if connection.vendor == "sqlite":
        url = f"sqlite:///{connection.settings_dict['NAME']}"
    else:
        found = connection.settings_dict
        host, port = found["HOST"] or "127.0.0.1", found["PORT"] or 5432
        url = f"postgres://{found['USER']}:{found['PASSWORD'] or ''}@{host}:{port}/{found['NAME']}"
    environment = site_environment(Path(settings.DATA_DIR), database_url=url, MAIL_ALLOWED="*", **more)
    return {**environment, "DJANGO_SETTINGS_MODULE": "dscp_cms.settings", "PYTHONPATH": str(ROOT)}


def start_mailer(connections: int = 2, **more: str) -> subprocess.Popen:
    """A mailer process, as the Procfile starts it."""
    return subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), "mailer", "--connections", str(connections)],
        env=environment_of_this_database(**more),
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
