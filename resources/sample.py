"""Sample activity of the libraries: downloads over a year, and somebody who is told of changes.

All of it belongs to sample pages and goes when they go.
"""

from datetime import date, timedelta

from django.db.models import Max
from django.utils import timezone

from resources import changes
from resources.models import Change, DownloadCount, FileVersion, ResourcePage, Watch

READER = "delegate.one@example.org"


def load_sample_downloads(resource: ResourcePage, today: date | None = None) -> int:
    """Count downloads of a sample resource's files on the days that they could be had; return how many in all.

    Weekdays have more than weekends, autumn more than August. Nothing is left to chance, so that two
    loads look alike.
    """
    today, total, rows = today or timezone.localdate(), 0, []
    versions = list(FileVersion.objects.filter(resource=resource, published_on__lte=today).order_by("published_on"))
    ends = [version.published_on for version in versions[1:]] + [today]
    for version, end in zip(versions, ends, strict=True):
        first = max(version.published_on, today - timedelta(days=364))
        for number in range((end - first).days):
            day = first + timedelta(days=number)
            count = _downloads(day, resource.pk)
            if count:
                rows.append(DownloadCount(version=version, day=day, count=count))
                total += count
    DownloadCount.objects.bulk_create(rows, ignore_conflicts=True)
    return total


def _downloads(day: date, salt: int) -> int:
    busy = 0 if day.weekday() >= 5 else 1 if day.month == 8 else 2 + (day.month in {9, 10, 11})
    return busy * ((day.toordinal() * 7 + salt) % 5) // 2


def load_sample_watch(resource: ResourcePage) -> list[Watch]:
    """Somebody who doesn't exist and is told when a sample resource changes; nothing of what is there already."""
    changes.note()
    now = timezone.now()
    return [
        Watch.objects.create(
            email=READER,
            page=resource,
            asked_at=now,
            confirmed_at=now,
            told_up_to=Change.objects.aggregate(latest=Max("pk"))["latest"] or 0,
        )
    ]
