"""``manage.py import_newsletters FILES…``: past issues become drafts in the archive."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from home.imports import newsletters, report
from home.models import ImportRun


class Command(BaseCommand):
    """Reads files and prints what became of each."""

    help = "Import past newsletters (.html, .eml, .docx, .pdf, .txt) as drafts to check, one file an issue."

    def add_arguments(self, parser):
        parser.add_argument("files", nargs="+", type=Path, help="Files, or folders with files.")
        parser.add_argument("--dry-run", action="store_true", help="Say what would be made, and make nothing.")
        report.add_argument(parser)

    def handle(self, *args, files, dry_run, **options):
        paths = [each for file in files for each in (sorted(file.iterdir()) if file.is_dir() else [file])]
        paths = [path for path in paths if not path.name.startswith(".")]
        if not paths:
            raise CommandError("There are no files in that folder.")
        source = paths[0].name if len(paths) == 1 else f"{len(paths)} files"
        run = report.start(ImportRun.Kind.NEWSLETTERS, source=source, dry_run=dry_run)
        try:
            with report.Report(run, lambda line: self.stdout.write(str(line))) as told:
                newsletters.import_files(run, told, paths)
        except LookupError as error:
            report.finish(run, status=ImportRun.Status.REFUSED, message=str(error))
            raise CommandError(str(error)) from error
        except BaseException:
            report.finish(run, status=ImportRun.Status.PARTLY, message=report.STOPPED)
            raise
        report.finish(run)
        self.stdout.write(f"{'Trial run: ' if dry_run else ''}{told.summary}.")
        report.tell_where(self, run, options["report"])
