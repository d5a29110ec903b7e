"""Keeps the passage table in step with the pages: what a page says, in stretches that a search can show."""

import re

from django.db import transaction
from wagtail.models import Page
from wagtail.search import index

from dscp_cms.models import Passage

PASSAGE_LENGTH = 900  # characters: long enough for context, short enough to be shown


def page_text(page: Page) -> str:
    """All that a page's search fields say, but its title."""
    parts = []
    for field in page.get_search_fields():
        if isinstance(field, index.SearchField) and field.field_name != "title":
            parts.extend(_flatten(field.get_value(page)))
    return "\n".join(part for part in parts if part)


def _flatten(value) -> list[str]:
    if isinstance(value, (list, tuple)):
        return [text for part in value for text in _flatten(part)]
    return [str(value).replace("\x00", " ").strip()] if value else []


def split(text: str, length: int = PASSAGE_LENGTH) -> list[str]:
    """Cut text into passages of about ``length`` characters, between sentences where it can."""
    passages, current = [], ""
    for sentence in re.split(r"(?<=[.!?])\s+|\n+", text):
        for piece in (sentence[i : i + length] for i in range(0, len(sentence), length)):
            if current and len(current) + len(piece) > length:
                passages.append(current)
                current = ""
            current = f"{current} {piece}".strip()
    return [*passages, current] if current else passages


def index_page(page: Page) -> None:
    """Replace the passages of a page; one that readers must not find has none."""
    page = page.specific
    with transaction.atomic():
        Passage.objects.filter(page_id=page.pk).delete()
        if page.live and not getattr(page, "hide_from_search", True):
            texts = split(page_text(page)) or [""]
            Passage.objects.bulk_create(Passage(page_id=page.pk, title=page.title, text=text) for text in texts)


def index_all() -> int:
    """Rebuild every page's passages; return how many pages were read."""
    count = 0
    Passage.objects.exclude(page__live=True).delete()
    for page in Page.objects.live().specific().iterator(chunk_size=200):
        index_page(page)
        count += 1
    return count
