"""Measures libraries and the search over thousands of resources with the text of their files.

All of it is made for the measurement, in a transaction that is taken back.
"""

import random
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from wagtail.models import Page

from dscp_cms.models import Passage, SearchEntry, SiteDocument
from resources.models import FileVersion, ResourceIndexPage, ResourceLibraryPage, ResourcePage

FEW, RESOURCES, FILE_PAGES = 50, 5_000, 20_000
LIBRARY = ("", "?order=updated", "?order=downloaded", "?type=briefing&reach=local&page=2", "download/", "feed/")
LIMIT = 100  # milliseconds, p95
COMMON = ("safeguarding", "children", "training", "plan", "early help", "safeguarding children", "neglect toolkit")
FREQUENT = ("supervision", "supervision plan")  # in one passage of ten, few enough to be ranked
RARE = ("giraffe", "zeppelin report")
WORDS = (
    "safeguarding children family neglect training partnership agency school health police review learning practice "
    "threshold guidance toolkit briefing referral assessment early help support harm exploitation risk plan outcome"
).split()


@dataclass(frozen=True)
class SearchFigures:
    """What the search page cost, in milliseconds: of the clock, and of this process, which on SQLite is all."""

    resources: int
    passages: int
    median: float
    p95: float
    processor: float
    slowest: str
    rare: float
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
    """Write passages, as publishing and reading the files would have: each page's own, and those of its file."""
    beginnings, ends = ("bra", "clo", "dri", "fen", "gal", "hov"), ("mer", "ton", "wick", "ley")
    rare = [first + last for first in beginnings for last in ends]
    pages = list(ResourcePage.objects.child_of(library).values_list("pk", "title"))

    def passages() -> Iterator[Passage]:
        for place, (key, title) in enumerate(pages):
            yield Passage(page_id=key, number=0, title=title, text=" ".join(chance.choices(WORDS, k=30)))
            first, last = place * file_pages // len(pages), (place + 1) * file_pages // len(pages)
            for number in range(last - first):
                words = ["safeguarding", *chance.choices(WORDS, k=110), *chance.choices(rare, k=20)]
                words += ["supervision"] * (chance.random() < 0.1)
                yield Passage(page_id=key, number=number + 1, title=title, text=" ".join(words))

    Passage.objects.bulk_create(passages(), batch_size=1000)


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
    client = Client(SERVER_NAME=settings.ALLOWED_HOSTS[0])
    taken: dict[str, list[tuple[float, float]]] = {}
    client.get("/search/", {"q": COMMON[0]})
    for _ in range(rounds):
        for query in (*COMMON, *FREQUENT, *RARE):
            before, before_here = time.perf_counter(), time.process_time()
            client.get("/search/", {"q": query})
            here, passed = time.process_time() - before_here, time.perf_counter() - before
            taken.setdefault(query, []).append((passed * 1000, here * 1000))
    asked = (*COMMON, *FREQUENT)
    times = sorted(passed for query in asked for passed, _here in taken[query])
    return SearchFigures(
        resources=resources,
        passages=Passage.objects.count(),
        median=statistics.median(times),
        p95=_p95(times),
        processor=_p95(sorted(here for query in asked for _passed, here in taken[query])),
        slowest=max(asked, key=lambda query: statistics.median(passed for passed, _here in taken[query])),
        rare=statistics.median(passed for query in RARE for passed, _here in taken[query]),
        library=library,
    )


def _p95(ordered: list[float]) -> float:
    return ordered[int(len(ordered) * 0.95) - 1]
