"""The tables that the public search reads; their indexes are made in migrations."""

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


class SearchEntry(models.Model):
    """What a live page is filtered by, in one line, so that thousands of results are counted in one read.

    ``facets`` holds words of the form ``name:value``, each between spaces. A page that is to be left out of
    search has an entry too, and no passages: it was looked at.
    """

    wagtail_reference_index_ignore = True

    page = models.OneToOneField(
        "wagtailcore.Page", on_delete=models.CASCADE, primary_key=True, related_name="search_entry"
    )
    facets = models.TextField(blank=True)

    class Meta:
        verbose_name = "search entry"

    def __str__(self):
        return self.facets


class SearchWord(models.Model):
    """A word that stands on public pages, for what is typed wrongly."""

    wagtail_reference_index_ignore = True

    word = models.CharField(max_length=30, primary_key=True)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["word"]
        verbose_name = "word for search"
        indexes = [models.Index(fields=["-count"], name="search_word_count")]

    def __str__(self):
        return self.word
