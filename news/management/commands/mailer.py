"""Sends campaigns until told to stop. Run as many as you like, on any machine."""

import os
import signal
import threading

from django.core.management.base import BaseCommand

from news.sending import engine

NICENESS = 10  # however it is started: readers come first where site and mailer share a processor


class Command(BaseCommand):
    """The process that the Procfile calls ``mailer``."""

    help = "Send campaigns that are due, until told to stop. Any number of mailers may run at once."

    def add_arguments(self, parser):
        parser.add_argument("--connections", type=int, help="How many connections to keep to the mail server.")
        parser.add_argument("--once", action="store_true", help="Stop when nothing is due any more.")

    def handle(self, *, connections, once, **options):
        """SIGTERM and Ctrl+C end it after the messages now under way."""
        os.nice(max(0, NICENESS - os.nice(0)))
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        if once:
            engine.Mailer(connections).run(stop, until_idle=True)
        else:
            engine.run_for_ever(stop, connections)
