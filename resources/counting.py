"""How often files are downloaded: counted by file and day, and nothing is kept about who.

No address, no cookie, no account: a row is a version, a day and a number. What is counted are answers to
people, as far as a request tells: robots that say what they are, HEAD requests, the later parts of a file
that a browser fetches in pieces, and pages that a browser fetches ahead are left out.
"""

import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import F, Sum
from django.db.models.functions import TruncMonth
from django.utils import timezone

from resources.models.downloads import DownloadCount
from resources.models.versions import FileVersion

logger = logging.getLogger(__name__)

# What programs that nobody sits at call themselves.
ROBOTS = re.compile(
    r"bot\b|bot[/;_-]|crawl|spider|slurp|archiv|preview|fetch|monitor|scan|check|validator|lighthouse|headless"
    r"|curl|wget|python|java/|okhttp|go-http|libwww|httpclient|facebookexternalhit|mediapartners|feed",
    re.IGNORECASE,
)
NO_PAGE = "default-src 'none'"  # the policy of every file that is served


def is_person(request) -> bool:
    """Whether a request looks like somebody opening a file, so that it counts."""
    agent = request.headers.get("User-Agent", "")
    if request.method != "GET" or not agent or ROBOTS.search(agent):
        return False
    if "prefetch" in request.headers.get("Sec-Purpose", request.headers.get("Purpose", "")):
        return False
    part = request.headers.get("Range", "")
    return not part or part.replace(" ", "").startswith("bytes=0-")


def count_answer(request, response, version: FileVersion) -> None:
    """Count a download if this answer gave a person the file; what goes wrong never spoils the answer.

    A redirect counts too if it leads to the file in storage on another machine, not to a form to sign in.
    """
    a_file = response.get("Content-Security-Policy") == NO_PAGE
    if a_file and response.status_code in {200, 206, 302} and is_person(request):
        count(version.pk)


def count(version_pk: int, by: int = 1, day: date | None = None) -> bool:
    """Add to the downloads of one version on a day, today by default; say if that worked.

    One statement adds to the row; only the first download of a day takes another, which makes it. Two at
    once are both counted.
    """
    rows = DownloadCount.objects.filter(version_id=version_pk, day=day or timezone.localdate())
    try:
        if rows.update(count=F("count") + by):
            return True
        try:
            with transaction.atomic():
                DownloadCount.objects.create(version_id=version_pk, day=day or timezone.localdate(), count=by)
        except IntegrityError:  # somebody else's first came in between
            return bool(rows.update(count=F("count") + by))
    except DatabaseError:
        logger.exception("a download of version %s wasn't counted", version_pk)
        return False
    return True


def most_downloaded(resources, since: date, most: int = 6) -> list:
    """The resources of a queryset that were downloaded most since a day, each with its ``downloads``."""
    counts = DownloadCount.objects.filter(day__gte=since, version__resource__in=resources.values("pk"))
    ranked = (
        counts.values_list("version__resource").annotate(total=Sum("count")).order_by("-total", "version__resource")
    )
    totals = dict(ranked[:most])
    found = {page.pk: page for page in resources.filter(pk__in=totals)}
    for key, page in found.items():
        page.downloads = totals[key]
    return [found[key] for key in totals if key in found]


@dataclass(frozen=True)
class Ranked:
    """A resource's place in the report."""

    resource_id: int
    title: str
    total: int
    before: int  # in the twelve months before


def by_month(until: date, months: int = 12, versions: Iterable[int] | None = None) -> list[tuple[date, int]]:
    """Downloads in each of the months up to that day's, the earliest first; months without any are 0."""
    firsts = month_starts(until, months)
    rows = DownloadCount.objects.filter(day__gte=firsts[0], day__lte=until)
    if versions is not None:
        rows = rows.filter(version__in=versions)
    totals = dict(rows.annotate(month=TruncMonth("day")).values_list("month").annotate(total=Sum("count")).order_by())
    return [(first, totals.get(first, 0)) for first in firsts]


def month_starts(until: date, months: int) -> list[date]:
    """The first days of that many months, the last one being that of the day."""
    numbers = range(until.year * 12 + until.month - months, until.year * 12 + until.month)
    return [date(number // 12, number % 12 + 1, 1) for number in numbers]


def ranking(since: date, until: date, most: int | None = None) -> list[Ranked]:
    """Resources by their downloads in a time, and in the same time a year before."""
    day = {"day__gte": since, "day__lte": until}
    earlier = {"day__gte": _year_before(since), "day__lte": _year_before(until)}
    before = dict(_totals(**earlier).values_list("version__resource", "total"))
    found = _totals(**day).order_by("-total", "version__resource__title")
    rows = found.values_list("version__resource", "version__resource__title", "total")
    return [Ranked(key, title, total, before.get(key, 0)) for key, title, total in rows[:most]]


def _totals(**days):
    rows = DownloadCount.objects.filter(**days).order_by()
    return rows.values("version__resource", "version__resource__title").annotate(total=Sum("count"))


def _year_before(day: date) -> date:
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)
