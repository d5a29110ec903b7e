"""Keeps whole pages for readers without a session, and answers with them before Django is asked.

What may be kept is marked by ``dscp_cms.middleware.PublicPageMiddleware``, which knows the page; here stand the
checks that need only the answer, so that nothing personal is kept by mistake. What ends a kept page's time stands
in dscp_cms/page_cache_editions.py, where it lies in dscp_cms/page_cache_files.py. An answer is the same whether it
was kept or not, in its headers too: the first reader gets what is then kept.
"""

import gzip
import logging
import re
import threading
import time
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, close_old_connections

from dscp_cms import page_cache_editions as editions
from dscp_cms import page_cache_files as files
from dscp_cms.middleware import cookies_of_somebody
from dscp_cms.page_cache_files import Kept
from dscp_cms.page_cache_marks import KEPT_MARK, SECTIONS

logger = logging.getLogger(__name__)

# What senders of links add to addresses, and no page looks at.
TRACKING = re.compile(r"(?:(?:utm_[a-z]+|fbclid|gclid|msclkid|mc_[ce]id)=[^&]*(?:&|$))+")
SHARED_FOR = 3600  # seconds in the cache that machines share
TIDY_EVERY = 60  # seconds
_REMEMBERED = 200  # spellings of Accept-Encoding


class PageCache:
    """The WSGI application in front of Django's."""

    def __init__(self, application: Callable):
        self.application = application
        self.hosts = _hosts()
        self.cookies = tuple(f"{name}=" for name in cookies_of_somebody())
        self.encodings: dict[str, str] = {}
        self.counts = bool(settings.METRICS_TOKEN)
        self.scheme, self.secure = settings.SECURE_PROXY_SSL_HEADER or ("wsgi.url_scheme", "")

    def __call__(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        """Answer with what is kept; else ask Django, and keep what it says if everybody may have it."""
        if not self.may_be_kept(environ):
            return self.application(environ, start_response)
        began = time.perf_counter() if self.counts else 0.0
        host, path = environ["HTTP_HOST"], environ["PATH_INFO"]
        accepted = environ.get("HTTP_ACCEPT_ENCODING", "")
        encoding = self.encodings.get(accepted)
        if encoding is None:
            encoding = self._choose(accepted)
        kept = files.find(host, path, encoding)
        if kept is None:
            if environ["REQUEST_METHOD"] == "HEAD":
                return self.application(environ, start_response)
            answer = self._render(environ, host, path, encoding, start_response)
            if not isinstance(answer, Kept):
                return answer
            return _send(environ, start_response, answer)
        if began:
            from dscp_cms.metrics import count_kept

            count_kept(kept.kind, time.perf_counter() - began)
        return _send(environ, start_response, kept)

    def may_be_kept(self, environ: dict) -> bool:
        """Whether a kept page may answer this request, as far as the request tells."""
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD") or environ["PATH_INFO"][-1:] != "/":
            return False
        if environ.get("HTTP_HOST") not in self.hosts or not files.is_serving():
            return False
        if self.secure and environ.get(self.scheme) != self.secure:
            return False  # is led to https
        if cookies := environ.get("HTTP_COOKIE"):
            for name in self.cookies:
                if name in cookies:
                    return False
        if query := environ.get("QUERY_STRING"):
            if not TRACKING.fullmatch(query):
                return False
            environ["QUERY_STRING"] = ""
        return True

    def _choose(self, accepted: str) -> str:
        """The encoding to send, by an Accept-Encoding header; browsers' few spellings are remembered."""
        if len(self.encodings) > _REMEMBERED:
            self.encodings.clear()
        found = self.encodings[accepted] = _encoding(accepted)
        return found

    def _render(self, environ, host, path, encoding, start_response) -> Kept | Iterable[bytes]:
        """Have Django render a page; return it kept, or Django's answer if it isn't to be."""
        before = {section: files.edition(section) for section in SECTIONS}  # before anything is read
        if settings.PAGE_CACHE_SHARED and (page := _from_others(before, host, path)):
            return self._keep(page, before, host, path, encoding)
        said: list = []

        def listen(status, headers, exc_info=None):
            said[:] = [status, headers, exc_info]

        answer = self.application(environ, listen)
        mark = environ.get(KEPT_MARK)
        if mark is None or not (page := _page(mark, said[0], said[1], answer)):
            start_response(*said)
            return answer
        if settings.PAGE_CACHE_SHARED:
            _to_others(page, before, host, path)
        return self._keep(page, before, host, path, encoding)

    def _keep(self, page, before, host, path, encoding) -> Kept:
        section, kind, headers, body = page
        return files.keep(section, before[section], host, path, encoding, {"headers": headers, "kind": kind}, body)


def _hosts() -> frozenset[str]:
    """The spellings of Host under which pages are kept; others are Django's to judge."""
    port = settings.ENV.port
    own = urlsplit(settings.PUBLIC_URL).netloc
    names = {own} if settings.SITE_URL else {f"{name}:{port}" for name in settings.ALLOWED_HOSTS}
    return frozenset(name for name in names if re.fullmatch(r"[\w.\-\[\]:]+", name, re.ASCII))


def _encoding(accepted: str) -> str:
    """Brotli before gzip before none, of those that aren't refused (RFC 9110, section 12.5.3)."""
    wanted = {}
    for part in accepted.lower().split(","):
        name, _, quality = part.strip().partition(";")
        wanted[name.strip()] = not re.fullmatch(r"\s*q=0(\.0*)?\s*", quality)
    return next((name for name in ("br", "gzip") if wanted.get(name, wanted.get("*", False))), "")


def _page(mark: tuple[str, str], status: str, headers: list[tuple[str, str]], answer: Iterable[bytes]):
    """Section, type, headers and plain HTML of an answer; None if anything in it may be somebody's own."""
    known = {name.lower(): value for name, value in headers}
    private = "private" in known.get("cache-control", "") or "no-store" in known.get("cache-control", "")
    varies = {part.strip().lower() for part in known.get("vary", "").split(",") if part.strip()}
    if status != "200 OK" or private or "set-cookie" in known or varies - {"accept-encoding"}:
        return None
    body = b"".join(answer)
    if known.get("content-encoding") == "gzip":
        body = gzip.decompress(body)
    if b"csrfmiddlewaretoken" in body:
        return None
    close = getattr(answer, "close", None)
    if close:
        close()
    own = {"content-length", "content-encoding", "vary", "etag"}
    return (*mark, [(name, value) for name, value in headers if name.lower() not in own], body)


def _send(environ: dict, start_response: Callable, kept: Kept) -> list[bytes]:
    known = environ.get("HTTP_IF_NONE_MATCH")
    if known and (known == "*" or kept.etag in {tag.strip().removeprefix("W/") for tag in known.split(",")}):
        start_response("304 Not Modified", kept.unchanged)
        return []
    start_response("200 OK", kept.headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [kept.body]


# Other machines


def _names(before: dict[str, str], host: str, path: str) -> dict[str, str]:
    """The section of each name under which the page may lie in the shared cache, by the editions' numbers."""
    names = {}
    for section, name in before.items():
        number = name.partition(".")[2].rpartition(".")[0]
        names[f"page:{files.release()}:{section}:{number}:{host}:{path}"] = section
    return names


def _from_others(before, host, path):
    """The page as another machine keeps it in the same editions, or None."""
    try:
        return next(iter(cache.get_many(_names(before, host, path)).values()), None)
    except Exception as error:  # a cache that is away is one that has nothing
        logger.warning("the shared cache doesn't answer: %s", type(error).__name__)


def _to_others(page, before, host, path) -> None:
    name = next(name for name, section in _names(before, host, path).items() if section == page[0])
    try:
        cache.set(name, page, SHARED_FOR)
    except Exception as error:
        logger.warning("the shared cache doesn't answer: %s", type(error).__name__)


# The thread of each web process


def begin_following() -> None:
    """Look at the numbers each second from now on, in a thread of its own."""
    threading.Thread(target=_follow, name="editions", daemon=True).start()


def _follow() -> None:
    tidied, well = 0.0, True
    while True:
        try:
            editions.follow()
            if time.monotonic() - tidied > TIDY_EVERY:
                files.tidy()
                tidied = time.monotonic()
            well = True
        except (DatabaseError, OSError) as error:
            if well:
                logger.warning("the editions can't be followed: %s", type(error).__name__)
            well = False
        close_old_connections()
        time.sleep(editions.POLL)
