"""How long personal data is kept outside training, which has settings of its own."""

from django.core.validators import MinValueValidator
from django.db import models
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.contrib.settings.models import BaseGenericSetting, register_setting

TO_BE_CONFIRMED = "To be confirmed by the partnership."


def _period(label: str, default: int, since: str):
    return models.PositiveSmallIntegerField(
        label, default=default, validators=[MinValueValidator(1)], help_text=f"{since} {TO_BE_CONFIRMED}"
    )


@register_setting(icon="bin", order=45)
class RetentionSettings(BaseGenericSetting):
    """Periods that ``home.purge`` keeps to. ``RetentionSettings.load()`` gives them."""

    message_months = _period(
        "months to keep contact messages", 12, "Counted from when a message was dealt with; one that waits is kept."
    )
    mail_months = _period(
        "months to keep e-mails to single people",
        6,
        "Messages on bookings, confirmations and the like; then they are deleted.",
    )
    pending_days = _period(
        "days to keep sign-ups that nobody confirmed", 30, "Counted from the last time that confirmation was asked for."
    )
    left_months = _period(
        "months to keep people who left the newsletter",
        12,
        "The history of consent stays, under a digest of the address.",
    )
    delivery_months = _period(
        "months to keep addresses in reports of past newsletters",
        24,
        "Counted from the sending. The counts stay, and the links to leave go on working.",
    )

    panels = [
        MultiFieldPanel([FieldPanel("message_months"), FieldPanel("mail_months")], heading="Messages"),
        MultiFieldPanel(
            [FieldPanel("pending_days"), FieldPanel("left_months"), FieldPanel("delivery_months")],
            heading="Newsletter",
        ),
    ]

    class Meta:
        verbose_name = "retention of personal data"
