"""Where kept pages lie: ready files, one folder an edition, which gunicorn's processes share and nginx serves itself.

::

    DATA_DIR/pages/site    -> editions/<server>.<numbers>.<unique>   the current edition of this section
    DATA_DIR/pages/places  -> editions/…
    DATA_DIR/pages/editions/<name>/www.example.org/news/index.html, .html.gz, .html.br, .html.json

To end an edition is to let the link point to an empty folder: one rename, which every process and nginx see with
their next request. Whoever is rendering a page at that moment puts it into the folder they read before they began,
where nobody finds it any more.

A file's time is no time but a digest of the page. nginx makes a file's ``ETag`` of its time and its length, so it is
one of the content, equal on all machines and in all editions, and a browser's copy stays good as long as the page.
"""

import contextlib
import fcntl
import gzip
import hashlib
import json
import logging
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import brotli
from django.conf import settings

from dscp_cms.environment import BASE_DIR
from dscp_cms.page_cache_marks import SECTIONS

logger = logging.getLogger(__name__)

PATH = re.compile(r"/(?:[\w-]{1,255}/){0,12}", re.ASCII)  # as pages' addresses are: safe as a folder's name
LONGEST_PATH = 500
MOST_PAGES = 20_000  # in one edition
MOST_IN_MEMORY = 32 * 1024 * 1024  # bytes, of each process
ENDINGS = {"br": ".br", "gzip": ".gz", "": ""}  # in the order in which they are written

# The server that this process belongs to. Only the newest one's processes keep pages: after an update the old
# version's, which still answer for some seconds, would put their pages among the new version's.
_server = ""
_counts: dict[str, int] = {}  # pages that this process has put into an edition


@dataclass
class Kept:
    """A page, ready to be sent in one encoding."""

    section: str
    edition: str  # what the section's link read before it was rendered
    kind: str  # the page's type, for the metrics
    body: bytes
    etag: str
    headers: list[tuple[str, str]]
    unchanged: list[tuple[str, str]]  # the headers of a 304


def folder() -> Path:
    """Where everything lies."""
    return settings.PAGES_DIR


def is_serving() -> bool:
    """Whether this process is a server's, and so answers with what is kept."""
    return bool(_server)


def is_used() -> bool:
    """Whether a server on this machine keeps pages."""
    return settings.PAGE_CACHE and folder().is_dir()


# Editions


def begin_server() -> None:
    """Begin new editions for a server that starts: by gunicorn's parent, before it has workers."""
    global _server
    _server = secrets.token_hex(4)
    (folder() / "editions").mkdir(parents=True, exist_ok=True)
    with turning() as turn:
        turn.server = _server
        for section in SECTIONS:
            turn.to(section, "")
    tidy()


def edition(section: str) -> str:
    """The name of the current edition, relative to the folder; empty if there is none."""
    try:
        return os.readlink(f"{folder()}/{section}")
    except OSError:
        return ""


@contextlib.contextmanager
def turning() -> Iterator["_Turn"]:
    """The right to turn to other editions, which one process of this machine has at a time."""
    with (folder() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield _Turn()


class _Turn:
    """Lets links point to new folders."""

    server: str | None = None

    def to(self, section: str, number: str) -> list[str]:
        """Begin an edition of that number unless it is current; return the names of those that ended."""
        old = edition(section)
        server, _, rest = old.removeprefix("editions/").partition(".")
        if old and self.server is None and rest.rpartition(".")[0] == number:
            return []
        name = f"editions/{self.server or server}.{number}.{secrets.token_hex(4)}"
        (folder() / name).mkdir()
        link = folder() / f"{section}.new"
        link.unlink(missing_ok=True)
        link.symlink_to(name)
        link.replace(folder() / section)
        return [old] if old else []


def tidy() -> None:
    """Delete the folders of editions that ended; whoever is still reading there is answered anew."""
    current = {edition(section) for section in SECTIONS}
    for old in (folder() / "editions").iterdir():
        if f"editions/{old.name}" not in current:
            shutil.rmtree(old, ignore_errors=True)


def addresses(name: str) -> Iterator[tuple[str, str]]:
    """Host and path of each page that was kept in an edition."""
    root = folder() / name
    for place, _folders, found in os.walk(root):
        if "index.html" in found:
            host, _, path = os.path.relpath(place, root).partition(os.sep)
            yield host, f"/{path}/" if path else "/"


# Pages

_memory: dict[tuple[str, str, str], Kept] = {}
_in_memory = 0


def find(host: str, path: str, encoding: str) -> Kept | None:
    """The page as it is kept in a current edition, or None."""
    kept = _memory.get((host, path, encoding))
    if kept is not None and edition(kept.section) == kept.edition:
        return kept
    if len(path) > LONGEST_PATH or not PATH.fullmatch(path):
        return None
    for section in SECTIONS:
        current = edition(section)
        with contextlib.suppress(OSError, ValueError):
            return _remember((host, path, encoding), _read(section, current, host, path, encoding))
    return None


def _read(section: str, current: str, host: str, path: str, encoding: str) -> Kept:
    place = f"{folder()}/{current}/{host}{path}index.html"
    with open(f"{place}{ENDINGS[encoding]}", "rb") as file:
        body, stamp = file.read(), int(os.fstat(file.fileno()).st_mtime)
    with open(f"{place}.json", "rb") as file:
        known = json.load(file)
    return _ready(section, current, known, body, stamp, encoding)


def _ready(section: str, current: str, known: dict, body: bytes, stamp: int, encoding: str) -> Kept:
    etag = f'"{stamp:x}-{len(body):x}"'
    headers = [(name, value) for name, value in known["headers"]]
    headers += [("Vary", "Accept-Encoding"), ("ETag", etag)]
    unchanged = [pair for pair in headers if pair[0] != "Content-Type"]
    headers.append(("Content-Length", str(len(body))))
    if encoding:
        headers.append(("Content-Encoding", encoding))
    return Kept(section, current, known["kind"], body, etag, headers, unchanged)


def _remember(key: tuple[str, str, str], kept: Kept) -> Kept:
    """Keep it in memory too; when that is full, begin anew: the files are near."""
    global _in_memory
    _in_memory += len(kept.body) - (len(_memory[key].body) if key in _memory else 0)
    if _in_memory > MOST_IN_MEMORY:
        _memory.clear()
        _in_memory = len(kept.body)
    _memory[key] = kept
    return kept


def keep(section: str, name: str, host: str, path: str, encoding: str, known: dict, body: bytes) -> Kept:
    """Put a page into the edition of that name, and return it as it is sent in one encoding.

    ``known`` are its ``headers`` and its ``kind``. Where it can't be written it is sent all the same.
    """
    stamp = int.from_bytes(hashlib.sha256(body).digest()[:4]) >> 1
    bodies = {"": body, "br": brotli.compress(body, mode=brotli.MODE_TEXT, quality=5)}
    bodies["gzip"] = gzip.compress(body, 6, mtime=0)
    if _may_write(name, path):
        try:
            _write(folder() / name / host / path[1:], known, bodies, stamp)
        except OSError as error:
            logger.warning("a page can't be kept: %s", error.strerror)
    return _ready(section, name, known, bodies[encoding], stamp, encoding)


def _may_write(name: str, path: str) -> bool:
    if not _server or not name.startswith(f"editions/{_server}.") or len(path) > LONGEST_PATH:
        return False
    if len(_counts) > 2 * len(SECTIONS):
        _counts.clear()  # of editions that ended
    _counts[name] = _counts.get(name, 0) + 1
    return _counts[name] <= MOST_PAGES and PATH.fullmatch(path) is not None


def _write(place: Path, known: dict, bodies: dict[str, bytes], stamp: int) -> None:
    place.mkdir(parents=True, exist_ok=True)
    # The bare page last: nginx looks for it, and then for what is compressed beside it.
    files = {".json": json.dumps(known).encode()} | {ENDINGS[encoding]: bodies[encoding] for encoding in ENDINGS}
    for ending, content in files.items():
        new = place / f"{secrets.token_hex(4)}.new"
        new.write_bytes(content)
        os.utime(new, (stamp, stamp))
        new.replace(place / f"index.html{ending}")


@cache
def release() -> str:
    """A name of this version of the site, equal on all its machines: a digest of its code, templates and settings."""
    digest = hashlib.sha256(f"{settings.PUBLIC_URL} {settings.KEPT_PAGES_CACHE_CONTROL}".encode())
    found = [path for pattern in ("*/**/*.py", "*/**/*.html", "static/**/*.*") for path in BASE_DIR.glob(pattern)]
    for path in sorted(found):
        if not path.relative_to(BASE_DIR).parts[0].startswith((".", "var", "node_modules")) and path.is_file():
            digest.update(f"{path.relative_to(BASE_DIR)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]
