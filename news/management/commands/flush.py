"""Django's flush, which on SQLite empties tables row by row and would be stopped by the guard of consents."""

from django.core.management.commands import flush
from django.db import connections, transaction

from news import consent_guard


class Command(flush.Command):
    """Empties every table. The guard of consents stands again afterwards."""

    def handle(self, **options):
        connection = connections[options["database"]]
        if connection.vendor != "sqlite":
            return super().handle(**options)
        with transaction.atomic(using=connection.alias):
            with connection.cursor() as cursor:
                consent_guard.take_down(cursor, connection.vendor)
            super().handle(**options)
            with connection.cursor() as cursor:
                consent_guard.put_up(cursor, connection.vendor)
        return None
