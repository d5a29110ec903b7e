"""What stands inside a file, read in the background."""

from datetime import timedelta

from django.conf import settings
from django.db import models, transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils import timezone

LEASE = timedelta(minutes=3)  # longer than a reading may take; then its worker was killed
MAX_ATTEMPTS = 3


class FileFactsQuerySet(models.QuerySet):
    """Queries over what is known of files."""

    def due(self):
        """Files to be read: waiting ones, and those whose worker was killed."""
        stale = models.Q(state=FileFacts.State.READING, claimed_at__lt=timezone.now() - LEASE)
        return self.filter(models.Q(state=FileFacts.State.WAITING) | stale)


class FileFacts(models.Model):
    """What is inside a document: its text stands in FileText rows, a page each."""

    wagtail_reference_index_ignore = True

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting to be read"
        READING = "reading", "Being read"
        DONE = "done", "Read"
        FAILED = "failed", "Could not be read"

    document = models.OneToOneField(
        settings.WAGTAILDOCS_DOCUMENT_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="facts"
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    failure = models.CharField(max_length=300, blank=True)
    pages = models.PositiveIntegerField(null=True, blank=True)
    title = models.CharField(max_length=300, blank=True)
    author = models.CharField(max_length=300, blank=True)
    language = models.CharField(max_length=20, blank=True)
    properties = models.JSONField(default=dict, blank=True)
    tagged = models.BooleanField(null=True, blank=True)
    scanned = models.BooleanField(default=False)
    encrypted = models.BooleanField(default=False)
    cut = models.BooleanField(default=False)  # the file holds more than was read
    hidden = models.JSONField(default=list, blank=True)  # of {"kind", "where", "text"}; never indexed
    picture = models.FileField(upload_to="previews/", blank=True)  # of the first page

    objects = FileFactsQuerySet.as_manager()

    class Meta:
        verbose_name = "file facts"
        indexes = [
            models.Index(fields=["claimed_at"], name="facts_due", condition=models.Q(state__in=["waiting", "reading"]))
        ]

    def __str__(self):
        return f"{self.document_id}: {self.get_state_display()}"


@receiver(post_delete, sender=FileFacts)
def delete_picture(sender, instance, **kwargs):
    """The picture goes with its row."""
    if instance.picture:
        transaction.on_commit(lambda: instance.picture.delete(save=False))


class FileText(models.Model):
    """The visible text of one page, slide or sheet of a file."""

    wagtail_reference_index_ignore = True

    facts = models.ForeignKey(FileFacts, on_delete=models.CASCADE, related_name="texts")
    number = models.PositiveIntegerField()
    text = models.TextField()

    class Meta:
        ordering = ["facts", "number"]
        constraints = [models.UniqueConstraint(fields=["facts", "number"], name="one_text_a_page")]

    def __str__(self):
        return f"page {self.number}"
