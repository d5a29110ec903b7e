"""The admin's forms for sending: whom to, when, test addresses, a correction."""

import uuid

from django import forms
from django.core.validators import validate_email
from django.db.models import Value
from django.utils import timezone
from wagtail.admin.widgets import AdminDateTimeInput

from dscp_cms.models import Agency, Topic
from news.models import MailingList
from news.sending.planning import MOST_TEST_ADDRESSES, Plan

NOW, LATER = "now", "later"


class FutureTimeField(forms.DateTimeField):
    """A time that hasn't passed."""

    widget = AdminDateTimeInput

    def clean(self, value):
        moment = super().clean(value)
        if moment and moment <= timezone.now():
            raise forms.ValidationError("That time has passed. Choose one that is still to come.")
        return moment


class SendForm(forms.Form):
    """Whom an issue goes to, and when. ``usual`` among the initial data ticks the newsletter's own list."""

    lists = forms.ModelMultipleChoiceField(
        MailingList.objects.all(),
        label="Send it to",
        widget=forms.CheckboxSelectMultiple,
        help_text="Each person gets it once.",
    )
    agencies = forms.ModelMultipleChoiceField(
        Agency.objects.none(),
        required=False,
        label="Only people of these agencies",
        widget=forms.CheckboxSelectMultiple,
        help_text="Choose none to send it to people of every agency.",
    )
    topics = forms.ModelMultipleChoiceField(
        Topic.objects.none(),
        required=False,
        label="Only people interested in these topics",
        widget=forms.CheckboxSelectMultiple,
        help_text="Choose none to send it to everybody on the list.",
    )
    when = forms.ChoiceField(
        choices=[(NOW, "Now, with five minutes to undo it"), (LATER, "At a time")],
        widget=forms.RadioSelect,
        initial=NOW,
    )
    at = FutureTimeField(
        required=False, label="Date and time", help_text="dd/mm/yyyy hh:mm. Only if you chose “At a time”."
    )
    rate_limit = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=1000,
        label="At most so many a second",
        help_text="Leave it empty unless your mail service asks for a limit.",
    )
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        lists = list(MailingList.objects.all())
        self.fields["lists"].choices = [(each.pk, str(each)) for each in lists]
        if self.initial.pop("usual", False) and not self.initial.get("lists"):
            self.initial["lists"] = [each.pk for each in lists if each.slug == "newsletter"]
        narrowing = {
            name: model.objects.filter(subscribers__isnull=False).distinct()
            for name, model in (("agencies", Agency), ("topics", Topic))
        }
        found = [rows.order_by().values_list(Value(name), "pk", "name") for name, rows in narrowing.items()]
        rows = sorted(found[0].union(found[1]), key=lambda row: row[2].casefold())
        for name, queryset in narrowing.items():
            self.fields[name].queryset = queryset
            self.fields[name].choices = [(key, words) for kind, key, words in rows if kind == name]
            if not self.fields[name].choices:
                del self.fields[name]

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("when") == LATER and not cleaned.get("at") and "at" not in self.errors:
            self.add_error("at", "Enter the date and time at which it should be sent.")
        return cleaned

    def plan(self, issue) -> Plan:
        """What was asked for."""
        chosen = self.cleaned_data
        return Plan(
            issue,
            list(chosen["lists"]),
            list(chosen.get("agencies", [])),
            list(chosen.get("topics", [])),
            chosen["rate_limit"],
        )


class RescheduleForm(forms.Form):
    """Another time."""

    at = FutureTimeField(label="Send it at", help_text="dd/mm/yyyy hh:mm")


class TestForm(forms.Form):
    """Addresses for a test."""

    addresses = forms.CharField(
        label="Send a test to",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=f"One address a line, {MOST_TEST_ADDRESSES} at most. They get the latest draft, marked “[Test]”.",
    )

    def clean_addresses(self):
        addresses = list(dict.fromkeys(self.cleaned_data["addresses"].replace(",", " ").replace(";", " ").split()))
        for address in addresses:
            try:
                validate_email(address)
            except forms.ValidationError as error:
                raise forms.ValidationError(
                    f"“{address}” is no e-mail address. Write one such as name@example.org."
                ) from error
        if len(addresses) > MOST_TEST_ADDRESSES:
            raise forms.ValidationError(
                f"That is more than {MOST_TEST_ADDRESSES} addresses. A test is for a few people."
            )
        return addresses


class CorrectionForm(forms.Form):
    """A short correction."""

    subject = forms.CharField(max_length=150)
    words = forms.CharField(
        label="What was wrong, and what is right",
        max_length=3000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="Plain words. An empty line begins a new paragraph.",
    )
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
