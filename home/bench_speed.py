"""How fast readers are served, side by side with a server that does nothing but send the same bytes.

On a site of its own, in a folder that is deleted afterwards; the same gunicorn, the same nginx, by turns.
"""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from urllib.request import Request, urlopen

from dscp_cms.environment import BASE_DIR
from dscp_cms.nginx import on_one_port
from home.bench_load import Load, load
from news.bench_sending import FOLDER, sink

HOST = "www.example.org"
HTTPS = {
    "SITE_URL": f"https://{HOST}",
    "SECRET_KEY": "only for measuring 0123456789 abcdefghijklmnopqrstuvwxyz",
    "MAIL_FROM": "The partnership <noreply@example.org>",
}
ROUNDS, SECONDS = 5, 2.0
MAILS = 5000
PAGE = "/priorities/harm-outside-the-home/"


class Bench:
    """A site to be measured, in a DATA_DIR that has an example site."""

    def __init__(self, folder: Path, out: Callable[[str], None]):
        self.folder, self.out = folder, out
        self.environment = {
            name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "CACHE_URL", "PAGE_CACHE")
        }
        self.environment |= {"DATA_DIR": str(folder), "EMAIL_URL": "smtp://127.0.0.1:9", "WEB_CONCURRENCY": "2"} | HTTPS

    def manage(self, *arguments: str) -> str:
        """What a management command of that site prints."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, cwd=BASE_DIR, env=self.environment, capture_output=True, text=True)  # noqa: S603
        if done.returncode:
            raise RuntimeError(f"manage.py {' '.join(arguments)} failed:\n{done.stderr[-2000:]}")
        return done.stdout

    @contextlib.contextmanager
    def gunicorn(self, application: str = "dscp_cms.wsgi", **more: str) -> Iterator[tuple[int, subprocess.Popen]]:
        """The server as it is shipped, with this application; yields its port and its process."""
        port = _free_port()
        command = [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", application]
        environment = self.environment | {"PORT": str(port)} | more
        with _running(command, environment, port, self.folder / "web.log") as process:
            yield port, process

    @contextlib.contextmanager
    def nginx(self, upstream: int, same_bytes: Path) -> Iterator[tuple[int, subprocess.Popen]]:
        """The shipped configuration, without TLS, which costs both sides alike; and ``/constant.html`` beside it."""
        port = _free_port()
        self.environment["PORT"] = str(upstream)
        made = self.manage("nginx_conf", "--certificate", "x", "--key", "x")
        extra = f"location = /constant.html {{ alias {same_bytes}; default_type text/html; gzip_static on; }}"
        (self.folder / "nginx.conf").write_text(on_one_port(made, port, self.folder, extra))
        program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
        with _running(
            [program, "-c", str(self.folder / "nginx.conf")], self.environment, port, self.folder / "n.log"
        ) as process:
            yield port, process

    def compare(self, name: str, aim: float, ours: tuple, bare: tuple, **settings) -> Load:
        """Print the median ratio of our rate to the other's, by turns; return our last run.

        A side is a port, a path and the server's process. The ratio of their processor time an answer stands
        beside: it says what the code costs, also where the machine has more to do.
        """
        ratios, rates, costs = [], [], []
        for number in range(ROUNDS):
            both, cost = {}, {}
            for side in (ours, bare) if number % 2 else (bare, ours):
                port, path, server = side
                before = _processor_seconds(server)
                both[side] = load(port, path, host=HOST, seconds=SECONDS, headers=FORWARDED, **settings)
                cost[side] = (_processor_seconds(server) - before) / both[side].answers
                if both[side].wrong:
                    self.out(f"  ({both[side].wrong} wrong answers)")
            ratios.append(both[ours].rate / both[bare].rate)
            rates.append((both[ours].rate, both[bare].rate))
            costs.append(cost[bare] / cost[ours])
        our, other = (statistics.median(column) for column in zip(*rates, strict=True))
        ratio, cost = statistics.median(ratios), statistics.median(costs)
        self.out(f"{name:<44}{our:>8.0f}{other:>8.0f}{ratio:>7.2f}{cost:>8.2f}  (aim {aim})")
        return both[ours]


FORWARDED = "X-Forwarded-Proto: https\r\n"


def measure(out: Callable[[str], None], parts: Collection[str] = ()) -> None:
    """Make the site, measure these ``PARTS`` or all, and delete it."""
    with tempfile.TemporaryDirectory(prefix=FOLDER) as name:
        bench = Bench(Path(name), out)
        for command in (["migrate", "-v0"], ["collectstatic", "--noinput", "-v0"], ["sync_site"]):
            bench.manage(*command)
        bench.environment["SITE_URL"] = ""  # sample activity is for trials only
        bench.manage("load_example_site")
        bench.environment["SITE_URL"] = HTTPS["SITE_URL"]
        bench.manage("sync_site")
        for name, part in PARTS.items():
            if not parts or name in parts:
                part(bench)


HEAD = f"\n{'answers a second':<44}{'ours':>8}{'bare':>8}{'ratio':>7}{'by CPU':>8}"


def _from_gunicorn(bench: Bench) -> None:
    """A kept page, and the same bytes from an application that does nothing else."""
    bench.out(HEAD)
    with bench.gunicorn() as (port, process):
        headers, body = _answer(port, PAGE)
        kept = bench.folder / "constant.json"
        kept.write_text(json.dumps([headers, body.decode("latin-1")]))
        own = {"CONSTANT": str(kept), "DATA_DIR": str(bench.folder / "constant")}
        with bench.gunicorn("home.bench_load:constant()", **own) as (constant, other):
            for readers in (16, 64):
                ran = bench.compare(
                    f"kept page from gunicorn, {readers} readers", 0.9, (port, PAGE, process), (constant, PAGE, other),
                    readers=readers,
                )  # fmt: skip
        bench.out(f"  p99 at 64 readers: {ran.p99:.1f} ms")
        _memory(bench, process)


def _through_nginx(bench: Bench) -> None:
    """A kept page, and the same bytes as a file."""
    if not shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin"):
        bench.out("nginx is not here.")
        return
    bench.out(HEAD)
    with bench.gunicorn() as (port, _process):
        _headers, body = _answer(port, PAGE)
        same = bench.folder / "same.html"
        same.write_bytes(b" " * 100)
        (bench.folder / "same.html.gz").write_bytes(body)
        with bench.nginx(port, same) as (front, server):
            for readers in (16, 64):
                bench.compare(
                    f"kept page through nginx, {readers} readers", 0.95, (front, PAGE, server),
                    (front, "/constant.html", server), readers=readers, together=8,
                )  # fmt: skip


def _uncached(bench: Bench) -> None:
    """A page that is rendered for each reader."""
    with bench.gunicorn(PAGE_CACHE="off") as (port, _process):
        for readers in (1, 64):
            ran = load(port, PAGE, host=HOST, seconds=4, readers=readers, headers=FORWARDED)
            bench.out(
                f"page not kept, {readers} reader(s): {ran.rate:.0f} a second, "
                f"p50 {ran.p50:.0f} ms, p95 {ran.p95:.0f} ms, p99 {ran.p99:.0f} ms"
            )


def _while_sending(bench: Bench) -> None:
    """64 readers, each asking for a page every half second, before and while a campaign goes out."""
    readers = {"host": HOST, "readers": 64, "pause": 0.5, "headers": FORWARDED}
    with sink(elsewhere=True) as mail, bench.gunicorn() as (port, _process):
        sending = bench.environment | {"EMAIL_URL": f"smtp://127.0.0.1:{mail}"}
        bench.manage("bench_speed", "--campaign", str(MAILS))
        load(port, PAGE, seconds=2, **readers)
        idle = load(port, PAGE, seconds=6, **readers)
        command = [sys.executable, "manage.py", "mailer"]
        mailer = subprocess.Popen(command, cwd=BASE_DIR, env=sending)  # noqa: S603
        try:
            time.sleep(4)  # until it looks for work
            bench.manage("bench_speed", "--start")
            busy = load(port, PAGE, seconds=4, **readers)
            left = int(bench.manage("bench_speed", "--left"))
        finally:
            mailer.send_signal(signal.SIGTERM)
            mailer.wait()
    bench.out(
        f"64 readers, p95: {idle.p95:.1f} ms idle, {busy.p95:.1f} ms while {MAILS:,} mails go out "
        f"({MAILS - left:,} sent meanwhile): {busy.p95 / idle.p95:.2f} times (aim at most 1.3)"
    )


PARTS = {"gunicorn": _from_gunicorn, "nginx": _through_nginx, "not-kept": _uncached, "sending": _while_sending}


def _memory(bench: Bench, server: subprocess.Popen) -> None:
    """What each process takes of its own, after the load."""
    for process in _family(server):
        found = Path(f"/proc/{process}/smaps_rollup").read_text()
        shares = {name: int(value) / 1024 for name, value in re.findall(r"(\w+): +(\d+) kB", found)}
        kind = "gunicorn's parent" if process == server.pid else "web worker"
        own = shares["Private_Clean"] + shares["Private_Dirty"]
        bench.out(f"{kind}: {shares['Rss']:.0f} MB, of which {own:.0f} MB its own and {shares['Pss']:.0f} MB its share")


def _family(server: subprocess.Popen) -> list[int]:
    """A server's process and its workers'."""
    return [server.pid, *map(int, Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split())]


def _processor_seconds(server: subprocess.Popen) -> float:
    """Processor time that a server and its workers have taken so far."""
    fields = [Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split() for process in _family(server)]
    return sum(int(one[11]) + int(one[12]) for one in fields) / os.sysconf("SC_CLK_TCK")


def _answer(port: int, path: str) -> tuple[list[list[str]], bytes]:
    """Headers and compressed body of a page that is kept by then."""
    headers = {"Host": HOST, "Accept-Encoding": "gzip", "X-Forwarded-Proto": "https"}
    for _ in range(2):
        with urlopen(Request(f"http://127.0.0.1:{port}{path}", headers=headers)) as answer:  # noqa: S310
            body, found = answer.read(), answer.getheaders()
    return [[name, value] for name, value in found if name.lower() not in ("server", "date", "connection")], body


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def _running(command: list[str], environment: dict[str, str], port: int, log: Path) -> Iterator[subprocess.Popen]:
    with log.open("ab") as file:
        process = subprocess.Popen(command, cwd=BASE_DIR, env=environment, stdout=file, stderr=file)  # noqa: S603
    try:
        give_up = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            if time.monotonic() > give_up or process.poll() is not None:
                raise RuntimeError(f"{command[0]} doesn't answer: {log.read_text()[-2000:]}")
            time.sleep(0.1)
        yield process
    finally:
        process.terminate()
        process.wait()
