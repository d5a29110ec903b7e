"""The lines for finance, as a spreadsheet: what is new, and apart from it what finance has already.

A line is new once: the export that has it first is written on it, and its number never changes. So the same
month can be exported again at any time, and shows what was added since.
"""

from dataclasses import dataclass
from datetime import date
from io import BytesIO

from django.db import connection, transaction
from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth
from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from dscp_cms.admin import harmless
from training.models import Charge, ChargeExport
from training.people import Refused

HEADINGS = (
    *("Line", "Charged for", "Agency", "Course", "First day", "Order number", "Invoices go to", "Amount"),
    *("Takes back", "State", "Rule"),
)
HAD = ("Given on", "Export")
WIDTHS = (10, 20, 32, 40, 12, 18, 32, 12, 12, 12, 48, 18, 10)
MONEY, DAY = "£#,##0.00;[Red]-£#,##0.00", "dd/mm/yyyy"


@dataclass(frozen=True)
class Exported:
    """A workbook, and how many lines of each sort it has. ``export`` is None where nothing was new."""

    content: bytes
    export: ChargeExport | None
    new: int
    had: int


def lines(agency_name: str = "", month: date | None = None) -> QuerySet:
    """What finance gets or has, of one agency or all, of the sessions that began in one month or ever."""
    found = Charge.objects.for_finance()
    if agency_name:
        found = found.filter(agency_name=agency_name)
    if month:
        found = found.filter(session_date__year=month.year, session_date__month=month.month)
    return found


def overview() -> list[dict]:
    """A row a month, the latest first: how many lines are new and their sum, how many finance has. One query."""
    months = Charge.objects.for_finance().order_by().annotate(month=TruncMonth("session_date")).values("month")
    new = Q(export=None)
    return list(
        months.annotate(new=Count("pk", filter=new), sum=Sum("amount", filter=new), had=Count("pk", filter=~new))
        .order_by("-month")
    )  # fmt: skip


@transaction.atomic
def export(by, agency_name: str = "", month: date | None = None) -> Exported:
    """Make the workbook, and write on each new line that finance was given it now. Raises Refused where none fits.

    Two exports at once give a line to one of them.
    """
    found = lines(agency_name, month).order_by("pk")
    waiting = found.filter(export=None)
    if connection.features.has_select_for_update:
        waiting = waiting.select_for_update(no_key=True)
    new = list(waiting)
    had = list(found.exclude(pk__in=[line.pk for line in new]).select_related("export"))
    if not new and not had:
        raise Refused("There is nothing for finance in this choice.")
    batch = None
    if new:
        batch = ChargeExport.objects.create(by=by, agency_name=agency_name, month=month)
        Charge.objects.filter(pk__in=[line.pk for line in new]).update(export=batch)
    return Exported(_workbook(new, had), batch, len(new), len(had))


def _workbook(new: list[Charge], had: list[Charge]) -> bytes:
    book = Workbook(write_only=True)
    _sheet(book, "New", new, HEADINGS)
    _sheet(book, "Finance has these", had, HEADINGS + HAD)
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def _sheet(book: Workbook, title: str, charges: list[Charge], headings: tuple[str, ...]) -> None:
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    for number, width in enumerate(WIDTHS[: len(headings)]):
        sheet.column_dimensions[chr(ord("A") + number)].width = width
    sheet.append([_cell(sheet, heading, bold=True) for heading in headings])
    for charge in charges:
        sheet.append([_cell(sheet, value) for value in _row(charge, with_export=len(headings) > len(HEADINGS))])
    total = [None] * HEADINGS.index("Amount")
    total[0] = _cell(sheet, "Total", bold=True)
    sheet.append([*total, _cell(sheet, sum(charge.amount for charge in charges), bold=True, money=True)])


def _row(charge: Charge, *, with_export: bool) -> list:
    takes_back = f"C{charge.reverses_id:06}" if charge.reverses_id else ""
    row = [
        *(charge.line, charge.get_event_display(), charge.agency_name, charge.course_title, charge.session_date),
        *(charge.order_number, charge.finance_contact, charge.amount, takes_back, state_of(charge), charge.words),
    ]
    return [*row, *((charge.export.made_at, charge.export_id) if charge.export else ("", ""))] if with_export else row


def state_of(charge: Charge) -> str:
    """Its state, with what a reversal makes of it."""
    if charge.is_reversal:
        return "Reversal"
    return f"{charge.get_status_display()}, reversed" if charge.reversed_at else charge.get_status_display()


def _cell(sheet, value, *, bold: bool = False, money: bool | None = None):
    """A cell that is neither a formula nor unreadable for the format."""
    if isinstance(value, str):
        value = ILLEGAL_CHARACTERS_RE.sub("", value)
    cell = WriteOnlyCell(sheet, harmless(value))
    if money or (money is None and value.__class__.__name__ == "Decimal"):
        cell.number_format = MONEY
    elif isinstance(value, date):
        cell.number_format = f"{DAY} hh:mm" if hasattr(value, "hour") else DAY
    if bold:
        cell.font = Font(bold=True)
    return cell


def file_name(agency_name: str, month: date | None) -> str:
    """Such as charges-2026-05.xlsx."""
    return f"charges-{month:%Y-%m}.xlsx" if month else f"charges-{timezone.localdate():%Y-%m-%d}.xlsx"
