"""An import of WordPress, step by step: each is a transaction with its lines of the report and the run's position."""

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from dscp_cms import passages
from home.example.quiet import quiet_indexes
from home.imports import report as reports
from home.imports.report import Report
from home.imports.wordpress import Step, Wishes, Work
from home.imports.wordpress_file import CUT, read
from home.imports.wordpress_media import Nothing
from home.models import ImportRun

logger = logging.getLogger(__name__)

INDEXED_AT_ONCE = 25
LEASE = timedelta(minutes=5)  # longer than any one step


def begin(path: Path, media, wishes: Wishes, told: Report, user=None) -> Work:
    """Read the export; raise ExportError, with a sentence, for what isn't one."""
    return Work(read(path), media or Nothing(), wishes, told, user)


def carry_on(work: Work, run: ImportRun | None, *, seconds: float | None = None, tell: Callable | None = None) -> bool:
    """Do the steps that are left, for about so many seconds; say whether all are done.

    A part that fails is reported and doesn't keep the others from being imported.
    """
    steps = work.steps()
    started, give_up = run.position if run else 0, time.monotonic() + seconds if seconds else None
    if run and run.total != len(steps):
        run.total = len(steps)
        run.save(update_fields=["total"])
    with quiet_indexes():
        for number in range(started, len(steps)):
            _one(work, steps[number], run, number + 1)
            if tell:
                tell(number + 1, len(steps))
            if give_up and time.monotonic() > give_up and number + 1 < len(steps):
                return False
    return True


def _one(work: Work, step: Step, run: ImportRun | None, position: int) -> None:
    """One step with its lines in the report and the position, all or nothing."""
    failed = None
    try:
        write = work.prepare(step)
    except Exception as error:  # whatever a strange part stumbles over
        failed = error
    with transaction.atomic():
        if failed is None:
            try:
                with transaction.atomic():
                    write()
            except Exception as error:  # the same
                failed = error
        if failed is not None:
            logger.error("importing a part failed", exc_info=failed)
            key = step.entry.guid if step.entry else ""
            why = f"It couldn’t be imported ({type(failed).__name__}). Run the import again; if it stays, tell support."
            work.told.skipped(key, (step.entry.slug if step.entry else "") or key or "The file", why)
        work.told.flush()
        if run:
            run.position, run.claimed_until = position, timezone.now() + LEASE
            run.save(update_fields=["position", "claimed_until"])


def end(work: Work, run: ImportRun | None) -> None:
    """Bring the indexes up to date, and close the run."""
    if not work.wishes.dry_run:
        bring_indexes_up_to_date()
    if run:
        partly = work.export.message == CUT
        status = ImportRun.Status.PARTLY if partly else ImportRun.Status.DONE
        reports.finish(run, status=status, message=work.export.message)


def bring_indexes_up_to_date() -> None:
    """What saves didn't do one by one. Few pages at a time: a thousand long ones would fill the memory."""
    call_command("rebuild_references_index", chunk_size=INDEXED_AT_ONCE, verbosity=0)
    call_command("update_index", chunk_size=INDEXED_AT_ONCE, verbosity=0)
    passages.rebuild_words()  # the rest of the public search keeps itself up to date
