"""Where something is used: said before it is deleted or taken off the site."""

from dataclasses import dataclass
from itertools import islice

from django.db import models
from wagtail.admin.admin_url_finder import AdminURLFinder
from wagtail.models import Page, ReferenceIndex

from dscp_cms.usage_drafts import drafts_using

SHOWN = 10


@dataclass(frozen=True)
class Place:
    """One page, snippet or setting with a link: its title, where it is edited, and in which of its fields."""

    title: str
    address: str
    fields: str


@dataclass(frozen=True)
class Used:
    """How many places use something, and the first of them."""

    count: int
    places: list[Place]

    @property
    def more(self) -> int:
        """How many aren't named."""
        return self.count - len(self.places)


def where_used(item: models.Model, user) -> Used:
    """Where a page or anything below it, a file, a picture or a list's entry is linked to or shown.

    Links in rich text and in blocks count like chosen pages; so do settings, snippets, and pages sorted by it, and
    what only a draft says. What goes with the item, such as a page below it, doesn't count. Places that this account
    can't open are named by their kind only. The first of each, and the first of the drafts, are named.
    """
    kind = ReferenceIndex._get_base_content_type(item)
    keys = {str(item.pk)}
    if isinstance(item, Page):
        keys |= {str(key) for key in item.get_descendants().values_list("pk", flat=True)}
    found = ReferenceIndex.objects.filter(to_content_type=kind, to_object_id__in=keys)
    found = found.exclude(base_content_type=kind, object_id__in=keys)
    groups = found.group_by_source_object()
    finder = AdminURLFinder(user)
    places = [_place(source, references, finder) for source, references in islice(groups, SHOWN)]
    sorted_by = _sorted_by(item)
    pages = Page.objects.filter(pk__in=sorted_by).order_by("title")[: SHOWN - len(places)]
    places += [_place(page, (), finder) for page in pages]
    drafts = drafts_using(item, keys)
    if drafts:
        pages_using = found.filter(base_content_type=ReferenceIndex._get_base_content_type(Page))
        known = {int(key) for key in pages_using.values_list("object_id", flat=True)} | sorted_by
        going = {int(key) for key in keys} if isinstance(item, Page) else set()
        drafts = {key: fields for key, fields in drafts.items() if key not in known | going}
        pages = Page.objects.filter(pk__in=drafts).order_by("draft_title")[:SHOWN]
        places += [_place(page, (), finder, f"{', '.join(drafts[page.pk])} of its draft") for page in pages]
    return Used(groups.count() + len(sorted_by) + len(drafts), places)


def _sorted_by(item: models.Model) -> set[int]:
    """The pages that are sorted by an entry of a list, such as a topic; the index of links doesn't hold these."""
    relations = [
        relation
        for relation in item._meta.get_fields(include_hidden=True)
        if relation.many_to_many and relation.auto_created and issubclass(relation.related_model, Page)
    ]
    keys = [
        relation.related_model.objects.order_by().filter(**{relation.field.name: item}).values_list("pk")
        for relation in relations
    ]
    return {key for (key,) in (keys[0].union(*keys[1:]) if keys else ())}


def _place(source: models.Model, references, finder: AdminURLFinder, where: str = "") -> Place:
    address = finder.get_edit_url(source) or ""
    title = source.get_admin_display_title() if isinstance(source, Page) else str(source)
    fields = dict.fromkeys(str(reference.describe_source_field()) for reference in references)
    where = where or ", ".join(fields) or "sorted by it"
    return Place(title if address else f"A {source._meta.verbose_name} that you can’t open", address, where)
