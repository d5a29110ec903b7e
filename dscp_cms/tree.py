"""Questions about pages of any type, answered in one query each."""

from functools import cache

from django.db import models
from django.db.models.functions import Length, Substr
from wagtail.models import Collection, CollectionViewRestriction, Page, PageViewRestriction


def unrestricted(pages):
    """Leave out pages at or below a view restriction, inside the same query."""
    return pages.filter(_below_none())


def not_below(pages, restrictions):
    """Leave out pages at or below one of these restrictions, inside the same query."""
    return pages.filter(_not_below(restrictions))


@cache
def _below_none():
    """The condition of every list of pages; made once, since that takes as long as asking the database."""
    return _not_below(PageViewRestriction.objects.all())


def _not_below(restrictions):
    """A copy that follows its original (an alias) has the original's restrictions too."""

    def beginning(path):
        return Substr(models.OuterRef(path), 1, Length("path"))

    # By key first: joined to the restrictions, SQLite may go through all pages for each page.
    closed = Page.objects.filter(pk__in=restrictions.order_by().values("page"))
    above = models.Q(path=beginning("path")) | models.Q(path=beginning("alias_of__path"))
    return ~models.Exists(closed.filter(above))


def closed_collections():
    """The collections at or below a restriction: their files aren't for everybody."""
    beginning = Substr(models.OuterRef("path"), 1, Length("collection__path"))
    above = CollectionViewRestriction.objects.filter(collection__path=beginning)
    return Collection.objects.filter(models.Exists(above))


def specific_pages(pages) -> dict[int, Page]:
    """Return the pages in their own types, by key, in one query whatever the number of types.

    Takes pages whose ``content_type_id`` is loaded; joins only the tables of the types at hand. Types
    whose faces need more fetch that too, for all of theirs at once (``BasePage.prepare_faces``).
    """
    links, models_by_key = set(), {}
    for page in pages:
        model = page.cached_content_type.model_class()
        if model is not None and model is not Page:
            models_by_key[page.pk] = _child_link(model)
            links.add(models_by_key[page.pk])
    if not models_by_key:
        return {}
    found = Page.objects.filter(pk__in=models_by_key).select_related(*sorted(links))
    pages = {page.pk: getattr(page, models_by_key[page.pk]) for page in found}
    for model in {type(page) for page in pages.values()}:
        if hasattr(model, "prepare_faces"):
            model.prepare_faces([page for page in pages.values() if type(page) is model])
    return pages


def _child_link(model: type[Page]) -> str:
    """The name by which Page reaches its child of that type."""
    return model._meta.get_field("page_ptr").remote_field.get_accessor_name()
