"""At most N messages in any one second, over all connections, workers and machines.

N tokens in a table. A message is sent with a token in hand; once it is complete the token rests for a
second. So two messages with the same token are at least a second apart, and no second, wherever it
begins, can have more messages than there are tokens. A token that a dead worker held is free again when
its worker is recovered, or after HELD.
"""

import threading
import time

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from news.models import Campaign, RateToken

REST = 1.005  # seconds; the few thousandths are for the clock's grain
HELD = 600  # seconds after which a token is free although nobody gave it back


def _now() -> float:
    """Seconds since 1970 by one clock for all: the database server's, or with SQLite the machine's."""
    if connection.vendor != "postgresql":
        return time.time()
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())::float8")
        return cursor.fetchone()[0]


class Limiter:
    """A thread's way to the tokens of a campaign and of the whole site; free of charge where there is no limit."""

    def __init__(self, worker: str, campaign: Campaign):
        self.worker = worker
        self.scopes = [
            (key, limit) for key, limit in ((None, settings.SENDING.rate), (campaign.pk, campaign.rate_limit)) if limit
        ]
        self._held: list[int] = []
        for key, limit in self.scopes:
            _provide(key, limit)

    @property
    def limit(self) -> int | None:
        """Messages a second, or None."""
        return min((limit for _key, limit in self.scopes), default=None)

    def take(self, stop: threading.Event) -> bool:
        """Wait for a token of each scope; False when told to stop meanwhile."""
        for key, limit in self.scopes:
            while not self._take(key, limit):
                if stop.wait(min(0.02, 0.2 / limit)):
                    self.give_back()
                    return False
        return True

    def _take(self, key: int | None, limit: int) -> bool:
        now = _now()
        free = RateToken.objects.filter(campaign=key, number__lt=limit, free_at__lte=now)
        if connection.vendor != "postgresql" and not free.exists():
            return False  # asked first: on SQLite the lock below is everybody's
        with transaction.atomic():
            token = free.select_for_update(skip_locked=True).order_by("free_at").first()
            if token is None:
                return False
            RateToken.objects.filter(pk=token.pk).update(free_at=now + HELD, worker=self.worker)
        self._held.append(token.pk)
        return True

    def give_back(self) -> None:
        """Let the tokens in hand rest for a second, now that their message is complete."""
        if self._held:
            RateToken.objects.filter(pk__in=self._held, worker=self.worker).update(free_at=_now() + REST, worker="")
            self._held = []


def _provide(campaign: int | None, limit: int) -> None:
    present = RateToken.objects.filter(campaign=campaign).count()
    if present < limit:
        RateToken.objects.bulk_create(
            [RateToken(campaign_id=campaign, number=number) for number in range(limit)], ignore_conflicts=True
        )


def free_tokens_of(worker: str) -> None:
    """A dead worker's tokens rest from now."""
    RateToken.objects.filter(Q(worker=worker)).update(free_at=_now() + REST, worker="")
