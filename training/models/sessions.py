"""Dated sessions of the courses, their days and places: facts, kept in tables."""

import uuid
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel

from dscp_cms.models import Agency
from dscp_cms.page_cache_marks import tells_places
from training.models.catalogue import CoursePage, DeliveryMethod

LONGEST = timedelta(hours=24)  # a session day that is longer has a slip in it
MOST_PLACES = 2000


class SessionState(StrEnum):
    """What a page has to say about a session."""

    OPEN = "open"
    FULL = "full"
    WAITING = "waiting"
    CLOSED = "closed"
    NOT_YET_OPEN = "not_yet_open"
    CANCELLED = "cancelled"
    PAST = "past"
    EXTERNAL = "external"


class Venue(models.Model):
    """A place where sessions are held."""

    wagtail_reference_index_ignore = True

    name = models.CharField(max_length=120, unique=True, help_text="Such as the building's name and the room.")
    address = models.TextField(max_length=400, help_text="The postal address, one line each, with the postcode.")
    access_notes = models.TextField(
        max_length=1000,
        blank=True,
        help_text="Parking, step-free access, hearing loop, how to get in. Delegates get it with their confirmation.",
    )
    map_url = models.URLField(blank=True, verbose_name="map", help_text="A web address that shows where it is.")
    active = models.BooleanField(default=True, help_text="Untick when it is no longer used.")

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name

    @property
    def in_one_line(self) -> str:
        """Name and address, for calendars."""
        return ", ".join([self.name, *(line.strip() for line in self.address.splitlines() if line.strip())])


class TrainingSessionQuerySet(models.QuerySet):
    """Queries over sessions, as sentences."""

    def shown(self):
        """Sessions that readers may know of; planned ones are the training team's own."""
        return self.exclude(status=TrainingSession.Status.PLANNED).exclude(starts_at=None)

    def upcoming(self):
        """Open sessions that haven't begun, the next first."""
        now = timezone.now()
        return self.filter(status=TrainingSession.Status.OPEN, starts_at__gt=now).order_by("starts_at", "pk")

    def past(self):
        """Sessions that have begun, the latest first."""
        return self.filter(starts_at__lte=timezone.now()).order_by("-starts_at", "-pk")

    def between(self, since: datetime, until: datetime):
        """Sessions that begin at or after ``since`` and before ``until``."""
        return self.filter(starts_at__gte=since, starts_at__lt=until)

    def with_places_left(self):
        """Sessions that aren't full; those booked elsewhere aren't counted here."""
        tells_places()
        return self.filter(external_url="", taken__lt=F("capacity") + F("extra_places"))

    def open_for_booking(self):
        """Upcoming sessions that take bookings (or names for the waiting list) here and now."""
        tells_places()
        now = timezone.now()
        return self.upcoming().filter(
            Q(booking_opens_at=None) | Q(booking_opens_at__lte=now),
            Q(booking_closes_at=None) | Q(booking_closes_at__gt=now),
            Q(waiting_list=True) | Q(taken__lt=F("capacity") + F("extra_places")),
            external_url="",
        )

    def soon(self, ahead: timedelta = timedelta(weeks=2)):
        """Upcoming sessions that begin within the time."""
        return self.upcoming().filter(starts_at__lte=timezone.now() + ahead)

    def nearly_full(self, left: int = 3):
        """Upcoming sessions with so few places left, or none; those that nobody has booked aren't among them."""
        places = F("capacity") + F("extra_places")
        return self.upcoming().filter(external_url="", taken__gt=0, taken__gte=places - left)

    def short_of_bookings(self, ahead: timedelta = timedelta(weeks=4)):
        """Upcoming sessions that begin within the time and are less than half booked."""
        return self.soon(ahead).filter(external_url="", taken__lt=(F("capacity") + F("extra_places")) / 2.0)

    def with_details(self):
        """With all that a page says of them, in a fixed number of queries."""
        return self.select_related("course", "venue").prefetch_related("days__venue")


class TrainingSession(ClusterableModel):
    """A dated session of a course.

    ``taken``, ``starts_at`` and ``ends_at`` are kept by the database itself (training/database_rules.py):
    whatever is written there is put right from the bookings and the days, so a form that saves an old
    copy of the row does no harm. After changing days or bookings, read the row anew.
    """

    wagtail_reference_index_ignore = True

    class Status(models.TextChoices):
        PLANNED = "planned", "Planned"
        OPEN = "open", "Open"
        CANCELLED = "cancelled", "Cancelled"
        DONE = "done", "Done"

    class OpenTo(models.TextChoices):
        ALL = "all", "Everybody"
        KNOWN_DOMAINS = "known_domains", "Known agencies; others wait for approval"

    course = models.ForeignKey(
        CoursePage, on_delete=models.PROTECT, related_name="sessions", help_text="The course in the catalogue."
    )
    status = models.CharField(
        max_length=20,
        choices=Status.choices,
        default=Status.PLANNED,
        help_text="Planned: only the training team sees it. Open: it is on the site.",
    )
    delivery_method = models.CharField(
        max_length=20,
        choices=[(method.value, method.label) for method in (DeliveryMethod.FACE_TO_FACE, DeliveryMethod.VIRTUAL)],
        default=DeliveryMethod.FACE_TO_FACE,
        verbose_name="how it is delivered",
        help_text="In a room together, or live online.",
    )
    venue = models.ForeignKey(
        Venue,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="sessions",
        help_text="Where it is held; a single day may have another.",
    )
    joining_link = models.URLField(
        max_length=1000,
        blank=True,
        help_text="The Teams or Zoom address. Only people with a confirmed place ever see it.",
    )
    facilitator = models.CharField(max_length=160, blank=True, help_text="Who runs it; a single day may have another.")
    staff = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        blank=True,
        related_name="+",
        verbose_name="staff of this session",
        help_text="Who organises or runs it. Only they see the access and dietary needs of the people who booked. "
        "Leave it empty for a new session, and it is you.",
    )
    capacity = models.PositiveSmallIntegerField(
        default=20,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_PLACES)],
        help_text="How many places there are.",
    )
    extra_places = models.PositiveSmallIntegerField(
        default=0, editable=False, help_text="Places that staff knowingly added above the capacity, one at a time."
    )
    taken = models.PositiveIntegerField(
        default=0, editable=False, help_text="Confirmed and offered places, counted by the database."
    )
    waiting_list = models.BooleanField(default=True, help_text="Let people wait for a place when it is full.")
    max_per_agency = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        verbose_name="most places for one agency",
        help_text="Leave empty if an agency may book as many as there are.",
    )
    booking_opens_at = models.DateTimeField(null=True, blank=True, help_text="Leave empty to open at once.")
    booking_closes_at = models.DateTimeField(null=True, blank=True, help_text="Leave empty to close when it begins.")
    cancel_until = models.DateTimeField(
        null=True,
        blank=True,
        verbose_name="cancel without notice until",
        help_text="Until when people cancel freely. Afterwards the rule on late cancellation is shown to them first.",
    )
    open_to = models.CharField(
        max_length=20,
        choices=OpenTo.choices,
        default=OpenTo.ALL,
        help_text="Who gets a place without being asked about.",
    )
    external_url = models.URLField(
        blank=True, verbose_name="booked at", help_text="The address where it is booked, if that is not on this site."
    )
    starts_at = models.DateTimeField(null=True, editable=False)
    ends_at = models.DateTimeField(null=True, editable=False)
    sequence = models.PositiveIntegerField(default=0, editable=False)  # of its calendar entries (RFC 5545, 3.8.7.4)
    notice = models.CharField(
        max_length=250, blank=True, help_text="A banner on its page, such as “Now in room 2”. Leave empty for none."
    )
    changed_at = models.DateTimeField(null=True, editable=False)
    # What it was before it was changed at short notice: its page says so by itself.
    changed_from = models.CharField(max_length=300, blank=True, default="", db_default="", editable=False)
    cancelled_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TrainingSessionQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        verbose_name = "training session"
        permissions = [("export_trainingsession", "Can export training sessions")]
        indexes = [models.Index(fields=["status", "starts_at"], name="session_by_start")]
        constraints = [
            models.CheckConstraint(
                name="session_is_never_overbooked", condition=Q(taken__lte=F("capacity") + F("extra_places"))
            ),
            models.CheckConstraint(
                name="session_closes_after_it_opens",
                condition=Q(booking_opens_at=None)
                | Q(booking_closes_at=None)
                | Q(booking_opens_at__lt=F("booking_closes_at")),
                violation_error_message="Booking must close after it opens.",
            ),
        ]

    def __str__(self):
        when = f"{timezone.localtime(self.starts_at):%d/%m/%Y %H:%M}" if self.starts_at else "no date yet"
        return f"{self.course.title}, {when}"

    def clean(self):
        """Dates must come in an order that makes sense."""
        super().clean()
        if self.booking_opens_at and self.booking_closes_at and self.booking_opens_at >= self.booking_closes_at:
            raise ValidationError({"booking_closes_at": "Booking must close after it opens."})

    @property
    def places(self) -> int:
        """All places, with those that staff added."""
        return self.capacity + self.extra_places

    @property
    def places_left(self) -> int:
        """Places that are neither confirmed nor offered to anybody."""
        tells_places()
        return max(self.places - self.taken, 0)

    @property
    def has_begun(self) -> bool:
        """Whether its first day has begun."""
        return self.starts_at is not None and self.starts_at <= timezone.now()

    @property
    def is_over(self) -> bool:
        """Whether its last day has ended."""
        return self.ends_at is not None and self.ends_at <= timezone.now()

    @property
    def is_online(self) -> bool:
        """Whether it is held online."""
        return self.delivery_method == DeliveryMethod.VIRTUAL

    @property
    def may_cancel_freely(self) -> bool:
        """Whether a person who cancels now is in time."""
        return not self.has_begun and (self.cancel_until is None or timezone.now() < self.cancel_until)

    @property
    def state(self) -> SessionState:
        """What a page has to say about it now."""
        now = timezone.now()
        if self.status == self.Status.CANCELLED:
            return SessionState.CANCELLED
        if self.status == self.Status.DONE or self.has_begun:
            return SessionState.PAST
        if self.status == self.Status.PLANNED or self.starts_at is None:
            return SessionState.NOT_YET_OPEN
        if self.external_url:
            return SessionState.EXTERNAL
        if self.booking_opens_at and self.booking_opens_at > now:
            return SessionState.NOT_YET_OPEN
        if self.booking_closes_at and self.booking_closes_at <= now:
            return SessionState.CLOSED
        if self.places_left:
            return SessionState.OPEN
        return SessionState.WAITING if self.waiting_list else SessionState.FULL


class SessionDay(models.Model):
    """One day of a session. ``key`` stays when it moves, so that calendars move their entry too."""

    wagtail_reference_index_ignore = True

    session = ParentalKey(TrainingSession, on_delete=models.CASCADE, related_name="days")
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    starts_at = models.DateTimeField(verbose_name="starts", help_text="Day and time, as a clock in Durham shows it.")
    ends_at = models.DateTimeField(verbose_name="ends", help_text="On the same day.")
    venue = models.ForeignKey(
        Venue,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Only if it differs from the session's.",
    )
    facilitator = models.CharField(max_length=160, blank=True, help_text="Only if it differs from the session's.")

    class Meta:
        ordering = ["starts_at", "pk"]
        verbose_name = "day"
        constraints = [
            models.CheckConstraint(
                name="day_ends_after_it_starts",
                condition=Q(ends_at__gt=F("starts_at")),
                violation_error_message="The end must be after the start.",
            )
        ]

    def __str__(self):
        return f"{timezone.localtime(self.starts_at):%d/%m/%Y %H:%M}"

    def clean(self):
        """A day ends after it starts, and within a day."""
        super().clean()
        if self.starts_at and self.ends_at:
            if self.ends_at <= self.starts_at:
                raise ValidationError({"ends_at": "The end must be after the start."})
            if self.ends_at - self.starts_at > LONGEST:
                raise ValidationError({"ends_at": "A day can't be longer than 24 hours. Add another day instead."})

    @property
    def place(self) -> Venue | None:
        """Where it is held."""
        return self.venue or self.session.venue

    @property
    def led_by(self) -> str:
        """Who runs it."""
        return self.facilitator or self.session.facilitator


class KeptPlacesQuerySet(models.QuerySet):
    """Queries over kept places."""

    def in_force(self):
        """Those that are still kept."""
        return self.filter(until__gt=timezone.now())


class KeptPlaces(models.Model):
    """Places of a session that only one kind of agency may take, until a moment."""

    wagtail_reference_index_ignore = True

    session = ParentalKey(TrainingSession, on_delete=models.CASCADE, related_name="kept_places")
    agency_kind = models.CharField(max_length=20, choices=Agency.Kind.choices, help_text="Whom they are kept for.")
    places = models.PositiveSmallIntegerField(validators=[MinValueValidator(1)], help_text="How many.")
    until = models.DateTimeField(help_text="From then on anybody may have them.")

    objects = KeptPlacesQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name = "kept places"
        verbose_name_plural = "kept places"
        constraints = [
            models.UniqueConstraint(
                fields=["session", "agency_kind"],
                name="one_keeping_a_kind",
                violation_error_message="Places are kept for this kind of agency already.",
            )
        ]

    def __str__(self):
        return f"{self.places} for {self.get_agency_kind_display()}"
