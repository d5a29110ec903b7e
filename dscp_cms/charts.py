"""Columns for the one chart that staff see; the numbers always stand in a table beside it."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.text import slugify

WIDE, HIGH = 100, 100  # of a column and of the highest, in units of the drawing


@dataclass(frozen=True)
class Column:
    """One column: what it is of, its number, and how high it is."""

    label: str
    value: int
    height: int

    @property
    def name(self) -> str:
        """What components/chart_columns.html calls it."""
        return self.label

    @property
    def parts(self) -> list[tuple[str, str, float, float]]:
        """One part a column: its colour, its words, where it begins and how high it is, in percent of the highest."""
        return [("sent", str(self.value), 0, self.height)]


@dataclass(frozen=True)
class Chart:
    """A title, what is counted, and the columns in order."""

    title: str
    unit: str
    columns: list[Column]

    @property
    def key(self) -> str:
        """A name for it in the page."""
        return slugify(self.title)

    @property
    def width(self) -> int:
        """Of the drawing; few columns aren't as wide as the page."""
        return WIDE * max(len(self.columns), 8)

    @property
    def first(self) -> Column:
        """Whose label stands under the left end."""
        return self.columns[0]

    @property
    def last(self) -> Column:
        """Whose label stands under the right end."""
        return self.columns[-1]

    @property
    def total(self) -> int:
        """Of all columns."""
        return sum(column.value for column in self.columns)


def chart(title: str, unit: str, numbers: Iterable[tuple[str, int]]) -> Chart:
    """A chart of numbers by their labels; the largest is the highest column."""
    numbers = list(numbers)
    most = max((value for _label, value in numbers), default=0) or 1
    columns = [Column(label, value, round(HIGH * value / most)) for label, value in numbers]
    return Chart(title, unit, columns)
