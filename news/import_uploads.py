"""Lists uploaded in the admin: looked through first, imported when somebody says so, both by the worker.

The worker goes on for some seconds and then takes its turn again, so that nothing else waits long. A
batch and the note that it was done are one transaction: a worker that dies loses and doubles nothing.
"""

import io
import time
from collections import Counter
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from news.import_files import ImportRefusedError
from news.models import ImportReport, MailingList, SubscriberImport
from news.subscriber_import import IMPORTED, SKIPPED, UPDATED, Fate, Import, count

LARGEST = 20 * 1024 * 1024  # bytes
TURN = 8  # seconds
LEFT_ALONE = timedelta(minutes=1)  # a worker that has said nothing for so long is dead
KEPT = timedelta(days=1)  # a list that was looked through and not imported
Status = SubscriberImport.Status


class _OvertakenError(Exception):
    """Another worker is further on."""


@transaction.atomic
def take(name: str, data: bytes, lists: list[MailingList], by) -> SubscriberImport:
    """Keep an uploaded list and have it looked through."""
    upload = SubscriberImport.objects.create(name=name[:200], data=data, by=by)
    upload.lists.set(lists)
    transaction.on_commit(lambda: _wake(upload.pk))
    return upload


def begin(upload: SubscriberImport) -> bool:
    """Import a list that was looked through; False if it isn't waiting for that (any more)."""
    with transaction.atomic():
        waiting = SubscriberImport.objects.filter(pk=upload.pk, status=Status.CHECKED)
        begun = waiting.update(
            status=Status.IMPORTING, done=0, imported=0, updated=0, skipped=0, touched_at=timezone.now()
        )
        if begun:
            ImportReport.objects.filter(upload=upload).delete()
            transaction.on_commit(lambda: _wake(upload.pk))
    return bool(begun)


def cancel(upload: SubscriberImport) -> bool:
    """Forget a list that was looked through; False if it isn't waiting (any more)."""
    waiting = SubscriberImport.objects.filter(pk=upload.pk, status=Status.CHECKED)
    return bool(waiting.update(status=Status.CANCELLED, data=b""))


def _wake(pk: int) -> None:
    from news.tasks import work_on_import  # the task calls back into this module

    work_on_import.enqueue(pk)


def work(pk: int, turn: float = TURN) -> None:
    """Go on with a list for one turn, from where the last one ended."""
    upload = SubscriberImport.objects.filter(pk=pk, status__in=SubscriberImport.WORKING).first()
    if upload is None:
        return
    until = time.monotonic() + turn
    try:
        run = Import(io.BytesIO(upload.data), list(upload.lists.all()), upload.name, upload.by)
        SubscriberImport.objects.filter(pk=pk).update(total=run.total, touched_at=timezone.now())
        checking = upload.status == Status.CHECKING
        note = _Note(upload)
        for _fates in run.run(dry_run=checking, start=upload.done, along=note):
            if time.monotonic() > until:
                _wake(pk)
                return
    except ImportRefusedError as error:
        _move(upload, Status.REFUSED, refusal=str(error), data=b"")
    except _OvertakenError:
        return
    else:
        if checking:
            _move(upload, Status.CHECKED)
        else:
            _move(upload, Status.FINISHED, data=b"")


class _Note:
    """Writes down what became of a batch, in its transaction."""

    def __init__(self, upload: SubscriberImport):
        self.upload, self.done = upload, upload.done

    def __call__(self, fates: list[Fate]) -> None:
        totals = count(fates)
        mine = SubscriberImport.objects.filter(pk=self.upload.pk, status=self.upload.status, done=self.done)
        noted = mine.update(
            done=F("done") + len(fates),
            imported=F("imported") + totals[IMPORTED],
            updated=F("updated") + totals[UPDATED],
            skipped=F("skipped") + totals[SKIPPED],
            touched_at=timezone.now(),
        )
        if not noted:
            raise _OvertakenError
        text = "".join(f"{fate.line}\t{fate.outcome}\t{fate.reason}\n" for fate in fates)
        ImportReport.objects.create(upload=self.upload, start=self.done, text=text)
        self.done += len(fates)


def _move(upload: SubscriberImport, status: str, **more) -> None:
    SubscriberImport.objects.filter(pk=upload.pk, status=upload.status).update(status=status, **more)


def report_lines(upload: SubscriberImport):
    """Yield line number, outcome and reason of every row, as text, in order."""
    for text in upload.reports.values_list("text", flat=True).iterator(chunk_size=20):
        for line in text.splitlines():
            yield line.split("\t")


def reasons(upload: SubscriberImport) -> list[tuple[str, str, int, list[str]]]:
    """Each outcome and reason, how many rows had it, and the first lines of the file that did."""
    counts, first = Counter(), {}
    for line, outcome, reason in report_lines(upload):
        what = (outcome, "same address as an earlier line" if reason.startswith("same address") else reason)
        counts[what] += 1
        if len(first.setdefault(what, [])) < 10:
            first[what].append(line)
    return [(*what, number, first[what]) for what, number in sorted(counts.items(), key=lambda item: -item[1])]


def go_on() -> None:
    """Wake the worker for lists that it left, and forget those that nobody imported."""
    now = timezone.now()
    left = SubscriberImport.objects.filter(status__in=SubscriberImport.WORKING, touched_at__lt=now - LEFT_ALONE)
    for pk in left.values_list("pk", flat=True):
        _wake(pk)
    SubscriberImport.objects.filter(status=Status.CHECKED, touched_at__lt=now - KEPT).update(
        status=Status.CANCELLED, data=b""
    )
