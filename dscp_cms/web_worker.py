"""gunicorn's threaded worker, with an end that loses no connection, and an answer for balancers however busy it is."""

import contextlib
import re
import selectors
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from gunicorn.workers.gthread import ThreadWorker

# The whole head of a question whether the process lives or is ready: what is still to come could hold a thread up.
PROBE = re.compile(rb"(?:GET|HEAD) /(?:healthz|readyz)[? ](?:.*\r\n)+\r\n")
PROBE_THREADS = 2
SILENT_AT_THE_END = 5  # seconds that a stopping worker waits for a connection's first word


class Worker(ThreadWorker):
    """Answers /healthz and /readyz in threads of their own; see ``set_accept_enabled`` for its end.

    While the database hangs, every other thread soon waits for it, and a balancer would learn nothing.
    """

    def init_process(self):
        self.probes = ThreadPoolExecutor(max_workers=PROBE_THREADS)
        super().init_process()

    def enqueue_req(self, conn):
        """Give a connection that has something to say to a thread; one that has said nothing yet takes none."""
        said = _said(conn.sock)
        if said is None and not conn.initialized and not conn.data_ready:
            conn.timeout = time.monotonic() + (self.cfg.keepalive if self.alive else SILENT_AT_THE_END)
            self.pending_conns.append(conn)
            self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.on_pending_socket_readable, conn))
        elif said and PROBE.fullmatch(said):
            answered = self.probes.submit(self.handle, conn)
            answered.add_done_callback(lambda done: self.method_queue.defer(self.finish_request, conn, done))
        else:
            super().enqueue_req(conn)

    def set_accept_enabled(self, enabled):
        """Take what has already connected when told to stop, then close the worker's own listening socket at once.

        Each worker listens for itself (``reuse_port``), and the system deals new connections out among all that
        listen. The stock worker stops taking them but goes on listening until its last request is answered; whoever
        was dealt to it meanwhile is thrown out at the end. It is called with False when the worker has its fill of
        connections, too.
        """
        super().set_accept_enabled(enabled)
        if self.alive or enabled or not self.cfg.reuse_port:
            return
        for listener in self.sockets:
            listener.setblocking(False)
            before = -1
            while before != self.nr_conns:  # until nobody waits
                before = self.nr_conns
                self.accept(listener)
            with contextlib.suppress(OSError):
                listener.close()
        for conn in self.pending_conns:
            conn.timeout = min(conn.timeout, time.monotonic() + SILENT_AT_THE_END)


def _said(sock) -> bytes | None:
    """What has arrived and nobody has read yet; None if that is nothing, and empty once the other side has gone."""
    try:
        return sock.recv(4096, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return None
    except OSError:
        return b""
