"""The forms that start an issue, a bulletin and a call for items."""

import uuid
from datetime import date, datetime, time, timedelta

from django import forms
from django.utils import timezone
from django.utils.html import strip_tags
from wagtail.admin.rich_text import get_rich_text_editor_widget
from wagtail.admin.widgets import AdminDateInput, AdminDateTimeInput

from dscp_cms.blocks import TEXT_FEATURES
from dscp_cms.models import SiteAlert
from news.models import MailingList


def first_of_next_month() -> date:
    """The day that the next issue is most often for."""
    return (timezone.localdate().replace(day=1) + timedelta(days=32)).replace(day=1)


def tomorrow_evening() -> datetime:
    """A banner should come down by itself, and soon."""
    return timezone.make_aware(datetime.combine(timezone.localdate() + timedelta(days=1), time(18)))


class NewIssueForm(forms.Form):
    """When the issue is for, and its two other dates."""

    date = forms.DateField(
        label="Date of the issue",
        initial=first_of_next_month,
        widget=AdminDateInput,
        help_text="The day, or the first day of the month, that the issue is for.",
    )
    copy_date = forms.DateField(
        required=False, widget=AdminDateInput, help_text="The last day for agencies to send items in."
    )
    send_date = forms.DateField(
        required=False,
        label="Planned day of sending",
        widget=AdminDateInput,
        help_text="Nothing is sent by itself: this is for your plan and for the checks.",
    )

    def clean(self):
        cleaned = super().clean()
        copy_date, send_date = cleaned.get("copy_date"), cleaned.get("send_date")
        if copy_date and send_date and copy_date > send_date:
            self.add_error("copy_date", "The copy date can't be after the day of sending.")
        return cleaned


class BulletinForm(forms.Form):
    """One story, and the banner that goes with it."""

    headline = forms.CharField(
        max_length=100,
        help_text="What has happened, in a few words. It is the title, the e-mail’s subject and the banner.",
    )
    text = forms.CharField(help_text="What people need to know, and what they should do.")
    planned_list = forms.ModelChoiceField(
        MailingList.objects.all(),
        label="List",
        help_text="Who it is for. You confirm the list, and the number of people, when you send it.",
    )
    with_alert = forms.BooleanField(
        required=False,
        label="Show an alert on every page too",
        help_text="A banner with the headline, leading to the bulletin.",
    )
    level = forms.ChoiceField(
        choices=SiteAlert.Level.choices,
        initial=SiteAlert.Level.WARNING,
        label="How strong the alert is",
        help_text="“Urgent” is for a child’s safety.",
    )
    alert_end = forms.DateTimeField(
        required=False,
        label="When the alert ends",
        initial=tomorrow_evening,
        widget=AdminDateTimeInput,
        help_text="It comes down by itself then.",
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["text"].widget = get_rich_text_editor_widget("default", features=TEXT_FEATURES)
        self.fields["planned_list"].initial = MailingList.objects.first()

    def clean_text(self):
        text = self.cleaned_data["text"]
        if not strip_tags(text).strip():
            raise forms.ValidationError("Write what people need to know.")
        return text

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("with_alert"):
            end = cleaned.get("alert_end")
            if end is None and "alert_end" not in self.errors:
                self.add_error("alert_end", "Say when the alert ends, so that it comes down by itself.")
            elif end and end <= timezone.now():
                self.add_error("alert_end", "The alert’s end must be in the future.")
        return cleaned


class CallForm(forms.Form):
    """The message to the agencies."""

    key = forms.UUIDField(initial=uuid.uuid4, widget=forms.HiddenInput)
    subject = forms.CharField(max_length=200)
    text = forms.CharField(label="Message", widget=forms.Textarea(attrs={"rows": 14}))
