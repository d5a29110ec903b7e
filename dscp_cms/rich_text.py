"""Links to pages in rich text: looked up once for the whole page, and never to a page that isn't live."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page

from dscp_cms.block_references import chosen_pages, references_in

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


def forget_links() -> None:
    """Know nothing of what was looked up for an earlier request of this thread."""
    _known.set(None)


@contextmanager
def links_looked_up(page: Page) -> Iterator[dict[str, Page | None]]:
    """The same for the time of a block only, chosen pages too; gives all by key, also those that aren't live."""
    known, keys = _known.get() or {}, _keys(page) | _chosen(page)
    found = {key: known[key] for key in keys if key in known}
    found |= _pages(keys - found.keys())
    tokens = (_known, _known.set(found)), (chosen_pages, chosen_pages.set(found))
    try:
        yield found
    finally:
        for variable, token in tokens:
            variable.reset(token)


@contextmanager
def choices_looked_up(page: Page) -> Iterator[None]:
    """Find every page that blocks of this page name, in one query, for the time of a block."""
    token = chosen_pages.set(_pages(_chosen(page)))
    try:
        yield
    finally:
        chosen_pages.reset(token)


def _linked(page: Page) -> dict[str, Page | None]:
    return _pages(_keys(page))


def _keys(page: Page) -> set[str]:
    return {key for text in _texts(page) for tag in LINK.findall(text) for key in KEY.findall(tag)}


def _chosen(page: Page) -> set[str]:
    """The keys of the pages that blocks name."""
    streams = [field for field in page._meta.get_fields() if isinstance(field, StreamField)]
    stored = [(field.stream_block, list(field.value_from_object(page).raw_data)) for field in streams]
    return {key for block, value in stored for model, key in references_in(block, value) if model is Page}


def _pages(keys: set[str]) -> dict[str, Page | None]:
    numbers = [int(key) for key in keys if key.isdecimal()]
    found = {str(page.pk): page for page in Page.objects.filter(pk__in=numbers).order_by()} if numbers else {}
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
