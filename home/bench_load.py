"""A small load generator: as many readers at once as wanted, each asking again as soon as it was answered.

A program of its own (``python -m home.bench_load``), which imports nothing of the site: it should take little of the
processor that it shares with the server. Only figures of one run, side by side, mean anything.
"""

import json
import os
import re
import selectors
import socket
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass
class Load:
    """What one run found."""

    answers: int = 0
    seconds: float = 0.0
    wrong: int = 0  # answers that weren't 200, and connections that broke in the middle of one
    p50: float = 0.0  # milliseconds
    p95: float = 0.0
    p99: float = 0.0

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.answers / self.seconds if self.seconds else 0.0


def load(port: int, path: str, **settings) -> Load:
    """Run it in a process of its own; see ``_Readers`` for the settings."""
    command = [sys.executable, "-m", "home.bench_load", json.dumps({"port": port, "path": path, **settings})]
    return Load(**json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout))  # noqa: S603


class _Readers:
    """``readers`` connections for some ``seconds``; each sends ``together`` requests at once, and waits ``pause``."""

    def __init__(self, port, path, host, seconds=3.0, readers=16, encoding="gzip", pause=0.0, together=1, headers=""):
        request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: {encoding}\r\n{headers}\r\n"
        self.request, self.together = request.encode() * together, together
        self.port, self.seconds, self.pause = port, seconds, pause
        self.selector = selectors.DefaultSelector()
        self.found, self.times = Load(), []
        self.length = self._length_of_an_answer()
        for _ in range(readers):
            self._connect()

    def _length_of_an_answer(self) -> int:
        """Bytes of an answer with its head: those of several requests at once are all as long."""
        with socket.create_connection(("127.0.0.1", self.port)) as web:
            web.sendall(self.request[: len(self.request) // self.together])
            got = b""
            while b"\r\n\r\n" not in got:
                got += web.recv(65536) or sys.exit("The server said nothing.")
        head = got.partition(b"\r\n\r\n")[0]
        if not head.startswith(b"HTTP/1.1 200"):
            sys.exit(f"The server said {head.splitlines()[0]!r}.")
        length = next(line for line in head.lower().splitlines() if line.startswith(b"content-length:"))
        return len(head) + 4 + int(length.split(b":")[1])

    def _connect(self) -> None:
        web = socket.create_connection(("127.0.0.1", self.port))
        web.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # When to send, whether an answer is under way, how many bytes of it have come, how many there are.
        self.selector.register(web, selectors.EVENT_READ, [time.perf_counter(), False, 0, 0])

    def run(self) -> Load:
        """Ask until the time is over."""
        began = time.perf_counter()
        end = began + self.seconds
        while (now := time.perf_counter()) < end:
            for key in list(self.selector.get_map().values()):
                if not key.data[1] and key.data[0] <= now:
                    self._ask(key)
            for key, _events in self.selector.select(0.005 if self.pause else 0.05):
                self._read(key)
        found = self.found
        found.seconds = time.perf_counter() - began
        self.times.sort()
        for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
            setattr(found, name, self.times[int(len(self.times) * share)] * 1000 if self.times else 0.0)
        return found

    def _ask(self, key) -> None:
        key.data[:] = [time.perf_counter(), True, 0, self.length * self.together]
        try:
            key.fileobj.sendall(self.request)
        except OSError:
            self._again(key)

    def _read(self, key) -> None:
        try:
            got = key.fileobj.recv(262144)
        except OSError:
            got = b""
        if not got:  # a server may close a connection between two answers
            self._again(key)
            return
        if key.data[2] == 0:
            self.found.wrong += not got.startswith(b"HTTP/1.1 200")
            if self.together == 1 and (length := LENGTH.search(got)):  # one that isn't kept differs each time
                key.data[3] = got.index(b"\r\n\r\n") + 4 + int(length[1])
        key.data[2] += len(got)
        if key.data[2] >= key.data[3]:
            now = time.perf_counter()
            self.times.append(now - key.data[0])
            self.found.answers += self.together
            key.data[:] = [now + self.pause, False, 0, 0]
            if not self.pause:
                self._ask(key)

    def _again(self, key) -> None:
        self.found.wrong += key.data[2] > 0
        self.selector.unregister(key.fileobj)
        key.fileobj.close()
        self._connect()


def constant():
    """A WSGI application that sends the bytes and headers in the file CONSTANT, and does nothing else."""
    from django.core.wsgi import get_wsgi_application

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dscp_cms.settings")
    get_wsgi_application()  # the shipped configuration of gunicorn needs the site

    headers, body = json.loads(Path(os.environ["CONSTANT"]).read_text())
    headers, body = [tuple(pair) for pair in headers], [body.encode("latin-1")]

    def application(environ, start_response):
        start_response("200 OK", headers)
        return body

    return application


if __name__ == "__main__":
    print(json.dumps(asdict(_Readers(**json.loads(sys.argv[1])).run())))
