"""What follows when readers get another version: search, and whatever else keeps a copy of what is current.

Which version is current is derived, so it also changes by the calendar: the clock compares what readers get
with what they were given when the site last looked.
"""

from django.db import transaction
from django.utils import timezone

from dscp_cms.passages import index_page
from resources.models import CurrentFile, FileVersion, ResourcePage


def follow(resource_id: int) -> bool:
    """Bring search into step with the version of a resource that readers get now; say if it was another before."""
    with transaction.atomic():
        resource = ResourcePage.objects.select_for_update().filter(pk=resource_id).first()
        if resource is None:
            return False
        version = FileVersion.objects.published().filter(resource_id=resource_id).first()
        known = CurrentFile.objects.filter(resource_id=resource_id).first()
        if known and known.version_id == (version and version.pk):
            return False
        CurrentFile.objects.update_or_create(
            resource_id=resource_id, defaults={"version": version, "changed_at": timezone.now()}
        )
        index_page(resource)
    return True


def refresh(resource_id: int) -> None:
    """Index a resource anew, since its file was read."""
    resource = ResourcePage.objects.filter(pk=resource_id).first()
    if resource:
        index_page(resource)


def follow_all() -> int:
    """Follow every resource whose current version isn't the one that readers were given last; return how many."""
    now = dict(
        FileVersion.objects.published().order_by("published_on", "pk").values_list("resource_id", "pk")
    )  # the newest comes last, and stays
    known = dict(CurrentFile.objects.values_list("resource_id", "version_id"))
    changed = {key for key in now.keys() | known.keys() if now.get(key) != known.get(key)}
    return sum(follow(key) for key in sorted(changed))
