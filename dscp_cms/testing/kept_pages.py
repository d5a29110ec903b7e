"""Asks the site through the layer that keeps pages, as gunicorn does, within a test's own transaction."""

import contextlib
from dataclasses import dataclass
from urllib.parse import unquote

from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from dscp_cms import page_cache_files as files
from dscp_cms.page_cache import PageCache


@dataclass
class Answer:
    """What came back, and whether the database was asked for it."""

    status: int
    headers: dict[str, str]
    body: bytes
    queries: int

    @property
    def was_kept(self) -> bool:
        """Whether it was ready."""
        return self.queries == 0


class Site:
    """The site behind its page cache."""

    def __init__(self):
        self.application = PageCache(WSGIHandler())

    def get(self, address: str, *, method: str = "GET", host: str = "testserver", cookies=None, **headers) -> Answer:
        """Ask for an address; ``cookies`` is a dictionary, or those of Django's test client."""
        path, _, query = address.partition("?")
        sent = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
        if cookies:
            pairs = [(name, getattr(value, "value", value)) for name, value in cookies.items()]
            sent["HTTP_COOKIE"] = "; ".join(f"{name}={value}" for name, value in pairs)
        environ = RequestFactory()._base_environ(
            PATH_INFO=unquote(path), QUERY_STRING=query, REQUEST_METHOD=method, HTTP_HOST=host, **sent
        )
        said = []
        with _connection_kept(), CaptureQueriesContext(connection) as queries:
            answer = self.application(environ, lambda *words: said.extend(words))
            body = b"".join(answer)
            getattr(answer, "close", lambda: None)()
        return Answer(int(said[0][:3]), {name.lower(): value for name, value in said[1]}, body, len(queries))

    def kept(self) -> set[str]:
        """The paths that are kept in the current editions."""
        return {path for section in files.SECTIONS for _host, path in files.addresses(files.edition(section))}


@contextlib.contextmanager
def _connection_kept():
    """Leave the test's connection open at a request's begin and end, as Django's test client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


def begin(settings, folder) -> Site:
    """A server with nothing kept yet, in a folder of its own; call ``end`` afterwards."""
    settings.PAGES_DIR, settings.PAGE_CACHE = folder, True
    files._memory.clear()
    files.begin_server()
    return Site()


def end() -> None:
    """Be no server any more."""
    files._server = ""
    files._memory.clear()
