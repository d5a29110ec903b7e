"""Which sessions a list or a calendar shows, and the filters that choose them."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q, QuerySet
from django.db.models.functions import TruncMonth
from django.utils import timezone

from dscp_cms.listing import Facet, chosen, facet
from dscp_cms.models import Topic
from training.models import CoursePage, DeliveryMethod, TrainingSession
from training.models.catalogue import Level
from training.month import Month

LIVE_METHODS = (DeliveryMethod.FACE_TO_FACE, DeliveryMethod.VIRTUAL)
MONTHS_OFFERED = 18
MOST_OF_A_COURSE = 40  # on its page


@dataclass(frozen=True)
class Choice:
    """What a reader has chosen of the sessions, and what else there is to choose from."""

    sessions: QuerySet
    facets: list[Facet]
    wanted: dict[str, str] = field(default_factory=dict)


def public_sessions() -> QuerySet:
    """Sessions that everybody may know of: shown, of courses that everybody may read."""
    readable = CoursePage.objects.readable().values("pk")
    return TrainingSession.objects.shown().filter(course__in=readable)


def still_to_come() -> QuerySet:
    """Those that haven't begun, also cancelled ones, so that nobody travels in vain; the next first."""
    Status = TrainingSession.Status
    coming = public_sessions().filter(starts_at__gt=timezone.now(), status__in=[Status.OPEN, Status.CANCELLED])
    return coming.order_by("starts_at", "pk")


def choose(request, *, by_month: bool = True) -> Choice:
    """The sessions that an address asks for; without ``by_month``, whatever their date, for the calendar."""
    sessions = still_to_come() if by_month else public_sessions().order_by("starts_at", "pk")
    facets = [
        facet(request, "method", "How", [(method.value, method.label) for method in LIVE_METHODS]),
        facet(request, "level", "Level", [(number, f"Level {number}") for number in "1234"]),
        facet(request, "topic", "Topic", Topic.objects.values_list("slug", "name")),
        facet(request, "places", "Places", [("left", "With places left")]),
    ]
    if by_month:
        facets.insert(0, facet(request, "month", "Month", [(str(month), month.name) for month in _months()]))
    wanted = chosen(facets)
    for name, value in wanted.items():
        sessions = _FILTERS[name](sessions, value)
    return Choice(sessions, facets, wanted)


def _months() -> list[Month]:
    """The months that have sessions to come."""
    found = (
        still_to_come().order_by().annotate(month=TruncMonth("starts_at")).values_list("month", flat=True).distinct()
    )
    days = sorted({timezone.localtime(moment).date() for moment in found})
    return [Month.of(day) for day in days[:MONTHS_OFFERED]]


def _in_month(sessions: QuerySet, value: str) -> QuerySet:
    month = Month.asked(value)
    return sessions.between(month.begins, month.ends)


def _at_level(sessions: QuerySet, number: str) -> QuerySet:
    return sessions.filter(course__level__in=[level.value for level in Level if number in level.numbers])


def _about(sessions: QuerySet, slug: str) -> QuerySet:
    return sessions.filter(course__in=CoursePage.objects.filter(topics__slug=slug).values("pk"))


_FILTERS = {
    "month": _in_month,
    "method": lambda sessions, value: sessions.filter(delivery_method=value),
    "level": _at_level,
    "topic": _about,
    "places": lambda sessions, value: sessions.with_places_left().open_for_booking(),
}


@dataclass(frozen=True)
class Entry:
    """A session on one of its days in the calendar."""

    session: TrainingSession
    starts_at: object
    number: int  # of the day
    days: int


def on_days(sessions: QuerySet, month: Month) -> dict[date, list[Entry]]:
    """The sessions of a month by day, each on every day that it has in it; three queries."""
    within = Q(days__starts_at__gte=month.begins, days__starts_at__lt=month.ends)
    by_day = defaultdict(list)
    for session in sessions.filter(within).distinct().with_details():
        days = sorted(session.days.all(), key=lambda day: day.starts_at)
        for number, day in enumerate(days, start=1):
            if month.begins <= day.starts_at < month.ends:
                entry = Entry(session, day.starts_at, number, len(days))
                by_day[timezone.localtime(day.starts_at).date()].append(entry)
    for entries in by_day.values():
        entries.sort(key=lambda entry: (entry.starts_at, entry.session.pk))
    return dict(by_day)


def coming(course: CoursePage) -> list[TrainingSession]:
    """The sessions of a course that haven't begun, cancelled ones too, the next first; four queries at most."""
    Status = TrainingSession.Status
    found = course.sessions.shown().filter(starts_at__gt=timezone.now(), status__in=[Status.OPEN, Status.CANCELLED])
    return list(found.with_details().order_by("starts_at", "pk")[:MOST_OF_A_COURSE])


def instead_of(session: TrainingSession, most: int = 3) -> list[TrainingSession]:
    """Other sessions of the same course that can be booked, the next first."""
    upcoming = session.course.sessions.upcoming().exclude(pk=session.pk)
    bookable = upcoming.filter(Q(external_url__gt="") | Q(pk__in=upcoming.open_for_booking().values("pk")))
    return list(bookable.with_details()[:most])
