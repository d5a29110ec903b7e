"""Puts up the triggers by which the database itself keeps a rule, whoever writes.

Not in migrations: to change a table, SQLite makes it anew, without its triggers. So they are taken down before
migrations there, and put up after them. PostgreSQL needs no such pause, and the site may be running.
"""

from collections.abc import Iterable, Mapping

from django.db import connections, transaction


def put_up(alias: str, tables: Mapping[str, str], statements: Iterable[str]) -> None:
    """Create triggers, whose tables are given by name; those that stand are made anew.

    At no moment is one missing, since the site may be running: on PostgreSQL each statement puts one in the old one's
    place (one by one, so that nobody who writes and no migration wait for each other), SQLite makes all of them in
    one transaction.
    """
    with connections[alias].cursor() as cursor:
        if connections[alias].vendor == "postgresql":
            for statement in statements:
                cursor.execute(statement)
            return
        with transaction.atomic(using=alias):
            take_down(alias, tables)
            for statement in statements:
                cursor.execute(statement)


def take_down(alias: str, tables: Mapping[str, str]) -> None:
    """Drop the triggers that stand."""
    named = connections[alias].vendor == "postgresql"
    with connections[alias].cursor() as cursor:
        for name, table in tables.items():
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{f' ON {table}' if named else ''}")


def would_be_lost(alias: str, plan) -> bool:
    """Whether the migrations planned may make a table anew without them."""
    return bool(plan) and connections[alias].vendor == "sqlite"


def tables_there(alias: str) -> set[str]:
    """The tables that a migration has left."""
    with connections[alias].cursor() as cursor:
        return set(connections[alias].introspection.table_names(cursor))


def columns_there(alias: str, table: str) -> set[str]:
    """The columns that a migration has left; none where there is no such table."""
    if table not in tables_there(alias):
        return set()
    with connections[alias].cursor() as cursor:
        return {column.name for column in connections[alias].introspection.get_table_description(cursor, table)}
