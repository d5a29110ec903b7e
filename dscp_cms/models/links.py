"""What is known of addresses elsewhere that pages link to."""

from django.db import models


class LinkCheck(models.Model):
    """The last look at one external address."""

    wagtail_reference_index_ignore = True

    class Outcome(models.TextChoices):
        UNCHECKED = "unchecked", "Not checked yet"
        OK = "ok", "Works"
        DEAD = "dead", "Dead"
        UNSURE = "unsure", "Couldn't be checked"

    url = models.TextField(unique=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.UNCHECKED)
    status_code = models.PositiveSmallIntegerField(null=True, blank=True)
    detail = models.CharField(max_length=300, blank=True)
    asked_at = models.DateTimeField(auto_now_add=True)
    checked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["url"]
        verbose_name = "link"

    def __str__(self):
        return self.url
