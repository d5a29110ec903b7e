"""Reading a file of subscribers, whatever program wrote it, row by row.

What MailPoet, Mailchimp, Excel and LibreOffice write is understood: UTF-8, UTF-16 or Windows-1252; comma,
semicolon, tab or bar between the columns; line breaks inside quotes. A file that can't be read
raises ImportRefusedError with one sentence. Memory doesn't grow with the file.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

LONGEST_LINE = 1_000_000  # characters
CHUNK = 1 << 16
DELIMITERS = ",;\t|"
WORKBOOK = "This is an Excel, LibreOffice or ZIP file. Open it, save the sheet as CSV, and give us that."
NOT_TEXT = "This file isn't text. Save the list as CSV, and give us that."
EMPTY = "This file is empty."
NO_ADDRESSES = "No column of this file is called “Email”. The first line must name the columns."
BINARY_STARTS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b")

# What each column may be called: MailPoet's names, Mailchimp's, and what people write. Compared without case,
# spaces and punctuation.
COLUMNS = {
    "email": ("email", "emailaddress", "mail", "mailaddress", "emailaddresses", "subscriberemail"),
    "first_name": ("firstname", "forename", "givenname", "fname"),
    "last_name": ("lastname", "surname", "familyname", "lname"),
    "name": ("name", "fullname", "displayname"),
    "agency": ("agency", "organisation", "organization", "company", "employer", "school", "workplace"),
    "status": ("status", "globalstatus", "subscriptionstatus", "memberstatus"),
    "list_status": ("liststatus",),
    "given_at": ("confirmtime", "confirmedat", "confirmedon", "consentdate", "consentedat", "consentgiven"),
    "asked_at": (
        *("optintime", "subscribedat", "subscribedon", "subscriptiondate", "lastsubscribedat"),
        *("createdat", "createdon", "dateadded"),
    ),
    "source": ("consentsource", "source", "optinsource", "signupsource", "howconsentwasgiven"),
    "left_at": ("unsubtime", "unsubscribedat", "unsubscribedon"),
    "cleaned_at": ("cleantime",),
}


class ImportRefusedError(Exception):
    """A file that can't be imported; its text is the sentence that says why."""


@dataclass(frozen=True)
class Row:
    """One row: the line of the file that it begins on, and its cells by what they are.

    ``broken`` says why it can't be read.
    """

    line: int
    cells: dict[str, str]
    broken: str = ""


@dataclass(frozen=True)
class Layout:
    """How a file is written."""

    encoding: str
    delimiter: str
    columns: dict[str, int]
    skip: int  # lines before the one that names the columns


def examine(file: BinaryIO) -> Layout:
    """Find out how a file is written. Reads all of it, so that nothing undecodable turns up half way."""
    encoding = _encoding(file)
    lines = _lines(file, encoding)
    skip, first = 0, next(lines, "")
    while first and not first.strip():
        skip, first = skip + 1, next(lines, "")
    if not first:
        raise ImportRefusedError(EMPTY)
    hint = re.fullmatch(r"sep=(.)\s*", first, re.IGNORECASE)
    if hint:  # Excel's own hint
        skip, first = skip + 1, next(lines, "")
    rest = _chain(first, lines)
    candidates = [hint.group(1)] if hint else sorted(DELIMITERS, key=lambda d: -first.count(d))
    header = _header(rest, candidates[0])
    columns = _columns(header)
    if "email" not in columns:
        raise ImportRefusedError(NO_ADDRESSES)
    return Layout(encoding, candidates[0], columns, skip)


def rows(file: BinaryIO, layout: Layout) -> Iterator[Row]:
    """Yield every row below the names of the columns; empty lines are passed over."""
    lines = _lines(file, layout.encoding)
    for _ in range(layout.skip):
        next(lines, "")
    reader = csv.reader(lines, delimiter=layout.delimiter, strict=True)
    next(reader)
    while True:
        line = layout.skip + reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield _broken(line, error)
            continue
        if any(cell.strip() for cell in cells):
            yield Row(line, {name: _clean(cells[at]) for name, at in layout.columns.items() if at < len(cells)})


def _broken(line: int, error: csv.Error) -> Row:
    """A quotation mark within a cell spoils its row; one that is never closed would swallow all that follow."""
    if "unexpected end" in str(error) or "field larger" in str(error):
        raise ImportRefusedError(
            f"Line {line} has a quotation mark that is never closed, or a cell of more than {csv.field_size_limit():,} "
            "characters. Correct that line, or save the file as CSV again."
        ) from error
    return Row(line, {}, broken="a quotation mark in the wrong place")


def _header(lines: Iterator[str], delimiter: str) -> list[str]:
    try:
        return next(csv.reader(lines, delimiter=delimiter, strict=True))
    except (csv.Error, StopIteration) as error:
        raise ImportRefusedError(NO_ADDRESSES) from error


def _columns(header: list[str]) -> dict[str, int]:
    """Which column holds what. Of several names for one thing, the one listed first above wins."""
    names = [re.sub(r"[\W_]+", "", name).lower() for name in header]
    found = {}
    for what, called in COLUMNS.items():
        place = next((names.index(name) for name in called if name in names), None)
        if place is not None:
            found[what] = place
    return found


def _clean(cell: str) -> str:
    """A cell without control characters, on one line."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f]", " ", cell).split())


def _encoding(file: BinaryIO) -> str:
    """How a file's text is encoded; the whole of it is tried."""
    file.seek(0)
    start = file.read(4096)
    if not start.strip(b"\x00\t\r\n \xef\xbb\xbf\xff\xfe"):
        raise ImportRefusedError(NOT_TEXT if b"\x00" in start else EMPTY)
    if start.startswith(BINARY_STARTS):
        raise ImportRefusedError(WORKBOOK if start.startswith((b"PK", b"\xd0\xcf")) else NOT_TEXT)
    for encoding in _candidates(start):
        if _decodes(file, encoding):
            return encoding
    raise ImportRefusedError(NOT_TEXT)


def _candidates(start: bytes) -> tuple[str, ...]:
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return ("utf-16",)
    if start.startswith(codecs.BOM_UTF8):
        return ("utf-8-sig",)
    if b"\x00" in start:  # UTF-16 without a mark: every other byte of plain text is zero
        return ("utf-16-le",) if start[1::2].count(0) > start[::2].count(0) else ("utf-16-be",)
    return ("utf-8", "cp1252")


def _decodes(file: BinaryIO, encoding: str) -> bool:
    """Whether a whole file can be read so, and is text: no control characters but tab and line ends."""
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    try:
        while chunk := file.read(CHUNK):
            if re.search(r"[\x00-\x08\x0e-\x19]", decoder.decode(chunk)):
                return False
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _lines(file: BinaryIO, encoding: str) -> Iterator[str]:
    """The lines of a file with their ends. Raises ImportRefusedError at one too long to be held."""
    file.seek(0)
    text = io.TextIOWrapper(_KeptOpen(file), encoding=encoding, newline="")
    number = 0
    while line := text.readline(LONGEST_LINE):
        number += 1
        if len(line) == LONGEST_LINE:
            raise ImportRefusedError(f"Line {number} has more than a million characters, so this is no list of people.")
        yield line


class _KeptOpen(io.BufferedReader):
    """Lets go of a file without closing it: it is read more than once."""

    def __init__(self, file: BinaryIO):
        super().__init__(_Raw(file))


class _Raw(io.RawIOBase):
    def __init__(self, file: BinaryIO):
        self.file = file

    def readable(self):
        return True

    def readinto(self, buffer):
        data = self.file.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def _chain(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest
