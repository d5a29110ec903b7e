"""How many bookings were made in each month."""

from datetime import date, datetime, time

from django.db.models import Count
from django.db.models.functions import TruncMonth
from django.utils import timezone

from training.models import Booking


def bookings_by_month(until: date, months: int = 12) -> list[tuple[date, int]]:
    """In each of the months up to that day's, by the day on which they were made, whatever became of them since."""
    numbers = range(until.year * 12 + until.month - months, until.year * 12 + until.month)
    firsts = [date(number // 12, number % 12 + 1, 1) for number in numbers]
    since = timezone.make_aware(datetime.combine(firsts[0], time.min))
    rows = Booking.objects.filter(created_at__gte=since).order_by().annotate(month=TruncMonth("created_at"))
    found = {
        timezone.localtime(month).date(): number for month, number in rows.values_list("month").annotate(n=Count("pk"))
    }
    return [(first, found.get(first, 0)) for first in firsts]
