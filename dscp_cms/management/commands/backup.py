"""Backs the site up; docs/recovery.md says how, when and where to."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from dscp_cms import audit, backup


class Command(BaseCommand):
    """Write one file with the database, the pictures and the documents."""

    help = "Back up database, pictures and documents into one file, while the site runs."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("file", nargs="?", type=Path, help="By default DATA_DIR/backups/dscp-<moment>.tar.gz.")
        parser.add_argument("--keep", type=int, help="Then delete older backups there, but for the newest so many.")

    def handle(self, *, file, keep, **options):
        """Say where it is, or in one sentence why not."""
        if keep is not None and keep < 1:
            raise CommandError("--keep needs a number from 1.")
        try:
            path = backup.backup(file and file.resolve(), keep)
        except backup.BackupError as error:
            raise CommandError(str(error)) from error
        audit.record(audit.Action.EXPORTED, None, "A copy of the whole site, on the server (backup)")
        self.stdout.write(f"Backed up to {path} ({path.stat().st_size / 1e6:.1f} MB).")
        if left_out := backup.left_out():
            self.stdout.write(left_out)
