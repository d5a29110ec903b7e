"""The PDFs made of pages, so that each is made once."""

from django.db import models
from django.utils import timezone


class PagePdfQuerySet(models.QuerySet):
    """Queries over PDFs."""

    def failed(self):
        """Those that couldn't be made when last tried."""
        return self.exclude(error="")


class PagePdf(models.Model):
    """What is known of one PDF of a page: the file that was made last, of what, and whether making it failed.

    Written by dscp_cms/page_pdfs.py alone. ``revision`` is the live revision that was looked at last;
    ``fingerprint`` names what the file holds: another fingerprint, another file.
    """

    wagtail_reference_index_ignore = True

    class Kind(models.TextChoices):
        WHOLE = "pdf", "The page as PDF"
        BRIEFING = "briefing-pack", "Briefing pack"

    page = models.ForeignKey("wagtailcore.Page", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.WHOLE)
    revision = models.PositiveBigIntegerField(null=True, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    file = models.FileField(upload_to="pdfs", blank=True)
    made_at = models.DateTimeField(null=True, blank=True)
    tried_at = models.DateTimeField(default=timezone.now)
    error = models.CharField(max_length=250, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)

    objects = PagePdfQuerySet.as_manager()

    class Meta:
        verbose_name = "PDF of a page"
        verbose_name_plural = "PDFs of pages"
        constraints = [models.UniqueConstraint(fields=["page", "kind"], name="one_pdf_a_page_and_kind")]

    def __str__(self):
        return f"{self.get_kind_display()} of page {self.page_id}"
