"""A new release takes the port over while readers hold connections open; every process ends when it is told to."""

import collections
import contextlib
import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from dscp_cms.environment import BASE_DIR
from dscp_cms.testing.scale import size
from dscp_cms.testing.server import running_server, site_environment

pytestmark = pytest.mark.once

STOP_WITHIN = 30


class Notices:
    """What systemd would be told: which process is the service's now."""

    def __init__(self, folder):
        self.path = str(folder / "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.settimeout(120)

    def main_process(self, other_than=0):
        while True:
            found = re.search(r"MAINPID=(\d+)", self.socket.recv(4096).decode())
            if found and int(found[1]) != other_than:
                return int(found[1])


class Reader(threading.Thread):
    """A browser that keeps its connection, and like one asks again if it is closed before an answer begins."""

    def __init__(self, port, paths, stop):
        super().__init__(daemon=True)
        self.port, self.paths, self.stop, self.found = port, paths, stop, collections.Counter()

    def run(self):
        connection = None
        while not self.stop.is_set():
            for path in self.paths:
                for _attempt in range(2):
                    fresh = connection is None
                    connection = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
                    try:
                        connection.request("GET", path, headers={"Host": f"localhost:{self.port}"})
                        answer = connection.getresponse()
                        answer.read()
                    except (OSError, http.client.HTTPException) as error:
                        connection.close()
                        connection = None
                        if not fresh:
                            continue
                        self.found[repr(error)] += 1
                        break
                    self.found[answer.status] += 1
                    if answer.getheader("Connection", "").lower() == "close":
                        connection.close()
                        connection = None
                    break
            time.sleep(0.02)  # leaves the new server some of the processor


def ended(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def catches(pid, number):
    """Whether the process has said what it does when this signal comes."""
    mask = re.search(r"^SigCgt:\s*(\w+)$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)[1]
    return bool(int(mask, 16) >> (number - 1) & 1)


@pytest.mark.scale
def test_readers_notice_nothing_of_a_new_release(empty_site_data, tmp_path):
    handovers = size(10)
    notices, data, stop = Notices(tmp_path), tmp_path / "data", threading.Event()
    with running_server(data, copy_of=empty_site_data, NOTIFY_SOCKET=notices.path) as site:
        (data / "static").unlink()  # a link to a folder that is shared
        shutil.copytree(empty_site_data / "static", data / "static")
        previous = next(path.name for path in (data / "static/css").glob("site.*.css"))
        readers = [Reader(site.port, ["/", f"/static/css/{previous}"], stop) for _ in range(size(16, 4))]
        main = notices.main_process()
        try:
            for reader in readers:
                reader.start()
            for number in range(handovers):
                # What `collectstatic` leaves: the old release's file stays, the new one's stands beside it.
                new = data / f"static/css/site.{number:012x}.css"
                shutil.copy(data / "static/css" / previous, new)
                for reader in readers:
                    reader.paths = [*reader.paths[:2], f"/static/css/{new.name}"]
                old = main
                os.kill(old, signal.SIGUSR2)
                main = notices.main_process(other_than=old)
                give_up = time.monotonic() + STOP_WITHIN + 60
                while not ended(old):
                    assert time.monotonic() < give_up, "the old server goes on"
                    time.sleep(0.05)
            stop.set()
            for reader in readers:
                reader.join(30)
        finally:
            stop.set()
            with contextlib.suppress(ProcessLookupError):
                os.kill(main, signal.SIGTERM)
        found = sum((reader.found for reader in readers), collections.Counter())
        print(found)
        assert set(found) == {200}, found
        assert found[200] > 20 * handovers
        give_up = time.monotonic() + STOP_WITHIN
        while not ended(main):
            assert time.monotonic() < give_up
            time.sleep(0.05)


def test_a_request_in_hand_is_answered_before_the_end(empty_site_data, tmp_path):
    with running_server(tmp_path / "data", copy_of=empty_site_data, workers=1) as site:
        with socket.create_connection(("127.0.0.1", site.port)) as reader:
            body = b"q=" + b"x" * 100
            head = f"POST /subscribe/ HTTP/1.1\r\nHost: localhost:{site.port}\r\nContent-Length: {len(body)}\r\n\r\n"
            reader.sendall(head.encode() + body[:50])
            time.sleep(0.5)
            site.process.terminate()
            time.sleep(0.5)
            reader.sendall(body[50:])
            assert reader.recv(100).startswith(b"HTTP/1.1 ")
        site.process.wait(timeout=STOP_WITHIN)


def test_the_other_processes_end_when_told(empty_site_data, tmp_path):
    data = tmp_path / "data"
    shutil.copytree(empty_site_data, data, ignore=shutil.ignore_patterns("static"))
    commands = [["clock"], ["mailer"], ["db_worker", "--queue-name", "*", "--no-reload"]]
    with (tmp_path / "said").open("w") as said:
        running = [
            subprocess.Popen(
                [sys.executable, "manage.py", *command],
                cwd=BASE_DIR,
                env=site_environment(data),
                stdout=said,
                stderr=said,
            )
            for command in commands
        ]
    # A process that is told while it still starts ends by the signal itself.
    give_up = time.monotonic() + 60
    while not all(catches(process.pid, signal.SIGTERM) for process in running):
        assert time.monotonic() < give_up
        assert [process.poll() for process in running] == [None, None, None]
        time.sleep(0.1)
    time.sleep(0.5)
    began = time.monotonic()
    for process in running:
        process.terminate()
    assert [process.wait(timeout=STOP_WITHIN) for process in running] == [0, 0, 0]
    assert time.monotonic() - began < STOP_WITHIN
    assert "Traceback" not in (tmp_path / "said").read_text()
