"""How often something was done lately, for limits that hold across processes and machines."""

from django.db import models


class LimitCount(models.Model):
    """How often one subject (an address, a network) did one thing in one stretch of time.

    ``subject`` is a keyed digest: the table holds neither e-mail nor network addresses.
    """

    wagtail_reference_index_ignore = True

    subject = models.CharField(max_length=64)
    ends_at = models.DateTimeField(db_index=True)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject", "ends_at"], name="one_count_a_stretch")]

    def __str__(self):
        return f"{self.count} until {self.ends_at:%H:%M}"
