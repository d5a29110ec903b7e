"""Runs the site's processes together: starts them, restarts one that dies, stops all at once."""

import contextlib
import ctypes
import errno
import os
import re
import selectors
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from dscp_cms.logs import readable

STOP_PATIENCE = 6  # seconds for a process to finish what it has in hand
LOG_SIZE = 5_000_000  # bytes; a longer log is put aside at the next start
PAUSES = (1, 2, 5, 15, 30)  # seconds before a process that died is started again
STEADY = 60  # seconds of running after which the next pause is the short one again

# Only what needs somebody's attention is shown on the terminal; the rest is in the logs.
STARTS_A_RECORD = re.compile(r"^(\[?\d{4}-\d\d-\d\d|Traceback|\{)")
ALARMING = re.compile(r"\b(WARNING|ERROR|CRITICAL)\b|^Traceback")


class StoppedAtOnceError(Exception):
    """A process that everything else waits for ended before it was ready."""


def port_complaint(host: str, port: int) -> str:
    """Why nothing can listen at this address, in a sentence that names the variable; empty when all is well."""
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except socket.gaierror:
        return f"HOST is {host}, which is no name or address of this machine."
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            another = port + 1 if port < 65535 else 8000
            return f"Port {port} is in use by another program; choose another, for example: PORT={another}"
        if error.errno == errno.EACCES:
            return f"Port {port} is reserved to the administrator; choose one above 1023, for example: PORT=8000"
        return f"The site can't listen at HOST {host}, PORT {port} ({error.strerror})."
    return ""


@dataclass
class Process:
    """One of the site's processes."""

    name: str
    command: list[str]
    log: Path
    running: subprocess.Popen | None = None
    started: float = 0.0
    start_again: float = 0.0
    deaths: int = 0
    alarming: bool = False
    unfinished: bytes = b""
    last_lines: list[str] = field(default_factory=list)


class Supervisor:
    """Keeps processes running until told to stop. Use it from the main thread."""

    def __init__(self, logs: Path, environment: dict, folder: Path, out):
        self.logs, self.environment, self.folder, self.out = logs, environment, folder, out
        self.processes: list[Process] = []
        self.selector = selectors.DefaultSelector()
        self.stopping = False
        self.hurry = False

    def add(self, name: str, command: list[str]) -> Process:
        """Start one more process."""
        self.logs.mkdir(parents=True, exist_ok=True)
        log = self.logs / f"{name}.log"
        if log.exists() and log.stat().st_size > LOG_SIZE:
            log.replace(log.with_suffix(".old.log"))
        process = Process(name, command, log)
        self.processes.append(process)
        self._start(process)
        return process

    def catch_signals(self):
        """Ctrl+C, SIGTERM and a closed terminal all stop the site; a second one doesn't wait."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._told_to_stop)

    def _told_to_stop(self, number, frame):
        self.hurry = self.stopping
        self.stopping = True

    def wait(self, seconds: float):
        """Pass on what the processes say for a while, and start again what died."""
        for key, _events in self.selector.select(timeout=seconds):
            self._read(key.data)
        for process in self.processes:
            if process.running and process.running.poll() is not None:
                self._ended(process)
            if not process.running and not self.stopping and time.monotonic() >= process.start_again:
                self._start(process)

    def run(self):
        """Keep all running until told to stop."""
        while not self.stopping:
            self.wait(1)

    def wait_until(self, ready, process: Process, patience: float):
        """Wait until ``ready()`` is true; raise StoppedAtOnceError when the process ends before."""
        give_up = time.monotonic() + patience
        while not self.stopping and not ready():
            self.wait(0.1)
            if process.deaths or time.monotonic() > give_up:
                self.stopping = True
                raise StoppedAtOnceError(process.last_lines[-1] if process.last_lines else "it gave no reason")

    def stop(self):
        """Ask every process to finish, and end those that take too long."""
        self.stopping = True
        for process in self._alive():
            process.running.terminate()
        give_up = time.monotonic() + STOP_PATIENCE
        while self._alive() and not self.hurry and time.monotonic() < give_up:
            self.wait(0.1)
        for process in self._alive():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.running.pid, signal.SIGKILL)
            process.running.wait()
            self._ended(process)

    def _alive(self) -> list[Process]:
        return [process for process in self.processes if process.running]

    def _start(self, process: Process):
        process.running = subprocess.Popen(
            process.command,
            cwd=self.folder,
            env={**self.environment, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl+C reaches only this process, which then stops the others in order
            preexec_fn=_die_with_parent,
        )
        os.set_blocking(process.running.stdout.fileno(), False)
        process.started = time.monotonic()
        self.selector.register(process.running.stdout, selectors.EVENT_READ, process)

    def _ended(self, process: Process):
        self._read(process)
        lasted = time.monotonic() - process.started
        self.selector.unregister(process.running.stdout)
        process.running.stdout.close()
        code, process.running = process.running.returncode, None
        if self.stopping:
            return
        process.deaths = 1 if lasted > STEADY else process.deaths + 1
        pause = PAUSES[min(process.deaths, len(PAUSES)) - 1]
        process.start_again = time.monotonic() + pause
        self._say(
            f"The {process.name} process ended ({_ending(code)}); it is started again in {pause} s. See {process.log}"
        )

    def _read(self, process: Process):
        try:
            said = os.read(process.running.stdout.fileno(), 1 << 16)
        except BlockingIOError:
            return
        if not said:
            # Closed, but perhaps not yet ended: don't be woken for it again and again.
            time.sleep(0.02)
            return
        with process.log.open("ab") as log:
            log.write(said)
        *lines, process.unfinished = (process.unfinished + said).split(b"\n")
        for raw in lines:
            line = raw.decode(errors="replace")
            process.last_lines = [*process.last_lines[-19:], line] if line.strip() else process.last_lines
            if STARTS_A_RECORD.match(line):
                process.alarming = bool(ALARMING.search(line))
            if process.alarming and not self.stopping:
                self._say("\n".join(f"{process.name:>6} | {part}" for part in readable(line).splitlines()))

    def _say(self, line: str):
        self.out.write(f"{line}\n")
        self.out.flush()


def _ending(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _die_with_parent():
    """If the supervisor itself is killed, Linux ends its processes too."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # 1 is PR_SET_PDEATHSIG
