"""Campaigns (one sending of an issue) and their deliveries (one message to one person)."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from dscp_cms.models import Agency, Topic
from news.models.subscribers import MailingList, Subscriber

DECIDED_WITHIN = timedelta(weeks=8)  # later nobody sends a message again


class CampaignQuerySet(models.QuerySet):
    """Queries over campaigns."""

    def running(self):
        """Campaigns with messages still to go out."""
        return self.filter(status=Campaign.Status.SENDING)

    def stuck(self):
        """Campaigns that go on only when a person says so."""
        return self.filter(status__in=(Campaign.Status.HELD, Campaign.Status.PAUSED))

    def undecided(self):
        """Campaigns of the last weeks with messages of which nobody knows whether they arrived."""
        unclear = Delivery.objects.filter(campaign=models.OuterRef("pk"), status=Delivery.Status.UNCERTAIN)
        return self.filter(models.Exists(unclear), started_at__gte=timezone.now() - DECIDED_WITHIN)


class Campaign(models.Model):
    """One sending of one revision of an issue. Its words are frozen when it is made ready."""

    wagtail_reference_index_ignore = True

    class Status(models.TextChoices):
        SCHEDULED = "scheduled", "Scheduled"
        HELD = "held", "Held: due while nobody was there to send it"
        SENDING = "sending", "Being sent"
        PAUSED = "paused", "Paused"
        FINISHED = "finished", "Finished"
        CANCELLED = "cancelled", "Cancelled"

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    issue = models.ForeignKey("news.NewsletterIssuePage", on_delete=models.PROTECT, related_name="campaigns")
    revision = models.ForeignKey(
        "wagtailcore.Revision", null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    corrects = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="corrections")
    lists = models.ManyToManyField(MailingList, related_name="campaigns")
    agencies = models.ManyToManyField(
        Agency, blank=True, related_name="+", help_text="Only people of these. Empty: all."
    )
    topics = models.ManyToManyField(
        Topic, blank=True, related_name="+", help_text="Only people interested in these. Empty: all."
    )
    subject = models.CharField(max_length=150)
    preview_text = models.CharField(max_length=200, blank=True)
    html = models.TextField()
    text = models.TextField()
    reply_to = models.EmailField(blank=True)
    status = models.CharField(max_length=12, choices=Status.choices)
    pause_reason = models.CharField(max_length=500, blank=True)
    rate_limit = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="At most so many messages a second. Empty: as fast as the server takes them."
    )
    recipients = models.PositiveIntegerField(default=0, help_text="How many deliveries were made when it started.")
    to_outbox = models.BooleanField(default=False, editable=False)
    send_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    started_at = models.DateTimeField(null=True, blank=True)
    worked_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When a mailer last worked on it."
    )
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = CampaignQuerySet.as_manager()

    class Meta:
        ordering = ["-send_at", "-pk"]
        permissions = [("send_campaign", "Can send the newsletter"), ("export_campaign", "Can export campaign reports")]

    def __str__(self):
        return f"{self.subject} ({self.send_at:%d/%m/%Y})"

    @property
    def is_over(self) -> bool:
        """Whether nothing more will be sent."""
        return self.status in {self.Status.FINISHED, self.Status.CANCELLED}


class Delivery(models.Model):
    """One message of a campaign to one person.

    ``claimed`` belongs to a worker that hasn't begun with it; ``sending`` is committed just before
    the message's DATA; what a crash leaves there is ``uncertain`` and never sent again by itself.
    """

    wagtail_reference_index_ignore = True

    class Status(models.TextChoices):
        QUEUED = "queued", "Waiting"
        CLAIMED = "claimed", "Taken by a worker"
        SENDING = "sending", "Being sent"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"
        SUPPRESSED = "suppressed", "Not sent: suppressed or left"
        UNCERTAIN = "uncertain", "Uncertain"

    FINAL = (Status.SENT, Status.FAILED, Status.SUPPRESSED, Status.UNCERTAIN)

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="deliveries")
    subscriber = models.ForeignKey(Subscriber, null=True, on_delete=models.SET_NULL, related_name="deliveries")
    email = models.EmailField(blank=True, help_text="Emptied when the person is erased.")
    name = models.CharField(max_length=120, blank=True)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.QUEUED)
    worker = models.CharField(max_length=80, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)
    refused_at = models.DateTimeField(
        null=True, blank=True, help_text="When the address was refused for good, by our server or by a bounce."
    )
    bounced_at = models.DateTimeField(null=True, blank=True)
    complained_at = models.DateTimeField(null=True, blank=True)
    unsubscribed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "deliveries"
        permissions = [("export_delivery", "Can export deliveries")]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "subscriber"],
                condition=models.Q(subscriber__isnull=False),
                name="one_delivery_a_person",
            ),
            models.UniqueConstraint(
                "campaign", Lower("email"), condition=~models.Q(email=""), name="one_delivery_an_address"
            ),
        ]
        indexes = [
            # None has the status in it: the marks of a message change nothing that an index knows, which takes
            # PostgreSQL half the time. What waits has no worker.
            models.Index(fields=["campaign", "id"], condition=models.Q(worker=""), name="delivery_unclaimed"),
            models.Index(fields=["campaign"], condition=models.Q(refused_at__isnull=False), name="delivery_refused"),
        ]

    def __str__(self):
        return f"{self.get_status_display()} ({self.key})"


class DomainPause(models.Model):
    """A domain that refused so many in one run that nobody is blamed: it waits until staff say go on."""

    wagtail_reference_index_ignore = True

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="domain_pauses")
    domain = models.CharField(max_length=253)
    refused = models.PositiveIntegerField(help_text="How many addresses it had refused when it was paused.")
    reason = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(auto_now_add=True)
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "domain"], name="one_pause_a_domain")]

    def __str__(self):
        return self.domain


class RateToken(models.Model):
    """One of the N tokens behind "at most N messages a second"; see ``news.sending.rate``."""

    wagtail_reference_index_ignore = True

    campaign = models.ForeignKey(
        Campaign, null=True, on_delete=models.CASCADE, related_name="rate_tokens", help_text="Empty: of the whole site."
    )
    number = models.PositiveSmallIntegerField()
    worker = models.CharField(max_length=80, blank=True)
    free_at = models.FloatField(default=0, help_text="Seconds since 1970, by the database's clock.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "number"], name="one_token_a_number"),
            models.UniqueConstraint(
                fields=["number"], condition=models.Q(campaign=None), name="one_token_of_the_site_a_number"
            ),
        ]

    def __str__(self):
        return f"{self.campaign_id or 'site'} {self.number}"
