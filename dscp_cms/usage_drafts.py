"""Where something is used in drafts that readers don't see yet, which Wagtail's index of links doesn't hold.

Revisions are read as they are stored, along the fields and blocks of their models: nothing that they point to is
looked up, so that a draft costs no query.
"""

import json
from collections.abc import Iterator
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from modelcluster.models import get_all_child_relations
from wagtail import blocks
from wagtail.contrib.typed_table_block.blocks import TypedTableBlock
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page, ReferenceIndex, Revision
from wagtail.rich_text import extract_references_from_rich_text


def drafts_using(item: models.Model, keys: set[str]) -> dict[int, list[str]]:
    """The pages whose draft links to one of these things of the item's kind, shows it or is sorted by it: key → fields.

    A draft is the latest revision of a page that was never published, or was changed since, and any revision that
    is to be published on a date. Two queries, and one for each kind of page the first time in a process.
    """
    kind = ReferenceIndex._get_base_content_type(item)
    changed = Page.objects.filter(has_unpublished_changes=True).values("latest_revision_id")
    drafts = Revision.objects.page_revisions().filter(Q(pk__in=changed) | Q(approved_go_live_at__isnull=False))
    found: dict[int, list[str]] = {}
    for page, content_type, content in drafts.order_by("pk").values_list("object_id", "content_type_id", "content"):
        model = ContentType.objects.get_for_id(content_type).model_class()
        fields = [name for name, to, key in _references(model, content) if key in keys and _is(to, kind)]
        if fields:
            found[int(page)] = list(dict.fromkeys([*found.get(int(page), []), *fields]))
    return found


def _is(model: type[models.Model], kind: ContentType) -> bool:
    return ReferenceIndex._get_base_content_type(model) == kind


def _references(model: type[models.Model] | None, content: Any) -> Iterator[tuple[str, type[models.Model], str]]:
    """The name of a field, and the model and key of what it refers to, of everything in a stored revision."""
    if model is None or not isinstance(content, dict):
        return
    for field in model._meta.get_fields():
        value = content.get(field.name)
        if not value or getattr(field, "wagtail_reference_index_ignore", False):
            continue
        name = str(getattr(field, "verbose_name", field.name)).capitalize()
        if isinstance(field, RichTextField):
            yield from ((name, to, str(key)) for to, key, *_ in extract_references_from_rich_text(str(value)))
        elif isinstance(field, StreamField):
            yield from ((name, to, key) for to, key in _in_block(field.stream_block, _parsed(value)))
        elif isinstance(field, models.ManyToManyField) and isinstance(value, list):
            yield from ((name, field.related_model, str(key)) for key in value)
        elif isinstance(field, models.ForeignKey):
            yield name, field.related_model, str(value)
    for relation in get_all_child_relations(model):
        for child in content.get(relation.get_accessor_name()) or []:
            yield from _references(relation.related_model, child)


def _parsed(value: Any) -> Any:
    """A stream as it is stored in a revision: JSON within JSON."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return None


def _in_block(block: blocks.Block | None, value: Any) -> Iterator[tuple[type[models.Model], str]]:
    if isinstance(block, blocks.BaseStreamBlock):
        for child in _dicts(value):
            yield from _in_block(block.child_blocks.get(str(child.get("type"))), child.get("value"))
    elif isinstance(block, blocks.BaseStructBlock):
        for name, child in block.child_blocks.items() if isinstance(value, dict) else ():
            yield from _in_block(child, value.get(name))
    elif isinstance(block, blocks.ListBlock):
        for child in value if isinstance(value, list) else ():
            stored = isinstance(child, dict) and child.get("type") == "item"
            yield from _in_block(block.child_block, child.get("value") if stored else child)
    elif isinstance(block, TypedTableBlock):
        kinds = [block.child_blocks.get(str(one.get("type"))) for one in _dicts(_part(value, "columns"))]
        for row in _dicts(_part(value, "rows")):
            for kind, cell in zip(kinds, row.get("values") or [], strict=False):
                yield from _in_block(kind, cell)
    elif isinstance(block, blocks.RichTextBlock):
        yield from ((to, str(key)) for to, key, *_ in extract_references_from_rich_text(str(value or "")))
    elif isinstance(block, blocks.ChooserBlock) and value and isinstance(block.model_class, type):
        yield block.model_class, str(value)


def _dicts(value: Any) -> list[dict]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _part(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None
