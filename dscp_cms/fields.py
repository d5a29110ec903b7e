"""A StreamField whose block definitions stay out of migrations, and whose bad data never reaches a reader."""

import json
import logging
from typing import Any

from django import forms
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import JSONField
from django.utils.functional import cached_property
from wagtail import blocks
from wagtail.blocks.stream_block import StreamValue
from wagtail.contrib.typed_table_block.blocks import TypedTableBlock
from wagtail.fields import StreamField as WagtailStreamField

logger = logging.getLogger(__name__)

LARGEST_KEY = 2**31  # beyond it, PostgreSQL refuses the question


class StreamField(WagtailStreamField):
    """Wagtail's StreamField with two promises of its own.

    A change of blocks makes no migration (historical models hold no block definitions). Stored
    blocks that no longer fit their definition are left out and logged: a page with one broken
    block still shows its others.
    """

    @cached_property
    def json_field(self) -> JSONField:
        """How it lies in the database; Wagtail makes one for each value that is read."""
        return JSONField(encoder=DjangoJSONEncoder)

    def deconstruct(self):
        name, path, _args, kwargs = super().deconstruct()
        kwargs.pop("block_lookup", None)
        return name, path, [[]], kwargs

    def to_python(self, value: Any):
        if isinstance(value, str):
            value = self._decode(value)
        if isinstance(value, (list, dict, int, float)):
            value = self._mended(value)
        if isinstance(value, list) and not self.stream_block.child_blocks:
            # A migration's model: keep what is stored as it is, since nothing is known about it.
            stream = StreamValue(self.stream_block, value, is_lazy=True)
            stream._stream_field = self
            return stream
        return super().to_python(value)

    def from_db_value(self, value: Any, expression, connection):
        try:
            return super().from_db_value(value, expression, connection)
        except RecursionError:
            logger.warning("dropped what was stored in %s.%s, since it is nested too deeply", self.model, self.name)
            return self.to_python([])

    def _decode(self, value: str) -> Any:
        """What the stored JSON holds; what isn't JSON is left to Wagtail, which keeps it as raw text."""
        try:
            decoded = json.loads(value)
        except (ValueError, RecursionError):
            return value
        return [] if isinstance(decoded, str) or decoded is None else decoded

    def _mended(self, value: Any) -> list:
        where = f"{self.model._meta.label}.{self.name}" if hasattr(self, "model") else "a stream"
        if not isinstance(value, list):
            logger.warning("dropped what was stored in %s, since it is no list of blocks", where)
            return []
        return mend(self.stream_block, value, where) if self.stream_block.child_blocks else value


class MisfitError(Exception):
    """A stored value that its block can't read."""


def mend(block: blocks.Block, value: Any, where: str) -> Any:
    """Return the stored value without what its block can't read, or raise MisfitError where nothing of it fits.

    Told without a query to the database. Children of streams and lists that don't fit are left out;
    parts of a struct that don't fit take their default, as missing ones do; each is logged.
    """
    if isinstance(block, blocks.StreamBlock):
        return _mended_stream(block, value, where)
    if isinstance(block, blocks.ListBlock):
        return _mended_list(block, value, where)
    if isinstance(block, blocks.StructBlock):
        return _mended_struct(block, value, where)
    if isinstance(block, TypedTableBlock):
        return _mended_table(block, value, where)
    if isinstance(block, blocks.ChooserBlock):
        return _mended_key(value)
    return _mended_leaf(block, value)


def _mended_stream(block: blocks.StreamBlock, value: Any, where: str) -> list:
    if not isinstance(value, list):
        raise MisfitError
    kept = []
    for child in value:
        if isinstance(child, tuple):  # set by code, not stored
            kept.append(child)
            continue
        kind = child.get("type") if isinstance(child, dict) else None
        child_block = block.child_blocks.get(kind) if isinstance(kind, str) else None
        try:
            if child_block is None or "value" not in child:
                raise MisfitError
            kept.append({**_with_id(child), "value": mend(child_block, child["value"], where)})
        except MisfitError:
            logger.warning("dropped a stored block of kind %r that no longer fits %s", kind, where)
    return kept


def _with_id(child: dict) -> dict:
    """The child, without an id that is no text."""
    return child if isinstance(child.get("id", ""), str) else {**child, "id": None}


def _mended_list(block: blocks.ListBlock, value: Any, where: str) -> list:
    if not isinstance(value, list):
        raise MisfitError
    kept = []
    for item in value:
        stored = isinstance(item, dict) and item.get("type") == "item" and "value" in item
        try:
            mended = mend(block.child_block, item["value"] if stored else item, where)
        except MisfitError:
            logger.warning("dropped an item of a list that no longer fits %s", where)
            continue
        kept.append({"type": "item", "id": None, **_with_id(item), "value": mended} if stored else mended)
    return kept


def _mended_struct(block: blocks.StructBlock, value: Any, where: str) -> dict:
    if not isinstance(value, dict):
        raise MisfitError
    kept = {}
    for name, part in value.items():
        child_block = block.child_blocks.get(name)
        if child_block is None:
            continue
        try:
            kept[name] = mend(child_block, part, where)
        except MisfitError:
            logger.warning("emptied the part %r of a stored block that no longer fits %s", name, where)
    return kept


def _mended_table(block: TypedTableBlock, value: Any, where: str) -> dict | None:
    if value is None:
        return None
    try:
        columns = [{"type": column["type"], "heading": _text(column.get("heading"))} for column in value["columns"]]
        kinds = [block.child_blocks[column["type"]] for column in columns]
        rows = [{"values": _mended_row(kinds, row["values"], where)} for row in value["rows"]]
        return {"columns": columns, "rows": rows, "caption": _text(value.get("caption"))}
    except (KeyError, TypeError, AttributeError) as error:
        raise MisfitError from error


def _mended_row(kinds: list, values: Any, where: str) -> list:
    if not isinstance(values, list) or len(values) != len(kinds):
        raise MisfitError
    cells = []
    for kind, value in zip(kinds, values, strict=True):
        try:
            cells.append(mend(kind, value, where))
        except MisfitError:
            cells.append(None)
            logger.warning("emptied a cell of a stored table that no longer fits %s", where)
    return cells


def _mended_key(value: Any) -> int | None:
    if value is None or value == "":
        return None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 12:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < LARGEST_KEY:
        raise MisfitError
    return value


def _text(value: Any) -> str:
    """Text, also where a number was stored."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise MisfitError
    return str(value)


def _is_choice(block: blocks.Block, field: forms.ChoiceField, value: str) -> bool:
    """What was a choice once is remembered, since a block gathers its choices anew each time it is asked."""
    known = block.__dict__.setdefault("_choices_met", set())
    if value not in known and field.valid_value(value):
        known.add(value)
    return value in known


def _mended_leaf(block: blocks.Block, value: Any) -> Any:
    field = getattr(block, "field", None)
    if isinstance(field, forms.MultipleChoiceField):
        if not isinstance(value, list) or not all(isinstance(one, str) and field.valid_value(one) for one in value):
            raise MisfitError
        return value
    if isinstance(field, forms.ChoiceField):
        if value not in (None, "") and not (isinstance(value, str) and _is_choice(block, field, value)):
            raise MisfitError
        return value
    if isinstance(field, forms.CharField):
        return _text(value)
    if isinstance(value, (list, dict)) and isinstance(block, blocks.FieldBlock):
        raise MisfitError
    try:
        block.to_python(value)
    except Exception as error:  # whatever the block stumbles over
        raise MisfitError from error
    return value
