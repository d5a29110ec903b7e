"""What ``import_courses`` and ``import_sessions`` have in common."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from home.imports import report
from home.imports.programme import PROGRAMMES, run_sheet
from training.programme_sheets import LARGEST, BadSheetError


class SheetCommand(BaseCommand):
    """Imports a workbook, or writes one."""

    what = ""

    def add_arguments(self, parser):
        parser.add_argument("file", nargs="?", type=Path, help="The filled-in workbook (.xlsx).")
        parser.add_argument("--dry-run", action="store_true", help="Say what would be done, and do nothing.")
        parser.add_argument("--template", type=Path, help="Write an empty workbook to fill in.")
        parser.add_argument("--export", type=Path, help="Write a workbook with what is here now.")
        report.add_argument(parser)
        if self.what == "courses":
            parser.add_argument("--publish", action="store_true", help="Publish changes of published courses.")

    def handle(self, *args, file, dry_run, template, export, publish=False, **options):
        module = PROGRAMMES[self.what].module
        for path, make in ((template, module.template), (export, module.export)):
            if path:
                self._write(path, make())
        if file is None:
            if not template and not export:
                raise CommandError("Name a workbook, or use --template or --export.")
            return
        try:
            with file.open("rb") as opened:
                content = opened.read(LARGEST + 1)
            run, told = run_sheet(
                self.what,
                file.name,
                content,
                dry_run=dry_run,
                publish=publish,
                listener=lambda line: self.stdout.write(f"{line.key:<8} {line}"),
            )
        except OSError as error:
            raise CommandError(f"There is no file “{file}”.") from error
        except BadSheetError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{'Trial run: ' if dry_run else ''}{told.summary}.")
        report.tell_where(self, run, options["report"])

    def _write(self, path: Path, content: bytes) -> None:
        try:
            with path.open("xb") as file:
                file.write(content)
        except FileExistsError as error:
            raise CommandError(f"“{path}” exists already. Name another file.") from error
        self.stdout.write(f"Written: {path}")
