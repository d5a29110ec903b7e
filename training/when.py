"""Days and times of sessions as British readers write them."""

from collections.abc import Iterable
from datetime import date, datetime

from django.utils import timezone

from training.models import SessionDay, TrainingSession


def clock(moment: datetime) -> str:
    """9:30am, 12pm: as a clock in Durham shows it."""
    local = timezone.localtime(moment)
    minutes = f":{local:%M}" if local.minute else ""
    return f"{local.hour % 12 or 12}{minutes}{'am' if local.hour < 12 else 'pm'}"


def hours(start: datetime, end: datetime) -> str:
    """9:30am to 12pm; with the day where it ends on another."""
    if timezone.localtime(start).date() == timezone.localtime(end).date():
        return f"{clock(start)} to {clock(end)}"
    return f"{clock(start)} to {clock(end)} on {long_day(end)}"


def long_day(moment: datetime) -> str:
    """Tuesday 12 May 2026."""
    local = timezone.localtime(moment)
    return f"{local:%A} {local.day} {local:%B %Y}"


def day_in_words(day: SessionDay) -> str:
    """Tuesday 12 May 2026, 9:30am to 12pm."""
    return f"{long_day(day.starts_at)}, {hours(day.starts_at, day.ends_at)}"


def dates_in_words(days: Iterable[date]) -> str:
    """12 May 2026; 12, 19 and 26 May 2026; 28 May and 4 June 2026; many become “from … to …”."""
    days = sorted(set(days))
    if not days:
        return "Date to be set"
    if len(days) > 4:
        return f"{_date(days[0], days[-1])} to {_date(days[-1])}"
    parts = [_date(day, following) for day, following in zip(days, [*days[1:], None], strict=True)]
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _date(day: date, following: date | None = None) -> str:
    """A date without what the one after it says too."""
    if following is None or day.year != following.year:
        return f"{day.day} {day:%B %Y}"
    return str(day.day) if day.month == following.month else f"{day.day} {day:%B}"


def session_in_words(session: TrainingSession) -> str:
    """All that fits a line: 12 May 2026, 9:30am to 12pm; or 12 and 19 May 2026, from 9:30am."""
    days = sorted(session.days.all(), key=lambda day: day.starts_at)
    if not days:
        return "Date to be set"
    dates = dates_in_words(timezone.localtime(day.starts_at).date() for day in days)
    if len(days) == 1:
        return f"{dates}, {hours(days[0].starts_at, days[0].ends_at)}"
    if len({(clock(day.starts_at), clock(day.ends_at)) for day in days}) == 1:
        return f"{dates}, {hours(days[0].starts_at, days[0].ends_at)} each day"
    return f"{dates}, from {clock(days[0].starts_at)}"
