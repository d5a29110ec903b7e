"""The training programme as a workbook, written for people to fill in."""

from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from dscp_cms.admin import harmless
from training.programme_sheets import MOST_ROWS, Column


def write(title: str, columns: Sequence[Column], rows: Iterable[Mapping[str, object]], notes: Sequence[str]) -> bytes:
    """A workbook with a sheet of rows and one that explains the columns. No cell is a formula."""
    book = Workbook()
    sheet = book.active
    sheet.title = title
    sheet.append([column.label for column in columns])
    for cell, column in zip(sheet[1], columns, strict=True):
        cell.font, cell.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="top")
        if column.told:
            cell.fill = PatternFill("solid", fgColor="DDDDDD")
    for row in rows:
        sheet.append([_cell(row.get(column.name, "")) for column in columns])
        for cell in sheet[sheet.max_row]:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    for number, column in enumerate(columns, 1):
        letter = get_column_letter(number)
        sheet.column_dimensions[letter].width = column.width
        if column.choices and len(",".join(column.choices)) < 250:
            rule = DataValidation(type="list", formula1=f'"{",".join(column.choices)}"', allow_blank=True)
            rule.showErrorMessage = False  # a hint: the import says what is wrong
            sheet.add_data_validation(rule)
            rule.add(f"{letter}2:{letter}{MOST_ROWS}")
    sheet.freeze_panes = "A2"
    _explain(book, columns, notes)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _cell(value):
    value = harmless(value)
    return ILLEGAL_CHARACTERS_RE.sub("", value)[:32_000] if isinstance(value, str) else value


def _explain(book: Workbook, columns: Sequence[Column], notes: Sequence[str]) -> None:
    sheet = book.create_sheet("How to fill it in")
    for note in notes:
        sheet.append([note])
    sheet.append([])
    sheet.append(["Column", "What to write"])
    for cell in sheet[sheet.max_row]:
        cell.font = Font(bold=True)
    for column in columns:
        options = f" One of: {', '.join(column.choices)}." if column.choices else ""
        sheet.append([column.label, f"{column.help}{options}"])
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 28, 110
