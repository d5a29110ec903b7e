"""What may be charged, and what is charged: rules that staff enter, and lines that finance gets.

No rule is shipped. A charge keeps its own facts, so that neither a changed rule nor the end of a booking's
personal data changes what was charged. That its amount and facts are never edited is kept by the database
itself, see training/charge_database.py.
"""

from datetime import date
from decimal import Decimal

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from dscp_cms.models import Agency
from training.models.bookings import Booking

LEAST, MOST = Decimal("0.01"), Decimal("10000.00")  # pounds; more is a slip


class ChargedEvent(models.TextChoices):
    """What a charge is for."""

    PLACE = "place", "A place"
    LATE_CANCELLATION = "late_cancellation", "Late cancellation"
    NON_ATTENDANCE = "non_attendance", "Non-attendance"


class SessionLength(models.TextChoices):
    """How long the days of a session are together, as rules count it."""

    HALF_DAY = "half_day", "Half day"
    FULL_DAY = "full_day", "Full day or longer"


class ChargeRuleQuerySet(models.QuerySet):
    """Queries over rules, as sentences."""

    def in_force_on(self, day):
        """Those for sessions whose first day this is."""
        return self.filter(Q(valid_until=None) | Q(valid_until__gte=day), valid_from__lte=day)

    def not_over_on(self, day):
        """Those in force on the day, or to come."""
        return self.filter(Q(valid_until=None) | Q(valid_until__gte=day))

    def with_use(self):
        """With ``used``: whether a charge was made by it. No query more."""
        return self.annotate(used=Exists(Charge.objects.filter(rule=OuterRef("pk"))))


class ChargeRule(models.Model):
    """An amount for a place, a late cancellation or non-attendance. The most specific rule counts, then the latest."""

    wagtail_reference_index_ignore = True

    event = models.CharField("charged for", max_length=20, choices=ChargedEvent.choices)
    agency_kind = models.CharField(
        "kind of agency", max_length=20, choices=Agency.Kind.choices, blank=True,
        help_text="Leave empty for every kind that has no rule of its own.",
    )  # fmt: skip
    length = models.CharField(
        "length of the session", max_length=20, choices=SessionLength.choices, blank=True,
        help_text="All days together: up to four hours are a half day. Leave empty for any length.",
    )  # fmt: skip
    amount = models.DecimalField(
        "amount in pounds", max_digits=8, decimal_places=2,
        validators=[
            MinValueValidator(LEAST, message="Enter an amount above zero, such as 45.00."),
            MaxValueValidator(MOST, message="Enter 10,000.00 pounds at most."),
        ],
        help_text="For one person and the whole session, such as 45.00.",
    )  # fmt: skip
    valid_from = models.DateField("from", help_text="It counts for sessions whose first day is this or later.")
    valid_until = models.DateField(
        "until", null=True, blank=True, help_text="The last day that it counts for. Leave empty for no end."
    )
    changed_at = models.DateTimeField(auto_now=True)  # what was booked before was booked without being shown it

    objects = ChargeRuleQuerySet.as_manager()

    class Meta:
        ordering = ["event", "agency_kind", "length", "-valid_from"]
        verbose_name = "charging rule"
        constraints = [
            models.CheckConstraint(
                name="rule_amount_makes_sense",
                condition=Q(amount__gte=LEAST, amount__lte=MOST),
                violation_error_message="Enter an amount above zero, and 10,000.00 pounds at most.",
            ),
            models.CheckConstraint(
                name="rule_ends_after_it_begins",
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                violation_error_message="The last day must not be before the first.",
            ),
            models.UniqueConstraint(
                fields=["event", "agency_kind", "length", "valid_from"],
                name="one_rule_from_a_day",
                violation_error_message="There is a rule for the same from this day already. Change or end that one.",
            ),
        ]

    def __str__(self):
        who = self.get_agency_kind_display() or "any agency"
        length = self.get_length_display().lower() or "any length"
        return f"{self.get_event_display()}, {who}, {length}: £{self.amount:.2f} from {self.valid_from:%d/%m/%Y}"

    def clean(self):
        """The last day isn't before the first."""
        super().clean()
        if self.valid_from and self.valid_until and self.valid_until < self.valid_from:
            raise ValidationError({"valid_until": "The last day must not be before the first."})

    def is_in_force_on(self, day: date) -> bool:
        """Whether it counts for sessions whose first day this is."""
        return self.valid_from <= day and (self.valid_until is None or self.valid_until >= day)

    @property
    def is_used(self) -> bool:
        """Whether a charge was made by it, so that it stays as it is."""
        known = getattr(self, "used", None)
        return self.charges.exists() if known is None else known


class ChargeExport(models.Model):
    """One time that lines were handed to finance. It has the lines that were new then."""

    wagtail_reference_index_ignore = True

    made_at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    agency_name = models.CharField("agency", max_length=200, blank=True)  # empty: all
    month = models.DateField(null=True, blank=True)  # its first day; empty: all

    class Meta:
        ordering = ["-pk"]
        verbose_name = "export for finance"
        verbose_name_plural = "exports for finance"

    def __str__(self):
        return f"Export {self.pk} of {timezone.localtime(self.made_at):%d/%m/%Y}"


class ChargeQuerySet(models.QuerySet):
    """Queries over charges, as sentences."""

    def for_finance(self):
        """Lines that finance gets or has: whatever is confirmed, and reversals."""
        has = Q(export__isnull=False) | Q(invoiced_at__isnull=False)
        return self.filter(Q(status__in=[Charge.Status.CONFIRMED, Charge.Status.INVOICED]) | has)

    def standing(self):
        """Charges that weren't reversed, and aren't reversals."""
        return self.filter(reverses=None, reversed_at=None)


class Charge(models.Model):
    """One line: proposed, confirmed, invoiced, waived or disputed; undone by a line with the negative amount.

    Its key is the number that finance knows it by, and no key is given twice. Written by training/charges.py alone.
    """

    wagtail_reference_index_ignore = True

    class Status(models.TextChoices):
        PROPOSED = "proposed", "Proposed"
        CONFIRMED = "confirmed", "Confirmed"
        INVOICED = "invoiced", "Invoiced"
        WAIVED = "waived", "Waived"
        DISPUTED = "disputed", "Disputed"

    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="charges")
    rule = models.ForeignKey(ChargeRule, on_delete=models.PROTECT, related_name="charges")
    event = models.CharField("charged for", max_length=20, choices=ChargedEvent.choices)
    amount = models.DecimalField(max_digits=8, decimal_places=2)
    words = models.CharField(max_length=250)
    agency_name = models.CharField("agency", max_length=200)
    course_title = models.CharField("course", max_length=255)
    session_date = models.DateField("first day of the session")
    order_number = models.CharField(max_length=60, blank=True)
    finance_contact = models.CharField("invoices go to", max_length=200, blank=True)

    status = models.CharField(max_length=20, choices=Status.choices, default=Status.PROPOSED)
    note = models.CharField(max_length=250, blank=True)
    reverses = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="reversal", editable=False
    )
    reversed_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    confirmed_at = models.DateTimeField(null=True, editable=False)
    invoiced_at = models.DateTimeField(null=True, editable=False)
    export = models.ForeignKey(
        ChargeExport, null=True, editable=False, on_delete=models.PROTECT, related_name="lines",
        help_text="When finance got it first.",
    )  # fmt: skip

    objects = ChargeQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        permissions = [("export_charge", "Can export charges for finance")]
        indexes = [
            models.Index(fields=["status"], name="charge_by_status"),
            models.Index(fields=["session_date", "agency_name"], name="charge_by_month_and_agency"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["booking", "event"],
                condition=Q(reverses__isnull=True, reversed_at__isnull=True),
                name="one_standing_charge_an_event",
            ),
            models.CheckConstraint(
                name="only_a_reversal_is_negative",
                condition=Q(reverses__isnull=True, amount__gt=0)
                | Q(reverses__isnull=False, amount__lt=0, reversed_at__isnull=True),
            ),
            models.CheckConstraint(
                name="charge_has_its_moment",
                condition=Q(status__in=["proposed", "waived", "disputed"])
                | Q(status="confirmed", confirmed_at__isnull=False)
                | Q(status="invoiced", confirmed_at__isnull=False, invoiced_at__isnull=False),
            ),
            models.CheckConstraint(
                name="charge_says_why",
                condition=(~Q(status__in=["waived", "disputed"]) & Q(reverses__isnull=True)) | ~Q(note=""),
            ),
            models.CheckConstraint(
                name="finance_gets_what_is_confirmed",
                condition=Q(export__isnull=True)
                | Q(confirmed_at__isnull=False) & ~Q(status__in=["proposed", "waived"]),
            ),
        ]

    def __str__(self):
        return f"{self.line}, {'-' if self.amount < 0 else ''}£{abs(self.amount):.2f}"

    @property
    def line(self) -> str:
        """Its number as finance reads it."""
        return f"C{self.pk:06}"

    @property
    def is_reversal(self) -> bool:
        """Whether it takes another line back."""
        return self.reverses_id is not None

    @property
    def is_with_finance(self) -> bool:
        """Whether finance was given the line, or has sent the invoice."""
        return self.export_id is not None or self.invoiced_at is not None

    @property
    def is_standing(self) -> bool:
        """Whether it is neither reversed nor a reversal."""
        return self.reverses_id is None and self.reversed_at is None
