"""A private PostgreSQL for the tests: made in a temporary folder, gone afterwards."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

# Durable it need not be, only quick.
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "100",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": "Europe/London",
}
QUICK = {"fsync", "synchronous_commit", "full_page_writes"}


def server_programs() -> Path | None:
    """The folder with initdb and postgres, the newest version first; None when there is no server."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    found = shutil.which("initdb")
    folders += [Path(found).resolve().parent] if found else []
    return next((folder for folder in folders if (folder / "initdb").exists() and (folder / "postgres").exists()), None)


@contextlib.contextmanager
def temporary_server(*, durable: bool = False):
    """Start a server on a free port of the loopback address; yield a DATABASE_URL; stop and delete it.

    With ``durable`` it writes as a real one does, which is what measurements need.
    PostgreSQL refuses to run as root, so root starts it as the user postgres or nobody.
    """
    programs = server_programs()
    if programs is None:
        raise RuntimeError("There is no PostgreSQL server on this machine.")
    folder = Path(tempfile.mkdtemp(prefix="dscp-postgres-"))
    user = _unprivileged_user()
    if user:
        os.chown(folder, user.pw_uid, user.pw_gid)
    as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    common = {"cwd": folder, "env": {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}, **as_user}
    try:
        made = subprocess.run(
            [programs / "initdb", "-D", folder / "data", "-U", "dscp", "-A", "trust", "-E", "UTF8", "--no-sync"],
            capture_output=True,
            text=True,
            **common,
        )
        if made.returncode:
            raise RuntimeError(f"initdb failed: {made.stderr.strip()}")
        port = free_port()
        chosen = {name: value for name, value in SETTINGS.items() if not durable or name not in QUICK}
        options = [f"--{name}={value}" for name, value in {**chosen, "port": str(port)}.items()]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [programs / "postgres", "-D", folder / "data", *options], stdout=log, stderr=log, **common
            )
        try:
            _wait_for(programs, port, server, folder / "log")
            yield f"postgres://dscp@127.0.0.1:{port}/postgres"
        finally:
            server.send_signal(2)  # fast shutdown: doesn't wait for connections
            server.wait(timeout=30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    """A port of the loopback address that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _unprivileged_user():
    if os.geteuid():
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise RuntimeError("PostgreSQL can't run as root, and there is no user postgres or nobody.")


def _wait_for(programs: Path, port: int, server: subprocess.Popen, log: Path):
    for _ in range(300):
        ready = subprocess.run(
            [programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port), "-t", "1"], capture_output=True
        )
        if ready.returncode == 0:
            return
        try:
            server.wait(timeout=0.1)
        except subprocess.TimeoutExpired:
            continue
        raise RuntimeError(f"PostgreSQL stopped at once: {log.read_text()[-500:]}")
    raise RuntimeError("PostgreSQL doesn't answer.")
