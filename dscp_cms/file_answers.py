"""How the bytes of a file are sent, once somebody else has decided that the reader may have them.

Parts of a file (RFC 9110, section 14), so that a phone that lost its connection goes on where it was and a
PDF opens at page 40 without the 39 before it; a constant amount of memory whatever the size; and never more
than half of a process's threads, so that a few slow downloads don't keep everybody else from reading.
Behind nginx (``ACCEL_PREFIX``) and with storage on other machines the bytes don't pass through here at all.
"""

import mimetypes
import os
import re
import threading
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header, http_date, parse_http_date_safe

from dscp_cms.environment import WEB_THREADS

CHUNK = 64 * 1024
BUSY_FOR = 5  # seconds after which a reader is asked to try again
# What a browser shows without running anything; all else is saved.
SHOWN = {"application/pdf", "image/jpeg", "image/png", "image/webp", "image/avif", "image/gif"}

_slots = threading.BoundedSemaphore(max(1, WEB_THREADS // 2))  # of this process


def send_file(request, file, *, name: str, cache_control: str) -> HttpResponse:
    """Answer with a stored file under a name; ``file`` is what a FileField holds.

    200, 206 for a part, 304 for what the reader has already, 416 for a part that isn't there, and 503 with
    ``Retry-After`` while half of the threads are sending. Raises Http404 when the file is gone.
    """
    content_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    try:
        path = file.storage.path(file.name)
    except NotImplementedError:
        answer = HttpResponseRedirect(file.storage.url(file.name))  # signed, and good for a short time
        return _with_headers(answer, name, "", "private, no-store")
    try:
        facts = os.stat(path)
    except OSError as error:
        raise Http404("The file is gone.") from error
    if settings.ACCEL_PREFIX:
        answer = HttpResponse(content_type=content_type)
        answer["X-Accel-Redirect"] = f"{settings.ACCEL_PREFIX}{quote(file.name)}"
        return _with_headers(answer, name, content_type, cache_control)
    tag = f'"{facts.st_mtime_ns:x}-{facts.st_size:x}"'
    answer = _part(request, path, facts, tag, content_type)
    answer["ETag"], answer["Last-Modified"] = tag, http_date(facts.st_mtime)
    return _with_headers(answer, name, content_type, cache_control)


def _part(request, path: str, facts: os.stat_result, tag: str, content_type: str) -> HttpResponse:
    unchanged = get_conditional_response(request, tag, int(facts.st_mtime))
    if unchanged is not None:
        return unchanged
    start, end = wanted_part(request, facts, tag)
    if start >= facts.st_size > 0:
        answer = HttpResponse(status=416)
        answer["Content-Range"] = f"bytes */{facts.st_size}"
        return answer
    length = max(0, end - start + 1)
    whole = length == facts.st_size
    if request.method == "HEAD":
        answer = HttpResponse(content_type=content_type)
    elif not _slots.acquire(blocking=False):
        return _busy()
    else:
        answer = StreamingHttpResponse(_Sending(path, start, length), status=200 if whole else 206)
        answer["Content-Type"] = content_type
    answer["Content-Length"] = str(length)
    answer["Accept-Ranges"] = "bytes"
    if not whole:
        answer.status_code = 206
        answer["Content-Range"] = f"bytes {start}-{end}/{facts.st_size}"
    return answer


def _busy() -> HttpResponse:
    sentence = "Many people are downloading at this moment. Please try again in a few seconds."
    answer = HttpResponse(sentence, status=503, content_type="text/plain; charset=utf-8")
    answer["Retry-After"] = str(BUSY_FOR)
    return answer


def send_made(request, pieces: Iterable[bytes], *, length: int, name: str, content_type: str) -> HttpResponse:
    """Answer with a file that is made while it is sent, in one of the same slots; nobody keeps it.

    ``pieces`` aren't asked for by a HEAD request, nor when half of the threads are sending (503).
    """
    if request.method == "HEAD":
        answer = HttpResponse(content_type=content_type)
    elif not _slots.acquire(blocking=False):
        return _busy()
    else:
        answer = StreamingHttpResponse(_Made(pieces), content_type=content_type)
    answer["Content-Length"] = str(length)
    return _with_headers(answer, name, content_type, "private, no-store")


def wanted_part(request, facts: os.stat_result, tag: str) -> tuple[int, int]:
    """The first and last byte asked for; the whole file for what can't be read, or is of another version.

    The first byte lies behind the end when there is no such part. Several parts at once are answered with
    the whole, as the standard allows.
    """
    whole = (0, facts.st_size - 1)
    asked = re.fullmatch(r"bytes=\s*(\d*)-(\d*)\s*", request.headers.get("Range", ""))
    if not asked or not any(asked.groups()) or not _is_of_this_version(request, facts, tag):
        return whole
    first, last = asked.groups()
    if len(first) > 18 or len(last) > 18:
        return (facts.st_size, facts.st_size)
    if not first:
        return (max(0, facts.st_size - int(last)), facts.st_size - 1) if int(last) else (facts.st_size, facts.st_size)
    start, end = int(first), min(int(last) if last else facts.st_size - 1, facts.st_size - 1)
    return whole if last and int(last) < start else (start, end)


def _is_of_this_version(request, facts: os.stat_result, tag: str) -> bool:
    """Whether the part may be joined to what the reader has (If-Range)."""
    condition = request.headers.get("If-Range", "")
    if not condition or condition == tag:
        return True
    return parse_http_date_safe(condition) == int(facts.st_mtime)


def _with_headers(answer: HttpResponse, name: str, content_type: str, cache_control: str) -> HttpResponse:
    """Nothing in a file may run as if it were a page of the site."""
    answer["Cache-Control"] = cache_control
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'"
    if answer.status_code in {200, 206}:
        answer["Content-Disposition"] = content_disposition_header(content_type not in SHOWN, name)
    return answer


class _Made:
    """Pieces made as they are sent; gives its thread's slot back whatever happens. Called with a slot taken."""

    def __init__(self, pieces: Iterable[bytes]):
        self._pieces = iter(pieces)
        self._lock = threading.Lock()
        self._open = True

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces

    def close(self) -> None:
        """Called by the server at the end, also of a connection that broke."""
        with self._lock:
            if self._open:
                self._open = False
                _slots.release()

    def __del__(self):
        self.close()


class _Sending:
    """The bytes of a part, read as they are sent; gives its thread's slot back whatever happens."""

    def __init__(self, path: str, start: int, length: int):
        self._lock = threading.Lock()
        self._open = True
        try:
            self._file = open(path, "rb")  # noqa: SIM115 - closed by close()
            self._file.seek(start)
        except BaseException:
            _slots.release()
            raise
        self._left = length

    def __iter__(self) -> Iterator[bytes]:
        while self._left > 0:
            chunk = self._file.read(min(CHUNK, self._left))
            if not chunk:
                break  # cut short on the disk: the length that was promised tells the reader
            self._left -= len(chunk)
            yield chunk

    def close(self) -> None:
        """Called by the server at the end, also of a connection that broke."""
        with self._lock:
            if self._open:
                self._open = False
                self._file.close()
                _slots.release()

    def __del__(self):
        if hasattr(self, "_left"):
            self.close()
