"""Sample activity of training: sessions dated from today, with delegates who don't exist.

It goes through no job, so that nobody is written to. Every session says on its page that it is a sample.
"""

from datetime import date, datetime, time, timedelta

from django.db import models, transaction
from django.utils import timezone

from dscp_cms.models import Agency
from training.charging_policy import current, version_of
from training.history import note
from training.models import (
    Attendance,
    Booking,
    BookingEvent,
    CoursePage,
    SessionDay,
    TrainingSession,
    Venue,
    person_key,
)
from training.outcomes import settle
from training.sample_certificates import load_sample_certificates
from training.sample_evaluations import load_sample_evaluations
from training.working_hours import is_working_day

NOTICE = "Sample activity, made to show the site at work: nobody will meet here."
VENUE = "Sample venue: Example Hall"
ONES = (
    "One Two Three Four Five Six Seven Eight Nine Ten Eleven Twelve Thirteen Fourteen Fifteen Sixteen Seventeen".split()
)
NUMBERS = [*ONES, "Eighteen", "Nineteen", "Twenty", *(f"Twenty-{ones}" for ones in ONES[:9])]
Status = Booking.Status

# What is made: title of the course or its place among the courses with a teacher, days from today, number of
# weekly days, how it is held, places, delegates with a place, delegates in line, and the session's status.
SESSIONS = (
    (0, 12, 1, "face_to_face", 20, 6, 0, "open"),
    (0, 40, 1, "virtual", 25, 0, 0, "open"),
    (1, 19, 2, "face_to_face", 16, 14, 0, "open"),
    (2, 26, 1, "virtual", 12, 12, 4, "open"),
    (2, 61, 1, "face_to_face", 16, 3, 0, "open"),
    (3, 33, 1, "face_to_face", 20, 0, 0, "cancelled"),
    (1, -9, 1, "face_to_face", 16, 11, 0, "done"),
)


@transaction.atomic
def load_sample_sessions(today: date | None = None) -> list[models.Model]:
    """Make the sample sessions once; return everything made, in order, for the list of what is a sample.

    One course that is taught stays without a session. Without courses nothing is made.
    """
    courses = list(CoursePage.objects.live().filter(models.Q(is_face_to_face=True) | models.Q(is_virtual=True)))
    if not courses or TrainingSession.objects.filter(notice=NOTICE).exists():
        return []
    courses = sorted(courses, key=lambda course: course.title)[: max(len(courses) - 1, 1)]
    venue, created = Venue.objects.get_or_create(
        name=VENUE, defaults={"address": "1 Example Street\nExample Town", "access_notes": "Step-free from the street."}
    )
    made: list[models.Model] = [venue] if created else []
    for which, days, number, method, places, having, waiting, status in SESSIONS:
        course = courses[which % len(courses)]
        first = (today or timezone.localdate()) + timedelta(days=days)
        session = _session(course, first, number, method, places, status, venue)
        bookings = _bookings(session, having, waiting)
        made += [session, *bookings, *(_register(session, bookings) if status == "done" else [])]
        if status == "done":
            made += load_sample_evaluations(bookings) + load_sample_certificates(bookings)
    return made


def _register(session: TrainingSession, bookings: list[Booking]) -> list[Attendance]:
    """Everybody came but the last; one came late and one left early."""
    (day,) = session.days.all()
    marks = dict.fromkeys(bookings, Attendance.Mark.ATTENDED)
    marks |= dict(zip(bookings[-3:], ("late", "left_early", "not_attended"), strict=True))
    made = [
        Attendance.objects.create(booking=booking, day=day, mark=mark, source="link", at=day.ends_at)
        for booking, mark in marks.items()
    ]
    settle(session.pk)
    return made


def _session(course, first: date, number: int, method: str, places: int, status: str, venue) -> TrainingSession:
    while not is_working_day(first):
        first += timedelta(days=1)
    session = TrainingSession.objects.create(
        course=course,
        status=status,
        delivery_method=method,
        venue=venue if method == "face_to_face" else None,
        joining_link="https://example.org/sample-session" if method == "virtual" else "",
        capacity=places,
        facilitator="Sample Facilitator",
        notice=NOTICE,
        cancelled_at=timezone.now() if status == "cancelled" else None,
    )
    for week in range(number):
        start = timezone.make_aware(datetime.combine(first + timedelta(weeks=week), time(9, 30)))
        SessionDay.objects.create(session=session, starts_at=start, ends_at=start + timedelta(hours=3))
    return session


def _bookings(session: TrainingSession, having: int, waiting: int) -> list[Booking]:
    agencies = list(Agency.objects.filter(name__startswith="Example ").order_by("name"))
    made, now, policy = [], timezone.now() - timedelta(days=12), version_of(current())
    for place, number in enumerate(NUMBERS[: having + waiting]):
        name, email = f"Delegate {number}", f"delegate.{number.lower()}@example.org"
        moment = now + timedelta(hours=place)
        confirmed = place < having
        booking = Booking.objects.create(
            session=session,
            name=name,
            email=email,
            person=person_key(email, name),
            agency=agencies[place % len(agencies)] if agencies else None,
            job_title="Practitioner",
            manager_name="Example Manager",
            manager_email="manager@example.org",
            status=Status.CONFIRMED if confirmed else Status.WAITING,
            confirmed_at=moment if confirmed else None,
            waiting_since=None if confirmed else moment,
            manager_told_at=moment,
            policy_version=policy,
        )
        kind = BookingEvent.Kind.CONFIRMED if confirmed else BookingEvent.Kind.WAITING
        note(booking, kind, "Sample activity; no message was sent.")
        made.append(booking)
    return made
