"""Who didn't come more than once, for those who may see bookings."""

from dataclasses import dataclass

from django.db.models import Count

from training.models import Booking
from training.reports import Period

MOST = 200  # people on one screen


@dataclass(frozen=True)
class Absent:
    """A person, as in the latest booking, and the sessions that they missed."""

    name: str
    email: str
    agency: str
    bookings: list[Booking]


def repeatedly_absent(period: Period, least: int = 2) -> list[Absent]:
    """People (address and name) who had a place and didn't come at least so often, the most often first.

    Whose personal data was removed isn't among them any more.
    """
    begin, end = period.moments
    missed = Booking.objects.confirmed().filter(
        outcome=Booking.Outcome.NOT_ATTENDED,
        session__starts_at__gte=begin,
        session__starts_at__lt=end,
        purged_at=None,
    )
    people = missed.order_by().values("person").annotate(times=Count("pk")).filter(times__gte=least)
    often = list(people.order_by("-times", "person").values_list("person", flat=True)[:MOST])
    by_person: dict[str, list[Booking]] = {person: [] for person in often}
    rows = missed.filter(person__in=often).select_related("session__course", "agency")
    for booking in rows.order_by("session__starts_at", "pk"):
        by_person[booking.person].append(booking)
    return [Absent(each[-1].name, each[-1].email, each[-1].agency_label, each) for each in by_person.values() if each]
