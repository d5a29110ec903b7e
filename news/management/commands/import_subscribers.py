"""``manage.py import_subscribers FILE --list newsletter``: the same as the upload in the admin."""

import sys
from collections import Counter
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from news import subscriber_import
from news.import_files import ImportRefusedError
from news.models import MailingList

WIDTH = 40


class Command(BaseCommand):
    """Prints what became of each row that wasn't simply imported, and the sums."""

    help = "Imports subscribers from a CSV file, such as an export of MailPoet or Mailchimp."

    def add_arguments(self, parser):
        parser.add_argument("file", help="The CSV file.")
        parser.add_argument(
            "--list", action="append", required=True, dest="lists", help="The list's slug; may be repeated."
        )
        parser.add_argument("--dry-run", action="store_true", help="Only say what would be done.")
        parser.add_argument("--quiet", action="store_true", help="Only print the sums.")

    def handle(self, *, file, lists, dry_run, quiet, **options):
        chosen = list(MailingList.objects.filter(slug__in=lists))
        if unknown := sorted(set(lists) - {each.slug for each in chosen}):
            known = ", ".join(MailingList.objects.values_list("slug", flat=True))
            raise CommandError(f"There is no list “{unknown[0]}”. There are: {known}.")
        path = Path(file)
        try:
            with path.open("rb") as opened:
                totals = self._run(opened, path.name, chosen, dry_run, quiet)
        except OSError as error:
            raise CommandError(f"{path} can't be read ({error.strerror}).") from error
        except ImportRefusedError as error:
            raise CommandError(f"{error} Nothing was imported.") from error
        sums = ", ".join(f"{totals[outcome]:,} {outcome}" for outcome in ("imported", "updated", "skipped"))
        done = "Nothing was changed; this is what would happen" if dry_run else "Done"
        self.stdout.write(f"{done}: {sums}, of {totals.total():,} rows.")

    def _run(self, opened, name, lists, dry_run, quiet) -> Counter:
        run = subscriber_import.Import(opened, lists, name)
        totals: Counter = Counter()
        for fates in run.run(dry_run=dry_run):
            totals += subscriber_import.count(fates)
            self._show_progress(totals.total(), run.total)
            for fate in fates if not quiet else ():
                if fate.reason:
                    self.stdout.write(f"line {fate.line}: {fate.outcome}, {fate.reason}")
        if sys.stderr.isatty():
            self.stderr.write("")
        return totals

    def _show_progress(self, done: int, total: int) -> None:
        """A bar on a terminal, and nothing in a log."""
        if sys.stderr.isatty():
            filled = WIDTH * done // total
            bar = "#" * filled + "." * (WIDTH - filled)
            self.stderr.write(f"\r[{bar}] {done:,} of {total:,}", ending="")
            self.stderr.flush()
