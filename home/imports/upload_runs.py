"""Runs over files that were uploaded together, file by file in the background: newsletters and documents.

Three steps, each its own promise: a newsletter becomes a draft issue; a document is looked into, and what was
guessed of it joins the table that somebody corrects; a row of the corrected table becomes a draft resource.
"""

import time
from collections.abc import Callable

from django.db import transaction
from django.utils import timezone

from home.imports import documents, newsletters, uploads
from home.imports import report as reports
from home.imports.documents_plan import Known, Row, guessed
from home.imports.report import Report
from home.imports.wordpress_file import ExportError
from home.imports.wordpress_steps import LEASE
from home.models import ImportRun
from news.models import NewsletterIndexPage

Kind = ImportRun.Kind


def work(run: ImportRun, seconds: float) -> bool:
    """Work on a run for about so many seconds; say whether it is done. Raises ExportError with a sentence.

    Each file is one transaction with its lines of the report and the run's position.
    """
    told = Report(run)
    things, step = _steps(run, told)
    give_up = time.monotonic() + seconds
    if run.total != len(things):
        run.total = len(things)
        run.save(update_fields=["total"])
    for number in range(run.position, len(things)):
        with transaction.atomic():
            step(things[number])
            told.flush()
            run.position, run.claimed_until = number + 1, timezone.now() + LEASE
            run.save(update_fields=["position", "claimed_until", "options"])
        if time.monotonic() > give_up and number + 1 < len(things):
            return False
    reports.finish(run)
    return True


def _steps(run: ImportRun, told: Report) -> tuple[list, Callable]:
    if run.kind == Kind.NEWSLETTERS:
        return uploads.names(run.file), _newsletters(run, told)
    known = Known()
    if run.dry_run:
        return uploads.names(run.file), lambda name: _look_into(run, told, name, known)
    return run.options["rows"], lambda cells: _make(run, told, cells)


def _newsletters(run: ImportRun, told: Report) -> Callable[[str], None]:
    archive = NewsletterIndexPage.objects.first()
    if archive is None:
        raise ExportError(newsletters.NO_ARCHIVE)

    def step(name: str) -> None:
        with uploads.one(run.file, name) as (_folder, path):
            newsletters.import_one(run, told, path, archive, user=run.started_by)

    return step


def _look_into(run: ImportRun, told: Report, name: str, known: Known) -> None:
    """Guess what a file should become, say what would be made, and add its row to the table."""
    with uploads.one(run.file, name) as (folder, path):
        try:
            row = guessed(path, folder, run.options.get("library", ""), known)
        except Exception:  # whatever a strange file is stumbled over; it stays in the table
            row = Row(name, title=path.stem[:255], notes="It couldn’t be read. Look whether it is broken.")
        documents.import_rows(told, [row], folder, dry_run=True)
    if row.notes:
        told.unsure(name, row.title, row.notes)
    run.options.setdefault("rows", []).append(row.cells())


def _make(run: ImportRun, told: Report, cells: dict) -> None:
    row = Row(**cells)
    with uploads.one(run.file, row.file) as (folder, _path):
        documents.import_rows(told, [row], folder, user=run.started_by)
