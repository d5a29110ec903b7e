"""Who was there on each day, and the link by which a facilitator writes it down: facts that only jobs write."""

import uuid
from datetime import datetime, time, timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

from training.models.bookings import Booking
from training.models.sessions import SessionDay


class AttendanceQuerySet(models.QuerySet):
    """Queries over marks, as sentences."""

    def there(self):
        """Those who were there, if only for a part."""
        return self.filter(mark__in=Attendance.THERE)


class Attendance(models.Model):
    """What the register of one day says of one booking; without a row nothing is known yet.

    Written by training/attendance.py alone. The database itself refuses a mark for a booking of another session
    (training/database_rules.py).
    """

    wagtail_reference_index_ignore = True

    class Mark(models.TextChoices):
        ATTENDED = "attended", "Attended"
        LATE = "late", "Came late"
        LEFT_EARLY = "left_early", "Left early"
        NOT_ATTENDED = "not_attended", "Did not attend"

    class Source(models.TextChoices):
        REGISTER = "register", "The register"
        LINK = "link", "The facilitator’s link"
        TEAMS = "teams", "A file from Teams"
        ZOOM = "zoom", "A file from Zoom"
        STAFF = "staff", "Put right by staff"

    THERE = (Mark.ATTENDED, Mark.LATE, Mark.LEFT_EARLY)

    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="attendances")
    day = models.ForeignKey(SessionDay, on_delete=models.PROTECT, related_name="attendances")
    mark = models.CharField(max_length=20, choices=Mark.choices)
    minutes = models.PositiveIntegerField(null=True, blank=True, help_text="Minutes online, where a file told them.")
    source = models.CharField(max_length=20, choices=Source.choices)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        help_text="The member of staff; nobody where the facilitator did it by link.",
    )  # fmt: skip
    at = models.DateTimeField(default=timezone.now)

    objects = AttendanceQuerySet.as_manager()

    class Meta:
        ordering = ["day", "pk"]
        verbose_name = "mark in a register"
        verbose_name_plural = "marks in registers"
        constraints = [models.UniqueConstraint(fields=["booking", "day"], name="one_mark_a_person_and_day")]

    def __str__(self):
        return f"{self.booking.name}, {self.day}: {self.get_mark_display()}"

    @property
    def was_there(self) -> bool:
        """Whether the person was there, if only for a part."""
        return self.mark in self.THERE


class RegisterLink(models.Model):
    """A facilitator's way to the register of one day, without an account.

    Its address holds a token that training/register_links.py makes from ``key`` and our secret, so that whoever
    reads this table alone can't open a register.
    """

    wagtail_reference_index_ignore = True

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    day = models.ForeignKey(SessionDay, on_delete=models.CASCADE, related_name="register_links")
    sent_to = models.EmailField(blank=True, help_text="Whom it was mailed to; empty if it was only shown.")
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = "link to a register"
        verbose_name_plural = "links to registers"

    def __str__(self):
        return f"Register of {self.day}"

    @property
    def opens_at(self) -> datetime:
        """The midnight in Durham with which the day begins: before it the link shows no names."""
        return _midnight(self.day.starts_at)

    @property
    def dies_at(self) -> datetime:
        """The midnight in Durham with which the day ends."""
        return _midnight(self.day.ends_at - timedelta(microseconds=1), days=1)

    @property
    def is_dead(self) -> bool:
        """Whether it was taken back or its night has come."""
        return self.revoked_at is not None or timezone.now() >= self.dies_at


def _midnight(moment: datetime, days: int = 0) -> datetime:
    """The midnight before a moment, or so many days later, as clocks in Durham show it."""
    on = timezone.localtime(moment).date() + timedelta(days=days)
    return timezone.make_aware(datetime.combine(on, time.min))
