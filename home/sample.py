"""Keeps track of sample activity, and removes it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from operator import methodcaller

from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from wagtail.models import Page

from dscp_cms.models import SiteDocument
from home.models import SampleRecord
from news.sample import remove_sample_subscribers
from news.sample_campaign import remove_sample_campaign
from resources.models import FileVersion, ResourcePage
from resources.versions import remove_resource
from training.models import Booking
from training.sample_certificates import remove_certificates_of
from training.sample_charges import remove_charges_of

LABEL = "Sample"  # what the title of every sample page begins with


@dataclass
class Removed:
    """What a removal did."""

    count: int = 0
    kept: list[str] = field(default_factory=list)


def remember(*things: models.Model) -> None:
    """Note that these are sample activity. Call it in the transaction that made them, in the order of making."""
    for thing in things:
        kind = ContentType.objects.get_for_model(thing)
        SampleRecord.objects.get_or_create(content_type=kind, object_id=thing.pk)


def remove() -> Removed:
    """Remove all sample activity and nothing else, the last made first, so that facts go before their pages.

    Kept, and named in the result: a page whose title no longer begins with “Sample”, since somebody has made
    it theirs, and whatever a person's own work hangs on. All or nothing otherwise: an error removes nothing.
    """
    removed = Removed()
    with transaction.atomic():
        removed.count += remove_sample_campaign() + remove_sample_subscribers()
        removed.count += remove_charges_of(_keys(Booking)) + remove_certificates_of(_keys(Booking))
        for record in SampleRecord.objects.order_by("-pk"):
            thing = record.thing
            if isinstance(thing, FileVersion):
                removed.count += _remove_resource(thing.resource)
                thing = FileVersion.objects.filter(pk=thing.pk).first()
            if isinstance(thing, FileVersion) or (isinstance(thing, SiteDocument) and thing.versions.exists()):
                continue  # they stay with their page, which is named
            reason = _why_keep(thing) if thing is not None else ""
            if reason:
                removed.kept.append(f"{thing}: {reason}")
                continue
            if thing is not None:
                reason = _delete(thing)
                if reason:
                    removed.kept.append(f"{thing}: {reason}")
                    continue
                removed.count += 1
            record.delete()
    return removed


def _remove_resource(resource: ResourcePage) -> int:
    """Remove a sample resource with all versions of its file; return how many samples that were.

    A version goes only with its resource: one that somebody has made theirs keeps all that it has.
    """
    versions = set(resource.versions.values_list("pk", flat=True))
    if resource.pk not in _keys(ResourcePage) or versions - set(_keys(FileVersion)) or _why_keep(resource):
        return 0
    return 0 if _delete(resource, remove_resource) else len(versions) + 1


def _keys(model: type[models.Model]) -> list[int]:
    """The samples of one model."""
    kind = ContentType.objects.get_for_model(model)
    return list(SampleRecord.objects.filter(content_type=kind).values_list("object_id", flat=True))


def _why_keep(thing: models.Model) -> str:
    if isinstance(thing, Page) and not thing.title.startswith(LABEL):
        return "its title was changed, so it is no longer a sample"
    if isinstance(thing, Page) and thing.get_children().exists():
        return "other pages stand below it"
    return ""


def _delete(thing: models.Model, how: Callable = methodcaller("delete")) -> str:
    """Delete it, or return why it can't be deleted."""
    try:
        with transaction.atomic():
            how(thing)
    except models.ProtectedError as error:
        count = len(error.protected_objects)
        return "another record belongs to it" if count == 1 else f"{count} other records belong to it"
    return ""
