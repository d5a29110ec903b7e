"""Prints how fast campaigns are sent; ``manage.py bench`` calls it too."""

import logging
import os

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from dscp_cms.testing import postgres
from news import bench_sending


class Command(BaseCommand):
    """Measure on both databases, each made for it and deleted afterwards."""

    help = "Measure sending against a bare smtplib loop, on SQLite and PostgreSQL (where this machine has it)."

    def add_arguments(self, parser):
        parser.add_argument("--count", type=int, default=5000)
        parser.add_argument("--rounds", type=int, default=bench_sending.ROUNDS)
        parser.add_argument(
            "--here", action="store_true", help="In this very database: only for one made to measure in."
        )

    def handle(self, *, count, rounds, here, **options):
        """Print the tables."""
        if here:
            if not settings.DATA_DIR.name.startswith(bench_sending.FOLDER):
                raise CommandError("--here deletes every subscriber: it is only for a database made to measure in.")
            logging.disable(logging.WARNING)
            for line in bench_sending.measure_here(count, rounds, dict(os.environ)):
                self.stdout.write(line)
                self.stdout.flush()
            return
        well = bench_sending.measure_on("SQLite", "", count, rounds, self.stdout.write)
        if postgres.server_programs():
            with postgres.temporary_server(durable=True) as url:
                well &= bench_sending.measure_on("PostgreSQL", url, count, rounds, self.stdout.write)
        if not well:
            raise CommandError("The measurement wasn't finished.")
