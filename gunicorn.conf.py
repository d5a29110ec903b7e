"""How gunicorn serves the site; read by the Procfile's web process and by ``manage.py serve``."""

import contextlib
import gc
import os
import signal
import sys

import gunicorn.systemd
from django.core.exceptions import ImproperlyConfigured

from dscp_cms import metrics
from dscp_cms.environment import WEB_THREADS, read_environment
from dscp_cms.logs import configuration
from dscp_cms.processes import port_complaint

try:
    ENV = read_environment()
except ImproperlyConfigured as error:
    sys.exit(f"Wrong setting: {error}")

bind = f"[{ENV.host}]:{ENV.port}" if ":" in ENV.host else f"{ENV.host}:{ENV.port}"
workers = ENV.web_concurrency
worker_class = "dscp_cms.web_worker.Worker"  # gunicorn's threads, with a gentler end
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
# Workers are renewed now and then against slow leaks; the jitter keeps them from going together. Kept pages are
# answered by the ten thousand a second: a lower number would have workers begin anew in the middle of a rush.
max_requests = 200_000
max_requests_jitter = 50_000
if os.path.isdir("/dev/shm"):  # noqa: S108
    worker_tmp_dir = "/dev/shm"  # noqa: S108 - a slow disk must not make a worker look dead
# No access log: it would keep readers' addresses, and what they looked for.
accesslog = None
errorlog = "-"
logconfig_dict = configuration()
control_socket_disable = True


if ENV.running.metrics_token:
    metrics.begin(ENV.data_dir)  # before the site is loaded, which imports the library


TAKES_OVER = "SERVER_TO_TAKE_OVER"  # its process, in the environment of a server started by a handover


def on_starting(server):
    """Stop if something else has the port (reuse_port would share it in silence), then warm up."""
    if TAKES_OVER not in os.environ:  # not while a running server hands over to a new one
        complaint = port_complaint(ENV.host, ENV.port)
        if complaint:
            server.log.error(complaint)
            sys.exit(1)
    if preload_app:
        _load_addresses()
        _begin_keeping_pages()


def pre_exec(server):
    """Hand over (USR2): start the same command as a server of its own, which knows whom it takes over from.

    gunicorn's own way hands the listening sockets on, of which there are none here (each worker has its own), and
    starts itself by its file, which makes its ``http`` hide Python's.
    """
    server.START_CTX[0] = "env"
    forget = ["-u", "GUNICORN_FD", "-u", "GUNICORN_PID", f"{TAKES_OVER}={os.getppid()}"]
    server.START_CTX["args"] = ["env", *forget, sys.executable, "-m", "gunicorn", *sys.argv[1:]]


def when_ready(server):
    """Tell systemd which process is the service's now; after a handover it is another than it started."""
    gunicorn.systemd.sd_notify(f"MAINPID={os.getpid()}", server.log)


def post_worker_init(worker):
    """After a handover (USR2): once the last of the new workers can answer, the old server may end.

    Both listen at the port meanwhile, so nobody finds it closed.
    """
    old = int(os.environ.get(TAKES_OVER, 0))
    if old and worker.age == workers:
        with contextlib.suppress(ProcessLookupError):
            os.kill(old, signal.SIGTERM)


def post_fork(server, worker):
    """Let each worker see within a second what another machine has published."""
    if preload_app:
        from dscp_cms import page_cache, page_cache_files

        if page_cache_files.is_serving():
            page_cache.begin_following()


def child_exit(server, worker):
    """Forget what only a living worker has to count."""
    if ENV.running.metrics_token:
        metrics.process_ended(worker.pid)


def _load_addresses():
    """Import every view before the workers are forked; they must not inherit a database connection."""
    from django.db import connections
    from django.urls import get_resolver

    from dscp_cms.health import needed_migrations

    _ = get_resolver().url_patterns
    needed_migrations()  # of this version's files, before the next version's replace them
    connections.close_all()
    gc.collect()
    gc.freeze()  # what is loaded stays; a worker that looked through it for rubbish would copy it page by page


def _begin_keeping_pages():
    """Begin with an empty cache: whatever was changed while no server ran, this one knows nothing old."""
    from django.conf import settings

    from dscp_cms import page_cache_files

    if settings.PAGE_CACHE:
        page_cache_files.begin_server()
