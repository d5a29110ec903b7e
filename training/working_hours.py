"""Counts working hours: Monday to Friday, by the clock in Durham, without the bank holidays of England."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import cache

import holidays
from django.utils import timezone

from training.models import TrainingSettings

FURTHEST = 400  # days; nobody asks for more


@cache
def _bank_holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("GB", subdiv="ENG", years=year))


def is_working_day(day: date) -> bool:
    """Whether offices work on that day."""
    return day.weekday() < 5 and day not in _bank_holidays(day.year)


def _shifts(start: datetime, conf: TrainingSettings) -> Iterator[tuple[datetime, datetime]]:
    """The working time from a moment on, a day at a time. The clocks change on Sundays, outside it."""
    first = timezone.localtime(start).date()
    for day in (first + timedelta(days=number) for number in range(FURTHEST)):
        if is_working_day(day):
            begin, end = _moment(day, conf.work_starts), _moment(day, conf.work_ends)
            if end > start:
                yield max(begin, start), end


def _moment(day: date, clock: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, clock))


def add(start: datetime, hours: float, conf: TrainingSettings | None = None) -> datetime:
    """The moment when so many working hours have passed."""
    left = timedelta(hours=hours)
    end = start
    for begin, end in _shifts(start, conf or TrainingSettings.load()):
        if end - begin >= left:
            return begin + left
        left -= end - begin
    return end


def between(start: datetime, end: datetime, conf: TrainingSettings | None = None) -> float:
    """How many working hours lie between two moments; none if the second comes first."""
    total = timedelta(0)
    for begin, close in _shifts(start, conf or TrainingSettings.load()):
        if begin >= end:
            break
        total += min(close, end) - begin
    return total / timedelta(hours=1)
