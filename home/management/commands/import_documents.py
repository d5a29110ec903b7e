"""``manage.py import_documents FOLDER|TABLE.csv``: files in bulk, by way of a table that is corrected first."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from home.imports import documents, documents_plan, report
from home.imports.documents_plan import PlanError
from home.models import ImportRun


class Command(BaseCommand):
    """From a folder it writes the table; from the table it makes the drafts."""

    help = (
        "Files in bulk as draft resources. With a folder, a table with guessed titles, types, dates and topics is "
        "written; correct it in a spreadsheet, then run the command with the table."
    )

    def add_arguments(self, parser):
        parser.add_argument("source", type=Path, help="A folder with files, or the corrected table (.csv).")
        parser.add_argument("--plan", type=Path, help="Where to write the table. Usual: beside the folder.")
        parser.add_argument("--files", type=Path, help="The folder with the table's files. Usual: the table's name.")
        parser.add_argument("--library", default="", help="The library of files whose folders name none.")
        parser.add_argument("--at-once", action="store_true", help="Make drafts from the guesses, without a table.")
        parser.add_argument("--dry-run", action="store_true", help="Say what would be made, and make nothing.")
        report.add_argument(parser)

    def handle(self, *args, source, **options):
        try:
            if source.is_dir():
                rows = documents_plan.of_folder(source, options["library"])
                if not options["at_once"] and not options["dry_run"]:
                    return self._write(rows, options["plan"] or source.with_name(f"{source.resolve().name}.csv"))
                return self._import(source.name, rows, source, options["dry_run"], options["report"])
            rows = list(documents_plan.read(_content(source)))
            rows = documents_plan.with_library(rows, options["library"])
        except PlanError as error:
            raise CommandError(str(error)) from error
        base = options["files"] or (source.with_suffix("") if source.with_suffix("").is_dir() else source.parent)
        if not base.is_dir():
            raise CommandError(f"“{base.name}” isn’t a folder.")
        return self._import(source.name, rows, base, options["dry_run"], options["report"])

    def _write(self, rows, plan: Path) -> None:
        try:
            with plan.open("x", encoding="utf-8", newline="") as file:
                file.write(documents_plan.write(rows))
        except FileExistsError as error:
            raise CommandError(f"“{plan}” exists already. Name another file with --plan.") from error
        self.stdout.write(f"{len(rows)} files are in {plan}. Correct it, then run: import_documents {plan}")

    def _import(self, name: str, rows, base: Path, dry_run: bool, where: Path | None) -> None:
        run = report.start(ImportRun.Kind.DOCUMENTS, source=name, dry_run=dry_run)
        try:
            with report.Report(run, lambda line: self.stdout.write(str(line))) as told:
                documents.import_rows(told, rows, base, dry_run=dry_run)
        except BaseException:
            report.finish(run, status=ImportRun.Status.PARTLY, message=report.STOPPED)
            raise
        report.finish(run)
        self.stdout.write(f"{'Trial run: ' if dry_run else ''}{told.summary}.")
        report.tell_where(self, run, where)


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(documents_plan.LARGEST_TABLE + 1)
    except OSError as error:
        raise PlanError(f"There is no folder or table “{path}”.") from error
