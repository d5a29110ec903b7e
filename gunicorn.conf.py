"""How gunicorn serves the site; read by the Procfile's web process and by ``manage.py serve``."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured

from dscp_cms.environment import WEB_THREADS, read_environment
from dscp_cms.processes import port_complaint

try:
    ENV = read_environment()
except ImproperlyConfigured as error:
    sys.exit(f"Wrong setting: {error}")

bind = f"[{ENV.host}]:{ENV.port}" if ":" in ENV.host else f"{ENV.host}:{ENV.port}"
workers = ENV.web_concurrency
worker_class = "gthread"
threads = WEB_THREADS
# Each worker listens for itself. With one shared socket, browsers' and proxies' open connections
# pile up on whichever worker was quicker, and the other stands idle.
reuse_port = True
# Loaded once and shared by the workers: less memory, and a broken deployment fails before it serves.
preload_app = not ENV.debug
reload = ENV.debug
keepalive = 20  # seconds; longer than a proxy's own pause between two requests
timeout = 60
graceful_timeout = 25
# Workers are renewed now and then against slow leaks; the jitter keeps them from going together.
max_requests = 10_000
max_requests_jitter = 2_000
if os.path.isdir("/dev/shm"):  # noqa: S108
    worker_tmp_dir = "/dev/shm"  # noqa: S108 - a slow disk must not make a worker look dead
# No access log: it would keep readers' addresses, and what they looked for.
accesslog = None
errorlog = "-"
control_socket_disable = True


def on_starting(server):
    """Stop if something else has the port (reuse_port would share it in silence), then warm up."""
    if "GUNICORN_PID" not in os.environ:  # not while a running server hands over to a new one
        complaint = port_complaint(ENV.host, ENV.port)
        if complaint:
            server.log.error(complaint)
            sys.exit(1)
    if preload_app:
        _load_addresses()


def _load_addresses():
    """Import every view before the workers are forked; they must not inherit a database connection."""
    from django.db import connections
    from django.urls import get_resolver

    _ = get_resolver().url_patterns
    connections.close_all()
