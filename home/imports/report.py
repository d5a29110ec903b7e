"""One report a run, whatever was imported: what was made, updated, left as it was, skipped, and what to check.

An import opens a run, tells the report of each part as it goes, and ends it::

    run = report.start(ImportRun.Kind.COURSES, source=path.name, user=request.user)
    with report.Report(run) as told:
        told.made("row 3", "Neglect", obj=course)
        told.skipped("row 4", "Neglect", "The date is in the past.")
        told.unsure("row 3", "Neglect", "“Half day” was taken for three hours.")
    report.finish(run)

A trial run has a report too, marked as one. ``Report(None)`` only counts, and hands each line to ``listener``.
"""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from django.db import models
from django.utils import timezone
from wagtail.admin.admin_url_finder import AdminURLFinder

from dscp_cms.admin import harmless
from home.models import ImportRow, ImportRun

Outcome = ImportRow.Outcome
AT_ONCE = 200  # lines written together
STOPPED = "It was stopped before its end. Run it again: what was imported is left as it is."


@dataclass(frozen=True)
class Line:
    """What became of one part."""

    key: str
    title: str
    outcome: str
    reason: str = ""
    link: str = ""

    def __str__(self):
        """As a line of text, for a terminal."""
        words = f"{Outcome(self.outcome).label:<10} {self.title or self.key}"
        return f"{words}: {self.reason}" if self.reason else words


def start(kind: str, *, source: str = "", user=None, dry_run: bool = False, **options) -> ImportRun:
    """Open a run that begins at once in this process."""
    return ImportRun.objects.create(
        kind=kind,
        source=source[:250],
        started_by=user,
        dry_run=dry_run,
        options=options,
        status=ImportRun.Status.RUNNING,
    )


def finish(run: ImportRun, *, status: str = ImportRun.Status.DONE, message: str = "") -> None:
    """Close a run, with a sentence where it was refused or ended early."""
    run.status, run.message, run.finished_at, run.claimed_until = status, message, timezone.now(), None
    run.save(update_fields=["status", "message", "finished_at", "claimed_until"])


class Report:
    """Takes each part's fate. Lines are written in batches, and counts with them; ``flush`` writes at once."""

    def __init__(self, run: ImportRun | None, listener: Callable[[Line], None] | None = None):
        self.run = run
        self.listener = listener
        self.counts: dict[str, int] = dict.fromkeys(Outcome.values, 0)
        self._waiting: list[ImportRow] = []
        self._finder = AdminURLFinder()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.flush()

    def made(self, key: str, title: str, obj: models.Model | None = None, reason: str = "") -> None:
        """A part that is new here."""
        self._add(Outcome.MADE, key, title, reason, obj)

    def updated(self, key: str, title: str, obj: models.Model | None = None, reason: str = "") -> None:
        """A part that was here and now says what the source says."""
        self._add(Outcome.UPDATED, key, title, reason, obj)

    def unchanged(self, key: str, title: str, obj: models.Model | None = None, reason: str = "") -> None:
        """A part that was here as the source has it."""
        self._add(Outcome.UNCHANGED, key, title, reason, obj)

    def skipped(self, key: str, title: str, reason: str, obj: models.Model | None = None) -> None:
        """A part that was left out; the reason says why, and what to do where something can be done."""
        self._add(Outcome.SKIPPED, key, title, reason, obj)

    def unsure(self, key: str, title: str, reason: str, obj: models.Model | None = None) -> None:
        """Something to check. It comes on top of the part's own line, which says whether it was made."""
        self._add(Outcome.UNSURE, key, title, reason, obj)

    def _add(self, outcome: str, key: str, title: str, reason: str, obj: models.Model | None) -> None:
        link = self._finder.get_edit_url(obj) or "" if obj is not None and obj.pk else ""
        line = Line(_plain(key)[:500], _plain(title)[:300], str(outcome), _plain(reason), link[:300])
        self.counts[line.outcome] += 1
        if self.listener:
            self.listener(line)
        if self.run is None:
            return
        self._waiting.append(
            ImportRow(
                run=self.run,
                key=line.key,
                title=line.title,
                outcome=line.outcome,
                reason=line.reason,
                link=line.link,
            )
        )
        if len(self._waiting) >= AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Write the lines that wait, and the counts of the run with them."""
        if self.run is None or not self._waiting:
            return
        fresh = {name: 0 for name in Outcome.values}
        for row in self._waiting:
            fresh[row.outcome] += 1
        ImportRow.objects.bulk_create(self._waiting)
        self._waiting = []
        changes = {name: models.F(name) + number for name, number in fresh.items() if number}
        ImportRun.objects.filter(pk=self.run.pk).update(**changes)

    @property
    def summary(self) -> str:
        """The counts in one line."""
        return ", ".join(f"{number} {Outcome(name).label.lower()}" for name, number in self.counts.items())


def _plain(text: str) -> str:
    """One line without what databases refuse."""
    return " ".join(str(text).replace("\x00", " ").split())


def as_csv(run: ImportRun) -> Iterator[str]:
    """The report as a file, line by line; cells that a spreadsheet would take for formulas are made harmless.

    Each line says which run it is of and whether that was a trial, since lines are cut out and passed on.
    """
    name = f"{'Trial run' if run.dry_run else 'Import'} {run.pk}"
    yield "\ufeff" + _csv_line(["Run", "Outcome", "Title", "Reason", "Key", "Edited at"])
    for row in run.rows.iterator(chunk_size=1000):
        yield _csv_line([name, row.get_outcome_display(), row.title, row.reason, row.key, row.link])


def _csv_line(cells: list[str]) -> str:
    out = StringIO()
    csv.writer(out).writerow([harmless(cell) for cell in cells])
    return out.getvalue()


def file_name(run: ImportRun) -> str:
    """What the report is called as a file."""
    return f"{run.kind}-{'trial' if run.dry_run else 'import'}-{run.pk}.csv"


def add_argument(parser) -> None:
    """Let a command write its report as a file."""
    parser.add_argument("--report", type=Path, help="Also write the report to this file (CSV).")


def tell_where(command, run: ImportRun, path: Path | None) -> None:
    """Say where the report is, and write it as a file where that was asked for.

    A file that can't be written is told and no error: the import is done by then.
    """
    number = f"number {run.pk}, a trial run" if run.dry_run else f"number {run.pk}"
    command.stdout.write(f"The report is in the admin under Reports, Imports ({number}).")
    if path is None:
        return
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            file.writelines(as_csv(run))
    except OSError as error:
        command.stderr.write(f"“{path}” couldn’t be written: {error.strerror}.")
    else:
        command.stdout.write(f"Written: {path}")
