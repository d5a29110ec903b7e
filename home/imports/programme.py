"""The training programme's sheets, imported as runs with a report; for commands and for the admin."""

from collections.abc import Callable
from dataclasses import dataclass

from django.core.files.base import ContentFile
from django.db import transaction

from home.imports import report
from home.imports.report import Line, Report
from home.models import ImportRun
from training import programme, programme_sessions, programme_sheets
from training.programme_sheets import BadSheetError

Kind = ImportRun.Kind


@dataclass(frozen=True)
class Programme:
    """One of the two sheets."""

    kind: str
    module: object
    needs: str
    work: type

    @property
    def columns(self):
        """What the sheet has."""
        return self.module.COLUMNS


PROGRAMMES = {
    "courses": Programme(Kind.COURSES, programme, "title", programme.Courses),
    "sessions": Programme(Kind.SESSIONS, programme_sessions, "course", programme_sessions.Sessions),
}


def run_sheet(
    what: str,
    name: str,
    content: bytes,
    *,
    user=None,
    dry_run: bool = False,
    publish: bool = False,
    keep: bool = False,
    listener: Callable[[Line], None] | None = None,
) -> tuple[ImportRun, Report]:
    """Import a sheet, or say what would be imported; ``keep`` holds the file for the run that follows a trial.

    Raises BadSheetError with a sentence for a file that isn't read; then there is no run.
    """
    kind = PROGRAMMES[what]
    sheet = programme_sheets.read(content, name, kind.columns, needs=kind.needs)
    options = {"publish": publish} if what == "courses" else {}
    with transaction.atomic():  # the catalogue may be missing
        run = report.start(kind.kind, source=name, user=user, dry_run=dry_run, **options)
        work = kind.work(told := Report(run, listener), user=user, dry_run=dry_run, **options)
    try:
        with told:
            work.run(sheet)
    except BaseException:
        message = "It was stopped before its end. Import the sheet again: what was imported is left as it is."
        report.finish(run, status=ImportRun.Status.PARTLY, message=message)
        raise
    if keep:
        run.file.save("sheet.xlsx", ContentFile(content), save=False)
        run.save(update_fields=["file"])
    report.finish(run)
    run.refresh_from_db()
    return run, told


def after_trial(run: ImportRun, what: str, user=None) -> ImportRun:
    """Import the sheet of a trial run; the file is forgotten. Raises BadSheetError where it is gone already."""
    with transaction.atomic():
        trial = ImportRun.objects.select_for_update().get(pk=run.pk)
        if not trial.file:
            raise BadSheetError("This sheet was imported already, or is gone. Upload it again.")
        with trial.file.open("rb") as file:
            content = file.read()
        stored, storage = trial.file.name, trial.file.storage
        trial.file = ""
        trial.save(update_fields=["file"])
    real, _told = run_sheet(what, trial.source, content, user=user, publish=bool(trial.options.get("publish")))
    storage.delete(stored)
    return real
