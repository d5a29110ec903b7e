"""Figures about the newsletter: how many read it month by month, and what a period's sendings reached."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, DateTimeField, Q
from django.db.models.functions import TruncMonth
from django.utils import timezone

from news.models import Campaign, Delivery, Subscriber


def subscribers_by_month(until: date, months: int = 12) -> list[tuple[date, int]]:
    """How many were subscribed at the end of each of the months up to that day's, the earliest first.

    Counted from the rows there are now: somebody whose record was erased since counts in no month.
    """
    firsts = _firsts(until, months)
    was = Subscriber.objects.exclude(confirmed_at=None).order_by()
    joined, left = (
        was.exclude(**{column: None})
        .annotate(month=TruncMonth(column, output_field=DateTimeField()))
        .values("month")
        .annotate(number=Count("pk") * sign)
        .values_list("month", "number")
        for column, sign in (("confirmed_at", 1), ("left_at", -1))
    )
    changes = [(timezone.localtime(month).date(), number) for month, number in joined.union(left, all=True).order_by()]
    return [(first, sum(number for month, number in changes if month <= first)) for first in firsts]


def _firsts(until: date, months: int) -> list[date]:
    numbers = range(until.year * 12 + until.month - months, until.year * 12 + until.month)
    return [date(number // 12, number % 12 + 1, 1) for number in numbers]


@dataclass(frozen=True)
class Reach:
    """What became of one sending."""

    subject: str
    begun: datetime
    recipients: int
    sent: int
    failed: int
    bounced: int
    unsubscribed: int


def reach(since: datetime, until: datetime) -> list[Reach]:
    """The sendings that began in a time, the first one first, with what became of their messages. One query."""
    begun = Campaign.objects.filter(started_at__gte=since, started_at__lt=until)
    counts = {
        "sent": Count("deliveries", filter=Q(deliveries__status=Delivery.Status.SENT)),
        "failed": Count("deliveries", filter=Q(deliveries__status=Delivery.Status.FAILED)),
        "bounced": Count("deliveries__bounced_at"),
        "unsubscribed": Count("deliveries__unsubscribed_at"),
    }
    columns = ("subject", "started_at", "recipients")
    found = begun.order_by("started_at", "pk").values_list("pk", *columns).annotate(**counts)
    return [Reach(*row[1:]) for row in found]
