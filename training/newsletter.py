"""What courses answer the newsletter from their sessions: which to offer, their dates and places, and what is wrong."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from training.models import CoursePage, TrainingSession

AHEAD = timedelta(weeks=10)  # after the issue
DATES_SHOWN = 3


def candidates(since: datetime, until: datetime):
    """Courses with a session to be booked from now until ten weeks after the issue, the next date first.

    Then new courses without a date, such as eLearning.
    """
    now = timezone.now()
    coming = TrainingSession.objects.upcoming().between(now, until + AHEAD)
    bookable = coming.filter(Q(pk__in=TrainingSession.objects.open_for_booking().values("pk")) | ~Q(external_url=""))
    new = Q(first_published_at__gte=since, first_published_at__lt=until)
    courses = CoursePage.objects.readable().filter(Q(pk__in=bookable.values("course")) | new)
    return courses.soonest()


def attach_dates(courses: Sequence[CoursePage]) -> None:
    """Give courses their sessions to come, in one query, for the line that stands with their title."""
    sessions = TrainingSession.objects.upcoming().filter(course__in=[course.pk for course in courses])
    by_course = defaultdict(list)
    for session in sessions.defer("joining_link", "notice"):
        by_course[session.course_id].append(session)
    for course in courses:
        course.coming_sessions = by_course[course.pk]


def attach_all(courses: Sequence[CoursePage]) -> None:
    """Give courses every session that readers know of, in one query, for ``notes``."""
    sessions = TrainingSession.objects.shown().filter(course__in=[course.pk for course in courses])
    by_course = defaultdict(list)
    for session in sessions.order_by("starts_at").defer("joining_link", "notice"):
        by_course[session.course_id].append(session)
    for course in courses:
        course.noted_sessions = by_course[course.pk]


def dates_line(sessions: Sequence[TrainingSession]) -> str:
    """Next: 12 May 2026 (3 places left), 26 May 2026 (full)."""
    if not sessions:
        return ""
    words = [f"{_day(session)}{_places(session)}" for session in sessions[:DATES_SHOWN]]
    more = len(sessions) - DATES_SHOWN
    return f"Next: {', '.join(words)}" + (f" and {more} more" if more > 0 else "")


def _day(session: TrainingSession) -> str:
    day = timezone.localtime(session.starts_at)
    return f"{day.day} {day:%B %Y}"


def _places(session: TrainingSession) -> str:
    if session.external_url:
        return ""
    left = session.places_left
    if left:
        return f" ({left} place{'s' if left != 1 else ''} left)"
    return " (full, with a waiting list)" if session.waiting_list else " (full)"


def notes(course: CoursePage, on: date) -> list[str]:
    """What an editor should know of the course's sessions before it goes into an issue sent on that day."""
    if course.noted_sessions is None:
        attach_all([course])
    sessions = course.noted_sessions
    ahead = [session for session in sessions if timezone.localtime(session.starts_at).date() > on]
    now = timezone.now()
    found = []
    for session in sessions:
        name = f"The session of “{course.title}” on {timezone.localtime(session.starts_at):%d/%m/%Y}"
        if session.status == TrainingSession.Status.OPEN and session not in ahead and session.starts_at > now:
            found.append(f"{name} will be past by {on:%d/%m/%Y}.")
        elif session in ahead and session.status == TrainingSession.Status.CANCELLED:
            found.append(f"{name} was cancelled.")
        elif session in ahead and not session.external_url and not session.places_left:
            found.append(f"{name} is full{'; people can wait for a place' if session.waiting_list else ''}.")
    if sessions and not any(session.status == TrainingSession.Status.OPEN for session in ahead):
        found.append(f"“{course.title}” has no session after {on:%d/%m/%Y}.")
    return found
