"""A month as weeks from Monday, for a calendar on the page."""

import calendar
import re
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.utils import timezone

YEARS_BACK, YEARS_AHEAD = 3, 5  # a calendar for ever would be an address for ever, for robots to follow


@dataclass(frozen=True)
class Day:
    """One cell of the table: its date, whether it is of this month, and what begins or goes on that day."""

    date: date
    inside: bool
    today: bool
    entries: list = field(default_factory=list)


@dataclass(frozen=True, order=True)
class Month:
    """A month of a year."""

    year: int
    number: int

    @classmethod
    def asked(cls, text: str) -> "Month":
        """The month that an address such as ``2025-05`` asks for; the present one where it asks for nonsense."""
        today = timezone.localdate()
        match = re.fullmatch(r"([0-9]{4})-([0-9]{2})", text or "")
        if match:
            year, number = int(match[1]), int(match[2])
            if 1 <= number <= 12 and today.year - YEARS_BACK <= year <= today.year + YEARS_AHEAD:
                return cls(year, number)
        return cls(today.year, today.month)

    @classmethod
    def of(cls, day: date) -> "Month":
        """The month of a day."""
        return cls(day.year, day.month)

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"

    @property
    def name(self) -> str:
        """May 2025."""
        return f"{calendar.month_name[self.number]} {self.year}"

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, self.number, 1)

    @property
    def last(self) -> date:
        """Its last day."""
        return self.following.first - timedelta(days=1)

    @property
    def following(self) -> "Month":
        """The month after it."""
        return Month(self.year + self.number // 12, self.number % 12 + 1)

    @property
    def previous(self) -> "Month":
        """The month before it."""
        return Month(self.year - (self.number == 1), (self.number - 2) % 12 + 1)

    @property
    def offered(self) -> bool:
        """Whether the calendar leads there."""
        this = timezone.localdate().year
        return this - YEARS_BACK <= self.year <= this + YEARS_AHEAD

    @property
    def begins(self) -> datetime:
        """Its first moment here, whatever the clocks do on that day."""
        return timezone.make_aware(datetime.combine(self.first, time.min))

    @property
    def ends(self) -> datetime:
        """The first moment after it."""
        return self.following.begins

    def weeks(self, by_day: dict[date, list]) -> list[list[Day]]:
        """Its weeks, Monday first, with what stands on each day; days of its neighbours are empty."""
        today = timezone.localdate()
        rows = calendar.Calendar().monthdatescalendar(self.year, self.number)
        return [
            [
                Day(day, (inside := day.month == self.number), day == today, by_day.get(day, []) if inside else [])
                for day in week
            ]
            for week in rows
        ]
