"""Where the parts of an export of WordPress stand: the file scanned as bytes, in pieces.

Nothing is parsed here, so that neither the file's size nor what is broken in it matters; definitions of entities
and of types are refused as soon as they are seen.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

CHUNK = 1 << 18  # bytes read at a time
LARGEST_HEAD = 20 * 1024 * 1024  # bytes before the first item: categories, tags and authors
LARGEST_ITEM = 20 * 1024 * 1024
LONGEST_TOKEN = 16  # bytes, of those that TOKEN knows
TOKEN = re.compile(rb"<item[\s>]|</item\s*>|<!\[CDATA\[|\]\]>|<!DOCTYPE|<!ENTITY|<!--|-->", re.IGNORECASE)

DEFINITIONS = (
    "The file defines entities or a document type, which exports of WordPress never do and which can harm. "
    "It was not read. Export it from WordPress again."
)
TOO_LARGE_HEAD = "The file has more than 20 MB before its first post, so it can’t be an export of WordPress."


class ExportError(Exception):
    """A file that isn't read; says why in a sentence for people."""


@dataclass(frozen=True)
class Term:
    """A category or tag."""

    taxonomy: str
    slug: str
    name: str


@dataclass(slots=True)
class Entry:
    """Where an item stands in the file, and the little that is needed of all items at once."""

    start: int
    end: int
    post_id: int
    kind: str
    status: str
    guid: str
    link: str
    slug: str
    parent: int
    url: str  # of an attachment's file
    order: int


@dataclass
class Item:
    """One post, page or attachment, whole."""

    entry: Entry
    title: str
    content: str
    excerpt: str
    author: str
    date: str  # local time of the old site, as YYYY-MM-DD HH:MM:SS
    date_gmt: str
    password: str
    terms: list[Term]
    meta: dict[str, str]


class Scanner:
    """What is open while the file is read: an item, a stretch of CDATA, a comment."""

    def __init__(self):
        self.item: int | None = None  # where it began
        self.closing: bytes | None = None  # what ends the stretch that is open
        self.seen_item = False

    def take(self, token: bytes, start: int, end: int) -> tuple[str, int, int] | None:
        """Take the next token; return the piece that it completes, if it does."""
        if self.closing:
            if token == self.closing:
                self.closing = None
            return None
        token = token.lower()
        if token == b"<![cdata[":
            self.closing = b"]]>"
        elif token == b"<!--":
            self.closing = b"-->"
        elif token in {b"<!doctype", b"<!entity"}:
            raise ExportError(DEFINITIONS)
        elif token.startswith(b"<item") and self.item is None:
            self.item = start
            if not self.seen_item:
                self.seen_item = True
                return "head", 0, start
        elif token.startswith(b"</item") and self.item is not None:
            begun, self.item = self.item, None
            return ("item" if end - begun <= LARGEST_ITEM else "large"), begun, end
        return None


def pieces(file: BinaryIO) -> Iterator[tuple[str, int, int]]:
    """The head, then each item, as (what, start, end) in bytes; at last "cut" where the end is missing."""
    scanner, offset, rest = Scanner(), 0, b""
    while chunk := file.read(CHUNK):
        text = rest + chunk
        used = 0
        for match in TOKEN.finditer(text):
            used = match.end()
            piece = scanner.take(match[0], offset + match.start(), offset + used)
            if piece:
                yield piece
        if not scanner.seen_item and offset + len(text) > LARGEST_HEAD:
            raise ExportError(TOO_LARGE_HEAD)
        # A token may stand across two chunks.
        keep = max(used, len(text) - LONGEST_TOKEN)
        offset, rest = offset + keep, text[keep:]
    if not scanner.seen_item:
        yield "head", 0, offset + len(rest)
    if scanner.item is not None:
        yield "cut", scanner.item, offset + len(rest)
