"""A thread of a mailer: claims deliveries batch by batch and hands their messages to the mail server."""

import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import close_old_connections, connections

from dscp_cms import outbox
from news.models import Campaign
from news.sending import campaigns, claims, dkim, mime, outcomes, smtp
from news.sending.rate import Limiter
from news.sending.smtp import Answer, Outcome, ServerError

if TYPE_CHECKING:
    from news.sending.engine import Mailer

logger = logging.getLogger(__name__)

IDLE = 20.0  # seconds after which an unused connection is closed
REST = 1.0  # seconds between two looks for something to send
STREAK = 20  # temporary refusals in a row, after which a thread slows down


class OutboxConnection:
    """Writes messages to the outbox, where no mail server is set."""

    sent_before = True

    def send(self, sender: str, recipient: str, message: bytes, *, begin, meanwhile) -> Answer:
        """Write one message."""
        if not begin()():
            return smtp.WITHDRAWN
        try:
            outbox.write(message)
        except OSError as error:
            return Answer(Outcome.GONE, f"The outbox can't be written: {error.strerror}")
        meanwhile()
        return smtp.SENT

    def close(self, *, politely: bool = True) -> None:
        """Nothing is open."""


class Sender(threading.Thread):
    """A thread of a mailer: one connection to the database, one to the mail server."""

    def __init__(self, mailer: "Mailer", number: int):
        super().__init__(name=f"sender-{number}", daemon=True)
        self.mailer, self.turn = mailer, number
        self.worker = mailer.presence.name
        self.failure: Exception | None = None
        self.memory: dict[int, bool] = {}  # of the open claim: whether each was sent, as far as is known
        self._connection: smtp.Connection | OutboxConnection | None = None
        self._to_outbox = False
        self._used = time.monotonic()
        self._tools: dict[int, tuple[Campaign, claims.Ledger, Limiter]] = {}
        self._done: tuple[claims.Ledger, int] | None = None  # sent, but not yet marked
        self._streak = 0
        self._written: dict[int, bytes | None] = {}

    def run(self) -> None:
        """Send batch after batch until the mailer stops."""
        try:
            while not self.mailer.stop.is_set():
                if self._some_batch():
                    continue
                if self.mailer.until_idle:
                    break
                self._rest()
            self._mark_done_elsewhere(None)
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
        self.mailer.stop.wait(REST)

    # Batches

    def _some_batch(self) -> bool:
        """Send a claim of any running campaign, each in its turn; False when none has anything due."""
        running = list(Campaign.objects.running().order_by("started_at", "pk").values_list("pk", flat=True))
        self.turn += 1
        for place in range(len(running)):
            campaign, ledger, limiter = self._tools_for(running[(self.turn + place) % len(running)])
            self._mark_done_elsewhere(ledger)
            most = min(claims.SIZE, 10 * limiter.limit) if limiter.limit else claims.SIZE
            batch = ledger.claim(ledger.fair_share(self.mailer.connections, most), self._take_done())
            self.memory = dict.fromkeys((item.pk for item in batch), False)
            if batch:
                self._send_batch(campaign, ledger, limiter, batch)
                return True
        self._mark_done_elsewhere(None)
        return False

    def _tools_for(self, pk: int) -> tuple[Campaign, claims.Ledger, Limiter]:
        if pk not in self._tools:
            campaign = Campaign.objects.defer("html", "text").get(pk=pk)
            tools = campaign, claims.Ledger(self.worker, campaign), Limiter(self.worker, campaign)
            self._tools = {pk: tools, **dict(list(self._tools.items())[-3:])}
        return self._tools[pk]

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
        self._written = {}
        for place, item in enumerate(batch):
            self.mailer.clear.wait()
            if self.mailer.stop.is_set() or not limiter.take(self.mailer.stop):
                return self._stop_in(ledger, batch[place:])
            following = batch[place + 1] if place + 1 < len(batch) else None
            try:
                verdict = self._send_one(campaign, ledger, template, item, following)
            finally:
                limiter.give_back()
            if verdict == "stopped":
                return self._stop_in(ledger, batch[place:])
        return None

    def _stop_in(self, ledger: claims.Ledger, rest: list[claims.Claimed]) -> None:
        self._mark_done_elsewhere(None)
        ledger.give_back(rest)
        self.memory = {}

    # One message

    def _send_one(
        self, campaign: Campaign, ledger: claims.Ledger, template: mime.MessageTemplate, item, following
    ) -> str:
        """Send a claimed message, if it may still be sent; write the next one while others work on this one."""
        begun = False

        def begin() -> Callable[[], bool]:
            marked = ledger.begin(item, self._take_done()) if not begun else lambda: True
            if ledger.in_background:
                write_next()
            return lambda: committed(marked())

        def committed(marked: bool) -> bool:
            nonlocal begun
            if marked:
                begun = True
                self.memory.pop(item.pk, None)
            return marked

        def write_next() -> None:
            self._write(template, following)

        for _ in range(3):  # a person's address may change meanwhile
            message = self._write(template, item)
            answer = self._hand_over(campaign, item.email, message, begin, write_next)
            if answer.outcome is not Outcome.WITHDRAWN:
                break
            verdict = ledger.not_to_be_sent(item)
            if verdict != "moved":
                self.memory.pop(item.pk, None)
                return verdict
            self._written.pop(item.pk, None)
        if answer.outcome is Outcome.SENT:
            self.memory[item.pk] = True
            self._done, self._streak = (ledger, item.pk), 0
            return "sent"
        if not begun:  # no server, and nothing marked yet
            if not self.mailer.stop.is_set():
                campaigns.pause(campaign, outcomes.pause_reason(answer))
            return "stopped"
        if answer.outcome is Outcome.LATER:
            self._slow_down()
        return outcomes.settle(campaign, ledger, item, answer, stopping=self.mailer.stop.is_set())

    def _write(self, template: mime.MessageTemplate, item: claims.Claimed | None) -> bytes | None:
        """The message of a delivery, written once; None where it can't be."""
        if item is None or item.subscriber_key is None:
            return None
        if item.pk not in self._written:
            self._written = {item.pk: None}
            try:
                self._written[item.pk] = self._message(template, item)
            except Exception:
                logger.exception("the message of delivery %s can't be made", item.pk)
        return self._written[item.pk]

    @staticmethod
    def _message(template: mime.MessageTemplate, item: claims.Claimed) -> bytes:
        message = template.fill(
            mime.Personal(
                key=item.key,
                email=item.email,
                greeting=mime.greeting(item.name),
                unsubscribe=template.links.unsubscribe(item.key),
                manage=template.links.manage(item.subscriber_key),
            )
        )
        return dkim.sign(message) if dkim.is_set() else message

    def _slow_down(self) -> None:
        """A server that refuses everything for now isn't asked a thousand times a second."""
        self._streak += 1
        if self._streak >= STREAK:
            self.mailer.stop.wait(min(2 ** (self._streak / STREAK), 30))

    # The connection

    def _hand_over(
        self, campaign: Campaign, email: str, message: bytes | None, begin: Callable, meanwhile: Callable
    ) -> Answer:
        """Send one message, on a new connection if the kept one has gone; wait for a server that is away."""
        if message is None:
            return Answer(Outcome.UNWRITABLE, "This message couldn't be made.") if begin()() else smtp.WITHDRAWN
        give_up, pause = time.monotonic() + settings.SENDING.patience, 0.0
        while True:
            fresh = self._connection is None
            try:
                answer = self._connected(campaign).send(
                    settings.SENDING.envelope_from, email, message, begin=begin, meanwhile=meanwhile
                )
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
