"""What waits for the worker: things typed into public forms, and uploaded files to import."""

import uuid

from django.conf import settings
from django.db import models

from news.models.subscribers import MailingList


class FormRequest(models.Model):
    """What somebody typed on a sign-up page, until the worker has acted on it; then the row is deleted.

    The page only writes this row, so that its answer takes as long for a known address as for an
    unknown one.
    """

    wagtail_reference_index_ignore = True

    class Purpose(models.TextChoices):
        SUBSCRIBE = "subscribe", "Wants to subscribe"
        MANAGE = "manage", "Wants the link to their choices"

    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    email = models.EmailField()
    asked = models.JSONField(default=dict, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return f"{self.get_purpose_display()} ({self.pk})"


class SubscriberImport(models.Model):
    """An uploaded list of subscribers: looked through first, then, when somebody says so, imported.

    The file stands in the database, where any worker finds it, and is emptied once it is done with.
    """

    wagtail_reference_index_ignore = True

    class Status(models.TextChoices):
        CHECKING = "checking", "Being looked through"
        CHECKED = "checked", "Looked through, nothing imported yet"
        IMPORTING = "importing", "Being imported"
        FINISHED = "finished", "Imported"
        REFUSED = "refused", "Can't be read"
        CANCELLED = "cancelled", "Not imported"

    WORKING = (Status.CHECKING, Status.IMPORTING)

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=200)
    data = models.BinaryField()
    lists = models.ManyToManyField(MailingList, related_name="+")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.CHECKING)
    refusal = models.CharField(max_length=500, blank=True)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    imported = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    touched_at = models.DateTimeField(auto_now=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-created_at"]

    def __str__(self):
        return self.name


class ImportReport(models.Model):
    """What became, or would become, of some rows of an import: a line for each, without addresses."""

    wagtail_reference_index_ignore = True

    upload = models.ForeignKey(SubscriberImport, on_delete=models.CASCADE, related_name="reports")
    start = models.PositiveIntegerField(help_text="How many rows stand before these.")
    text = models.TextField(help_text="A line a row: line number, outcome and reason, with tabs between.")

    class Meta:
        ordering = ["start"]
        constraints = [models.UniqueConstraint(fields=["upload", "start"], name="one_report_a_batch")]

    def __str__(self):
        return f"{self.upload_id}, from row {self.start + 1}"
