"""How the bytes of a file are sent, once somebody else has decided that the reader may have them.

Parts of a file (RFC 9110, section 14), so that a phone that lost its connection goes on where it was and a
PDF opens at page 40 without the 39 before it; a constant amount of memory whatever the size; and never more
than half of a process's threads, so that a few slow downloads don't keep everybody else from reading.
Behind nginx (``ACCEL_PREFIX``) the bytes don't pass through here at all. From a bucket they do (``BucketStorage``):
a redirect to one would lose the headers that keep a file from running.
"""

import contextlib
import logging
import mimetypes
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import quote

from django.conf import settings
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header, http_date, parse_http_date_safe

from dscp_cms.environment import WEB_THREADS
from dscp_cms.storage import Pieces, StoredFile, UnreachableError, stored

SMALL = 100_000  # bytes; a page's pictures, asked for at once, cost no more than pages do and take no slot
BUSY_FOR = 5  # seconds after which a reader is asked to try again
# What a browser shows without running anything; all else is saved.
SHOWN = {"application/pdf", "image/jpeg", "image/png", "image/webp", "image/avif", "image/gif"}

logger = logging.getLogger(__name__)
_slots = threading.BoundedSemaphore(max(1, WEB_THREADS // 2))  # of this process


def send_file(request, file, *, name: str, cache_control: str) -> HttpResponse:
    """Answer with a stored file under a name; ``file`` is what a FileField holds.

    200, 206 for a part, 304 for what the reader has already, 416 for a part that isn't there, and 503 with
    ``Retry-After`` while half of the threads are sending or the bucket can't be asked. Raises Http404 when the
    file is gone.
    """
    content_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    try:
        found = stored(file)
        if settings.ACCEL_PREFIX and found.is_local:
            answer = HttpResponse(content_type=content_type)
            answer["X-Accel-Redirect"] = f"{settings.ACCEL_PREFIX}{quote(file.name)}"
        else:
            answer = _part(request, found, content_type)
            answer["ETag"], answer["Last-Modified"] = found.tag, http_date(found.changed)
    except UnreachableError:
        logger.error("the bucket of pictures and documents can't be asked")
        return _later("The place where files are kept can’t be reached at this moment. Please try again soon.")
    except OSError as error:
        raise Http404("The file is gone.") from error
    return _with_headers(answer, name, content_type, cache_control)


def _part(request, found: StoredFile, content_type: str) -> HttpResponse:
    unchanged = get_conditional_response(request, found.tag, found.changed)
    if unchanged is not None:
        return unchanged
    start, end = wanted_part(request, found)
    if start >= found.size > 0:
        answer = HttpResponse(status=416)
        answer["Content-Range"] = f"bytes */{found.size}"
        return answer
    length = max(0, end - start + 1)
    whole = length == found.size
    if request.method == "HEAD":
        answer = HttpResponse(content_type=content_type)
    elif length <= SMALL:
        with contextlib.closing(found.read(start, length)) as pieces:
            answer = StreamingHttpResponse(list(pieces), content_type=content_type)
    elif not _slots.acquire(blocking=False):
        return _busy()
    else:
        answer = StreamingHttpResponse(_Sending(found.read, start, length), status=200 if whole else 206)
        answer["Content-Type"] = content_type
    answer["Content-Length"] = str(length)
    answer["Accept-Ranges"] = "bytes"
    if not whole:
        answer.status_code = 206
        answer["Content-Range"] = f"bytes {start}-{end}/{found.size}"
    return answer


def _busy() -> HttpResponse:
    return _later("Many people are downloading at this moment. Please try again in a few seconds.")


def _later(sentence: str) -> HttpResponse:
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


def wanted_part(request, found: StoredFile) -> tuple[int, int]:
    """The first and last byte asked for; the whole file for what can't be read, or is of another version.

    The first byte lies behind the end when there is no such part. Several parts at once are answered with
    the whole, as the standard allows.
    """
    whole = (0, found.size - 1)
    asked = re.fullmatch(r"bytes=\s*(\d*)-(\d*)\s*", request.headers.get("Range", ""))
    if not asked or not any(asked.groups()) or not _is_of_this_version(request, found):
        return whole
    first, last = asked.groups()
    if len(first) > 18 or len(last) > 18:
        return (found.size, found.size)
    if not first:
        return (max(0, found.size - int(last)), found.size - 1) if int(last) else (found.size, found.size)
    start, end = int(first), min(int(last) if last else found.size - 1, found.size - 1)
    return whole if last and int(last) < start else (start, end)


def _is_of_this_version(request, found: StoredFile) -> bool:
    """Whether the part may be joined to what the reader has (If-Range)."""
    condition = request.headers.get("If-Range", "")
    if not condition or condition == found.tag:
        return True
    return parse_http_date_safe(condition) == found.changed


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


class _Sending(_Made):
    """The bytes of a part, read as they are sent; ``read`` is StoredFile's."""

    def __init__(self, read: Callable[[int, int], Pieces], start: int, length: int):
        try:
            self._reading = read(start, length)
        except BaseException:
            _slots.release()
            raise
        super().__init__(self._reading)

    def close(self) -> None:
        """Let go of the file too."""
        self._reading.close()
        super().close()

    def __del__(self):
        if hasattr(self, "_reading"):
            self.close()
