"""What editors see and say of the search: kept terms, and pages put on top."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from wagtail.admin.panels import FieldPanel


class SearchSighting(models.Model):
    """That something was searched for on a day: not what, only a keyed digest of it, and not for long."""

    wagtail_reference_index_ignore = True

    digest = models.CharField(max_length=64)
    day = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["digest", "day"], name="one_sighting_a_day")]
        verbose_name = "search sighting"

    def __str__(self):
        return f"{self.day}"


class SearchTerm(models.Model):
    """A term that was searched for on three different days."""

    wagtail_reference_index_ignore = True

    term = models.CharField(max_length=200, unique=True)
    days = models.PositiveIntegerField(default=0, help_text="On how many days it was searched for.")
    first_on = models.DateField()
    last_on = models.DateField()
    found = models.PositiveIntegerField(default=0, help_text="How many pages it found when last searched for.")

    class Meta:
        ordering = ["-days", "term"]
        verbose_name = "search term"
        permissions = [("export_searchterm", "Can export search terms")]

    def __str__(self):
        return self.term


class PromotedResult(models.Model):
    """A page put on top of the results for some searches."""

    terms = models.TextField(
        max_length=1000,
        help_text="The searches that it answers, one a line, such as “threshold document”. Capitals don't matter.",
    )
    page = models.ForeignKey(
        "wagtailcore.Page", on_delete=models.CASCADE, related_name="+", help_text="The page that is put on top."
    )
    note = models.CharField(
        max_length=200, blank=True, help_text="A sentence under its title, instead of the page's own summary."
    )
    order = models.PositiveSmallIntegerField(default=0, help_text="Lower numbers stand first.")

    panels = [FieldPanel("terms"), FieldPanel("page"), FieldPanel("note"), FieldPanel("order")]

    class Meta:
        ordering = ["order", "pk"]
        verbose_name = "promoted result"

    def __str__(self):
        return f"{self.page.title} for {', '.join(self.terms.splitlines()[:3])}"

    def clean(self):
        """Each term once and tidy, so that it can be compared with what is typed."""
        super().clean()
        terms = dict.fromkeys(" ".join(line.lower().split()) for line in self.terms.splitlines() if line.strip())
        if not terms:
            raise ValidationError({"terms": "Write at least one search that it answers."})
        self.terms = "\n".join(terms)


class ReviewDigest(models.Model):
    """The last week for which somebody was written to about pages due for review."""

    wagtail_reference_index_ignore = True

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+")
    week = models.DateField()  # its Monday

    class Meta:
        verbose_name = "review digest"

    def __str__(self):
        return f"{self.week}"
