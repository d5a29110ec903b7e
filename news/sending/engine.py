"""The worker that sends campaigns: a few threads, each with a kept connection to the mail server.

``Mailer.run`` is what ``manage.py mailer`` runs. Any number of mailers on any number of machines share
the work through ``claims``. Transactional mail goes ahead: the threads stand aside while it is sent.
"""

import logging
import threading
import time

from django.conf import settings
from django.db import DatabaseError, close_old_connections

from dscp_cms import mail
from dscp_cms.models import OutgoingMail
from news.models import Campaign
from news.sending import campaigns, mime, presence, recovery
from news.sending.rate import free_tokens_of
from news.sending.sender import Sender

logger = logging.getLogger(__name__)

TICK = 1.0  # seconds between two looks at what is due
TIDY = 5.0  # seconds between two looks for dead workers


class Mailer:
    """One worker process."""

    def __init__(self, connections: int | None = None):
        self.connections = connections or settings.SENDING.connections
        self.stop = threading.Event()  # this run's
        self.clear = threading.Event()  # no transactional mail is waiting
        self.until_idle = False
        self._templates: dict[int, mime.MessageTemplate] = {}
        self._lock = threading.Lock()
        self._memories: list[tuple[str, dict[int, bool]]] = []

    def run(self, stop: threading.Event, *, until_idle: bool = False) -> None:
        """Send what is due until told to stop; with ``until_idle`` until nothing is due.

        Raises DatabaseError or PresenceLostError when the database went away; run it again then.
        """
        self.stop.clear()
        self.clear.set()
        self.until_idle = until_idle
        self.presence = presence.join()
        senders = [Sender(self, number) for number in range(self.connections)]
        try:
            self._tidy(everywhere=True)
            for sender in senders:
                sender.start()
            self._watch(stop, senders)
        finally:
            self.stop.set()
            self.clear.set()
            for sender in senders:
                if sender.ident:
                    sender.join()
            self._memories += [(self.presence.name, sender.memory) for sender in senders if sender.memory]
            self.presence.leave()
        for sender in senders:
            if sender.failure:
                raise sender.failure
        campaigns.finish_done()

    def _watch(self, stop: threading.Event, senders: list[Sender]) -> None:
        tidied = time.monotonic()
        while not stop.is_set():
            if not any(sender.is_alive() for sender in senders) or any(sender.failure for sender in senders):
                return
            self.presence.check()
            self._send_transactional()
            campaigns.start_due()
            campaigns.finish_done()
            if time.monotonic() - tidied > TIDY:
                self._tidy()
                tidied = time.monotonic()
            if self.until_idle:
                _join_all(senders, TICK)
            else:
                stop.wait(TICK)

    def _tidy(self, *, everywhere: bool = False) -> None:
        """Settle what was left behind, start and hold what is due, forget the messages of campaigns that are over."""
        while self._memories:
            worker, memory = self._memories[-1]
            sent = [pk for pk, was_sent in memory.items() if was_sent]
            recovery.salvage(worker, sent, [pk for pk in memory if pk not in sent])
            self._memories.pop()
        counts = recovery.recover(self.presence, on_dead=free_tokens_of, everywhere=everywhere)
        if any(counts.values()):
            logger.warning("taken back from a dead mailer: %(back)s to be sent, %(uncertain)s uncertain", counts)
        campaigns.hold_silent()
        campaigns.note_work()
        campaigns.start_due()
        running = set(Campaign.objects.running().values_list("pk", flat=True))
        with self._lock:
            for pk in set(self._templates) - running:
                del self._templates[pk]

    def _send_transactional(self) -> None:
        if OutgoingMail.objects.due().exists():
            self.clear.clear()
            try:
                mail.send_due()
            finally:
                self.clear.set()

    def template(self, campaign: Campaign) -> mime.MessageTemplate:
        """A campaign's message, built once a process."""
        with self._lock:
            if campaign.pk not in self._templates:
                self._templates[campaign.pk] = mime.MessageTemplate(Campaign.objects.get(pk=campaign.pk))
            return self._templates[campaign.pk]


def _join_all(senders: list[Sender], seconds: float) -> None:
    """Wait until all have ended, but no longer than that."""
    give_up = time.monotonic() + seconds
    for sender in senders:
        sender.join(max(0, give_up - time.monotonic()))


def run_for_ever(stop: threading.Event, connections: int | None = None) -> None:
    """Run a mailer until told to stop; when the database goes away, wait for it and begin again."""
    mailer, pause = Mailer(connections), 0.0
    while not stop.is_set():
        started = time.monotonic()
        try:
            mailer.run(stop)
        except (DatabaseError, presence.PresenceLostError) as error:
            close_old_connections()
            pause = 1.0 if time.monotonic() - started > 60 else min(pause * 2 or 1.0, 30)
            logger.error("the mailer lost the database (%s) and begins again in %.0f s", type(error).__name__, pause)
            stop.wait(pause)
