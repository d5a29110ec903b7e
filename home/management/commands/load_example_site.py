"""Builds the example site, as ``make run`` does on its first start."""

import logging

from django.conf import settings
from django.core.management.base import BaseCommand

from home.example.loading import load
from home.example.pictures import make_sizes


class Command(BaseCommand):
    """Print what was made."""

    help = (
        "Build the example site from the facts of the April 2025 newsletter, with sample activity dated from today "
        "and a login for each role. Can be run again: what exists is left alone."
    )

    def add_arguments(self, parser):
        """Sample activity can be left out."""
        parser.add_argument("--without-sample", action="store_true", help="Leave out the sample activity.")

    def handle(self, *, without_sample, **options):
        """The logins come last, where they can be read."""
        logging.getLogger("wagtail").setLevel(logging.WARNING)  # or every page tells that it was published
        loaded = load(with_sample=not without_sample)
        if loaded.changed or loaded.sample:
            make_sizes()
        self.stdout.write(f"{len(loaded.pages)} pages made." if loaded.pages else "The pages were there already.")
        if settings.HTTPS:
            self.stdout.write(
                "SITE_URL is https, so no sample activity and no example logins were made. "
                "Make the first account with: manage.py create_administrator"
            )
        elif loaded.sample:
            self.stdout.write(
                f"{len(loaded.sample)} pieces of sample activity made. Remove them: remove_sample_activity"
            )
        if loaded.logins:
            self.stdout.write(f"Logins, also in {settings.DATA_DIR / 'logins.txt'}:")
            for line in loaded.logins:
                self.stdout.write(f"  {line}")
