"""What follows when readers get another version: search, and whatever else keeps a copy of what is current.

Which version is current is derived, so it also changes by the calendar: the clock compares what readers get
with what they were given when the site last looked.
"""

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from dscp_cms.models import Passage
from dscp_cms.passages import index_page
from dscp_cms.tree import closed_collections
from resources.models import CurrentFile, FileText, FileVersion, ResourcePage


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


def follow_collections() -> int:
    """Take passages of files out of search whose collection was closed, and put them in where it was opened.

    Also when a file was moved to another collection. Returns how many resources were indexed anew.
    """
    closed = closed_collections().values("pk")
    in_search = Exists(Passage.objects.filter(page=OuterRef("resource"), number__gt=0))
    files = CurrentFile.objects.filter(version__isnull=False, resource__live=True)
    to_close = files.filter(in_search, version__document__collection__in=closed)
    read = Exists(FileText.objects.filter(facts=OuterRef("version__document")))
    to_open = files.filter(read, ~in_search, resource__hide_from_search=False)
    to_open = to_open.exclude(version__document__collection__in=closed)
    keys = {*to_close.values_list("resource_id", flat=True), *to_open.values_list("resource_id", flat=True)}
    for key in sorted(keys):
        refresh(key)
    return len(keys)
