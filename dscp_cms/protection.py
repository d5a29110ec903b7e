"""Stops the deleting and unpublishing of pages that facts refer to, with a sentence that says why."""

from django.apps import apps
from django.contrib import messages
from django.db import models
from django.shortcuts import redirect
from wagtail.models import Page


def protecting_relations() -> list[models.ForeignKey]:
    """Every key with PROTECT from a fact table to a page."""
    return [
        field
        for model in apps.get_models()
        if not issubclass(model, Page)
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey)
        and issubclass(field.related_model, Page)
        and field.remote_field.on_delete is models.PROTECT
    ]


def obstacles(pages, *, unpublishing: bool = False) -> list[str]:
    """What stands in the way of deleting (or unpublishing) the pages and all below them.

    Facts whose model sets ``survives_unpublishing`` (a file version simply waits until its page is
    live again) don't stop an unpublishing.
    """
    keys = {key for page in pages for key in page.get_descendants(inclusive=not unpublishing).values_list("pk", flat=True)}
    keys |= {page.pk for page in pages}
    found = []
    for field in protecting_relations():
        if unpublishing and getattr(field.model, "survives_unpublishing", False):
            continue
        count = field.model._base_manager.filter(**{f"{field.name}__in": keys}).count()
        if count:
            meta = field.model._meta
            found.append(f"{count} {meta.verbose_name if count == 1 else meta.verbose_name_plural}")
    return found


def refusal(page_title: str, doing: str, found: list[str]) -> str:
    """The sentence that an editor reads."""
    return (
        f"“{page_title}” can't be {doing}: {', '.join(found)} belong to it or to pages below it. "
        "Move or delete those first, so that nothing is lost with the page."
    )


def stop(request, pages, doing: str):
    """Return a redirect with the reason when something stands in the way, else None."""
    pages = list(pages)
    found = obstacles(pages, unpublishing=doing == "unpublished")
    if not found:
        return None
    title = pages[0].get_admin_display_title() if len(pages) == 1 else f"{len(pages)} pages"
    messages.error(request, refusal(title, doing, found))
    parent = pages[0].get_parent()
    return redirect("wagtailadmin_explore", parent.pk if parent else pages[0].pk)
