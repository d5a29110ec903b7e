"""Runs of imports: at once for the command, or slice by slice in the background.

For an upload the row is the truth and the task only a nudge: each slice claims the run for some minutes, works
for some seconds, and asks for the next. What a dead worker leaves is taken up when its claim has passed.
"""

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from django.core.files.base import File
from django.db import DatabaseError, transaction
from django.db.models import Q
from django.utils import timezone

from home.imports import report as reports
from home.imports import upload_runs, uploads, wordpress_steps
from home.imports.report import Line, Report
from home.imports.wordpress import Wishes
from home.imports.wordpress_file import ExportError
from home.imports.wordpress_media import Archive, Folder, MediaError, Nothing
from home.models import ImportRun

logger = logging.getLogger(__name__)

SLICE = 10.0  # seconds, so that the worker is soon free for other work
KEPT = timedelta(days=7)  # an upload stays for a second try, then goes: it holds more than what was imported
Status = ImportRun.Status
KINDS = (ImportRun.Kind.WORDPRESS, ImportRun.Kind.NEWSLETTERS, ImportRun.Kind.DOCUMENTS)  # done in the background
LONGEST = timedelta(hours=12)  # of a command's run
UNFINISHED = (Status.WAITING, Status.RUNNING)
FAILED = (
    "It failed and was ended: something in the files couldn’t be read. What was imported before stays. Run it again; "
    "if it fails again, tell support."
)
ENDED = "It was stopped before its end. Run the command again: what was imported is left as it is."


def media_at(path: Path | None):
    """The files in a folder or a ZIP; raise ExportError, with a sentence, where there is neither."""
    if path is None:
        return Nothing()
    try:
        if path.is_dir():
            return Folder(path)
        if path.is_file():
            return Archive(path)
    except MediaError as error:
        raise ExportError(str(error)) from error
    raise ExportError(f"There is no folder and no ZIP called {path}.")


def run_now(
    path: Path,
    media: Path | None,
    wishes: Wishes,
    *,
    user=None,
    listener: Callable[[Line], None] | None = None,
    tell: Callable[[int, int], None] | None = None,
) -> tuple[Report, ImportRun]:
    """Import an export in this process; return the report, and the run.

    A trial run writes nothing but its report. Raises ExportError, with a sentence, for a file that isn't read.
    """
    run = reports.start(
        ImportRun.Kind.WORDPRESS, source=path.name, user=user, dry_run=wishes.dry_run, publish=wishes.publish
    )
    told = Report(run, listener)
    try:
        work = wordpress_steps.begin(path, media_at(media), wishes, told, user)
        wordpress_steps.carry_on(work, run, tell=tell)
        wordpress_steps.end(work, run)
    except ExportError as error:
        reports.finish(run, status=Status.REFUSED, message=str(error))
        raise
    except BaseException:
        reports.finish(run, status=Status.PARTLY, message=ENDED)
        raise
    return told, run


def queue(file: File, media: File | None, wishes: Wishes, user=None) -> ImportRun:
    """Keep an upload and have it imported in the background."""
    run = ImportRun(
        kind=ImportRun.Kind.WORDPRESS,
        source=Path(file.name).name[:250],
        started_by=user,
        dry_run=wishes.dry_run,
        options={"publish": wishes.publish, "fetch": wishes.fetch},
    )
    run.file.save("export.xml", file, save=False)
    if media:
        run.media.save("media.zip", media, save=False)
    run.save()
    nudge(run)
    return run


def queue_files(kind: str, files: list[File], user=None, *, dry_run: bool, **options) -> ImportRun:
    """Keep files that were uploaded together, and have them read one by one in the background.

    Raises UploadError with a sentence.
    """
    with uploads.packed(files) as (package, names):
        source = names[0] if len(names) == 1 else f"{len(names)} files"
        run = ImportRun(
            kind=kind, source=source[:250], started_by=user, dry_run=dry_run, options=options, total=len(names)
        )
        run.file.save("files.zip", package, save=False)
    run.save()
    nudge(run)
    return run


def again(run: ImportRun, user=None) -> ImportRun:
    """Import the files of a trial run, or of an import whose topics were put right since; they go on to a new run.

    A run that has none left, since they went on to another, is returned as it is.
    """
    with transaction.atomic():
        run = ImportRun.objects.select_for_update().get(pk=run.pk)
        if not may_run_again(run):
            return run
        real = ImportRun.objects.create(
            kind=run.kind,
            source=run.source,
            started_by=user,
            options=run.options,
            file=run.file.name,
            media=run.media.name,
        )
        run.file = run.media = ""
        run.save(update_fields=["file", "media"])
    nudge(real)
    return real


def may_run_again(run: ImportRun) -> bool:
    """Whether its files are still here and were read."""
    return bool(run.is_over and run.status != Status.REFUSED and run.file and run.kind in KINDS)


def nudge(run: ImportRun) -> None:
    """Ask for the next slice, once what was written is in the database."""
    from home.tasks import advance_import  # it calls this module

    transaction.on_commit(lambda: advance_import.enqueue(run.pk))


def advance(pk: int) -> bool:
    """Work on an uploaded run for about SLICE seconds; say whether something is left. Others' runs wait."""
    now = timezone.now()
    if ImportRun.objects.filter(claimed_until__gt=now).exclude(pk=pk).exists():
        return False  # the clock asks again
    free = Q(claimed_until=None) | Q(claimed_until__lte=now)
    mine = ImportRun.objects.filter(free, pk=pk, status__in=UNFINISHED).exclude(file="")
    if not mine.update(status=Status.RUNNING, claimed_until=now + wordpress_steps.LEASE):
        return False
    run = ImportRun.objects.get(pk=pk)
    try:
        left = not _slice(run)
    except ExportError as error:
        reports.finish(run, status=Status.REFUSED, message=str(error))
        return False
    except DatabaseError:
        raise  # it may be well again when the claim has passed; then the run goes on
    except Exception:
        logger.exception("an import failed")
        reports.finish(run, status=Status.PARTLY, message=FAILED)
        return False
    if left:
        ImportRun.objects.filter(pk=pk).update(claimed_until=None)
        nudge(run)
    return left


def _slice(run: ImportRun) -> bool:
    began = time.monotonic()
    if run.kind != ImportRun.Kind.WORDPRESS:
        return upload_runs.work(run, SLICE)
    options = run.options
    wishes = Wishes(run.dry_run, bool(options.get("publish")), bool(options.get("fetch")))
    media = media_at(Path(run.media.path) if run.media else None)
    work = wordpress_steps.begin(Path(run.file.path), media, wishes, Report(run), run.started_by)
    reading = time.monotonic() - began
    if not wordpress_steps.carry_on(work, run, seconds=max(SLICE, 2 * reading)):
        return False
    wordpress_steps.end(work, run)
    return True


def sweep() -> None:
    """Take up runs that nobody works on, say of a command's that it ended, and delete old uploads."""
    now = timezone.now()
    free = Q(claimed_until=None) | Q(claimed_until__lte=now)
    unfinished = ImportRun.objects.filter(free, status__in=UNFINISHED)
    for run in unfinished.filter(kind__in=KINDS).exclude(file=""):
        nudge(run)
    # Only the import of WordPress says from step to step that it is alive.
    late = Q(kind=ImportRun.Kind.WORDPRESS, created_at__lt=now - wordpress_steps.LEASE) | Q(
        created_at__lt=now - LONGEST
    )
    for run in unfinished.filter(late, file=""):
        reports.finish(run, status=Status.PARTLY, message=ENDED)
    for run in ImportRun.objects.filter(finished_at__lt=now - KEPT).exclude(file="", media=""):
        forget_files(run)


def forget_files(run: ImportRun) -> None:
    """Delete what was uploaded for a run; its report stays."""
    for file in (run.file, run.media):
        if file:
            file.delete(save=False)
    run.save(update_fields=["file", "media"])
