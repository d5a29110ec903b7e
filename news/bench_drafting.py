"""How long an issue takes to draft itself from very many candidate pages."""

import time
from datetime import date
from typing import NamedTuple

from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from wagtail.models import Page

from news.drafting import draft_issue
from news.models import NewsIndexPage, NewsItemPage

LIMIT_SECONDS = 2.0


class Figure(NamedTuple):
    """What one draft cost."""

    candidates: int
    queries: int
    seconds: float


def measure(candidates: int = 500) -> Figure:
    """Draft an issue from so many news items; everything is rolled back."""
    with transaction.atomic():
        add_news(NewsIndexPage.objects.get(), 1, candidates)
        began = time.perf_counter()
        draft_issue(on=timezone.localdate())
        seconds = time.perf_counter() - began
        with CaptureQueriesContext(connection) as queries:
            draft_issue(on=timezone.localdate())
        transaction.set_rollback(True)
    return Figure(candidates, len(queries), seconds)


def add_news(index: NewsIndexPage, first: int, last: int, on: date | None = None) -> None:
    """News items with those numbers, inserted in bulk behind the others: Wagtail's own way would take a minute."""
    kind = ContentType.objects.get_for_model(NewsItemPage)
    behind = Page.objects.child_of(index).count()  # get_children trusts a number that bulk inserts leave alone
    pages = [
        Page(
            title=f"News {number}",
            slug=f"n-{number}",
            path=index._get_path(index.path, index.depth + 1, behind + number - first + 1),
            depth=index.depth + 1,
            url_path=f"{index.url_path}n-{number}/",
            content_type=kind,
            locale_id=index.locale_id,
            first_published_at=timezone.now(),
        )
        for number in range(first, last + 1)
    ]
    for page in Page.objects.bulk_create(pages):
        NewsItemPage(page_ptr=page, date=on or timezone.localdate()).save_base(raw=True)
