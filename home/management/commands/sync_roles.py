"""Sets the rights of Editors and Moderators as docs/roles.md says."""

from django.core.management.base import BaseCommand, CommandError

from home import roles


class Command(BaseCommand):
    """Give each group exactly its rights."""

    help = "Give Editors and Moderators exactly the rights listed in docs/roles.md; safe to run again and again."

    def handle(self, **options):
        try:
            changes = roles.sync()
        except LookupError as error:
            raise CommandError(str(error)) from error
        for change in changes if options["verbosity"] > 0 else []:
            self.stdout.write(change)
        self.stdout.write("The roles are as they should be." if not changes else f"{len(changes)} changes made.")
