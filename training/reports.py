"""What training did in a period: places, bookings, attendance and waiting lists, counted and never by person.

Everything is counted from rows that the purge leaves (sessions, bookings without their people), so that a year's
figures are the same after it. A session belongs to the month in which it began, as a clock in Durham shows it,
and its bookings and evaluations to the same month. Planned sessions aren't counted.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import date, datetime, time

from django.db.models import Count
from django.utils import timezone
from wagtail.models import get_page_models

from dscp_cms.models import Agency
from dscp_cms.pages import BasePage
from training.models import Booking, CoursePage, TrainingSession
from training.reports_evaluations import Evaluations, evaluations

APRIL = 4  # the financial year of councils in England begins with it
LONGEST = 120  # months
ELSEWHERE = "Agencies not in our list"
Status, Outcome = Booking.Status, Booking.Outcome


@dataclass(frozen=True)
class Period:
    """Whole months: from the first day ``since`` to the day before ``until``, the first of a later month."""

    since: date
    until: date

    @classmethod
    def of_months(cls, first: date, last: date) -> "Period":
        """From the month of one day to that of another. Raises ValueError where that is no period or above LONGEST."""
        period = cls(first.replace(day=1), _next_month(last))
        if not 0 < len(period.months) <= LONGEST:
            raise ValueError("The first month must come before the last, ten years at most.")
        return period

    @classmethod
    def financial_year(cls, begins: int) -> "Period":
        """April of a year to March of the next."""
        return cls(date(begins, APRIL, 1), date(begins + 1, APRIL, 1))

    @classmethod
    def year_around(cls, day: date) -> "Period":
        """The financial year in which a day lies."""
        return cls.financial_year(day.year if day.month >= APRIL else day.year - 1)

    @property
    def months(self) -> list[date]:
        """The first day of each month."""
        found, month = [], self.since
        while month < self.until and len(found) <= LONGEST:
            found.append(month)
            month = _next_month(month)
        return found

    @property
    def moments(self) -> tuple[datetime, datetime]:
        """Its beginning and its end, which is no longer in it."""
        return _midnight(self.since), _midnight(self.until)

    def __str__(self):
        months = self.months
        return f"{months[0]:%B %Y}" if len(months) == 1 else f"{months[0]:%B %Y} to {months[-1]:%B %Y}"


@dataclass
class Counts:
    """Sums over some sessions and their bookings."""

    sessions: int = 0  # that were held or will be
    sessions_cancelled: int = 0
    places: int = 0  # in sessions that are booked here and weren't cancelled
    bookings: int = 0  # whatever became of them
    had_place: int = 0  # confirmed, and not cancelled since
    attended: int = 0
    partly: int = 0
    not_attended: int = 0
    not_recorded: int = 0  # had a place in a session that is over, and no register says more
    cancelled: int = 0
    cancelled_late: int = 0
    waited: int = 0  # were on the waiting list at some time
    still_waiting: int = 0  # and never got a place

    def __iadd__(self, other: "Counts") -> "Counts":
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))
        return self

    @property
    def came(self) -> int:
        """Attended, if only in part."""
        return self.attended + self.partly

    @property
    def places_filled(self) -> float | None:
        """The share of places that somebody had, from 0 to 1."""
        return self.had_place / self.places if self.places else None

    @property
    def attendance(self) -> float | None:
        """The share of those who came, among those whose attendance is known, from 0 to 1."""
        known = self.came + self.not_attended
        return self.came / known if known else None


@dataclass
class Line:
    """The counts of one course, agency, priority or month."""

    name: str
    counts: Counts = field(default_factory=Counts)


@dataclass
class Figures:
    """A period's figures. A session counts under each priority that shares a topic with its course."""

    period: Period
    total: Counts
    by_course: list[Line]
    by_agency: list[Line]
    by_kind: list[Line]
    by_priority: list[Line]
    by_month: list[Line]
    evaluations: Evaluations
    courses_without_session: list[str]
    priorities_without_session: list[str]


@dataclass(frozen=True)
class _Subject:
    """A course or a priority: its title and topics."""

    title: str
    topics: frozenset[int]


def figures(period: Period, now: datetime | None = None) -> Figures:
    """Count a period. What is upcoming, or over, is so at ``now``. In a fixed number of queries."""
    now = now or timezone.now()
    courses, priorities = _subjects(CoursePage.objects.all()), _priorities()
    sessions = _sessions(period)
    groups = _groups(period)
    by_session, by_agency = defaultdict(Counts), defaultdict(Counts)
    for session in sessions.values():
        by_session[session["pk"]] += _of_session(session)
    for group in groups:
        session = sessions[group["session_id"]]
        counts = _of_group(group, over=session["ends_at"] is not None and session["ends_at"] <= now)
        by_session[session["pk"]] += counts
        by_agency[group["agency_id"]] += counts
    agencies = {pk: (name, kind) for pk, name, kind in Agency.objects.values_list("pk", "name", "kind")}
    total, by_course, by_month = Counts(), defaultdict(Counts), {month: Counts() for month in period.months}
    for key, counts in by_session.items():
        total += counts
        by_course[sessions[key]["course_id"]] += counts
        by_month[timezone.localtime(sessions[key]["starts_at"]).date().replace(day=1)] += counts
    titles = {key: course.title for key, course in courses.items()}
    without = _without_session(now)
    return Figures(
        period=period,
        total=total,
        by_course=_lines((titles[key], counts) for key, counts in by_course.items()),
        by_agency=_lines((agencies[key][0] if key else ELSEWHERE, counts) for key, counts in by_agency.items()),
        by_kind=_lines(
            (Agency.Kind(agencies[key][1]).label if key else ELSEWHERE, counts) for key, counts in by_agency.items()
        ),
        by_priority=[_of_priority(each, courses, by_course) for each in priorities.values()],
        by_month=[Line(f"{month:%B %Y}", counts) for month, counts in by_month.items()],
        evaluations=evaluations(period.since, period.until, period.moments, titles),
        courses_without_session=sorted(courses[key].title for key in without),
        priorities_without_session=_priorities_without(priorities, courses, now),
    )


def _sessions(period: Period) -> dict[int, dict]:
    found = TrainingSession.objects.shown().between(*period.moments)
    columns = ("pk", "course_id", "starts_at", "ends_at", "status", "capacity", "extra_places", "external_url")
    return {row["pk"]: row for row in found.order_by().values(*columns)}


def _groups(period: Period) -> list[dict]:
    """Bookings that count alike, with how many there are."""
    shown = TrainingSession.objects.shown().between(*period.moments)
    alike = ("session_id", "agency_id", "status", "outcome", "late")
    found = Booking.objects.filter(session__in=shown.order_by().values("pk")).order_by().values(*alike)
    return list(found.annotate(number=Count("pk"), waited=Count("waiting_since")))


def _of_session(session: dict) -> Counts:
    if session["status"] == TrainingSession.Status.CANCELLED:
        return Counts(sessions_cancelled=1)
    places = 0 if session["external_url"] else session["capacity"] + session["extra_places"]
    return Counts(sessions=1, places=places)


def _of_group(group: dict, *, over: bool) -> Counts:
    number, status, outcome = group["number"], group["status"], group["outcome"]
    placed = number if status == Status.CONFIRMED else 0
    return Counts(
        bookings=number,
        had_place=placed,
        attended=placed if outcome == Outcome.ATTENDED else 0,
        partly=placed if outcome == Outcome.PARTLY else 0,
        not_attended=placed if outcome == Outcome.NOT_ATTENDED else 0,
        not_recorded=placed if over and not outcome else 0,
        cancelled=number if status == Status.CANCELLED else 0,
        cancelled_late=number if status == Status.CANCELLED and group["late"] else 0,
        waited=group["waited"],
        still_waiting=number if status == Status.WAITING else 0,
    )


def _lines(pairs: Iterable[tuple[str, Counts]]) -> list[Line]:
    """One line a name, in alphabetical order."""
    lines: dict[str, Line] = {}
    for name, counts in pairs:
        lines.setdefault(name, Line(name)).counts += counts
    return sorted(lines.values(), key=lambda line: (line.name == ELSEWHERE, line.name.casefold()))


def _subjects(pages) -> dict[int, _Subject]:
    """Pages by their key, in the tree's order."""
    titles, topics = {}, defaultdict(set)
    for key, title, topic in pages.order_by("path").values_list("pk", "title", "topics"):
        titles[key] = title
        topics[key] |= {topic} - {None}
    return {key: _Subject(title, frozenset(topics[key])) for key, title in titles.items()}


def _priorities() -> dict[int, _Subject]:
    """The pages that gather whatever has their topics."""
    models = [model for model in get_page_models() if issubclass(model, BasePage) and model.gathers_topics]
    found: dict[int, _Subject] = {}
    for model in models:
        found |= _subjects(model.objects.live())
    return found


def _of_priority(priority: _Subject, courses: dict[int, _Subject], by_course: dict[int, Counts]) -> Line:
    line = Line(priority.title)
    for key, counts in by_course.items():
        if priority.topics & courses[key].topics:
            line.counts += counts
    return line


def _without_session(now: datetime) -> list[int]:
    """Courses that are taught and have no session to come."""
    taught = CoursePage.objects.live().filter(is_face_to_face=True) | CoursePage.objects.live().filter(is_virtual=True)
    return list(taught.exclude(pk__in=_upcoming(now)).values_list("pk", flat=True))


def _priorities_without(priorities: dict[int, _Subject], courses: dict[int, _Subject], now: datetime) -> list[str]:
    covered = set()
    for key in _upcoming(now):
        covered |= courses[key].topics
    return [priority.title for priority in priorities.values() if not priority.topics & covered]


def _upcoming(now: datetime):
    """The keys of courses with an open session to come."""
    found = TrainingSession.objects.filter(status=TrainingSession.Status.OPEN, starts_at__gt=now)
    return found.order_by().values_list("course_id", flat=True).distinct()


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
