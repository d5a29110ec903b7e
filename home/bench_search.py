"""Measures libraries and the search over thousands of resources with the text of their files.

All of it is made for the measurement, in a transaction that is taken back.
"""

import random
import statistics
import time
from dataclasses import dataclass

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from wagtail.models import Page

from dscp_cms.models import Passage, SearchEntry, SiteDocument
from dscp_cms.search import search
from resources.models import FileVersion, ResourceIndexPage, ResourceLibraryPage, ResourcePage

FEW, RESOURCES, FILE_PAGES = 50, 5_000, 20_000
LIBRARY = ("", "?order=updated", "?order=downloaded", "?type=briefing&reach=local&page=2", "download/", "feed/")
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
    library: tuple["LibraryFigure", ...] = ()


@dataclass(frozen=True)
class LibraryFigure:
    """What one address of a library cost: queries with few and with many resources, and processor milliseconds."""

    address: str
    few: int
    many: int
    milliseconds: float


class _TakenBack(Exception):
    """Ends the transaction in which everything was made."""


def measure(resources: int = RESOURCES, file_pages: int = FILE_PAGES, rounds: int = 10) -> SearchFigures:
    """Make resources with file text; time their library, and searches for common and rare words; take all back."""
    figures = None
    try:
        with transaction.atomic():
            library, chance = _library(), random.Random(7)  # noqa: S311 - the same text each time
            _add_resources(library, range(min(FEW, resources)), chance)
            few = _measure_library(library)
            _add_resources(library, range(min(FEW, resources), resources), chance)
            _add_text(library, file_pages, chance)
            _analyse()
            many = _measure_library(library)
            shown = (LibraryFigure(name, few[name][0], *many[name]) for name in LIBRARY)
            figures = _time(resources, rounds, tuple(shown))
            raise _TakenBack
    except _TakenBack:
        return figures


def _library() -> ResourceLibraryPage:
    index = ResourceIndexPage.objects.first()
    if index is None:
        raise LookupError("The search is measured on a site that has resources: load the example site first.")
    return index.add_child(instance=ResourceLibraryPage(title="Measured", slug="measured"))


def _add_resources(library: ResourceLibraryPage, numbers: range, chance: random.Random) -> None:
    """Write the rows of pages, entries and versions at once, as publishing would have."""
    kind, now = ContentType.objects.get_for_model(ResourcePage), timezone.now()
    for number in numbers:
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
            first_published_at=now,
            kind="briefing",
        ).save_base()
    library.numchild = numbers.stop
    library.save()
    new = list(ResourcePage.objects.child_of(library).filter(search_entry=None))
    SearchEntry.objects.bulk_create((SearchEntry(page=page, facets=_facets(chance)) for page in new), batch_size=1000)
    files = SiteDocument.objects.bulk_create(
        (SiteDocument(title=page.title, file=f"documents/{page.slug}.pdf", file_size=100_000) for page in new), 1000
    )
    FileVersion.objects.bulk_create(
        (
            FileVersion(resource=page, document=file, label="1", checked_at=now)
            for page, file in zip(new, files, strict=True)
        ),
        batch_size=1000,
    )


def _facets(chance: random.Random) -> str:
    reach, year = chance.choice(("local", "national")), chance.randint(2015, 2026)
    return f" type:resourcepage topic:{chance.choice(WORDS)} audience:schools reach:{reach} year:{year} "


def _add_text(library: ResourceLibraryPage, file_pages: int, chance: random.Random) -> None:
    """Write passages, as reading the files would have."""
    beginnings, ends = ("bra", "clo", "dri", "fen", "gal", "hov"), ("mer", "ton", "wick", "ley")
    rare = [first + last for first in beginnings for last in ends]
    pages = list(ResourcePage.objects.child_of(library).values_list("pk", "title"))
    Passage.objects.bulk_create(
        (
            Passage(
                page_id=pages[number % len(pages)][0],
                number=number // len(pages) + 1,
                title=pages[number % len(pages)][1],
                text=" ".join(["safeguarding", *chance.choices(WORDS, k=110), *chance.choices(rare, k=20)]),
            )
            for number in range(file_pages)
        ),
        batch_size=1000,
    )


def _measure_library(library: ResourceLibraryPage) -> dict[str, tuple[int, float]]:
    """Queries and processor milliseconds of the library's addresses, each asked for once before."""
    client, found = Client(SERVER_NAME=settings.ALLOWED_HOSTS[0]), {}
    url = library.get_url_parts()[2]
    for address in LIBRARY:
        client.get(f"{url}{address}")
        before = time.process_time()
        with CaptureQueriesContext(connection) as queries:
            client.get(f"{url}{address}")
        found[address] = (len(queries), (time.process_time() - before) * 1000)
    return found


def _analyse() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _time(resources: int, rounds: int, library: tuple[LibraryFigure, ...]) -> SearchFigures:
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
        library=library,
    )
