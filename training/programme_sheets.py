"""The training programme as a workbook, read back whatever became of it; ``programme_book`` writes it."""

import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from io import BytesIO

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils import timezone
from openpyxl import load_workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.utils import get_column_letter

from dscp_cms.admin import harmless
from dscp_cms.upload_checks import check_content
from training.people import Refused

LARGEST = 5 * 2**20  # bytes
MOST_UNPACKED = 80 * 2**20
MOST_ROWS, MOST_COLUMNS = 2_000, 60
LONGEST_CELL = 20_000  # characters
HEAD_WITHIN = 10  # rows, so that a title may stand above the names of the columns
DATES = ("%d/%m/%Y", "%Y-%m-%d", "%d.%m.%Y", "%d-%m-%Y", "%d/%m/%y", "%d %B %Y", "%d %b %Y")
TIME = re.compile(r"^(\d{1,2})(?:[:.](\d{2}))?(?::\d{2})?\s*([ap])?\.?m?\.?$", re.IGNORECASE)
YES, NO = {"yes", "y", "true", "1", "x", "✓", "✔"}, {"no", "n", "false", "0", "", "-", "–"}
DAMAGED = "The workbook is damaged or incomplete. Open it in the spreadsheet, and save it again as .xlsx."


class BadSheetError(Exception):
    """A workbook that isn't read at all; says why in a sentence, and nothing of it was imported."""


class BadRowError(Exception):
    """A row that isn't imported; says why in a sentence."""


@dataclass(frozen=True)
class Column:
    """A column: its name in code, its head in the sheet, what to write there, and what can be chosen."""

    name: str
    label: str
    help: str = ""
    width: int = 16
    choices: tuple[str, ...] = ()
    told: bool = False  # only to be read: what is changed there is not imported


@dataclass
class SheetRow:
    """A row with its number in the sheet and its cells by the name of their column."""

    number: int
    cells: dict = field(default_factory=dict)
    wrong: str = ""

    def text(self, name: str) -> str:
        """A cell's words, tidied."""
        return text(self.cells.get(name))


@dataclass
class Sheet:
    """What a workbook says."""

    rows: list[SheetRow]
    names: set[str]  # the columns that it has
    unknown: list[str]  # heads that aren't known


def text(value) -> str:
    """A cell as words: dates and times as British readers write them, lines kept, spaces tidied."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, datetime):
        return f"{value:%d/%m/%Y}" if value.time() == time(0) else f"{value:%d/%m/%Y %H:%M}"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, (float, Decimal)) and value == int(value):
        value = int(value)
    lines = (" ".join(line.split()) for line in str(value).replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    words = ILLEGAL_CHARACTERS_RE.sub("", "\n".join(lines)).strip()
    # The apostrophe keeps spreadsheets from computing what is only words.
    return words[1:] if words[:1] == "'" and harmless(words[1:]) != words[1:] else words


def read(content: bytes, name: str, columns: Sequence[Column], *, needs: str) -> Sheet:
    """The first sheet with known columns, ``needs`` among them. Raises BadSheetError with a sentence."""
    if not content:
        raise BadSheetError("The file is empty. Choose another.")
    if not name.lower().endswith(".xlsx"):
        raise BadSheetError("This isn’t an Excel workbook. In the spreadsheet, choose “Save as”, then .xlsx.")
    if len(content) > LARGEST:
        raise BadSheetError("The workbook is larger than 5 MB. Take pictures and other sheets out.")
    try:
        check_content(ContentFile(content, name="sheet.xlsx"))
        with zipfile.ZipFile(BytesIO(content)) as package:
            if sum(part.file_size for part in package.infolist()) > MOST_UNPACKED:
                raise BadSheetError("The workbook unpacks to far more than a programme holds. It wasn’t read.")
        book = load_workbook(BytesIO(content), read_only=True, data_only=False, keep_links=False)
        for sheet in book.worksheets:
            if found := _rows(sheet, columns, needs):
                return found
    except ValidationError as error:
        raise BadSheetError(" ".join(error.messages)) from error
    except BadSheetError:
        raise
    except Exception as error:  # whatever the reader of a broken workbook stumbles over
        raise BadSheetError(DAMAGED) from error
    label = next(column.label for column in columns if column.name == needs)
    raise BadSheetError(f"No sheet has a column “{label}”. Start from the template, and keep its first row.")


def _rows(sheet, columns: Sequence[Column], needs: str) -> Sheet | None:
    """The rows of a sheet below its heads; None where it has none of ours."""
    sheet.reset_dimensions()
    known = {_head(column.label): column for column in columns}
    places: dict[int, Column] = {}
    rows, unknown = [], []
    for number, cells in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS), 1):
        if not places:
            heads = {
                n: known[_head(text(cell.value))] for n, cell in enumerate(cells) if _head(text(cell.value)) in known
            }
            if needs in {column.name for column in heads.values()}:
                places = heads
                unknown = [text(cell.value) for n, cell in enumerate(cells) if n not in heads and text(cell.value)]
            elif number >= HEAD_WITHIN:
                return None
            continue
        row = _row(number, cells, places)
        if row.wrong or any(text(value) for value in row.cells.values()):
            rows.append(row)
        if len(rows) > MOST_ROWS:
            raise BadSheetError(f"The sheet has more than {MOST_ROWS:,} rows. Import it in parts.")
        if number > 20 * MOST_ROWS:
            break  # nothing but empty cells
    if not places:
        return None
    if not rows:
        raise BadSheetError("The sheet names its columns and has no rows below.")
    names = [column.name for column in places.values()]
    if twice := {name for name in names if names.count(name) > 1}:
        label = next(column.label for column in columns if column.name in twice)
        raise BadSheetError(f"The sheet has two columns “{label}”. Take one out.")
    return Sheet(rows, set(names), unknown)


def _head(words: str) -> str:
    return re.sub(r"[^a-z0-9]", "", words.lower())


def _row(number: int, cells: Sequence, places: dict[int, Column]) -> SheetRow:
    row = SheetRow(number)
    for n, column in places.items():
        cell = cells[n] if n < len(cells) else None
        value = getattr(cell, "value", None)
        where = f"{get_column_letter(n + 1)}{number}"
        if getattr(cell, "data_type", "") == "f":
            row.wrong = row.wrong or f"Cell {where} holds a formula. Copy the cell and paste its value only."
        elif getattr(cell, "data_type", "") == "e":
            row.wrong = row.wrong or f"Cell {where} holds an error ({str(value)[:20]}). Correct it."
        elif isinstance(value, str) and len(value) > LONGEST_CELL:
            row.wrong = row.wrong or f"Cell {where} has more than {LONGEST_CELL:,} characters."
        else:
            row.cells[column.name] = value
    return row


def yes_or_no(row: SheetRow, column: Column) -> bool:
    """Raises BadRowError for anything else."""
    words = row.text(column.name).lower()
    if words in YES | NO:
        return words in YES
    raise BadRowError(f"“{column.label}” must be Yes or No, and is “{words[:40]}”.")


def whole_number(row: SheetRow, column: Column, *, least: int, most: int) -> int | None:
    """A number in a cell, None for an empty one. Raises BadRowError."""
    words = row.text(column.name)
    if not words:
        return None
    if not (words.isascii() and words.isdigit() and least <= int(words[:9]) <= most and len(words) < 10):
        raise BadRowError(f"“{column.label}” must be a whole number from {least} to {most:,}, and is “{words[:40]}”.")
    return int(words)


def one_of(row: SheetRow, column: Column, known: Mapping[str, str], otherwise: str) -> str:
    """The value that a cell's label stands for. Raises BadRowError for labels that aren't known."""
    words = row.text(column.name)
    if not words:
        return otherwise
    found = {_head(label): value for value, label in known.items()} | {_head(value): value for value in known}
    if _head(words) not in found:
        raise BadRowError(f"“{column.label}” must be one of {', '.join(known.values())}, and is “{words[:40]}”.")
    return found[_head(words)]


def day(value, label: str) -> date:
    """A day as a cell or as words. Raises BadRowError."""
    if isinstance(value, datetime):
        return _plausible(value.date(), label)
    if isinstance(value, date):
        return _plausible(value, label)
    words = text(value)
    for pattern in DATES:
        try:
            return _plausible(datetime.strptime(words, pattern).date(), label)
        except ValueError:
            continue
    raise BadRowError(f"“{label}” isn’t a date: “{words[:40]}”. Write it like 31/05/2027.")


def _plausible(found: date, label: str) -> date:
    if 2000 <= found.year <= 2100:
        return found
    raise BadRowError(f"“{label}” is in the year {found.year}. Is that right?")


def clock(value, label: str) -> time:
    """A time of day as a cell or as words. Raises BadRowError."""
    if isinstance(value, datetime):
        return value.time().replace(second=0, microsecond=0)
    if isinstance(value, time):
        return value.replace(second=0, microsecond=0, tzinfo=None)
    if isinstance(value, timedelta) and timedelta(0) <= value < timedelta(days=1):
        return (datetime.min + value).time().replace(second=0, microsecond=0)
    if isinstance(value, float) and 0 < value < 1:
        minutes = round(value * 24 * 60)
        return time(minutes // 60 % 24, minutes % 60)
    words = text(value)
    found = TIME.match(words)
    if found and (found[2] or found[3]):
        hour, minute = int(found[1]), int(found[2] or 0)
        if found[3] and 1 <= hour <= 12:
            hour = hour % 12 + (12 if found[3].lower() == "p" else 0)
        elif found[3]:
            hour = 99
        if hour < 24 and minute < 60:
            return time(hour, minute)
    raise BadRowError(f"“{label}” isn’t a time: “{words[:40]}”. Write it like 09:30.")


def moment(on: date, at: time, label: str) -> datetime:
    """A moment as a clock in Durham shows it. Raises BadRowError in the hour when the clocks change."""
    zone = timezone.get_default_timezone()
    local = datetime.combine(on, at)
    first, second = local.replace(tzinfo=zone, fold=0), local.replace(tzinfo=zone, fold=1)
    if first.utcoffset() == second.utcoffset():
        return first
    if first.utcoffset() < second.utcoffset():
        raise BadRowError(f"“{label}”: at {at:%H:%M} on {on:%d/%m/%Y} the clocks go forward, so there is no such time.")
    raise BadRowError(
        f"“{label}”: the clocks go back on {on:%d/%m/%Y}, so {at:%H:%M} comes twice. Choose another time."
    )


def day_and_clock(value, label: str, *, otherwise: time) -> datetime | None:
    """A moment in one cell, such as 01/05/2027 09:00; a day alone means ``otherwise``. None for an empty cell."""
    if isinstance(value, datetime):
        at = value.time().replace(second=0, microsecond=0)
        return moment(day(value, label), at if at != time(0) else otherwise, label)
    words = text(value)
    if not words:
        return None
    on, _space, at = words.partition(" ")
    if not TIME.match(at):
        on, at = words, ""
    return moment(day(on, label), clock(at, label) if at else otherwise, label)


def complaint(error: Exception, labels: Mapping[str, str]) -> str:
    """What is wrong, in a sentence, naming the columns."""
    if isinstance(error, Refused):
        return str(error)
    if isinstance(error, ValidationError) and hasattr(error, "error_dict"):
        named = ((labels.get(name, ""), messages) for name, messages in error.message_dict.items())
        return " ".join(f"{label}: {' '.join(words)}" if label else " ".join(words) for label, words in named)
    return " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
