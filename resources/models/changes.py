"""What changed in the libraries, and who wants to be told."""

import uuid

from django.db import models
from django.db.models.functions import Lower
from wagtail.models import Page

from dscp_cms.suppression import digest
from resources.models.versions import FileVersion


class Change(models.Model):
    """A version that readers get since a moment; noted by a job when it first finds the version published."""

    wagtail_reference_index_ignore = True

    version = models.OneToOneField(FileVersion, on_delete=models.CASCADE, related_name="change")
    noticed_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self):
        return f"version {self.version_id}, noticed {self.noticed_at:%d/%m/%Y}"


class WatchQuerySet(models.QuerySet):
    """Queries over wishes to be told."""

    def confirmed(self):
        """Wishes whose address has said yes."""
        return self.exclude(confirmed_at=None)


class Watch(models.Model):
    """That somebody wants to be told when a resource or a library changes.

    Holds an address, the page and moments, nothing else; ending it deletes the row. Links in mail carry
    signed forms of ``key``, never the id.
    """

    wagtail_reference_index_ignore = True

    # The same in all wishes of an address, so that a link still works when some of them have ended.
    key = models.UUIDField(default=uuid.uuid4, db_index=True, editable=False)
    email = models.EmailField()
    digest = models.CharField(max_length=64, editable=False, db_index=True)
    # A wish to hear of a page that is gone has no meaning, and the address must not be kept for it.
    page = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="+")
    asked_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True, help_text="When the last message was written.")
    told_up_to = models.PositiveBigIntegerField(default=0, editable=False)  # the last change told, by its key

    objects = WatchQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        verbose_name = "wish to be told"
        verbose_name_plural = "wishes to be told"
        constraints = [models.UniqueConstraint(Lower("email"), "page", name="one_wish_a_page")]

    def __str__(self):
        return f"Wish {self.pk}"  # no address: Wagtail keeps this text in its log

    def save(self, *args, **kwargs):
        self.digest = digest(self.email)
        super().save(*args, **kwargs)
