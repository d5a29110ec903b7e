"""Puts a backup back; docs/recovery.md says how."""

import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from dscp_cms import backup
from home import restoring


class Command(BaseCommand):
    """Replace the site's database, pictures and documents by a backup's."""

    help = "Put a backup in the place of this site's database, pictures and documents. Its mail is held."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--yes", action="store_true", help="Replace what this site has, without asking.")

    def handle(self, *, file, yes, **options):
        """Ask before anything is replaced; say in one sentence what was done, or why not."""
        if not file.is_file():
            raise CommandError(f"There is no file {file}.")
        if not yes and not backup.is_empty():
            self._ask()
        try:
            restored = backup.restore(file, restoring.hold_mail)
        except backup.BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"Restored the backup of {restored.made_at}, with {restored.files} pictures and documents. "
            "Mail that was waiting is held: see the dashboard."
        )
        if restored.other_key:
            self.stdout.write(
                "The backed-up site had another SECRET_KEY: set it here, or add it to SECRET_KEY_FALLBACKS, "
                "so that links in mail that was sent go on working."
            )

    def _ask(self):
        if not sys.stdin.isatty():
            raise CommandError("This site has content, which would be replaced. If that is meant, add --yes.")
        self.stdout.write("All pages, accounts, bookings, pictures and documents of this site will be replaced.")
        if input('Type "replace" to go on: ').strip() != "replace":
            raise CommandError("Nothing was changed.")
