"""Imports an export in WordPress's own format."""

import logging
from pathlib import Path

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from home.imports import report as reports
from home.imports import runs, wordpress_terms
from home.imports.report import Line
from home.imports.wordpress import Wishes
from home.imports.wordpress_file import ExportError


class Command(BaseCommand):
    """Print the report as it grows."""

    help = (
        "Import posts, pages, pictures and documents from an export of WordPress (Tools, Export, All content). "
        "Everything becomes a draft. Can be run again: it changes only what changed in the export, and nothing "
        "that was changed here."
    )

    def add_arguments(self, parser):
        """The file, its media, and what is wished."""
        parser.add_argument("export", type=Path, help="The .xml file.")
        parser.add_argument("--media", type=Path, help="A copy of wp-content/uploads: a folder, or a ZIP of it.")
        parser.add_argument("--topics", type=Path, help="A CSV of categories and tags with their topics.")
        parser.add_argument("--publish", action="store_true", help="Publish what was public and has nothing to check.")
        parser.add_argument("--fetch", action="store_true", help="Fetch missing files from the old site.")
        parser.add_argument("--dry-run", action="store_true", help="Change nothing; print what would happen.")
        parser.add_argument("--user", help="Whose name the history of pages shows (a username).")
        reports.add_argument(parser)

    def handle(self, *, export, media, topics, publish, fetch, dry_run, user, report, **options):
        """Unchanged parts are only counted."""
        logging.getLogger("wagtail").setLevel(logging.WARNING)
        if not export.is_file():
            raise CommandError(f"There is no file {export}.")
        if topics:
            self._take_topics(topics, dry_run)
        wishes = Wishes(dry_run=dry_run, publish=publish, fetch=fetch)
        try:
            told, run = runs.run_now(export, media, wishes, user=self._account(user), listener=self._tell)
        except ExportError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{told.summary}.")
        if dry_run:
            self.stdout.write("That was a trial run: nothing was changed.")
        reports.tell_where(self, run, report)

    def _tell(self, line: Line) -> None:
        if line.outcome != "unchanged":
            self.stdout.write(str(line))

    def _account(self, name: str | None):
        if not name:
            return None
        try:
            return get_user_model().objects.get(username=name)
        except get_user_model().DoesNotExist as error:
            raise CommandError(f"There is no account “{name}”.") from error

    def _take_topics(self, path: Path, dry_run: bool) -> None:
        if dry_run:
            self.stdout.write("A trial run doesn’t take the topics from the CSV.")
            return
        try:
            problems = wordpress_terms.read_csv(path)
        except OSError as error:
            raise CommandError(f"{path} can’t be read.") from error
        for problem in problems:
            self.stdout.write(f"{path.name}: {problem}")
