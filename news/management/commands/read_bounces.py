"""Reads bounces and complaints from the mailbox that they go to."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from news import bounces


class Command(BaseCommand):
    """Print what the mailbox held. The clock does the same every ten minutes."""

    help = "Read bounces and complaints from a mailbox, by default that of BOUNCES_URL."

    def add_arguments(self, parser):
        parser.add_argument("url", nargs="?", help="imaps://user:password@host/INBOX or maildir:///path")

    def handle(self, *, url, **options):
        """Raise CommandError, in a sentence, where the mailbox can't be read."""
        url = url or settings.SENDING.bounces_url
        if not url:
            raise CommandError("Which mailbox? Set BOUNCES_URL, or name one.")
        try:
            self.stdout.write(str(bounces.read_mailbox(url)))
        except (OSError, bounces.IMAP4.error, bounces.mailbox.Error) as error:
            raise CommandError(f"The mailbox can't be read: {error}") from error
