"""Adding and withdrawing versions of a resource's file."""

import hashlib
from datetime import date

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from dscp_cms.models import SiteDocument
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
    """Add a version of a resource's file; from ``published_on`` (a day, today by default) readers get it.

    Versions are only ever added: the address of the file stays the same, and older versions stay
    readable under their own. A document that isn't saved yet is saved once everything else is right.
    Raises ValidationError, with the field's name, when the label is empty or
    taken, or when the file's bytes are those of the version that readers get now.
    """
    label = " ".join(label.split())
    if not label:
        raise ValidationError({"label": "Give the version a label, such as “2” or “March 2025”."})
    with transaction.atomic():
        ResourcePage.objects.select_for_update().get(pk=resource.pk)
        versions = FileVersion.objects.filter(resource=resource)
        if versions.filter(label__iexact=label).exists():
            raise ValidationError({"label": f"“{resource.title}” already has a version “{label}”."})
        current = versions.published().select_related("document").first()
        if current and same_bytes(current.document, document):
            sentence = f"This is the very file of version {current.label}, which readers get now. Nothing was added."
            raise ValidationError({"document": sentence})
        try:
            with transaction.atomic():
                if document.pk is None:
                    document.save()
                return FileVersion.objects.create(
                    resource=resource,
                    document=document,
                    label=label,
                    published_on=published_on or timezone.localdate(),
                    what_changed=what_changed.strip(),
                    added_by=added_by,
                )
        except IntegrityError as error:
            raise ValidationError({"label": f"“{resource.title}” already has a version “{label}”."}) from error


def withdraw(version: FileVersion) -> bool:
    """Take a version away from readers, who then get the one before; the row and the file are kept. Say if it was."""
    changed = FileVersion.objects.filter(pk=version.pk, withdrawn_at=None).update(withdrawn_at=timezone.now())
    return bool(changed)


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
