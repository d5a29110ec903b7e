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
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page, ReferenceIndex, Revision
from wagtail.rich_text import extract_references_from_rich_text

from dscp_cms.block_references import references_in


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
            yield from ((name, to, key) for to, key in references_in(field.stream_block, _parsed(value)))
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
