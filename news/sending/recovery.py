"""What dead workers left behind, and what a worker that lost the database remembers."""

from collections.abc import Callable
from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from news.models import Campaign, Delivery
from news.sending.claims import LEASE

RECENTLY = timedelta(days=7)
Status = Delivery.Status
LEFT_BY_DEATH = "The program stopped while this message was being sent."
LEFT_BY_RESTART = "The server restarted while this message was claimed: it may or may not have been sent."


def recover(
    presence, on_dead: Callable[[str], None] = lambda worker: None, *, everywhere: bool = False
) -> dict[str, int]:
    """Settle what dead workers left behind; return how many deliveries went back, and how many are uncertain.

    A worker is dead if its lock is free. Of this epoch: *claimed* goes back, *sending* is uncertain. Of
    an earlier one the marks may be gone, so all of the claim is uncertain. What a living worker has held
    for longer than LEASE without beginning goes back too; should it wake up, ``begin`` refuses. Looks at
    what runs, is paused or was cancelled of late; with ``everywhere`` at all that was ever sent.
    """
    open_rows = _open_rows(everywhere)
    counts = {"back": _expire_leases(open_rows), "uncertain": 0}
    for worker in open_rows.exclude(worker=presence.name).order_by().values_list("worker", flat=True).distinct():
        with presence.taking_over(worker) as dead:
            if not dead:
                continue
            on_dead(worker)
            theirs = open_rows.filter(worker=worker)
            if worker.endswith(f".{presence.epoch}"):
                counts["uncertain"] += theirs.filter(status=Status.SENDING).update(
                    status=Status.UNCERTAIN, error=LEFT_BY_DEATH
                )
                counts["back"] += theirs.filter(status=Status.CLAIMED).update(
                    status=Status.QUEUED, worker="", claimed_at=None
                )
            else:
                counts["uncertain"] += theirs.update(status=Status.UNCERTAIN, error=LEFT_BY_RESTART)
    return counts


def _open_rows(everywhere: bool) -> QuerySet[Delivery]:
    open_rows = Delivery.objects.filter(status__in=[Status.CLAIMED, Status.SENDING])
    if everywhere:
        return open_rows
    at_work = Q(status__in=[Campaign.Status.SENDING, Campaign.Status.PAUSED])
    recent = Q(status=Campaign.Status.CANCELLED, finished_at__gt=timezone.now() - RECENTLY)
    return open_rows.filter(campaign__in=Campaign.objects.filter(at_work | recent))


def _expire_leases(open_rows) -> int:
    late = open_rows.filter(status=Status.CLAIMED, claimed_at__lt=timezone.now() - LEASE)
    return late.update(status=Status.QUEUED, worker="", claimed_at=None) if late.exists() else 0


def salvage(worker: str, sent: list[int], unsent: list[int]) -> None:
    """Write what a worker that lost the database remembers of its claim, unless somebody has decided since."""
    theirs = Delivery.objects.filter(worker=worker, status__in=[Status.CLAIMED, Status.SENDING, Status.UNCERTAIN])
    theirs.filter(pk__in=sent).update(status=Status.SENT, sent_at=timezone.now(), error="")
    theirs.filter(pk__in=unsent).update(status=Status.QUEUED, worker="", claimed_at=None, error="")
