"""What is kept of searches: the terms that many people use, and nothing else.

A term is kept for editors only when it was searched for on three different days; until then there is only a
keyed digest of it, for three months. Never kept: more than four words, digits, an @, and words of harm.
"""

import re
from datetime import date, timedelta

from django.db import DatabaseError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import salted_hmac

from dscp_cms.models import SiteSettings
from home.models import SearchSighting, SearchTerm

DAYS_NEEDED = 3
SIGHTINGS_KEPT = timedelta(days=92)
TERMS_KEPT = timedelta(days=365)  # since the last search for it
MOST_A_DAY = 5_000  # sightings; a flood of made-up searches fills no table
LONGEST = 60  # characters


def tidy(query: str) -> str:
    """The query as it is compared: small letters, single spaces."""
    return " ".join(query.lower().split())


def may_be_kept(query: str, settings: SiteSettings) -> bool:
    """Whether this could be anything but a person's own words or data."""
    words = re.findall(r"\w+", query)
    plain = 0 < len(words) <= 4 and len(query) <= LONGEST and not re.search(r"[\d@]", query)
    return plain and query.isprintable() and not settings.mentions_harm(query)


def note(query: str, found: int, settings: SiteSettings, today: date | None = None) -> SearchTerm | None:
    """Note that something was searched for; return the kept term, if by now it is one.

    A search never fails because of it: where the database can't be written to, nothing is noted.
    """
    query, today = tidy(query), today or timezone.localdate()
    if not may_be_kept(query, settings):
        return None
    digest = salted_hmac("home.search_terms", query, algorithm="sha256").hexdigest()
    try:
        with transaction.atomic():
            return _note(query, digest, found, today)
    except DatabaseError:
        return None


def _note(query: str, digest: str, found: int, today: date) -> SearchTerm | None:
    seen = SearchSighting.objects.filter(digest=digest)
    if seen.filter(day=today).exists():
        return SearchTerm.objects.filter(term=query).first()
    if SearchSighting.objects.filter(day=today).count() >= MOST_A_DAY:
        return None
    SearchSighting.objects.bulk_create([SearchSighting(digest=digest, day=today)], ignore_conflicts=True)
    days = seen.count()
    if days < DAYS_NEEDED:
        return None
    defaults = {"days": days, "first_on": today, "last_on": today, "found": found}
    term, made = SearchTerm.objects.get_or_create(term=query, defaults=defaults)
    if not made and term.last_on < today:
        SearchTerm.objects.filter(pk=term.pk).update(days=F("days") + 1, last_on=today, found=found)
        term.refresh_from_db()
    return term


def forget(today: date | None = None) -> int:
    """Delete old sightings, terms that nobody uses any more, and terms that now are words of harm."""
    today = today or timezone.localdate()
    count = SearchSighting.objects.filter(day__lt=today - SIGHTINGS_KEPT).delete()[0]
    count += SearchTerm.objects.filter(last_on__lt=today - TERMS_KEPT).delete()[0]
    for settings in SiteSettings.objects.all():
        harm = [term.pk for term in SearchTerm.objects.all() if settings.mentions_harm(term.term)]
        count += SearchTerm.objects.filter(pk__in=harm).delete()[0]
    return count
