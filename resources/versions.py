"""Adding, confirming and withdrawing versions of a resource's file."""

import hashlib
from datetime import date

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from dscp_cms.models import SiteDocument
from resources import current, inside
from resources.models import FileVersion, ResourcePage


def add_version(
    resource: ResourcePage,
    document: SiteDocument,
    *,
    label: str,
    published_on: date | None = None,
    what_changed: str = "",
    added_by=None,
) -> FileVersion:
    """Add a version of a resource's file, and have it read; readers get it once somebody has confirmed it.

    From ``published_on`` on (a day, today by default) it is the current one. Versions are only ever added:
    the address of the file stays the same, and older versions stay readable under their own. A document that
    isn't saved yet is saved once everything else is right. Raises ValidationError, with the field's name, when
    the label is empty or taken, or when the file's bytes are those of the version that readers get now, or of
    one that waits to be looked into.
    """
    label = " ".join(label.split())
    if not label:
        raise ValidationError({"label": "Give the version a label, such as “2” or “March 2025”."})
    with transaction.atomic():
        ResourcePage.objects.select_for_update().get(pk=resource.pk)
        versions = FileVersion.objects.filter(resource=resource)
        if versions.filter(label__iexact=label).exists():
            raise ValidationError({"label": f"“{resource.title}” already has a version “{label}”."})
        if sentence := _same_file(versions, document):
            raise ValidationError({"document": f"{sentence} Nothing was added."})
        try:
            with transaction.atomic():
                if document.pk is None:
                    document.save()
                version = FileVersion.objects.create(
                    resource=resource,
                    document=document,
                    label=label,
                    published_on=published_on or timezone.localdate(),
                    what_changed=what_changed.strip(),
                    added_by=added_by,
                )
                inside.ask(document)
                return version
        except IntegrityError as error:
            raise ValidationError({"label": f"“{resource.title}” already has a version “{label}”."}) from error


def confirm(version: FileVersion, by=None) -> bool:
    """Let readers have a version, from its day on, after somebody looked into the file; say if that was new."""
    changed = FileVersion.objects.filter(pk=version.pk, checked_at=None).update(
        checked_at=timezone.now(), checked_by=by
    )
    if changed:
        current.follow(version.resource_id)
    return bool(changed)


def withdraw(version: FileVersion) -> bool:
    """Take a version away from readers, who then get the one before; the row and the file are kept. Say if it was.

    It is gone from search in the same moment; what is bundled or fed is made from the published ones each time.
    """
    changed = FileVersion.objects.filter(pk=version.pk, withdrawn_at=None).update(withdrawn_at=timezone.now())
    if changed:
        current.follow(version.resource_id)
    return bool(changed)


def _same_file(versions, document: SiteDocument) -> str:
    """A sentence that says which version has the same bytes, or an empty one."""
    current_one = versions.published().select_related("document").first()
    if current_one and same_bytes(current_one.document, document):
        return f"This is the very file of version {current_one.label}, which readers get now."
    for waiting in versions.waiting().select_related("document"):
        if same_bytes(waiting.document, document):
            return f"This is the very file of version {waiting.label}, which waits to be looked into."
    return ""


def same_bytes(one: SiteDocument, other: SiteDocument) -> bool:
    """Whether two documents hold the same file; one that is missing is like no other."""
    try:
        return one.pk == other.pk or _digest(one) == _digest(other)
    except OSError:
        return False


def _digest(document: SiteDocument) -> str:
    digest = hashlib.sha256()
    for chunk in document.file.chunks():
        digest.update(chunk)
    document.file.seek(0)
    if document.pk:
        document.file.close()
    return digest.hexdigest()
