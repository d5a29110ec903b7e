"""Programs that some tests need and a machine may lack; where they are missing the tests are left out."""

import os
import shutil
from pathlib import Path

import pytest


def chromium() -> str | None:
    """The system's Chromium."""
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        if path := shutil.which(name):
            return path
    return None


def java() -> str | None:
    """The system's Java, for the HTML checker."""
    return shutil.which("java")


def need(program: str | Path | None, name: str) -> str | Path:
    """Return the program; without it skip the test, or fail it where CI is set."""
    if program:
        return program
    complaint = f"{name} is missing on this machine"
    if os.environ.get("CI"):
        pytest.fail(complaint)
    pytest.skip(complaint)
