"""The worker that sends campaigns: a few threads, each with a kept connection to the mail server.

``Mailer.run`` is what ``manage.py mailer`` runs. Any number of mailers on any number of machines share
the work through ``claims``. Transactional mail goes ahead: the threads stand aside while it is sent.
"""

import logging
import random
import threading
import time
from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connections
from django.utils import timezone

from dscp_cms import mail, outbox
from dscp_cms.models import OutgoingMail
from news import tokens
from news.models import Campaign, Delivery
from news.sending import campaigns, claims, dkim, mime, presence, refusals, smtp
from news.sending.rate import Limiter, free_tokens_of
from news.sending.smtp import Answer, Outcome, ServerError

logger = logging.getLogger(__name__)

TICK = 1.0  # seconds between two looks at what is due
TIDY = 5.0  # seconds between two looks for dead workers
IDLE = 20.0  # seconds after which an unused connection is closed
MAX_ATTEMPTS = 16  # with the pauses of ``back_off``, at least 24 hours
POLICY_PAUSE = timedelta(minutes=5)
STREAK = 20  # temporary refusals in a row, after which a thread slows down

Status = Delivery.Status


def back_off(attempts: int) -> timedelta:
    """How long to wait after so many temporary refusals: 2, 4, 8 … minutes up to four hours, with jitter."""
    return timedelta(minutes=min(2**attempts, 240) * random.uniform(0.8, 1.2))  # noqa: S311 - jitter, not a secret


class OutboxConnection:
    """Writes messages to the outbox, where no mail server is set."""

    sent_before = True

    def send(self, sender: str, recipient: str, message: bytes) -> Answer:
        """Write one message."""
        try:
            outbox.write(message)
        except OSError as error:
            return Answer(Outcome.GONE, f"The outbox can't be written: {error.strerror}")
        return smtp.SENT

    def close(self, *, politely: bool = True) -> None:
        """Nothing is open."""


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
            self._tidy()
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

    def _watch(self, stop: threading.Event, senders: list["Sender"]) -> None:
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
                senders[-1].join(0.05)
            else:
                stop.wait(TICK)

    def _tidy(self) -> None:
        """Settle what was left behind, start and hold what is due, forget the messages of campaigns that are over."""
        while self._memories:
            worker, memory = self._memories[-1]
            sent = [pk for pk, was_sent in memory.items() if was_sent]
            claims.salvage(worker, sent, [pk for pk in memory if pk not in sent])
            self._memories.pop()
        counts = claims.recover(self.presence, on_dead=free_tokens_of)
        if any(counts.values()):
            logger.warning("taken back from a dead mailer: %(back)s to be sent, %(uncertain)s uncertain", counts)
        campaigns.watch_running()
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


class Sender(threading.Thread):
    """A thread of a mailer: one connection to the database, one to the mail server."""

    def __init__(self, mailer: Mailer, number: int):
        super().__init__(name=f"sender-{number}", daemon=True)
        self.mailer, self.turn = mailer, number
        self.worker = mailer.presence.name
        self.failure: Exception | None = None
        self.memory: dict[int, bool] = {}  # of the open claim: whether each was sent, as far as is known
        self._connection: smtp.Connection | OutboxConnection | None = None
        self._to_outbox = False
        self._used = time.monotonic()
        self._tools: dict[int, tuple[claims.Ledger, Limiter]] = {}
        self._done: tuple[claims.Ledger, int] | None = None  # sent, but not yet marked
        self._streak = 0

    def run(self) -> None:
        """Send batch after batch until the mailer stops."""
        try:
            while not self.mailer.stop.is_set():
                if self._some_batch():
                    continue
                if self.mailer.until_idle:
                    break
                self._rest()
        except Exception as error:
            logger.error("a sender stopped: %s", type(error).__name__)
            self.failure = error
        finally:
            self._drop(politely=self.failure is None)
            connections.close_all()

    def _rest(self) -> None:
        if self._connection and time.monotonic() - self._used > IDLE:
            self._drop()
        close_old_connections()
        self.mailer.stop.wait(TICK)

    # Batches

    def _some_batch(self) -> bool:
        """Send a claim of any running campaign, each in its turn; False when none has anything due."""
        running = list(Campaign.objects.running().defer("html", "text").order_by("started_at", "pk"))
        self.turn += 1
        for place in range(len(running)):
            campaign = running[(self.turn + place) % len(running)]
            ledger, limiter = self._tools_for(campaign)
            self._mark_done_elsewhere(ledger)
            size = min(claims.SIZE, 10 * limiter.limit) if limiter.limit else claims.SIZE
            batch = ledger.claim(size, self._take_done())
            self.memory = dict.fromkeys((item.pk for item in batch), False)
            if batch:
                with claims.cheap_commits():
                    self._send_batch(campaign, ledger, limiter, batch)
                return True
        self._mark_done_elsewhere(None)
        return False

    def _tools_for(self, campaign: Campaign) -> tuple[claims.Ledger, Limiter]:
        if campaign.pk not in self._tools:
            self._tools = {
                campaign.pk: (claims.Ledger(self.worker, campaign), Limiter(self.worker, campaign)),
                **dict(list(self._tools.items())[-3:]),
            }
        return self._tools[campaign.pk]

    def _take_done(self) -> int | None:
        done, self._done = self._done, None
        return done[1] if done else None

    def _mark_done_elsewhere(self, ledger: claims.Ledger | None) -> None:
        """Mark the last message of another campaign as sent; one of this campaign goes with the next claim."""
        if self._done and self._done[0] is not ledger:
            before, pk = self._done
            before.sent(pk)
            self._done = None

    def _send_batch(
        self, campaign: Campaign, ledger: claims.Ledger, limiter: Limiter, batch: list[claims.Claimed]
    ) -> None:
        try:
            template = self.mailer.template(campaign)
        except Exception:
            logger.exception("the message of campaign %s can't be made", campaign.pk)
            campaigns.pause(campaign, "Its message can't be made; the mailer's log says why.")
            return self._stop_in(ledger, batch)
        for place, item in enumerate(batch):
            self.mailer.clear.wait()
            if self.mailer.stop.is_set() or not limiter.take(self.mailer.stop):
                return self._stop_in(ledger, batch[place:])
            try:
                verdict = self._begin(ledger, item)
                if verdict == "begun":
                    verdict = self._send_one(campaign, ledger, template, item)
            finally:
                limiter.give_back()
            if verdict == "stopped":
                return self._stop_in(ledger, batch[place:])
        return None

    def _stop_in(self, ledger: claims.Ledger, rest: list[claims.Claimed]) -> None:
        self._mark_done_elsewhere(None)
        ledger.give_back(rest)
        self.memory = {}

    def _begin(self, ledger: claims.Ledger, item: claims.Claimed) -> str:
        """Say “begun” when the message may leave now, else what became of the delivery."""
        verdict = "moved"
        for _ in range(3):
            done = self._take_done()
            if ledger.begin(item, done):
                self.memory.pop(item.pk, None)
                return "begun"
            verdict = ledger.not_to_be_sent(item)
            if verdict != "moved":
                break
        self.memory.pop(item.pk, None)
        return "lost" if verdict == "moved" else verdict

    # One message

    def _send_one(self, campaign: Campaign, ledger: claims.Ledger, template: mime.MessageTemplate, item) -> str:
        try:
            message = self._message(template, item)
        except Exception:
            logger.exception("the message of delivery %s can't be made", item.pk)
            ledger.mark(item.pk, Status.FAILED, "This message couldn't be made.", attempts=item.attempts + 1)
            return "settled"
        answer = self._hand_over(campaign, item.email, message)
        if answer.outcome is Outcome.SENT:
            self.memory[item.pk] = True
            self._done, self._streak = (ledger, item.pk), 0
            return "sent"
        return self._settle(campaign, ledger, item, answer)

    @staticmethod
    def _message(template: mime.MessageTemplate, item: claims.Claimed) -> bytes:
        message = template.fill(
            mime.Personal(
                key=item.key,
                email=item.email,
                greeting=mime.greeting(item.name),
                unsubscribe=tokens.delivery_unsubscribe_url(item.key),
                manage=tokens.manage_url_of(item.subscriber_key),
            )
        )
        return dkim.sign(message) if dkim.is_set() else message

    def _settle(self, campaign: Campaign, ledger: claims.Ledger, item: claims.Claimed, answer: Answer) -> str:
        """Write any outcome but *sent*; say “stopped” when the campaign was paused by it."""
        words = answer.words.replace(item.email, "…")
        again = {"worker": "", "claimed_at": None}
        if answer.outcome is Outcome.LATER:
            self._slow_down()
            if item.attempts + 1 >= MAX_ATTEMPTS:
                ledger.mark(
                    item.pk, Status.FAILED, f"Refused for now, for over a day: {words}", attempts=item.attempts + 1
                )
            else:
                later = timezone.now() + back_off(item.attempts + 1)
                ledger.mark(item.pk, Status.QUEUED, words, attempts=item.attempts + 1, not_before=later, **again)
        elif answer.outcome is Outcome.REFUSED:
            if ledger.mark(item.pk, Status.FAILED, words, attempts=item.attempts + 1):
                delivery = Delivery.objects.select_related("subscriber", "campaign").get(pk=item.pk)
                soft = refusals.is_soft(answer.words)
                refusals.address_refused(delivery, words, soft=soft, bounced_at=timezone.now() if soft else None)
        elif answer.outcome is Outcome.UNCERTAIN:
            ledger.mark(item.pk, Status.UNCERTAIN, words, attempts=item.attempts + 1)
        elif answer.outcome is Outcome.GONE:
            ledger.mark(item.pk, Status.QUEUED, "", **again)
            if not self.mailer.stop.is_set():
                campaigns.pause(campaign, f"The mail server can't be reached: {words}")
            return "stopped"
        else:
            return self._refused_by_policy(campaign, ledger, item, words)
        return "settled"

    def _refused_by_policy(self, campaign: Campaign, ledger: claims.Ledger, item: claims.Claimed, words: str) -> str:
        """Pause the campaign; but a message that alone is refused again, while others went, is given up."""
        before = Delivery.objects.values_list("not_before", flat=True).get(pk=item.pk)
        if item.attempts and before:
            others = campaign.deliveries.filter(status=Status.SENT, sent_at__gt=before - POLICY_PAUSE)
            if others.exists():
                ledger.mark(item.pk, Status.FAILED, f"Refused twice: {words}", attempts=item.attempts + 1)
                return "settled"
        ledger.mark(
            item.pk,
            Status.QUEUED,
            words,
            attempts=item.attempts + 1,
            not_before=timezone.now() + POLICY_PAUSE,
            worker="",
            claimed_at=None,
        )
        campaigns.pause(campaign, f"The mail server refuses us, not the reader: {words}")
        return "stopped"

    def _slow_down(self) -> None:
        """A server that refuses everything for now isn't asked a thousand times a second."""
        self._streak += 1
        if self._streak >= STREAK:
            self.mailer.stop.wait(min(2 ** (self._streak / STREAK), 30))

    # The connection

    def _hand_over(self, campaign: Campaign, email: str, message: bytes) -> Answer:
        """Send one message, on a new connection if the kept one has gone; wait for a server that is away."""
        give_up = time.monotonic() + settings.SENDING.patience
        pause = 0.0
        while True:
            fresh = self._connection is None
            try:
                answer = self._connected(campaign).send(settings.SENDING.envelope_from, email, message)
            except ServerError as error:
                answer = error.answer
            if answer.outcome not in {Outcome.GONE, Outcome.UNCERTAIN}:
                self._used = time.monotonic()
                return answer
            self._drop(politely=False)
            if answer.outcome is Outcome.UNCERTAIN or time.monotonic() > give_up:
                return answer
            if fresh:
                pause = min(pause * 2 or 0.5, 10)
                running = Campaign.objects.running().filter(pk=campaign.pk)
                if self.mailer.stop.wait(pause) or not running.exists():
                    return answer

    def _connected(self, campaign: Campaign) -> smtp.Connection | OutboxConnection:
        if self._connection and self._to_outbox != campaign.to_outbox:
            self._drop()
        if self._connection is None:
            if campaign.to_outbox and not settings.OUTBOX_DIR:
                raise ServerError(Answer(Outcome.POLICY, "It was begun before a mail server was set."))
            self._connection = OutboxConnection() if campaign.to_outbox else smtp.Connection()
            self._to_outbox = campaign.to_outbox
        return self._connection

    def _drop(self, *, politely: bool = True) -> None:
        if self._connection:
            self._connection.close(politely=politely)
            self._connection = None


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
