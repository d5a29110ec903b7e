"""What was probably meant: the words of the site that look most like one that it doesn't have."""

import difflib
from functools import cache

from django.db import connection

from dscp_cms.models import SearchWord

ALIKE = 0.72  # of 1; “neglct” and “neglect” are 0.92
SHORTEST = 4  # letters; shorter words have too many look-alikes


def corrected(words: list[str]) -> list[str] | None:
    """The words with each unknown one exchanged for its nearest; None when there is nothing to exchange."""
    lower = [word.lower() for word in words]
    known = set(SearchWord.objects.filter(word__in=lower).values_list("word", flat=True))
    changed = [word if word in known else nearest(word) or word for word in lower]
    return changed if changed != lower else None


def nearest(word: str) -> str | None:
    """The word of the site that looks most like this one, the more frequent of two; None if none does."""
    if len(word) < SHORTEST or not word.isalpha():
        return None
    found = _by_trigrams(word) if _has_trigrams() else _by_first_letter(word)
    scored = [(difflib.SequenceMatcher(None, word, other).ratio(), count, other) for other, count in found]
    best = max(scored, default=(0, 0, ""))
    return best[2] if best[0] >= ALIKE and best[2] != word else None


def _by_first_letter(word: str) -> list[tuple[str, int]]:
    """Candidates that begin alike or end alike, and are about as long."""
    found = SearchWord.objects.filter(word__startswith=word[0]) | SearchWord.objects.filter(word__endswith=word[-3:])
    candidates = [pair for pair in found.values_list("word", "count") if abs(len(pair[0]) - len(word)) <= 2]
    near = set(difflib.get_close_matches(word, [other for other, _count in candidates], n=5, cutoff=ALIKE))
    return [pair for pair in candidates if pair[0] in near]


def _by_trigrams(word: str) -> list[tuple[str, int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT word, count FROM dscp_cms_searchword WHERE word %% %s ORDER BY similarity(word, %s) DESC LIMIT 10",
            [word, word],
        )
        return cursor.fetchall()


@cache
def _has_trigrams() -> bool:
    """Whether PostgreSQL compares words itself; asked once a process, since extensions don't come and go."""
    if connection.vendor != "postgresql":
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'")
        return cursor.fetchone() is not None
