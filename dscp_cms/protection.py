"""Stops the deleting and unpublishing of what facts refer to, with a sentence that says what stands in the way.

Hooks of Wagtail call ``stop`` where it has hooks; for its other views, and as a net below all of them,
``guarded`` is put around every view of the admin.
"""

import logging
from collections import Counter
from functools import wraps

from django.apps import apps
from django.contrib import messages
from django.db import models, transaction
from django.http import JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from wagtail.documents import get_document_model
from wagtail.log_actions import log
from wagtail.models import Page

logger = logging.getLogger(__name__)

FRAME = ("worried-about-a-child", "contact", "privacy", "accessibility")  # templates/base.html
NAMED = 3  # more owners than this are counted, not named
BLOCKED = (models.PROTECT, models.RESTRICT)


def _keys_to(model: type[models.Model], *, unpublishing: bool) -> list[models.ForeignKey]:
    """Every key of a fact table that keeps an object of this model."""
    return [
        field
        for source in apps.get_models()
        if not (unpublishing and getattr(source, "survives_unpublishing", False))
        for field in source._meta.local_fields
        if isinstance(field, models.ForeignKey)
        and issubclass(model, field.related_model)
        and field.remote_field.on_delete in BLOCKED
    ]


def obstacles(objects, *, unpublishing: bool = False) -> list[str]:
    """What stands in the way of deleting (or unpublishing) the objects; for deleted pages also of all below them.

    Facts whose model sets ``survives_unpublishing`` (a file version simply waits until its page is
    live again) don't stop an unpublishing. A page type names in ``protected_links`` the keys to pages
    that it can't do without.
    """
    objects = list(objects)
    found = []
    for model in {_base(item) for item in objects}:
        same = [item for item in objects if _base(item) is model]
        if model is Page:
            keys = _page_keys(same, unpublishing)
            kinds = {page.specific_class for page in Page.objects.filter(pk__in=keys)} - {None}
            found += _page_links(keys) + _in_the_frame(keys)
        else:
            keys, kinds = {item.pk for item in same}, {model}
        fields = {field for kind in kinds for field in _keys_to(kind, unpublishing=unpublishing)}
        for field in sorted(fields, key=lambda field: field.model._meta.label):
            found += _facts(field, keys)
    return found


def _base(item) -> type[models.Model]:
    return Page if isinstance(item, Page) else type(item)


def _page_keys(pages: list[Page], unpublishing: bool) -> set[int]:
    keys = {page.pk for page in pages}
    if not unpublishing:
        for page in pages:
            keys |= set(page.get_descendants().values_list("pk", flat=True))
    return keys


def _facts(field: models.ForeignKey, keys: set) -> list[str]:
    rows = field.model._base_manager.filter(**{f"{field.name}__in": keys})
    counts = Counter(rows.values_list(field.attname, flat=True))
    if not counts:
        return []
    meta, total = field.model._meta, sum(counts.values())
    words = f"{total} {meta.verbose_name if total == 1 else meta.verbose_name_plural}"
    owners = [str(owner) for owner in field.related_model._base_manager.filter(pk__in=list(counts)[: NAMED + 1])]
    if len(owners) > NAMED:
        return [f"{words} of {len(counts)} {field.related_model._meta.verbose_name_plural}"]
    return [f"{words} of {' and '.join(f'“{owner}”' for owner in owners)}"]


def _page_links(keys: set[int]) -> list[str]:
    """Pages that name one of these in a link they can't do without."""
    return [
        f"“{source}” uses “{getattr(source, name)}” as its {model._meta.get_field(name).verbose_name}"
        for model in apps.get_models()
        if issubclass(model, Page)
        for name in getattr(model, "protected_links", ())
        for source in model.objects.filter(**{f"{name}__in": keys}).exclude(pk__in=keys)
    ]


def _in_the_frame(keys: set[int]) -> list[str]:
    """Pages that the head or the foot of every page leads to, at an address written there."""
    fixed = Page.objects.filter(pk__in=keys, depth=3, slug__in=FRAME).order_by("path")
    return [f"every page of the site leads to “{page.title}”" for page in fixed]


def refusal(title: str, doing: str, found: list[str], *, can_unpublish: bool = False) -> str:
    """The sentence that an editor reads."""
    way_out = " Unpublish it instead if nobody should read it any more." if can_unpublish else ""
    return f"{title} can't be {doing}, because something else needs it: {'; '.join(found)}.{way_out}"


def complaint(objects, doing: str) -> str:
    """The sentence for these objects, or an empty string when nothing stands in the way."""
    objects = list(objects)
    found = obstacles(objects, unpublishing=doing == "unpublished")
    if not found:
        return ""
    first = objects[0]
    if len(objects) > 1:
        title = f"What you chose ({len(objects)} {_base(first)._meta.verbose_name_plural})"
    else:
        title = f"“{first.get_admin_display_title() if isinstance(first, Page) else first}”"
    can_unpublish = doing == "deleted" and isinstance(first, Page) and not obstacles(objects, unpublishing=True)
    return refusal(title, doing, found, can_unpublish=can_unpublish)


def stop(request, objects, doing: str):
    """Return a redirect with the reason when something stands in the way, else None."""
    objects = list(objects)
    sentence = complaint(objects, doing) if objects else ""
    if not sentence:
        return None
    messages.error(request, sentence)
    return redirect(_back(request, objects[0]))


def _back(request, item) -> str:
    if isinstance(item, Page):
        parent = item.get_parent()
        return reverse("wagtailadmin_explore", args=[parent.pk if parent else item.pk])
    if isinstance(item, get_document_model()):
        return reverse("wagtaildocs:edit", args=[item.pk])
    return reverse("wagtailadmin_home")


def keep_from_expiring() -> int:
    """Take the end date off pages that facts have come to need since it was set; return how many.

    The clock calls this before it expires anything. What happened is written into the page's history.
    """
    kept = 0
    for page in Page.objects.filter(live=True, expire_at__lte=timezone.now()).specific():
        reason = complaint([page], "unpublished")
        if not reason:
            continue
        with transaction.atomic():
            Page.objects.filter(pk=page.pk).update(expire_at=None)
            log(page, "dscp_cms.keep_published", data={"reason": reason})
        logger.warning("page %s stays published after its end date, since facts refer to it", page.pk)
        kept += 1
    return kept


# Views of Wagtail that ask no hook


def _before_deleting_document(request, **kwargs):
    key = kwargs.get("document_id") or kwargs.get("doc_id")
    return stop(request, get_document_model().objects.filter(pk=key), "deleted")


BEFORE = {"wagtaildocs:delete": [_before_deleting_document]}


def before(view_name: str):
    """Register a function to be asked before one of Wagtail's admin views; the first response returned is shown."""

    def register(function):
        BEFORE.setdefault(view_name, []).append(function)
        return function

    return register


def guarded(view):
    """Put what Wagtail doesn't ask for around an admin view: the checks above, and a net for protected facts."""

    @wraps(view)
    def inner(request, *args, **kwargs):
        checks = BEFORE.get(request.resolver_match.view_name, ()) if request.resolver_match else ()
        if checks and request.user.has_perm("wagtailadmin.access_admin"):
            for check in checks:
                answer = check(request, **kwargs)
                if answer is not None:
                    return answer
        try:
            return view(request, *args, **kwargs)
        except (models.ProtectedError, models.RestrictedError) as error:
            return _caught(request, error)

    return inner


def _caught(request, error):
    """What the checks before didn't foresee: nothing was deleted, so say that."""
    blocking = getattr(error, "protected_objects", None) or error.restricted_objects
    kinds = Counter(item._meta.verbose_name_plural for item in blocking)
    words = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    sentence = f"Nothing was deleted, because something else needs it: {words}."
    logger.warning("a protected object was kept: %s", words)
    if request.headers.get("x-requested-with") == "XMLHttpRequest":
        return JsonResponse({"success": False, "error_message": sentence}, status=409)
    messages.error(request, sentence)
    return redirect("wagtailadmin_home")
