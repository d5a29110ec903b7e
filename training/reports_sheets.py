"""The training reports as a workbook: the same figures as on the screen, a sheet each."""

from collections.abc import Iterable, Sequence
from io import BytesIO

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from dscp_cms.admin import harmless
from training.models import Moment
from training.reports import Counts, Figures, Line
from training.reports_evaluations import CourseEvaluation, answers
from training.reports_people import Absent

COUNTS = {
    "sessions": "Sessions",
    "sessions_cancelled": "Sessions cancelled",
    "places": "Places",
    "bookings": "Bookings",
    "had_place": "Had a place",
    "attended": "Attended",
    "partly": "Attended in part",
    "not_attended": "Did not attend",
    "not_recorded": "Attendance not recorded",
    "cancelled": "Bookings cancelled",
    "cancelled_late": "Cancelled late",
    "waited": "Were on the waiting list",
    "still_waiting": "Never got a place",
}
OF_SESSIONS = ("sessions", "sessions_cancelled", "places")  # an agency has none
WIDEST = 60


def workbook(figures: Figures, absent: Sequence[Absent] | None) -> bytes:
    """An XLSX file. ``absent`` is None for whoever mustn't take names away. No cell is a formula."""
    book = Workbook()
    book.remove(book.active)
    add_figures(book, figures)
    add_sheet(book, "Answers", ["Course", "Question", "Answer", "Number"], _answers(figures))
    gaps = [("Course", title) for title in figures.courses_without_session]
    gaps += [("Priority", title) for title in figures.priorities_without_session]
    add_sheet(book, "Without a session to come", ["Kind", "Title"], gaps)
    if absent is not None:
        heads = ["Name", "E-mail", "Agency", "Times", "Sessions"]
        add_sheet(book, "Repeated non-attendance", heads, _people(absent))
    return saved(book)


def saved(book: Workbook) -> bytes:
    """The file."""
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def add_figures(book: Workbook, figures: Figures) -> None:
    """The sheets that hold nothing but numbers."""
    add_sheet(book, "Summary", ["Figure", str(figures.period)], _summary(figures.total))
    _counted(book, "Months", "Month", figures.by_month)
    _counted(book, "Courses", "Course", figures.by_course)
    _counted(book, "Priorities", "Priority", figures.by_priority)
    _counted(book, "Agencies", "Agency", figures.by_agency, without=OF_SESSIONS)
    _counted(book, "Kinds of agency", "Kind of agency", figures.by_kind, without=OF_SESSIONS)
    evaluated = [figures.evaluations.total, *figures.evaluations.by_course]
    add_sheet(book, "Responses", ["Course", "When", "Asked", "Answered", "Share"], _responses(evaluated))
    heads = ["Course", "Question", *(head for moment in Moment for head in (moment.label, "Answers"))]
    add_sheet(book, "Evaluations", [*heads, "Change after", "Change six weeks later"], _scores(evaluated))


def add_sheet(book: Workbook, title: str, heads: Sequence[str], rows: Iterable[Sequence]) -> None:
    """A sheet with its heads, wide enough for what it holds. No cell is a formula."""
    sheet = book.create_sheet(title)
    sheet.append([harmless(head) for head in heads])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    widths = [len(head) for head in heads]
    for row in rows:
        cells = [harmless(value) for value in row]
        sheet.append(cells)
        widths = [max(width, len(str(value or ""))) for width, value in zip(widths, cells, strict=True)]
        for cell in sheet[sheet.max_row]:
            if isinstance(cell.value, float):
                cell.number_format = "0.00"
    for number, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(number)].width = min(width, WIDEST) + 2


def _summary(total: Counts) -> list[tuple]:
    rows = [(label, getattr(total, name)) for name, label in COUNTS.items()]
    return [*rows, ("Share of places filled", total.places_filled), ("Share who came, where known", total.attendance)]


def _counted(book: Workbook, title: str, head: str, lines: Sequence[Line], without: Sequence[str] = ()) -> None:
    names = [name for name in COUNTS if name not in without]
    rows = ([line.name, *(getattr(line.counts, name) for name in names), line.counts.attendance] for line in lines)
    add_sheet(book, title, [head, *(COUNTS[name] for name in names), "Share who came, where known"], rows)


def _responses(evaluated: Sequence[CourseEvaluation]):
    for one in evaluated:
        for response in one.responses:
            yield one.name, response.moment.label, response.asked, response.answered, response.rate


def _scores(evaluated: Sequence[CourseEvaluation]):
    for one in evaluated:
        for scored in one.scored:
            means = [scored.means[moment] for moment in Moment]
            told = [cell for mean in means for cell in (mean.value, mean.number if mean.value is not None else None)]
            yield one.name, scored.question.text, *told, scored.change(Moment.AFTER), scored.change(Moment.LATER)


def _answers(figures: Figures):
    found = answers(figures.period.since, figures.period.until)
    for one in figures.evaluations.by_course:
        for each in found[one.course_id].chosen:
            for answer, number in each.answers:
                yield one.name, each.question.text, answer, number
        for each in found[one.course_id].words:
            for text in each.texts:
                yield one.name, each.question.text, text, 1


def _people(absent: Sequence[Absent]):
    for person in absent:
        missed = "; ".join(str(booking.session) for booking in person.bookings)
        yield person.name, person.email, person.agency, len(person.bookings), missed
