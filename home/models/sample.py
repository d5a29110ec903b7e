"""What of the data is sample activity, so that exactly that can be removed."""

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models


class SampleRecord(models.Model):
    """One thing that the sample activity made. Nothing without a record is ever removed with it."""

    wagtail_reference_index_ignore = True

    content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE)
    object_id = models.PositiveBigIntegerField()
    thing = GenericForeignKey("content_type", "object_id")

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["content_type", "object_id"], name="one_record_a_sample")]

    def __str__(self):
        return f"Sample {self.content_type.name} {self.object_id}"
