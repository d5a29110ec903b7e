"""gunicorn's threaded worker, with an end that loses no connection."""

import contextlib

from gunicorn.workers.gthread import ThreadWorker


class Worker(ThreadWorker):
    """Takes what has already connected when it is told to stop, then closes its own listening socket at once.

    Each worker listens for itself (``reuse_port``), and the system deals new connections out among all that listen.
    The stock worker stops taking them but goes on listening until its last request is answered; whoever was dealt
    to it meanwhile is thrown out at the end.
    """

    def set_accept_enabled(self, enabled):
        """Called with False once the worker is told to stop, but also when it has its fill of connections."""
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
