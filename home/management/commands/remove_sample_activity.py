"""Removes the sample activity before a site is used in earnest."""

import logging

from django.core.management.base import BaseCommand

from home import sample
from home.example.quiet import rebuild_indexes


class Command(BaseCommand):
    """Print what was removed, and what was kept and why."""

    help = "Remove all sample activity, and nothing that a person has made. The example site's own pages stay."

    def handle(self, **options):
        """Say what happened."""
        logging.getLogger("wagtail").setLevel(logging.WARNING)
        removed = sample.remove()
        if removed.count:
            rebuild_indexes()
        self.stdout.write(f"{removed.count} pieces of sample activity removed.")
        for line in removed.kept:
            self.stdout.write(f"Kept: {line}.")
