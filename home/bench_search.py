"""Measures the search over thousands of resources with the text of their files, made for it and taken away again."""

import random
import statistics
import time
from dataclasses import dataclass

from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from wagtail.models import Page

from dscp_cms.models import Passage, SearchEntry
from dscp_cms.search import search
from resources.models import ResourceIndexPage, ResourceLibraryPage, ResourcePage

RESOURCES, FILE_PAGES = 5_000, 20_000
LIMIT = 100  # milliseconds, p95
COMMON = ("safeguarding", "children", "training", "plan", "early help", "safeguarding children", "neglect toolkit")
RARE = ("giraffe", "zeppelin report")
WORDS = (
    "safeguarding children family neglect training partnership agency school health police review learning practice "
    "threshold guidance toolkit briefing referral assessment early help support harm exploitation risk plan outcome"
).split()


@dataclass(frozen=True)
class SearchFigures:
    """What searching cost, in milliseconds."""

    resources: int
    passages: int
    median: float
    p95: float
    slowest: str


class _TakenBack(Exception):
    """Ends the transaction in which everything was made."""


def measure(resources: int = RESOURCES, file_pages: int = FILE_PAGES, rounds: int = 10) -> SearchFigures:
    """Make resources with file text, time searches for common and rare words, and take all back."""
    figures = None
    try:
        with transaction.atomic():
            library = _library()
            _fill(library, resources, file_pages)
            _analyse()
            figures = _time(resources, rounds)
            raise _TakenBack
    except _TakenBack:
        return figures


def _library() -> ResourceLibraryPage:
    index = ResourceIndexPage.objects.first()
    if index is None:
        raise LookupError("The search is measured on a site that has resources: load the example site first.")
    return index.add_child(instance=ResourceLibraryPage(title="Measured", slug="measured"))


def _fill(library: ResourceLibraryPage, resources: int, file_pages: int) -> None:
    """Write the rows of pages, passages and entries at once, as publishing and reading would have."""
    chance = random.Random(7)  # noqa: S311 - the same text each time
    rare = [
        f"{first}{last}"
        for first in ("bra", "clo", "dri", "fen", "gal", "hov")
        for last in ("mer", "ton", "wick", "ley")
    ]
    kind = ContentType.objects.get_for_model(ResourcePage)
    for number in range(resources):
        title = f"{chance.choice(WORDS).capitalize()} {chance.choice(WORDS)} {number}"
        path = Page._get_path(library.path, library.depth + 1, number + 1)
        ResourcePage(
            title=title,
            draft_title=title,
            slug=f"measured-{number}",
            path=path,
            depth=library.depth + 1,
            url_path=f"{library.url_path}measured-{number}/",
            content_type=kind,
            locale_id=library.locale_id,
            kind="briefing",
        ).save_base()
    keys = dict(ResourcePage.objects.child_of(library).values_list("pk", "title"))
    library.numchild = resources
    library.save()
    SearchEntry.objects.bulk_create(
        (
            SearchEntry(
                page_id=key,
                facets=f" type:resourcepage topic:{chance.choice(WORDS)} audience:schools reach:"
                f"{chance.choice(('local', 'national'))} year:{chance.randint(2015, 2026)} ",
            )
            for key in keys
        ),
        batch_size=1000,
    )
    each = list(keys)
    Passage.objects.bulk_create(
        (
            Passage(
                page_id=each[number % len(each)],
                number=number // len(each) + 1,
                title=keys[each[number % len(each)]],
                text=text,
            )
            for number in range(file_pages)
            for text in [" ".join(["safeguarding", *chance.choices(WORDS, k=110), *chance.choices(rare, k=20)])]
        ),
        batch_size=1000,
    )


def _analyse() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _time(resources: int, rounds: int) -> SearchFigures:
    times: dict[str, list[float]] = {}
    for _ in range(rounds):
        for query in (*COMMON, *RARE):
            before = time.perf_counter()
            search(query)
            times.setdefault(query, []).append((time.perf_counter() - before) * 1000)
    taken = sorted(took for query in COMMON for took in times[query])
    slowest = max(COMMON, key=lambda query: statistics.median(times[query]))
    return SearchFigures(
        resources=resources,
        passages=Passage.objects.count(),
        median=statistics.median(taken),
        p95=taken[int(len(taken) * 0.95) - 1],
        slowest=slowest,
    )
