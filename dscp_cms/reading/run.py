"""Runs the reader of files as a program of its own, within limits, and takes what it found."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from dscp_cms.reading.facts import Hidden, Reading

READABLE = ("pdf", "docx", "pptx", "xlsx", "odt", "odp", "ods", "txt", "csv")
ROOT = Path(__file__).resolve().parent.parent.parent
ANSWER, PICTURE = "answer.json", "picture.webp"


@dataclass(frozen=True)
class Limits:
    """What reading one file may cost; beyond the first three its program is ended, the others cut the text."""

    cpu: int = 20  # seconds
    seconds: int = 60  # by the clock on the wall, for a machine under load
    memory: int = 768 * 1024 * 1024  # bytes of address space: the program and its libraries take 200 MB of it
    pages: int = 2_000
    text: int = 5_000_000  # characters


class Unreadable(Exception):
    """The file can't be read; the message is a sentence for editors."""


def read(path: str, extension: str, limits: Limits | None = None) -> tuple[Reading, bytes]:
    """Read a file; return what is in it and a WebP picture of its first page (empty where there is none).

    Raises Unreadable with a sentence: of no kind that is read, broken, protected, or beyond the limits.
    """
    limits = limits or Limits()
    if extension not in READABLE:
        raise Unreadable(f"“.{extension}” files aren't looked into, so search doesn't find what stands in it.")
    with tempfile.TemporaryDirectory(prefix="reading-") as folder:
        _run(os.path.abspath(path), extension, limits, folder)
        answer = Path(folder, ANSWER)
        try:
            found = json.loads(answer.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise Unreadable("The file could not be read.") from error
        if "error" in found:
            raise Unreadable(found["error"])
        picture = Path(folder, PICTURE)
        reading = Reading(**{**found, "hidden": [Hidden(**one) for one in found["hidden"]]})
        return reading, picture.read_bytes() if picture.exists() else b""


def _run(path: str, extension: str, limits: Limits, folder: str) -> None:
    numbers = [str(n) for n in (limits.cpu, limits.memory, limits.pages, limits.text)]
    # -I: nothing of the environment or the folder is taken in; the worker finds the package by its path.
    arguments = [sys.executable, "-I", str(Path(__file__).parent / "worker.py"), path, extension, *numbers]
    process = subprocess.Popen(  # noqa: S603 - our own program; the path is one argument, never a command
        arguments,
        cwd=folder,
        env={"LANG": "C.UTF-8", "TMPDIR": folder, "MALLOC_ARENA_MAX": "2"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        code = process.wait(limits.seconds)
    except subprocess.TimeoutExpired as error:
        raise Unreadable("Reading the file took too long.") from error
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    if code == 0:
        return
    if -code in {signal.SIGXCPU, signal.SIGKILL}:
        raise Unreadable("Reading the file took too long.")
    raise Unreadable("The file is broken, or made in a way that can't be read.")
