"""What stored blocks point to, read without a query; and choices of pages that are looked up together."""

import copy
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

from django.db.models import Model
from wagtail import blocks
from wagtail.contrib.typed_table_block.blocks import TypedTableBlock
from wagtail.models import Page
from wagtail.rich_text import extract_references_from_rich_text

# The pages that were looked up for what is being read, by key; those that are gone are None.
chosen_pages: ContextVar[dict[str, Page | None] | None] = ContextVar("pages_chosen_in_blocks", default=None)


class PageBlock(blocks.PageChooserBlock):
    """A choice of a page. One that stands in ``chosen_pages`` costs no query; each block gets a copy of its own."""

    def bulk_to_python(self, values):
        known = chosen_pages.get() or {}
        if self.model_class is not Page or any(str(value) not in known for value in values if value is not None):
            return super().bulk_to_python(values)
        return [copy.copy(known[str(value)]) if value is not None else None for value in values]


def references_in(block: blocks.Block | None, value: Any) -> Iterator[tuple[type[Model], str]]:
    """The model and key of everything that a stored value of this block links to or shows, whatever its shape."""
    if isinstance(block, blocks.BaseStreamBlock):
        for child in _dicts(value):
            yield from references_in(block.child_blocks.get(str(child.get("type"))), child.get("value"))
    elif isinstance(block, blocks.BaseStructBlock):
        for name, child in block.child_blocks.items() if isinstance(value, dict) else ():
            yield from references_in(child, value.get(name))
    elif isinstance(block, blocks.ListBlock):
        for child in value if isinstance(value, list) else ():
            stored = isinstance(child, dict) and child.get("type") == "item"
            yield from references_in(block.child_block, child.get("value") if stored else child)
    elif isinstance(block, TypedTableBlock):
        kinds = [block.child_blocks.get(str(one.get("type"))) for one in _dicts(_part(value, "columns"))]
        for row in _dicts(_part(value, "rows")):
            for kind, cell in zip(kinds, row.get("values") or [], strict=False):
                yield from references_in(kind, cell)
    elif isinstance(block, blocks.RichTextBlock):
        yield from ((to, str(key)) for to, key, *_ in extract_references_from_rich_text(str(value or "")))
    elif isinstance(block, blocks.ChooserBlock) and value and isinstance(block.model_class, type):
        yield block.model_class, str(value)


def _dicts(value: Any) -> list[dict]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _part(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None
