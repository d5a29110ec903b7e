"""How often files are downloaded: a number a day, and nothing about who."""

from django.db import models

from resources.models.versions import FileVersion


class DownloadCount(models.Model):
    """How often one version was downloaded on one day, by people as far as can be told."""

    wagtail_reference_index_ignore = True

    # A version is never deleted but with the sample activity, and then its numbers go too.
    version = models.ForeignKey(FileVersion, on_delete=models.CASCADE, related_name="downloads")
    day = models.DateField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-day"]
        verbose_name = "download count"
        constraints = [models.UniqueConstraint(fields=["version", "day"], name="one_download_count_a_day")]
        indexes = [models.Index(fields=["day"], name="download_day")]

    def __str__(self):
        return f"{self.count} on {self.day:%d/%m/%Y}"
