"""nginx with the configuration that the project ships, in front of a site that a test runs."""

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from dscp_cms.nginx import on_one_port
from dscp_cms.testing import programs
from dscp_cms.testing.postgres import free_port
from dscp_cms.testing.server import Server

HTTPS = {
    "SITE_URL": "https://www.example.org",
    "SECRET_KEY": "a-long-key-of-many-different-characters-0123456789-ABCDEFGHIJ",
    "EMAIL_URL": "smtp://127.0.0.1:9",
    "MAIL_FROM": "The partnership <noreply@example.org>",
    "X_ACCEL_PREFIX": "/protected/",
}


def brotli_module() -> Path | None:
    """The module of nginx for static Brotli, which Debian has in a package of its own."""
    folders = map(Path, ("/usr/lib/nginx/modules", "/usr/lib64/nginx/modules", "/usr/local/nginx/modules"))
    found = (folder / "ngx_http_brotli_static_module.so" for folder in folders)
    return next((module for module in found if module.exists()), None)


@contextlib.contextmanager
def nginx_before(site: Server, folder: Path, brotli: Path | None = None) -> Iterator[int]:
    """Yield the port; without TLS, but the site is told that there was. ``brotli`` is a module."""
    program = programs.need(shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin"), "nginx")
    made = site.manage("nginx_conf", "--certificate", "none", "--key", "none", *["--brotli"] * bool(brotli)).stdout
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    modules = f"load_module {brotli};\n" if brotli else ""
    (folder / "nginx.conf").write_text(modules + on_one_port(made, port, folder))
    running = subprocess.Popen([program, "-c", folder / "nginx.conf"], stderr=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield port
    finally:
        running.terminate()
        running.wait(timeout=20)


def _wait_for(port: int, patience: float = 20) -> None:
    give_up = time.monotonic() + patience
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.05)
