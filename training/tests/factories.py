"""Makes catalogue pages, sessions and bookings for tests."""

from datetime import timedelta

from django.utils import timezone

from dscp_cms.models import Agency
from dscp_cms.testing.pages import STORY, TEXT, front_page, make
from training.booking import PersonDetails, book
from training.models import Booking, CoursePage, SessionDay, TrainingIndexPage, TrainingSession, Venue


def catalogue() -> TrainingIndexPage:
    """The catalogue, once."""
    return TrainingIndexPage.objects.first() or make(
        TrainingIndexPage, front_page(), "Training", slug="training", show_in_menus=True, body=STORY
    )


def course(title: str = "Neglect basics", **fields) -> CoursePage:
    """A course that is taken face to face."""
    return make(
        CoursePage,
        catalogue(),
        title,
        **{
            "body": STORY,
            "is_face_to_face": True,
            "level": "2",
            "duration": "half a day",
            "learning_outcomes": "<ul><li>Know the signs</li></ul>",
            "who_should_attend": TEXT,
            **fields,
        },
    )


def venue(name: str = "Example Hall", **fields) -> Venue:
    """A place to meet."""
    defaults = {"address": "1 Example Street\nDurham", "access_notes": "Step-free from the car park.", **fields}
    return Venue.objects.get_or_create(name=name, defaults=defaults)[0]


def session(of: CoursePage | None = None, *, days: int = 21, hours: float = 3, number: int = 1, **fields):
    """An open session that begins at 9:30am so many days from today, with one day or a number of weekly ones."""
    made = TrainingSession.objects.create(
        course=of or CoursePage.objects.first() or course(),
        **{"status": TrainingSession.Status.OPEN, "capacity": 20, "venue": venue(), **fields},
    )
    first = timezone.localtime().replace(hour=9, minute=30, second=0, microsecond=0) + timedelta(days=days)
    for week in range(number):
        begin = first + timedelta(weeks=week)
        SessionDay.objects.create(session=made, starts_at=begin, ends_at=begin + timedelta(hours=hours))
    made.refresh_from_db()
    return made


def person(number: int = 1, **fields) -> PersonDetails:
    """Delegate 1, Delegate 2 and so on, each with an address."""
    return PersonDetails(
        **{"name": f"Delegate {number}", "email": f"delegate.{number}@example.org", "policy_version": "1", **fields}
    )


def agency(name: str = "Example Primary School", kind: str = Agency.Kind.SCHOOL, **fields) -> Agency:
    """A partner by its name."""
    return Agency.objects.get_or_create(name=name, defaults={"kind": kind, **fields})[0]


def fill(of: TrainingSession, number: int | None = None, start: int = 1) -> list[Booking]:
    """Book so many delegates, by default as many as there are places."""
    return [book(of.pk, person(start + place)) for place in range(of.places if number is None else number)]
