"""What the training team sets for all sessions."""

from datetime import time

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel
from wagtail.contrib.settings.models import BaseGenericSetting, register_setting

TO_BE_CONFIRMED = "To be confirmed by the partnership."


@register_setting(icon="group", order=40)
class TrainingSettings(BaseGenericSetting):
    """How offers and retention work. ``TrainingSettings.load()`` gives them."""

    offer_hours = models.PositiveSmallIntegerField(
        default=16,
        validators=[MinValueValidator(1), MaxValueValidator(80)],
        verbose_name="working hours to accept an offer",
        help_text="A freed place is kept so long for the first on the waiting list; less as the session nears.",
    )
    last_call_hours = models.PositiveSmallIntegerField(
        default=24,
        validators=[MinValueValidator(1), MaxValueValidator(240)],
        verbose_name="last call, in hours",
        help_text="So long before a session all who wait are told of a free place, and the first to accept has it.",
    )
    work_starts = models.TimeField(default=time(9), help_text="When working hours begin, Monday to Friday.")
    work_ends = models.TimeField(default=time(17), help_text="When they end. Bank holidays in England don't count.")

    needs_days = models.PositiveSmallIntegerField(
        default=7,
        verbose_name="days to keep access and dietary needs",
        help_text=f"Counted from the session's end. {TO_BE_CONFIRMED}",
    )
    mobile_days = models.PositiveSmallIntegerField(
        default=1,
        verbose_name="days to keep mobile numbers",
        help_text=f"Counted from the session's end. {TO_BE_CONFIRMED}",
    )
    booking_months = models.PositiveSmallIntegerField(
        default=36,
        validators=[MinValueValidator(1)],
        verbose_name="months to keep names and addresses of bookings",
        help_text=f"Counted from the session's end. Afterwards only the counts stay. {TO_BE_CONFIRMED}",
    )
    charge_months = models.PositiveSmallIntegerField(
        default=84,
        validators=[MinValueValidator(1)],
        verbose_name="months to keep the finance contact of charges",
        help_text=f"Counted from the session. Amount, agency and order number stay. {TO_BE_CONFIRMED}",
    )

    certificate_months = models.PositiveSmallIntegerField(
        default=72,
        validators=[MinValueValidator(1)],
        verbose_name="months to keep certificates",
        help_text="Counted from the session's end. Until then anybody with a code and a surname can have the "
        f"certificate confirmed. {TO_BE_CONFIRMED}",
    )

    panels = [
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("offer_hours"), FieldPanel("last_call_hours")]),
                FieldRowPanel([FieldPanel("work_starts"), FieldPanel("work_ends")]),
            ],
            heading="Offers from the waiting list",
        ),
        MultiFieldPanel(
            [
                FieldPanel("needs_days"),
                FieldPanel("mobile_days"),
                FieldPanel("booking_months"),
                FieldPanel("charge_months"),
                FieldPanel("certificate_months"),
            ],
            heading="How long personal data is kept",
        ),
    ]

    class Meta:
        verbose_name = "training settings"

    def clean(self):
        """A working day has hours."""
        super().clean()
        if self.work_starts and self.work_ends and self.work_starts >= self.work_ends:
            raise ValidationError({"work_ends": "The working day must end after it begins."})
