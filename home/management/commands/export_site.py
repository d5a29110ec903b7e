"""``manage.py export_site FOLDER|FILE.zip``: everything that the partnership owns, in open formats."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from dscp_cms import audit
from home.exporting import export
from home.exporting_writers import ExportError, FolderWriter, ZipWriter

WARNING = (
    "This export holds personal data: subscribers, bookings, attendance, messages, accounts. Keep it encrypted, "
    "and delete it when it has served."
)


class Command(BaseCommand):
    """Only on the command line: whoever may run it may read the database anyway."""

    help = "Write all pages, files and tables of the site into a new folder or ZIP, in open formats."

    def add_arguments(self, parser):
        parser.add_argument("target", type=Path, help="A folder that doesn't exist yet, or a file ending in .zip.")

    def handle(self, *args, target, **options):
        self.stderr.write(self.style.WARNING(WARNING))
        try:
            writer = (ZipWriter if target.suffix.lower() == ".zip" else FolderWriter)(target)
        except ExportError as error:
            raise CommandError(str(error)) from error
        try:
            manifest = export(writer, self.stdout.write)
        except BaseException:
            writer.abandon()
            raise
        audit.record(audit.Action.EXPORTED, None, "The whole site, on the server")
        for name in manifest["missing_files"]:
            self.stderr.write(f"Missing on the server: {name}")
        for address in manifest["pages_without_html"]:
            self.stderr.write(f"Only as data, since it can't be shown: {address}")
        self.stdout.write(f"Written: {target}")
