"""The editions of the site: numbers by which kept pages are known to be up to date."""

from dataclasses import dataclass
from datetime import datetime

from django.db import models, transaction
from django.utils import timezone


@dataclass(frozen=True)
class Number:
    """How often a section was raised, and when last; a site that was restored may have had the count before."""

    count: int = 0
    raised_at: datetime | None = None

    def __str__(self):
        stamp = int(self.raised_at.timestamp() * 1_000_000) if self.raised_at else 0
        return f"{self.count}-{stamp:x}"


class EditionQuerySet(models.QuerySet):
    """Queries over editions."""

    def numbers(self) -> dict[str, Number]:
        """The number of each section that was ever raised; one query."""
        sums = self.order_by().values_list("section").annotate(models.Sum("raises"), models.Max("raised_at"))
        return {section: Number(int(count), raised_at) for section, count, raised_at in sums}

    def fold(self) -> None:
        """Put the rows of each section into one; no number changes, also for those who read meanwhile."""
        with transaction.atomic():
            rows = list(self.select_for_update().order_by("pk"))
            for section in {row.section for row in rows}:
                of_it = [row for row in rows if row.section == section]
                if len(of_it) > 1:
                    self.filter(pk__in=[row.pk for row in of_it]).delete()
                    raised_at = max(row.raised_at for row in of_it)
                    self.create(section=section, raises=sum(row.raises for row in of_it), raised_at=raised_at)


class Edition(models.Model):
    """One raise of a section's number, or several put together. The number is the sum of its rows.

    Each raise is a row of its own, in the transaction of what was changed, so that two people who publish at the
    same time don't wait for each other.
    """

    wagtail_reference_index_ignore = True

    section = models.CharField(max_length=20)
    raises = models.PositiveBigIntegerField(default=1)
    raised_at = models.DateTimeField(default=timezone.now)

    objects = EditionQuerySet.as_manager()

    def __str__(self):
        return f"{self.section} +{self.raises}"
