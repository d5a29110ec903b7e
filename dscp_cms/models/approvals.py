"""Who else has said yes to a page before readers get it, and links to drafts for people without an account."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone


class DraftLinkQuerySet(models.QuerySet):
    """Queries over links to drafts."""

    def open(self):
        """Those that still open something."""
        return self.filter(ended_at=None, expires_at__gt=timezone.now())


class DraftLink(models.Model):
    """A link to one version of a page, for reading only or for an answer. It shows nothing written later."""

    wagtail_reference_index_ignore = True

    class Kind(models.TextChoices):
        SHARE = "share", "To read"
        APPROVE = "approve", "To approve"

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    page = models.ForeignKey("wagtailcore.Page", on_delete=models.CASCADE, related_name="draft_links")
    revision = models.ForeignKey("wagtailcore.Revision", on_delete=models.CASCADE, related_name="+")
    email = models.EmailField(blank=True)  # of whoever was asked by mail
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    made_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)  # taken back, or answered

    objects = DraftLinkQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at", "-pk"]

    def __str__(self):
        return f"{self.get_kind_display()}: page {self.page_id}, version {self.revision_id}"

    @property
    def is_open(self) -> bool:
        """Whether it still opens something."""
        return self.ended_at is None and self.expires_at > timezone.now()


class Approval(models.Model):
    """What somebody said of one version of a page. Only ever added; it goes when its page is deleted."""

    wagtail_reference_index_ignore = True

    class Decision(models.TextChoices):
        APPROVED = "approved", "Approved"
        CHANGES = "changes", "Asked for changes"
        ALONE = "alone", "Published without a second person"

    page = models.ForeignKey("wagtailcore.Page", on_delete=models.CASCADE, related_name="approvals")
    revision = models.ForeignKey(
        "wagtailcore.Revision", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    fingerprint = models.CharField(max_length=64)  # of the version's words
    decision = models.CharField(max_length=10, choices=Decision.choices)
    name = models.CharField(max_length=120)
    email = models.EmailField(blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    words = models.TextField(max_length=2000, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-at", "-pk"]
        default_permissions = ()

    def __str__(self):
        return f"{self.get_decision_display()}: {self.name}"
