"""A StreamField whose block definitions stay out of migrations, and whose bad data never reaches a reader."""

import json
import logging
from typing import Any

from wagtail import blocks
from wagtail.contrib.typed_table_block.blocks import TypedTableBlock
from wagtail.fields import StreamField as WagtailStreamField

logger = logging.getLogger(__name__)


class StreamField(WagtailStreamField):
    """Wagtail's StreamField with two promises of its own.

    A change of blocks makes no migration (historical models hold no block definitions). Stored
    blocks that no longer fit their definition are left out and logged: a page with one broken
    block still shows its others.
    """

    def deconstruct(self):
        name, path, _args, kwargs = super().deconstruct()
        kwargs.pop("block_lookup", None)
        return name, path, [[]], kwargs

    def to_python(self, value: Any):
        if isinstance(value, str):
            value = self._decode(value)
        if isinstance(value, list):
            where = f"{self.model._meta.label}.{self.name}" if hasattr(self, "model") else "a stream"
            value = keep_what_fits(self.stream_block, value, where)
        return super().to_python(value)

    def _decode(self, value: str) -> list | str:
        """The stored JSON as a list; what isn't JSON is left to Wagtail, which keeps it as raw text."""
        try:
            decoded = json.loads(value)
        except ValueError:
            return value
        return decoded if isinstance(decoded, list) else value


def keep_what_fits(stream_block: blocks.StreamBlock, raw: list, where: str) -> list:
    """Return the children of ``raw`` that their blocks can read, and log the rest."""
    kept = []
    for child in raw:
        if isinstance(child, tuple) or _child_fits(stream_block, child):
            kept.append(_pruned(stream_block, child, where))
        else:
            kind = child.get("type") if isinstance(child, dict) else type(child).__name__
            logger.warning("dropped a stored block of kind %r that no longer fits %s", kind, where)
    return kept


def _pruned(stream_block, child, where: str):
    """The child with misfits inside nested streams left out too."""
    if not isinstance(child, dict):
        return child
    block = stream_block.child_blocks[child["type"]]
    return {**child, "value": _pruned_value(block, child["value"], where)}


def _pruned_value(block, value, where: str):
    if isinstance(block, blocks.StreamBlock) and isinstance(value, list):
        return keep_what_fits(block, value, where)
    if isinstance(block, blocks.StructBlock) and isinstance(value, dict):
        return {
            name: _pruned_value(block.child_blocks[name], part, where) if name in block.child_blocks else part
            for name, part in value.items()
        }
    return value


def _child_fits(stream_block, child) -> bool:
    if not isinstance(child, dict) or "value" not in child:
        return False
    block = stream_block.child_blocks.get(child.get("type"))
    return block is not None and fits(block, child["value"])


def fits(block: blocks.Block, value: Any) -> bool:
    """Whether the block can read the stored value, told without a query to the database."""
    if isinstance(block, blocks.StreamBlock):
        return isinstance(value, list)  # its own misfits are pruned one by one
    if isinstance(block, blocks.ListBlock):
        return isinstance(value, list) and all(fits(block.child_block, _list_item(item)) for item in value)
    if isinstance(block, blocks.StructBlock):
        return isinstance(value, dict) and all(
            fits(block.child_blocks[name], part) for name, part in value.items() if name in block.child_blocks
        )
    if isinstance(block, blocks.ChooserBlock):
        return value is None or isinstance(value, int) or (isinstance(value, str) and value.isdigit())
    if isinstance(block, TypedTableBlock):
        return _table_fits(block, value)
    return _leaf_fits(block, value)


def _list_item(item: Any) -> Any:
    """A list's item, in the present form with an id or in the older bare one."""
    return item["value"] if isinstance(item, dict) and item.get("type") == "item" and "value" in item else item


def _table_fits(block: TypedTableBlock, value: Any) -> bool:
    if value is None:
        return True
    try:
        columns, rows = value["columns"], value["rows"]
        kinds = [block.child_blocks[column["type"]] for column in columns]
        return all(
            len(row["values"]) == len(kinds)
            and all(fits(kind, cell) for kind, cell in zip(kinds, row["values"], strict=True))
            for row in rows
        )
    except (KeyError, TypeError):
        return False


def _leaf_fits(block: blocks.Block, value: Any) -> bool:
    if isinstance(value, (list, dict)) and isinstance(block, blocks.FieldBlock):
        return isinstance(block, blocks.MultipleChoiceBlock) and isinstance(value, list)
    if isinstance(block, (blocks.CharBlock, blocks.TextBlock, blocks.RichTextBlock, blocks.ChoiceBlock)):
        return value is None or isinstance(value, (str, int, float))
    try:
        block.to_python(value)
    except Exception:
        return False
    return True
