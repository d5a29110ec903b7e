"""Bookings and what happened to them: facts that only jobs write."""

import hashlib
import re
import unicodedata
import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from dscp_cms.models import Agency, OutgoingMail
from training.models.sessions import TrainingSession

LONGEST_PERSON = 400  # letters; PostgreSQL indexes at most 2,700 bytes, and folding can lengthen a name twentyfold


def folded(text: str) -> str:
    """The text for comparing: case, accents, width, spacing and the shape of apostrophes taken out."""
    text = re.sub("[\u2018\u2019\u02bc\u0060\u00b4]", "'", text)
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    kept = "".join(
        letter for letter in plain if not unicodedata.combining(letter) and unicodedata.category(letter) != "Cf"
    )
    return re.sub(r"\s+", "", kept)


def person_key(email: str, name: str) -> str:
    """Who somebody is within a session: address and name, since school offices share a mailbox."""
    person = f"{folded(email)} {folded(name)}"
    return person if len(person) <= LONGEST_PERSON else hashlib.sha256(person.encode()).hexdigest()


class BookingQuerySet(models.QuerySet):
    """Queries over bookings, as sentences."""

    def active(self):
        """All that aren't cancelled."""
        return self.filter(status__in=Booking.ACTIVE)

    def taking_places(self):
        """Those that a place is kept for."""
        return self.filter(status__in=Booking.TAKING)

    def confirmed(self):
        """Those with a place for sure."""
        return self.filter(status=Booking.Status.CONFIRMED)

    def in_line(self):
        """Those that wait for a place, first come first."""
        return self.filter(status=Booking.Status.WAITING).order_by("waiting_since", "pk")

    def of_person(self, email: str, name: str):
        """The bookings of one person."""
        return self.filter(person=person_key(email, name))

    def at_address(self, email: str):
        """The bookings whose delegate reads this address."""
        return self.filter(email__iexact=email.strip())

    def attended(self):
        """Those whose delegate attended, by the course's rule or by what staff decided."""
        return self.filter(outcome=Booking.Outcome.ATTENDED)


class Booking(models.Model):
    """One person's place, or wish for one, in a session. Written by training/booking.py alone."""

    wagtail_reference_index_ignore = True

    class Status(models.TextChoices):
        CONFIRMED = "confirmed", "Confirmed"
        WAITING = "waiting", "Waiting"
        OFFERED = "offered", "Offered a place"
        APPROVAL = "approval", "Awaits approval"
        CANCELLED = "cancelled", "Cancelled"

    class CancelledBy(models.TextChoices):
        PERSON = "person", "The delegate"
        STAFF = "staff", "The training team"
        PARTNERSHIP = "partnership", "The partnership, which changed the session"
        NOT_ME = "not_me", "Somebody who didn't book it"
        LAPSED = "lapsed", "Nobody: the offer was not taken up in time"

    class MoveAnswer(models.TextChoices):
        CAN_COME = "can_come", "Can come"
        CANNOT_COME = "cannot_come", "Can't come"

    class Outcome(models.TextChoices):
        ATTENDED = "attended", "Attended"
        PARTLY = "partly", "Attended in part"
        NOT_ATTENDED = "not_attended", "Did not attend"

    TAKING = (Status.CONFIRMED, Status.OFFERED)
    ACTIVE = (Status.CONFIRMED, Status.OFFERED, Status.WAITING, Status.APPROVAL)

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    session = models.ForeignKey(TrainingSession, on_delete=models.PROTECT, related_name="bookings")
    status = models.CharField(max_length=20, choices=Status.choices)

    name = models.CharField(max_length=200)
    email = models.EmailField("work e-mail")
    person = models.CharField(max_length=LONGEST_PERSON, editable=False)  # see person_key
    agency = models.ForeignKey(Agency, null=True, blank=True, on_delete=models.PROTECT, related_name="bookings")
    agency_name = models.CharField("agency", max_length=200, blank=True)
    job_title = models.CharField(max_length=120, blank=True)
    manager_name = models.CharField("line manager's name", max_length=200, blank=True)
    manager_email = models.EmailField("line manager's e-mail", blank=True)
    mobile = models.CharField(max_length=20, blank=True, help_text="Used only on the day, and removed after it.")
    needs = models.TextField(
        "access or dietary needs", max_length=1000, blank=True, help_text="Removed after the session."
    )
    order_number = models.CharField(max_length=60, blank=True)
    finance_contact = models.CharField(max_length=200, blank=True)
    booker_name = models.CharField("booked by", max_length=200, blank=True)
    booker_email = models.EmailField("booker's e-mail", blank=True)
    policy_version = models.CharField("charging policy accepted", max_length=60, blank=True)

    created_at = models.DateTimeField(auto_now_add=True)
    waiting_since = models.DateTimeField(null=True, blank=True)
    offered_at = models.DateTimeField(null=True, blank=True)
    offer_expires_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.CharField(max_length=20, choices=CancelledBy.choices, blank=True)
    late = models.BooleanField("cancelled late", default=False)
    substitutes = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="substituted_by",
        help_text="The booking whose place this person took over.",
    )  # fmt: skip
    told_at = models.DateTimeField(null=True, blank=True)  # of a place for the first to accept; empty once it is gone
    manager_told_at = models.DateTimeField(null=True, blank=True)
    move_asked_at = models.DateTimeField(null=True, blank=True)
    move_answer = models.CharField(max_length=20, choices=MoveAnswer.choices, blank=True)
    week_reminder_at = models.DateTimeField(null=True, blank=True)
    day_reminder_at = models.DateTimeField(null=True, blank=True)
    thanked_at = models.DateTimeField(null=True, blank=True)
    walk_in = models.BooleanField("came without a booking", default=False)
    # What the registers add up to, by the course's rule (training/attendance.py); empty while it isn't known. With a
    # reason it is what staff decided, and the registers no longer change it.
    outcome = models.CharField("attendance", max_length=20, choices=Outcome.choices, blank=True)
    outcome_at = models.DateTimeField(null=True, blank=True)
    outcome_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        help_text="Who decided it; nobody where the registers did.",
    )  # fmt: skip
    outcome_reason = models.CharField(max_length=250, blank=True)
    sequence = models.PositiveIntegerField(default=0, editable=False)  # changes of its own, added to the session's
    # Staff gave the place whatever the line, the agency's share and kept places say. Without it the database refuses.
    given_by_hand = models.BooleanField(default=False, db_default=False, editable=False)
    purged_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = BookingQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        permissions = [
            ("export_booking", "Can export bookings"),
            ("see_needs", "Can see access and dietary needs"),
        ]
        indexes = [
            models.Index(fields=["session", "status"], name="booking_by_session"),
            models.Index(fields=["email"], name="booking_by_email"),
            models.Index(fields=["offer_expires_at"], condition=Q(status="offered"), name="booking_offer_ends"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "person"],
                condition=Q(status__in=["confirmed", "offered", "waiting", "approval"]),
                name="one_active_booking_a_person",
            ),
            models.CheckConstraint(
                name="booking_has_its_moment",
                condition=(
                    Q(status="confirmed", confirmed_at__isnull=False)
                    | Q(status="waiting", waiting_since__isnull=False)
                    | Q(status="offered", offer_expires_at__isnull=False, waiting_since__isnull=False)
                    | Q(status="cancelled", cancelled_at__isnull=False)
                    | Q(status="approval")
                ),
            ),
            models.UniqueConstraint(fields=["substitutes"], name="a_place_is_passed_on_once"),
            models.CheckConstraint(
                name="outcome_has_its_moment", condition=Q(outcome="") | Q(outcome_at__isnull=False)
            ),
        ]

    def __str__(self):
        return f"{self.name}, {self.session}"

    @property
    def agency_label(self) -> str:
        """The agency's name as readers know it."""
        return self.agency.name if self.agency else self.agency_name

    @property
    def is_active(self) -> bool:
        """Whether it isn't cancelled."""
        return self.status in self.ACTIVE

    @property
    def offer_is_open(self) -> bool:
        """Whether the place offered may still be accepted."""
        return self.status == self.Status.OFFERED and self.offer_expires_at > timezone.now()

    @property
    def position(self) -> int | None:
        """The place in the line, counted from one; None for somebody who doesn't wait."""
        if self.status != self.Status.WAITING:
            return None
        before = Q(waiting_since__lt=self.waiting_since) | Q(waiting_since=self.waiting_since, pk__lt=self.pk)
        return Booking.objects.in_line().filter(before, session_id=self.session_id).count() + 1


class BookingEvent(models.Model):
    """One thing that happened to a booking, with the message that told of it. Never changed."""

    wagtail_reference_index_ignore = True

    class Kind(models.TextChoices):
        CONFIRMED = "confirmed", "Confirmed"
        MANAGER = "manager", "Line manager told"
        WAITING = "waiting", "Put on the waiting list"
        APPROVAL = "approval", "Awaits approval"
        SKIPPED = "skipped", "Passed over"
        OFFERED = "offered", "Offered a place"
        TOLD = "told", "Told of a free place"
        ACCEPTED = "accepted", "Accepted"
        DECLINED = "declined", "Declined"
        LAPSED = "lapsed", "Offer lapsed"
        CANCELLED = "cancelled", "Cancelled"
        SUBSTITUTED = "substituted", "Place passed on"
        MOVED = "moved", "Moved to another session"
        OVERRIDDEN = "overridden", "Given a place above the capacity"
        ADDRESS = "address", "Address changed"
        CHANGED = "changed", "Told that the session changed"
        ANSWERED = "answered", "Answered to the change"
        REMINDED = "reminded", "Reminded"
        THANKED = "thanked", "Thanked"
        WALKED_IN = "walked_in", "Came without a booking"
        MARKED = "marked", "Marked in the register"
        OUTCOME = "outcome", "Attendance decided"
        CERTIFICATE = "certificate", "Sent the certificate"
        LINK = "link", "Sent the link to their bookings"
        CHARGE = "charge", "Charge"
        POLICY = "policy", "Charging policy accepted"
        PURGED = "purged", "Personal data removed"

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField(default=timezone.now)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    text = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        help_text="The member of staff; nobody where the delegate or the clock did it.",
    )  # fmt: skip
    mail = models.ForeignKey(OutgoingMail, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["pk"]
        verbose_name = "booking event"

    def __str__(self):
        return f"{self.get_kind_display()} ({self.at:%d/%m/%Y})"
