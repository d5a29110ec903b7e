"""The versions of a resource's file: append-only facts, kept so by the database (resources/version_guard.py)."""

from datetime import datetime, time

from django.conf import settings
from django.db import models
from django.db.models.functions import Cast, Coalesce, Greatest
from django.utils import timezone


class FileVersionQuerySet(models.QuerySet):
    """Queries over file versions."""

    def published(self, today=None):
        """Versions whose day has come, that somebody looked into, and that were not withdrawn; the newest first."""
        day = today or timezone.localdate()
        public = self.filter(published_on__lte=day, withdrawn_at=None, checked_at__isnull=False)
        return public.order_by("-published_on", "-pk")

    def waiting(self):
        """Versions that readers don't get because nobody has confirmed what is in them."""
        return self.filter(withdrawn_at=None, checked_at=None)

    def with_corrections(self):
        """Say of each whether a later row puts it right (``put_right``); such a row is withdrawn."""
        later = FileVersion.objects.filter(
            corrects=Coalesce(models.OuterRef("corrects"), models.OuterRef("pk")), pk__gt=models.OuterRef("pk")
        )
        return self.annotate(put_right=models.Exists(later))

    def public_since(self):
        """Say of each from when readers got it (``public_at``).

        That is its day, but not before somebody looked into it, nor before its page was published; in UTC, which
        orders well enough.
        """
        day = Cast("published_on", models.DateTimeField())
        # Of what is null, PostgreSQL leaves it out and SQLite makes all of it null.
        return self.annotate(
            public_at=Greatest(day, Coalesce("checked_at", day), Coalesce("resource__first_published_at", day))
        )


class FileVersion(models.Model):
    """One version of a resource's file. The current one is derived: the newest that is published.

    Never changed but by being looked into and withdrawn, each once; never deleted but with its resource. What
    was typed wrongly is put right by a row of its own (``versions.correct``), and the wrong one is withdrawn.
    """

    wagtail_reference_index_ignore = True
    survives_unpublishing = True  # it waits with its page, and nobody can download it meanwhile

    resource = models.ForeignKey(
        "resources.ResourcePage",
        on_delete=models.PROTECT,
        related_name="versions",
        help_text="Which resource it is of.",
    )
    document = models.ForeignKey(
        settings.WAGTAILDOCS_DOCUMENT_MODEL, on_delete=models.PROTECT, related_name="versions", help_text="The file."
    )
    label = models.CharField(max_length=40, help_text="Such as “1.0”, “2” or “March 2025”.")
    published_on = models.DateField(
        default=timezone.localdate, help_text="From this day it is the one that readers get, until a newer one."
    )
    what_changed = models.CharField(
        max_length=300, blank=True, help_text="In a sentence, for people who know the version before."
    )
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    added_at = models.DateTimeField(auto_now_add=True)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    checked_at = models.DateTimeField(
        null=True, blank=True, editable=False, verbose_name="looked into", help_text="No reader gets it before."
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True, editable=False)
    # The first row of those that say the same with other words, so that old addresses and feeds know it again.
    corrects = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.RESTRICT, related_name="corrections", editable=False
    )

    objects = FileVersionQuerySet.as_manager()

    class Meta:
        ordering = ["-published_on", "-pk"]
        verbose_name = "file version"
        permissions = [("export_fileversion", "Can export file versions")]
        constraints = [
            models.UniqueConstraint(
                fields=["resource", "label"], condition=models.Q(withdrawn_at=None), name="one_label_of_a_resource"
            )
        ]

    def __str__(self):
        return f"{self.resource.title}, version {self.label}"

    @property
    def public_moment(self) -> datetime | None:
        """From when readers get it, as far as is decided; None before somebody has looked into it."""
        if self.checked_at is None:
            return None
        day = timezone.make_aware(datetime.combine(self.published_on, time.min))
        return max([day, self.checked_at, *filter(None, [self.resource.first_published_at])])

    @property
    def note(self) -> str:
        """What stands with the link to the file."""
        day = self.published_on
        return f"Version {self.label}, {day.day} {day:%B %Y}"


class Removal(models.Model):
    """That a resource is being taken away with its versions: only then does the database let these be deleted.

    Made, and gone with the resource, within one transaction (``versions.remove_resource``).
    """

    wagtail_reference_index_ignore = True

    resource = models.OneToOneField(
        "resources.ResourcePage", on_delete=models.CASCADE, primary_key=True, related_name="removal"
    )

    class Meta:
        verbose_name = "removal of a resource"

    def __str__(self):
        return str(self.resource_id)


class CurrentFile(models.Model):
    """Which version of a resource readers were given when the site last looked.

    The current version itself is derived; this row is how a change of it by the calendar is noticed, so that
    search and caches follow.
    """

    wagtail_reference_index_ignore = True

    resource = models.OneToOneField(
        "resources.ResourcePage", on_delete=models.CASCADE, primary_key=True, related_name="current_file"
    )
    version = models.ForeignKey(FileVersion, null=True, on_delete=models.SET_NULL, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = "current file"

    def __str__(self):
        return str(self.version or self.resource)
