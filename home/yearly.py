"""The yearly-report pack: all figures of a financial year together, counted and never by person."""

from dataclasses import dataclass
from datetime import date, timedelta

from openpyxl import Workbook

from news.figures import Reach, reach
from resources.counting import Ranked, by_month, ranking
from training.models import Moment
from training.reports import Figures, Line, Period, figures
from training.reports_sheets import add_figures, add_sheet, saved

MOST_DOWNLOADED = 10  # in the PDF; the workbook has all


@dataclass(frozen=True)
class Pack:
    """What the pack holds. Downloads and reach are what was kept: a day’s count is for ever, addresses aren’t."""

    period: Period
    training: Figures
    downloads_by_month: list[tuple[date, int]]
    downloads: list[Ranked]
    sendings: list[Reach]

    @property
    def title(self) -> str:
        """As it stands on the file."""
        return f"Yearly report: {self.period}"

    @property
    def downloaded(self) -> int:
        """All downloads together."""
        return sum(number for _month, number in self.downloads_by_month)

    @property
    def sent(self) -> int:
        """All newsletters that reached a server."""
        return sum(sending.sent for sending in self.sendings)


def pack(begins: int) -> Pack:
    """The figures of April of a year to March of the next."""
    period = Period.financial_year(begins)
    last = period.until - timedelta(days=1)
    return Pack(
        period=period,
        training=figures(period),
        downloads_by_month=by_month(last),
        downloads=ranking(period.since, last),
        sendings=reach(*period.moments),
    )


def workbook(of: Pack) -> bytes:
    """The pack as XLSX: the sheets of the training report that are numbers only, then downloads and newsletters."""
    book = Workbook()
    book.remove(book.active)
    add_figures(book, of.training)
    months = [(f"{month:%B %Y}", number) for month, number in of.downloads_by_month]
    add_sheet(book, "Downloads by month", ["Month", "Downloads"], [*months, ("The year", of.downloaded)])
    rows = [(row.title, row.total, row.before) for row in of.downloads]
    add_sheet(book, "Downloads", ["Resource", "Downloads", "The year before"], rows)
    sendings = [
        (one.subject, one.begun, one.recipients, one.sent, one.failed, one.bounced, one.unsubscribed)
        for one in of.sendings
    ]
    heads = ["Newsletter", "Begun", "Recipients", "Sent", "Failed", "Bounced", "Unsubscribed"]
    add_sheet(book, "Newsletter", heads, sendings)
    return saved(book)


def printed(of: Pack) -> dict:
    """What the PDF says: titles, heads and rows, every cell a text."""
    total = of.training.total
    summary = [
        ("Sessions", total.sessions),
        ("Places", total.places),
        ("People with a place", total.had_place),
        ("Share of places filled", _percent(total.places_filled)),
        ("Came", total.came),
        ("Did not attend", total.not_attended),
        ("Cancelled late", total.cancelled_late),
        ("Downloads", of.downloaded),
        ("Newsletters sent, all issues and readers", of.sent),
    ]
    parts = [
        ("The year in figures", ["Figure", "Number"], summary),
        ("Training by priority", *_counted("Priority", of.training.by_priority)),
        ("Training by agency", *_counted("Agency", of.training.by_agency, places=False)),
        ("What evaluations say", ["Question", *(moment.label for moment in Moment), "Change"], _change(of.training)),
        ("Most downloaded", ["Resource", "Downloads", "The year before"],
         [(row.title, row.total, row.before) for row in of.downloads[:MOST_DOWNLOADED]]),
        ("Newsletters", ["Newsletter", "Begun", "Recipients", "Sent", "Unsubscribed"],
         [(one.subject, f"{one.begun:%d/%m/%Y}", one.recipients, one.sent, one.unsubscribed) for one in of.sendings]),
    ]  # fmt: skip
    return {"parts": [(title, heads, [[str(cell) for cell in row] for row in rows]) for title, heads, rows in parts]}


def _counted(head: str, lines: list[Line], places: bool = True) -> tuple[list[str], list[tuple]]:
    heads = [head, *(["Sessions", "Places"] if places else []), "Had a place", "Came", "Did not attend"]
    rows = []
    for line in lines:
        counts = line.counts
        of_sessions = (counts.sessions, counts.places) if places else ()
        rows.append((line.name, *of_sessions, counts.had_place, counts.came, counts.not_attended))
    return heads, rows


def _change(of: Figures) -> list[tuple]:
    rows = []
    for scored in of.evaluations.total.scored:
        means = [scored.means[moment].value for moment in Moment]
        change = scored.change(Moment.AFTER)
        told = ["–" if mean is None else _percent(mean) if scored.is_share else f"{mean:.1f}" for mean in means]
        words = "–" if change is None else f"{change * 100:+.0f} points" if scored.is_share else f"{change:+.1f}"
        rows.append((scored.question.text, *told, words))
    return rows


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.0f}%"
