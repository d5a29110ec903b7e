"""Django's flush, which on SQLite empties tables row by row and would be stopped by triggers that keep rows."""

from django.core.management.commands import flush
from django.db import connections, transaction

GUARDS = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%BEFORE%DELETE ON %'"


class Command(flush.Command):
    """Empties every table. What keeps rows from being deleted stands again afterwards."""

    def handle(self, **options):
        connection = connections[options["database"]]
        if connection.vendor != "sqlite":
            return super().handle(**options)
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute(GUARDS)
            guards = cursor.fetchall()
            for name, _sql in guards:
                cursor.execute(f"DROP TRIGGER {connection.ops.quote_name(name)}")
            super().handle(**options)
            cursor.execute(GUARDS)
            standing = {name for name, _sql in cursor.fetchall()}  # put up again as after a migration
            for name, sql in guards:
                if name not in standing:
                    cursor.execute(sql)
        return None
