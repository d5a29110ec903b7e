"""The Procfile's clock process."""

import signal
import threading

from django.core.management.base import BaseCommand

from dscp_cms import clock


class Command(BaseCommand):
    """Run the clock until SIGTERM; a job in hand is finished first."""

    help = "Run what is due (scheduled publishing, messages, clearing up), every half minute until stopped."

    def add_arguments(self, parser):
        """``--once`` is for tests and for cron."""
        parser.add_argument("--once", action="store_true", help="Run what is due now, then end.")

    def handle(self, *, once, **options):
        """Wait on an event, so that a signal ends the wait at once."""
        if once:
            for name in clock.run_due():
                self.stdout.write(name)
            return
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        clock.run_for_ever(stop)
