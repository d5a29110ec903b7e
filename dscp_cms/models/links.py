"""What is known of addresses elsewhere that pages link to, and where they stand."""

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
    failures = models.PositiveSmallIntegerField(default=0)  # in a row, up to the last look
    failing_since = models.DateTimeField(null=True, blank=True)  # the first of them
    ignored_at = models.DateTimeField(null=True, blank=True)  # staff said so; until it works or is asked about anew

    class Meta:
        ordering = ["url"]
        verbose_name = "link"

    def __str__(self):
        return self.url


class LinkUse(models.Model):
    """That a published page links to an address elsewhere, as of the last time its words were read."""

    wagtail_reference_index_ignore = True

    check_of = models.ForeignKey(LinkCheck, on_delete=models.CASCADE, related_name="uses")
    # Goes with its page: it says nothing without it.
    page = models.ForeignKey("wagtailcore.Page", on_delete=models.CASCADE, related_name="+")
    words = models.CharField(max_length=200, blank=True)
    read_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["check_of", "page"], name="once_a_link_and_page")]
        verbose_name = "use of a link"
        verbose_name_plural = "uses of links"

    def __str__(self):
        return f"link {self.check_of_id} on page {self.page_id}"
