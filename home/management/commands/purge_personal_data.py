"""``manage.py purge_personal_data``: removes personal data whose time is over."""

from django.core.management.base import BaseCommand, CommandError

from home.purge import purge


class Command(BaseCommand):
    """Asks the job and says what it did."""

    help = "Removes personal data that is older than the settings allow. The clock does it each day."

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help="only count what would be removed")

    def handle(self, *args, dry_run: bool, **options):
        done = purge(dry_run=dry_run)
        for what, number in done.counts.items():
            self.stdout.write(f"{number:>7}  {what}")
        self.stdout.write("Nothing was removed: this was a dry run." if dry_run else "Done.")
        if done.failed:
            raise CommandError(f"These failed, see the log: {', '.join(done.failed)}.")
