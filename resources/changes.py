"""Notices that readers get a version since a moment, so that whoever asked can be told."""

from datetime import datetime

from django.utils import timezone

from resources.models import Change, FileVersion


def note(now: datetime | None = None) -> int:
    """Write down each version that readers may get and that wasn't noted before; return how many.

    It doesn't matter why a version became public just now: its day came, somebody looked into it, or it was
    added. Each is noted once, however often this runs.
    """
    new = FileVersion.objects.published().filter(change=None).order_by("published_on", "pk")
    changes = [Change(version_id=key, noticed_at=now or timezone.now()) for key in new.values_list("pk", flat=True)]
    Change.objects.bulk_create(changes, ignore_conflicts=True, batch_size=500)
    return len(changes)
