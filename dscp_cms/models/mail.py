"""Mail as rows: what is to be sent, what was, and who must not be written to."""

import uuid

from django.db import models
from django.utils import timezone


class OutgoingMailQuerySet(models.QuerySet):
    """Queries over transactional messages."""

    def due(self):
        """Messages that a worker should send now."""
        return self.filter(status=OutgoingMail.Status.QUEUED, not_before__lte=timezone.now())

    def undelivered(self):
        """Messages that staff should look at."""
        return self.filter(status__in=[OutgoingMail.Status.FAILED, OutgoingMail.Status.UNCERTAIN])


class OutgoingMail(models.Model):
    """One transactional message to one person, saved before it is sent.

    *Sending* is committed just before the message is handed to the server, so what a crash leaves
    in that state is *uncertain*, shown to staff and never sent again by itself.
    """

    wagtail_reference_index_ignore = True

    class Status(models.TextChoices):
        QUEUED = "queued", "Queued"
        SENDING = "sending", "Being sent"
        SENT = "sent", "Sent"
        OUTBOX = "outbox", "Written to outbox"
        FAILED = "failed", "Failed"
        SUPPRESSED = "suppressed", "Not sent: suppressed"
        UNCERTAIN = "uncertain", "Uncertain"
        DROPPED = "dropped", "Not sent: too late to be of use"

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # Names the one change that it tells of, so that the database refuses a second message about it; nothing for others.
    change = models.CharField(max_length=120, null=True, blank=True, editable=False)  # noqa: DJ001 - many have none
    kind = models.CharField(max_length=60, help_text="What the message is about, such as “contact message”.")
    to = models.EmailField()
    reply_to = models.EmailField(blank=True)
    subject = models.CharField(max_length=250)
    text = models.TextField()
    html = models.TextField(blank=True)
    attachments = models.JSONField(default=list, blank=True)  # of text: [{"name": …, "type": …, "content": …}]
    unsubscribe_url = models.CharField(max_length=300, blank=True)  # of mail that somebody subscribed to
    urgent = models.BooleanField(default=False, help_text="Goes out before others that are due.")
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    not_before = models.DateTimeField(default=timezone.now)
    drop_at = models.DateTimeField(null=True, blank=True, help_text="From then on it is of no use and isn't sent.")
    claimed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = OutgoingMailQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        verbose_name = "message"
        permissions = [("see_recipients", "Can see to whom e-mails were sent")]
        indexes = [
            models.Index(fields=["not_before"], condition=models.Q(status="queued"), name="mail_due"),
            models.Index(fields=["claimed_at"], condition=models.Q(status="sending"), name="mail_sending"),
        ]
        constraints = [models.UniqueConstraint(fields=["change"], name="one_mail_a_change")]

    def __str__(self):
        return f"{self.kind} {self.key}"


class Suppression(models.Model):
    """An address that no mail may go to, and why. ``digest`` finds it without holding it."""

    wagtail_reference_index_ignore = True

    class Reason(models.TextChoices):
        BOUNCE = "bounce", "Address refused (hard bounce)"
        COMPLAINT = "complaint", "Marked as unwanted"
        ERASED = "erased", "Erased at the person's request"
        REQUEST = "request", "Asked not to be written to"

    digest = models.CharField(max_length=64, unique=True, editable=False)
    email = models.EmailField(blank=True, help_text="No newsletter goes to it. Kept empty when the person was erased.")
    reason = models.CharField(max_length=20, choices=Reason.choices)
    note = models.CharField(max_length=250, blank=True, help_text="Who asked, or what the server answered.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self):
        return f"{self.get_reason_display()} ({self.created_at:%d/%m/%Y})"
