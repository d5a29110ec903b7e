"""A statement that PostgreSQL plans once, and works on while its sender talks to the mail server.

psycopg's cursors wait for each answer, and Django's plan each statement anew: together they take longer
than the server's work. So this goes through libpq, by psycopg's own binding of it.
"""

import itertools
import re
import select
from collections.abc import Callable, Sequence

from django.db import connection


class Prepared:
    """One statement. Belongs to one thread, which asks nothing else of the database until it has the answer."""

    _numbers = itertools.count()

    def __init__(self, sql: str):
        numbers = itertools.count(1)
        words = re.sub("%s|%%", lambda found: f"${next(numbers)}" if found[0] == "%s" else "%", sql)
        self._for_cursors, self._sql = sql, words.encode()
        self._name = f"sending_{next(self._numbers)}".encode()
        self._known_to = None  # the server's end on which it was prepared

    def start(self, parameters: Sequence) -> Callable[[], int]:
        """Begin; what is returned waits for the end, says how many rows were changed, and must be called.

        Raises django.db.DatabaseError, here or there.
        """
        if connection.in_atomic_block:  # psycopg sends BEGIN before its own statements only
            with connection.cursor() as cursor:
                cursor.execute(self._for_cursors, parameters)
                changed = cursor.rowcount
            return lambda: changed
        connection.ensure_connection()
        server = connection.connection.pgconn
        with connection.wrap_database_errors:
            if self._known_to is not server:
                _checked(server.prepare(self._name, self._sql))
                self._known_to = server
            server.send_query_prepared(self._name, [str(value).encode() for value in parameters])
            while server.flush():
                _wait(server, select.POLLOUT)
        return lambda: self._end(server)

    def _end(self, server) -> int:
        with connection.wrap_database_errors:
            while server.is_busy():
                _wait(server, select.POLLIN)
                server.consume_input()
            result = server.get_result()
            while server.get_result():  # nothing more, but that has to be heard
                pass
            _checked(result)
            return result.command_tuples or 0


def _checked(result) -> None:
    from psycopg import OperationalError, pq  # on SQLite it needn't be there

    if result is None or result.status != pq.ExecStatus.COMMAND_OK:
        raise OperationalError(result.error_message.decode(errors="replace") if result else "the connection is lost")


def _wait(server, event: int) -> None:
    poll = select.poll()
    poll.register(server.socket, event)
    poll.poll()
