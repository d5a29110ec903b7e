"""Adding, confirming, correcting and withdrawing versions of a resource's file."""

import hashlib
from datetime import date

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from wagtail.log_actions import log

from dscp_cms.models import SiteDocument
from resources import current, inside
from resources.models import Change, FileVersion, Removal, ResourcePage


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
    label = _tidy_label(label)
    with transaction.atomic():
        ResourcePage.objects.select_for_update().get(pk=resource.pk)
        versions = FileVersion.objects.filter(resource=resource)
        _check_label(versions, resource, label)
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
            raise ValidationError({"label": _taken(resource, label)}) from error


def _tidy_label(label: str) -> str:
    label = " ".join(label.split())
    if not label:
        raise ValidationError({"label": "Give the version a label, such as “2” or “March 2025”."})
    return label


def _check_label(versions, resource: ResourcePage, label: str) -> None:
    if versions.filter(label__iexact=label, withdrawn_at=None).exists():
        raise ValidationError({"label": _taken(resource, label)})


def _taken(resource: ResourcePage, label: str) -> str:
    return f"“{resource.title}” already has a version “{label}”."


def correct(version: FileVersion, *, label: str, published_on: date, what_changed: str = "", by=None) -> FileVersion:
    """Put right what was typed of a version, by a row of its own with the same file; return that row.

    The wrong row is withdrawn and its address leads to the right one. Whoever looked into the file did so for
    both, and whoever was told of the change isn't told again. Without a difference nothing is done. Raises
    ValidationError when the label is empty or taken, or the version was withdrawn.
    """
    label, what_changed = _tidy_label(label), what_changed.strip()
    with transaction.atomic():
        resource = ResourcePage.objects.select_for_update().get(pk=version.resource_id)
        wrong = FileVersion.objects.get(pk=version.pk)
        if (label, published_on, what_changed) == (wrong.label, wrong.published_on, wrong.what_changed):
            return wrong
        if wrong.withdrawn_at:
            raise ValidationError("This version was withdrawn, so nothing of it can be put right.")
        _check_label(FileVersion.objects.filter(resource=resource).exclude(pk=wrong.pk), resource, label)
        FileVersion.objects.filter(pk=wrong.pk).update(withdrawn_at=timezone.now())
        right = FileVersion.objects.create(
            resource=resource,
            document_id=wrong.document_id,
            label=label,
            published_on=published_on,
            what_changed=what_changed,
            added_by=by,
            checked_at=wrong.checked_at,
            checked_by_id=wrong.checked_by_id,
            corrects_id=wrong.corrects_id or wrong.pk,
        )
        Change.objects.filter(version=wrong).update(version=right)
        current.follow(resource.pk)
        return right


def remove_resource(resource: ResourcePage) -> None:
    """Delete a resource with all versions of its file, as if it had never been; for samples only.

    Whatever people have worked with is withdrawn or unpublished instead. Raises ProtectedError, and deletes
    nothing, where other records need the page.
    """
    with transaction.atomic():
        Removal.objects.get_or_create(resource_id=resource.pk)
        FileVersion.objects.filter(resource_id=resource.pk).delete()
        resource.delete()


def confirm(version: FileVersion, by=None) -> bool:
    """Let readers have a version, from its day on, after somebody looked into the file; say if that was new."""
    changed = FileVersion.objects.filter(pk=version.pk, checked_at=None).update(
        checked_at=timezone.now(), checked_by=by
    )
    if changed:
        current.follow(version.resource_id)
        log(instance=version, action="wagtail.publish", user=by)
    return bool(changed)


def withdraw(version: FileVersion, by=None) -> bool:
    """Take a version away from readers, who then get the one before; the row and the file are kept. Say if it was.

    It is gone from search in the same moment; what is bundled or fed is made from the published ones each time.
    """
    changed = FileVersion.objects.filter(pk=version.pk, withdrawn_at=None).update(withdrawn_at=timezone.now())
    if changed:
        current.follow(version.resource_id)
        log(instance=version, action="wagtail.unpublish", user=by)
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
