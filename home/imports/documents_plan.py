"""The table of a bulk import of documents: guessed from the files, corrected by somebody, then read again."""

import csv
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

from django.conf import settings

from dscp_cms import reading
from dscp_cms.admin import harmless
from dscp_cms.models import Audience, Topic
from resources.guessing import guess
from resources.models import ResourceLibraryPage, ResourcePage

MOST_FILES = 5_000
LARGEST_TABLE = 10 * 1024 * 1024  # bytes
LONGEST_CELL = 2_000  # characters
COLUMNS = {
    "file": "File",
    "library": "Library",
    "title": "Title",
    "kind": "Type",
    "reach": "Local or national",
    "publisher": "Publisher",
    "published_on": "Date",
    "topics": "Topics",
    "audiences": "Audiences",
    "summary": "Summary",
    "notes": "Check",  # only to be read
}
DATES = ("%d/%m/%Y", "%Y-%m-%d", "%d.%m.%Y", "%d-%m-%Y", "%d/%m/%y", "%d %B %Y", "%d %b %Y")


class PlanError(Exception):
    """A folder or table that isn't read at all; says why in a sentence."""


class RowError(Exception):
    """A row that isn't imported; says why in a sentence."""


@dataclass
class Row:
    """A file and what it should become, as words in the table."""

    file: str
    library: str = ""
    title: str = ""
    kind: str = ""
    reach: str = ""
    publisher: str = ""
    published_on: str = ""
    topics: str = ""
    audiences: str = ""
    summary: str = ""
    notes: str = ""
    line: int = 0

    def cells(self) -> dict[str, str]:
        """What stands in the table."""
        return {name: getattr(self, name) for name in COLUMNS}


@dataclass
class Wanted:
    """A row that can be imported."""

    path: Path
    library: ResourceLibraryPage
    title: str
    kind: str
    reach: str
    publisher: str
    published_on: date | None
    topics: list[Topic]
    audiences: list[Audience]
    summary: str
    doubts: list[str] = field(default_factory=list)


class Known:
    """The libraries, topics and audiences of the site, by name; looked up once a run."""

    def __init__(self):
        libraries = list(ResourceLibraryPage.objects.all())
        self.libraries = {each.title.casefold(): each for each in libraries} | {each.slug: each for each in libraries}
        self.topics = {each.name.casefold(): each for each in Topic.objects.all()}
        self.audiences = {each.name.casefold(): each for each in Audience.objects.all()}
        self.kinds = {label.casefold(): value for value, label in ResourcePage.Kind.choices}
        self.kinds |= {value: value for value in ResourcePage.Kind.values}
        self.reaches = {label.casefold(): value for value, label in ResourcePage.Reach.choices}


def of_folder(folder: Path, library: str = "") -> list[Row]:
    """A row for each file in a folder and those below it, guessed. Raises PlanError.

    A library is guessed from the folders' names where one has the title of one; else it is ``library``.
    """
    if not folder.is_dir():
        raise PlanError(f"“{folder.name}” isn’t a folder.")
    paths = [
        Path(where) / name
        for where, folders, names in os.walk(folder)
        for name in sorted(names)
        if not name.startswith((".", "~$")) and name != "Thumbs.db" and not (Path(where) / name).is_symlink()
    ]
    if not paths:
        raise PlanError("There are no files in that folder.")
    if len(paths) > MOST_FILES:
        raise PlanError(f"The folder holds more than {MOST_FILES:,} files. Import it in parts.")
    known = Known()
    return [guessed(path, folder, library, known) for path in sorted(paths)]


def guessed(path: Path, folder: Path, library: str, known: Known) -> Row:
    """The row of one file below a folder; ``library`` is where its folders name none."""
    inside = path.relative_to(folder)
    extension = path.suffix.lower().lstrip(".")
    title, made_on, notes = "", "", []
    if extension not in settings.WAGTAILDOCS_EXTENSIONS:
        notes.append(f"Files ending in “.{extension}” can’t be imported.")
    elif extension in reading.READABLE and path.stat().st_size:
        try:
            found, _picture = reading.read(str(path), extension, reading.Limits(pages=1, text=10_000))
            title, made_on = found.title, found.properties.get("Made on", "")
        except reading.Unreadable as error:
            notes.append(str(error))
    folders = " ".join(inside.parts[:-1])
    best = guess(path.name, folders, title=title, made_on=made_on, topics=list(known.topics.values()))
    own = next((part for part in reversed(inside.parts[:-1]) if part.casefold() in known.libraries), "")
    where = own or library
    if not where:
        notes.append("Write the title of a library.")
    kind = ResourcePage.Kind(best.kind)
    return Row(
        file=inside.as_posix(),
        library=where,
        title=best.title,
        kind=kind.label,
        reach=ResourcePage.Reach.LOCAL.label,
        published_on=f"{best.published_on:%d/%m/%Y}" if best.published_on else "",
        topics="; ".join(topic.name for topic in best.topics),
        notes=" ".join([*notes, *best.notes]),
    )


def write(rows: list[Row]) -> str:
    """The table as CSV, which spreadsheets open as it is; no cell is a formula."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(COLUMNS.values())
    for row in rows:
        table.writerow([harmless(getattr(row, name)) for name in COLUMNS])
    return "\ufeff" + out.getvalue()


def read(content: bytes) -> Iterator[Row]:
    """The rows of a table, whatever program saved it. Raises PlanError with a sentence, before the first row."""
    if not content.strip():
        raise PlanError("The table is empty.")
    if len(content) > LARGEST_TABLE:
        raise PlanError("The table is larger than 10 MB. Is it the right file?")
    text = _decoded(content)
    head = text.split("\n", 1)[0]
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count), strict=True))
    except csv.Error as error:
        raise PlanError("The table is damaged: its quotation marks don’t match. Save it as CSV again.") from error
    labels = {label.casefold(): name for name, label in COLUMNS.items()}
    places = {labels[cell.strip().casefold()]: n for n, cell in enumerate(rows[0]) if cell.strip().casefold() in labels}
    if not {"file", "library", "title"} <= set(places):
        raise PlanError(
            "The first line must name the columns File, Library and Title. Make the table with “--plan” and correct it."
        )
    if len(rows) < 2:
        raise PlanError("The table names its columns and has no rows below.")
    if len(rows) > MOST_FILES + 1:
        raise PlanError(f"The table has more than {MOST_FILES:,} rows. Import it in parts.")
    for line, cells in enumerate(rows[1:], 2):
        if any(cell.strip() for cell in cells):
            values = {name: _cell(cells[n]) for name, n in places.items() if n < len(cells)}
            yield Row(**{"file": "", **values}, line=line)


def _cell(text: str) -> str:
    """A cell's words; the apostrophe that keeps spreadsheets from computing goes again."""
    text = " ".join(text.replace("\x00", " ").split())
    return text[1:] if text[:1] == "'" and harmless(text[1:]) != text[1:] else text


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    if b"\x00" in content[:4096] or content.startswith((b"PK\x03\x04", b"%PDF-")):
        raise PlanError("This isn’t a table as CSV. In the spreadsheet, choose “Save as”, then CSV.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def complaint(row: Row, known: Known, *, strict: bool = False) -> str:
    """What is wrong with a row but for its file; "" where nothing is. ``strict``: unknown topics are wrong too."""
    try:
        doubts = understood(row, known).doubts
    except RowError as error:
        return str(error)
    return " ".join(doubts).replace("; it was left out", "") if strict else ""


def checked(row: Row, base: Path, known: Known) -> Wanted:
    """The row with its words understood, and its file. Raises RowError with a sentence where something is wrong."""
    wanted = understood(row, known)
    wanted.path = _path(row, base)
    return wanted


def understood(row: Row, known: Known) -> Wanted:
    """The row with its words understood; its file isn't looked for. Raises RowError with a sentence."""
    if any(len(value) > LONGEST_CELL for value in vars(row).values() if isinstance(value, str)):
        raise RowError(f"A cell has more than {LONGEST_CELL:,} characters.")
    if not row.title or len(row.title) > 255:
        raise RowError("Write a title of at most 255 characters.")
    library = known.libraries.get(row.library.casefold())
    if library is None:
        raise RowError(f"There is no library “{row.library}”." if row.library else "Write the title of a library.")
    kind = known.kinds.get(row.kind.casefold()) if row.kind else ResourcePage.Kind.BRIEFING
    if kind is None:
        labels = ", ".join(ResourcePage.Kind.labels)
        raise RowError(f"“{row.kind}” is no type. Choose one of: {labels}.")
    reach = known.reaches.get(row.reach.casefold()) if row.reach else ResourcePage.Reach.LOCAL
    if reach is None:
        raise RowError(f"“{row.reach}” must be Local or National.")
    doubts: list[str] = []
    return Wanted(
        path=Path(row.file),
        library=library,
        title=row.title,
        kind=kind,
        reach=reach,
        publisher=row.publisher[:160],
        published_on=_date(row.published_on),
        topics=_named(row.topics, known.topics, "topic", doubts),
        audiences=_named(row.audiences, known.audiences, "audience", doubts),
        summary=row.summary[:300],
        doubts=doubts + [f"The {name} was cut." for name in _too_long(row)],
    )


def _too_long(row: Row) -> list[str]:
    return [name for name, most in (("publisher", 160), ("summary", 300)) if len(getattr(row, name)) > most]


def _path(row: Row, base: Path) -> Path:
    """The file, which must stand inside the folder."""
    if not row.file:
        raise RowError("The row names no file.")
    try:
        path = (base / row.file.replace("\\", "/")).resolve()
        inside = path.is_relative_to(base.resolve())
        if not inside or not path.is_file():
            raise RowError("There is no such file in the folder." if inside else "The file stands outside the folder.")
    except (OSError, ValueError) as error:
        raise RowError("There is no such file in the folder.") from error
    return path


def _date(text: str) -> date | None:
    if not text:
        return None
    for pattern in DATES:
        try:
            found = datetime.strptime(text, pattern).date()
        except ValueError:
            continue
        if 1950 <= found.year <= 2100:
            return found
    raise RowError(f"“{text[:40]}” isn’t a date. Write it like 31/05/2025.")


def _named(text: str, known: dict, what: str, doubts: list[str]) -> list:
    """The topics or audiences that a cell names; unknown ones are told, and left out."""
    if text.casefold() in known:
        return [known[text.casefold()]]
    names = [part.strip() for part in text.replace("|", ";").split(";") if part.strip()]
    if len(names) == 1 and names[0].casefold() not in known:
        names = [part.strip() for part in text.split(",") if part.strip()]
    doubts += [f"There is no {what} “{name[:80]}”; it was left out." for name in names if name.casefold() not in known]
    return list(
        {known[name.casefold()].pk: known[name.casefold()] for name in names if name.casefold() in known}.values()
    )


def with_library(rows: list[Row], library: str) -> list[Row]:
    """The rows, where those without a library go to this one."""
    return [row if row.library else replace(row, library=library) for row in rows]
