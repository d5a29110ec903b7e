"""Columns for the one chart that staff see; the numbers always stand in a table beside it."""

from collections.abc import Iterable
from dataclasses import dataclass

WIDE, HIGH = 100, 100  # of a column and of the highest, in units of the drawing


@dataclass(frozen=True)
class Column:
    """One column: what it is of, its number, and where it stands."""

    label: str
    value: int
    x: int
    height: int


@dataclass(frozen=True)
class Chart:
    """A title, what is counted, and the columns in order."""

    title: str
    unit: str
    columns: list[Column]

    @property
    def width(self) -> int:
        """Of the drawing; few columns aren't as wide as the page."""
        return WIDE * max(len(self.columns), 8)

    @property
    def total(self) -> int:
        """Of all columns."""
        return sum(column.value for column in self.columns)


def chart(title: str, unit: str, numbers: Iterable[tuple[str, int]]) -> Chart:
    """A chart of numbers by their labels; the largest is the highest column."""
    numbers = list(numbers)
    most = max((value for _label, value in numbers), default=0) or 1
    columns = [
        Column(label, value, WIDE * place, round(HIGH * value / most)) for place, (label, value) in enumerate(numbers)
    ]
    return Chart(title, unit, columns)
