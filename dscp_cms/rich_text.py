"""Links to pages in rich text: looked up once for the whole page, and never to a page that isn't live."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page

LINK = re.compile(r'<a [^>]*linktype="page"[^>]*>')
KEY = re.compile(r'\bid="(\d+)"')

_known: ContextVar[dict[str, Page | None] | None] = ContextVar("pages_linked_in_text", default=None)


def pages_by_key(keys: list[str]) -> list[Page | None]:
    """The live page of each key, or None; those that ``look_up_links`` found cost no query."""
    known = _known.get() or {}
    found = {**known, **_pages({key for key in keys if key not in known})}
    return [page if page and page.live else None for page in map(found.get, keys)]


def look_up_links(page: Page) -> None:
    """Find every page that the rich texts of this page link to, in one query, for the rest of this request."""
    _known.set(_linked(page))


@contextmanager
def links_looked_up(page: Page) -> Iterator[dict[str, Page | None]]:
    """The same for the time of a block only; gives the pages by key, also those that aren't live."""
    known = _known.get() or {}
    token = _known.set(_linked(page, known))
    try:
        yield _known.get()
    finally:
        _known.reset(token)


def _linked(page: Page, known: dict[str, Page | None] | None = None) -> dict[str, Page | None]:
    keys = {key for text in _texts(page) for tag in LINK.findall(text) for key in KEY.findall(tag)}
    known = {key: known[key] for key in keys if key in known} if known else {}
    return known | _pages(keys - known.keys())


def _pages(keys: set[str]) -> dict[str, Page | None]:
    numbers = [int(key) for key in keys if key.isdecimal()]
    found = {str(page.pk): page for page in Page.objects.filter(pk__in=numbers)} if numbers else {}
    return {key: found.get(key) for key in keys}


def _texts(page: Page) -> Iterator[str]:
    for field in page._meta.get_fields():
        if isinstance(field, StreamField):
            yield from _strings(list(field.value_from_object(page).raw_data))
        elif isinstance(field, RichTextField):
            yield field.value_from_object(page) or ""


def _strings(value) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _strings(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _strings(part)
