"""The ledger: which delivery a worker has claimed, is sending, has sent. The raw SQL of sending is here.

Claims (of 50) are durable: on the disk before the first of them is sent. Marks are cheap: they outlive
the death of a worker, but the last few may be forgotten with the power. So after a mere death only the
message that was *sending* is uncertain; after a restart of the machine or the server, the whole claim is.
A durable claim also puts every mark before it on the disk, because both databases write in order.

Everything here changes a row only if it is still in the state, and in the hands, that the caller believes.
"""

import contextlib
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from dscp_cms import suppression
from news.models import Campaign, Delivery, Membership, Subscriber
from news.sending import prepared

SIZE, FEWEST = 50, 5  # deliveries a claim
LEASE = timedelta(minutes=10)  # what a living worker hasn't begun by then goes back to the queue

# On SQLite only one connection writes at a time. Threads that wait here go on at once; those that wait
# in SQLite sleep and ask again.
_TURN = threading.Lock()

Status = Delivery.Status

_TO_SENT = """
UPDATE news_delivery SET status = 'sent', sent_at = %s, error = ''
 WHERE id = %s AND worker = %s AND status IN ('sending', 'uncertain')"""

_TO_SENDING = """
UPDATE news_delivery SET status = 'sending', claimed_at = %s
 WHERE id = %s AND worker = %s AND status = 'claimed'
   AND EXISTS (SELECT 1 FROM news_campaign c WHERE c.id = %s AND c.status = 'sending')
   AND EXISTS (SELECT 1 FROM news_subscriber s WHERE s.id = news_delivery.subscriber_id
                  AND s.status = 'subscribed' AND s.email = news_delivery.email)
   AND EXISTS (SELECT 1 FROM news_membership m WHERE m.subscriber_id = news_delivery.subscriber_id
                  AND m.mailing_list_id IN ({lists}))
   AND NOT EXISTS (SELECT 1 FROM dscp_cms_suppression x WHERE x.digest = %s)
   AND NOT EXISTS (SELECT 1 FROM news_domainpause p WHERE p.campaign_id = %s AND p.domain = %s
                      AND p.released_at IS NULL)"""

# From where the last claim ended: PostgreSQL likes to walk along the primary key, over all that were sent.
_CLAIM = """
WITH next AS MATERIALIZED (
    SELECT id FROM news_delivery
     WHERE campaign_id = %s AND status = 'queued' AND worker = '' AND id > %s
       AND (not_before IS NULL OR not_before <= %s)
       AND NOT EXISTS (SELECT 1 FROM news_domainpause p WHERE p.campaign_id = news_delivery.campaign_id
                          AND p.released_at IS NULL AND LOWER(email) LIKE '%%@' || p.domain)
     ORDER BY id LIMIT %s {locked})
UPDATE news_delivery SET status = 'claimed', worker = %s, claimed_at = %s WHERE id IN (SELECT id FROM next)
RETURNING id, key, email, name, attempts,
          (SELECT s.key FROM news_subscriber s WHERE s.id = news_delivery.subscriber_id)"""

_WAITING = """
SELECT COUNT(*)
  FROM (SELECT 1 FROM news_delivery WHERE campaign_id = %s AND status = 'queued' AND worker = '' AND id > %s
         LIMIT %s) AS waiting"""

_SNAPSHOT = """
INSERT INTO news_delivery (key, campaign_id, subscriber_id, email, name, status, worker, attempts, error)
SELECT {key}, %s, found.id, found.email, found.name, 'queued', '', 0, '' FROM ({people}) found ORDER BY found.id
ON CONFLICT DO NOTHING"""


@dataclass(slots=True)
class Claimed:
    """A delivery in a worker's hands."""

    pk: int
    key: uuid.UUID
    email: str
    name: str
    attempts: int
    subscriber_key: uuid.UUID | None


def snapshot(campaign: Campaign, people) -> int:
    """Make one delivery for each of a queryset of subscribers, in one statement; return how many there are."""
    sql, parameters = people.order_by().values("id", "email", "name").query.sql_with_params()
    key = "gen_random_uuid()" if connection.vendor == "postgresql" else "lower(hex(randomblob(16)))"
    with connection.cursor() as cursor:
        cursor.execute(_SNAPSHOT.format(key=key, people=sql), [campaign.pk, *parameters])
    return campaign.deliveries.count()


@contextlib.contextmanager
def _durable():
    """One transaction that is on the disk when the block ends."""
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit TO on")
            yield cursor
        return
    with _TURN, connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous")
        before = cursor.fetchone()[0]
        if not connection.in_atomic_block:  # within one it can't be changed
            cursor.execute("PRAGMA synchronous = FULL")
        try:
            with transaction.atomic():
                yield cursor
        finally:
            if not connection.in_atomic_block:
                cursor.execute(f"PRAGMA synchronous = {int(before)}")


class Ledger:
    """One worker's pen for one campaign. Belongs to one thread."""

    def __init__(self, worker: str, campaign: Campaign):
        self.worker, self.campaign = worker, campaign
        lists = ", ".join(str(pk) for pk in campaign.lists.order_by().values_list("pk", flat=True)) or "NULL"
        to_sending = _TO_SENDING.format(lists=lists)
        self._past = 0  # the last delivery claimed
        self._session = None  # the one whose commits are cheap
        self.in_background = connection.vendor == "postgresql"  # whether ``begin`` leaves time for something else
        if self.in_background:
            self._first, self._next = (
                prepared.Prepared(to_sending),
                prepared.Prepared(f"WITH done AS ({_TO_SENT}) {to_sending}"),
            )
        else:
            self._to_sent, self._to_sending = (sql.replace("%s", "?") for sql in (_TO_SENT, to_sending))

    def _time(self, moment: datetime | None):
        return connection.ops.adapt_datetimefield_value(moment)

    def claim(self, size: int = SIZE, done: int | None = None) -> list[Claimed]:
        """Take up to ``size`` deliveries that are due, durably; mark the one before as sent with it.

        From here on this thread's commits are cheap: they survive its death, but not the power's.
        """
        self._commit_cheaply()
        rows = self._claim(size, done)
        if not rows and self._past:  # what was put off, or given back, lies behind
            self._past = 0
            rows = self._claim(size, None)
        claimed = [Claimed(pk, _uuid(key), email, name, n, _uuid(person)) for pk, key, email, name, n, person in rows]
        claimed.sort(key=lambda item: item.pk)
        if claimed:
            self._past = claimed[-1].pk
        return claimed

    def _claim(self, size: int, done: int | None) -> list[tuple]:
        now = self._time(timezone.now())
        sql = _CLAIM.format(locked="FOR UPDATE SKIP LOCKED" if self.in_background else "")
        with _durable() as cursor:
            if done is not None:
                cursor.execute(_TO_SENT, [now, done, self.worker])
            cursor.execute(sql, [self.campaign.pk, self._past, now, size, self.worker, now])
            return cursor.fetchall()

    def fair_share(self, connections: int, most: int = SIZE) -> int:
        """How many to claim: at the end of a campaign few, so that no connection idles while another has many."""
        if connections == 1:
            return most
        with connection.cursor() as cursor:
            cursor.execute(_WAITING, [self.campaign.pk, self._past, 2 * connections * most])
            waiting = cursor.fetchone()[0]
        return max(min(FEWEST, most), min(most, waiting // (2 * connections)))

    def _commit_cheaply(self) -> None:
        connection.ensure_connection()
        if self.in_background and connection.connection is not self._session:  # on SQLite the settings see to it
            with connection.cursor() as cursor:
                cursor.execute("SET synchronous_commit TO off; SET plan_cache_mode TO force_generic_plan")
            self._session = connection.connection

    def begin(self, item: Claimed, done: int | None = None) -> Callable[[], bool]:
        """Mark a claimed delivery as *sending* and the one before as *sent*, in one commit.

        What is returned must be called: it waits until that is committed. False where the message must
        not be sent: it isn't this worker's any more; the campaign doesn't run, or
        waits with this domain; the person has left, was suppressed, erased or has another address; or
        mail may not go there outside production. What can change is read in the same statement.
        """
        if not suppression.may_be_written_to(item.email):
            if done is not None:
                self.sent(done)
            return lambda: False
        now = self._time(timezone.now())
        sent = [now, done, self.worker]
        key, domain = self.campaign.pk, item.email.rpartition("@")[2].lower()
        sending = [now, item.pk, self.worker, key, suppression.digest(item.email), key, domain]
        if self.in_background:
            changed = self._first.start(sending) if done is None else self._next.start([*sent, *sending])
            return lambda: changed() == 1
        statements = ([(self._to_sent, sent)] if done is not None else []) + [(self._to_sending, sending)]
        begun = _on_sqlite(statements)
        return lambda: begun

    def sent(self, pk: int) -> None:
        """Mark one as sent, when no other follows."""
        with connection.cursor() as cursor:
            cursor.execute(_TO_SENT, [self._time(timezone.now()), pk, self.worker])

    def mark(self, pk: int, status: Status, error: str = "", **more) -> bool:
        """Write another outcome of a delivery that was *sending*."""
        open_rows = Delivery.objects.filter(pk=pk, worker=self.worker, status__in=[Status.SENDING, Status.UNCERTAIN])
        return bool(open_rows.update(status=status, error=error[:300], **more))

    def give_back(self, items: list[Claimed]) -> None:
        """Return what hasn't been begun."""
        Delivery.objects.filter(pk__in=[item.pk for item in items], worker=self.worker, status=Status.CLAIMED).update(
            status=Status.QUEUED, worker="", claimed_at=None
        )

    def not_to_be_sent(self, item: Claimed) -> str:
        """Settle a delivery that ``begin`` refused; say “left”, “waits”, “moved”, “lost” or “stopped”.

        *moved*: the person's address has changed, ``item`` has the new one, begin again. *stopped*: the
        campaign doesn't run any more. *lost*: another worker has it.
        """
        mine = Delivery.objects.filter(pk=item.pk, worker=self.worker, status=Status.CLAIMED)
        delivery = mine.select_related("subscriber", "campaign").first()
        if delivery is None:
            return "lost"
        if delivery.campaign.status != Campaign.Status.SENDING:
            return "stopped"
        domain = delivery.email.rpartition("@")[2].lower()
        if domain and self.campaign.domain_pauses.filter(domain=domain, released_at=None).exists():
            self.give_back([item])
            return "waits"
        reason = _why_not(delivery, self.campaign)
        if not reason and delivery.email != delivery.subscriber.email:
            try:
                with transaction.atomic():
                    mine.update(email=delivery.subscriber.email)
            except IntegrityError:
                reason = "Already written to at the new address."
            else:
                item.email = delivery.subscriber.email
                return "moved"
        if not reason:
            return "moved"  # whatever stood in the way has gone meanwhile
        mine.update(status=Status.SUPPRESSED, error=reason)
        return "left"


def _on_sqlite(statements: list[tuple[str, list]]) -> bool:
    """Run them in one transaction, past Django's cursors, which take as long as the work."""
    connection.ensure_connection()
    session = connection.connection
    own = not connection.in_atomic_block
    with _TURN, connection.wrap_database_errors:
        if own:
            session.execute("BEGIN IMMEDIATE")
        try:
            for sql, parameters in statements:
                changed = session.execute(sql, parameters).rowcount
        except BaseException:
            if own:
                session.execute("ROLLBACK")
            raise
        if own:
            session.execute("COMMIT")
    return changed == 1


def _uuid(value) -> uuid.UUID | None:
    return uuid.UUID(value) if isinstance(value, str) else value


def _why_not(delivery: Delivery, campaign: Campaign) -> str:
    """Why the person must not get it, in words for the report; empty if nothing stands in the way."""
    person = delivery.subscriber
    if person is None:
        return "Erased."
    if person.status != Subscriber.Status.SUBSCRIBED:
        return f"{person.get_status_display()}."
    stopped = suppression.suppression_of(person.email)
    if stopped:
        return f"{stopped.get_reason_display()}."
    if not suppression.may_be_written_to(person.email):
        return suppression.NOT_ALLOWED
    if not Membership.objects.filter(subscriber=person, mailing_list__in=campaign.lists.all()).exists():
        return "Left the list."
    return ""
