"""When each of the clock's jobs last ran, so that a silent clock can be seen and two can share the work."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Q
from django.utils import timezone


class ClockRunQuerySet(models.QuerySet):
    """Queries over the clock's jobs."""

    def claim(self, job: str, *, every: timedelta, lease: timedelta) -> datetime | None:
        """Take a job that is due; return the start that was written, or None if it isn't due or another has it.

        One conditional UPDATE decides, so of two clocks only one gets it. The lease is for a clock that
        was killed in the middle: once it has passed, the job may be taken again.
        """
        now = timezone.now()
        free = Q(leased_until=None) | Q(leased_until__lte=now)
        due = Q(last_started=None) | Q(last_started__lte=now - every)
        # A start in the future was written before the computer's time was put right.
        due |= Q(last_started__gt=now + timedelta(minutes=1))
        # Broken off in the middle: due again at once, however seldom it runs.
        due |= Q(leased_until__lte=now)
        ready = self.filter(free, due, job=job)
        if not ready.exists():  # asked first, so that an idle clock writes nothing
            if self.filter(job=job).exists():
                return None
            self.bulk_create([self.model(job=job)], ignore_conflicts=True)
        claimed = ready.update(last_started=now, leased_until=now + lease)
        return now if claimed else None

    def finish(self, job: str, started: datetime, error: str = "") -> None:
        """Write down how a claimed job went, unless its lease has passed and another clock has it now."""
        self.filter(job=job, last_started=started).update(
            last_finished=timezone.now(), last_error=error[:500], leased_until=None
        )

    def last_beat(self) -> datetime | None:
        """When the clock last finished anything."""
        return self.aggregate(beat=models.Max("last_finished"))["beat"]

    def failing(self):
        """Jobs whose last run ended with an error."""
        return self.exclude(last_error="").filter(last_finished__gte=F("last_started"))


class ClockRun(models.Model):
    """One of the clock's jobs."""

    wagtail_reference_index_ignore = True

    job = models.CharField(max_length=150, primary_key=True)
    last_started = models.DateTimeField(null=True, blank=True)
    last_finished = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=500, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)

    objects = ClockRunQuerySet.as_manager()

    class Meta:
        ordering = ["job"]
        verbose_name = "clock job"

    def __str__(self):
        return self.job

    @property
    def failed(self) -> bool:
        """Whether its last run ended with an error; see ``failing``."""
        ended = self.last_finished and self.last_started and self.last_finished >= self.last_started
        return bool(self.last_error and ended)
