"""The passage table that the public search reads; its indexes are made in a migration."""

from django.db import models


class Passage(models.Model):
    """A stretch of a page's text, or of a file's, that a search can find and show.

    ``number`` is the page number inside a file, or 0 for text of the web page itself.
    """

    wagtail_reference_index_ignore = True

    page = models.ForeignKey("wagtailcore.Page", on_delete=models.CASCADE, related_name="passages")
    number = models.PositiveIntegerField(default=0)
    title = models.CharField(max_length=255)
    text = models.TextField()

    class Meta:
        ordering = ["page", "number", "id"]

    def __str__(self):
        return f"{self.title} ({self.number})"
