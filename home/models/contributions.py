"""What partner agencies send in for the site."""

from django.conf import settings
from django.db import models

from dscp_cms.models import SiteDocument


class ContributionQuerySet(models.QuerySet):
    """Queries over contributions."""

    def waiting(self):
        """Those that nobody has decided on, the oldest first."""
        return self.filter(status=Contribution.Status.WAITING).order_by("received_at", "pk")


class Contribution(models.Model):
    """Something sent in by the public form: who sent it, the draft that was made of it, and what became of it."""

    wagtail_reference_index_ignore = True

    class Kind(models.TextChoices):
        NEWS = "news", "News"
        EVENT = "event", "Event"
        RESOURCE = "resource", "Resource"

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting"
        ACCEPTED = "accepted", "Accepted"
        DECLINED = "declined", "Declined"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    title = models.CharField(max_length=150)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    name = models.CharField(max_length=120, blank=True)
    email = models.EmailField(blank=True)
    telephone = models.CharField(max_length=40, blank=True)
    agency = models.CharField(max_length=160)
    page = models.ForeignKey(
        "wagtailcore.Page", null=True, blank=True, on_delete=models.SET_NULL, related_name="contributions"
    )
    document = models.ForeignKey(SiteDocument, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    received_at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    answer = models.TextField(max_length=2000, blank=True)  # what the sender was told when it was declined

    objects = ContributionQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at", "-pk"]
        default_permissions = ("view", "change")

    def __str__(self):
        return self.title
