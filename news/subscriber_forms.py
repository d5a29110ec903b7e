"""Forms by which staff keep subscribers. They save through the jobs, which keep the rules."""

from django import forms
from django.core.exceptions import ValidationError
from wagtail.admin.forms import WagtailAdminModelForm

from dscp_cms.models import Agency, Topic
from news import subscribers
from news.import_uploads import LARGEST
from news.models import MailingList, Subscriber

BY_STAFF = "changed by staff"


def lists_field(**kwargs) -> forms.ModelMultipleChoiceField:
    """Lists to tick, those that staff fill too."""
    lists = MailingList.objects.all()
    return forms.ModelMultipleChoiceField(lists, widget=forms.CheckboxSelectMultiple, **kwargs)


class _SubscriberForm(WagtailAdminModelForm):
    """What adding and changing have in common. Whether the address may be used is the job's to say."""

    agency = forms.ModelChoiceField(Agency.objects.filter(active=True), required=False, help_text="Where they work.")

    def _get_validation_exclusions(self):
        """An address that is there already isn't refused: its reader may join more lists."""
        return super()._get_validation_exclusions() | {"email"}

    def clean(self):
        data = super().clean()
        if data.get("agency") and data.get("agency_name"):
            raise ValidationError({"agency_name": "Choose an agency, or write one that isn't in the list: not both."})
        return data

    def agency_as_text(self) -> str:
        """The agency by name."""
        chosen = self.cleaned_data.get("agency")
        return chosen.name if chosen else self.cleaned_data.get("agency_name", "")


class AddForm(_SubscriberForm):
    """Adding somebody who told staff that they want it."""

    lists = lists_field(help_text="What they said they want.")
    how = forms.CharField(
        max_length=200,
        label="How they gave their consent",
        help_text="When and where, such as “Ticked the sheet at the conference on 15 May 2025”. Kept as the record.",
    )

    def save(self, commit=True):
        data = self.cleaned_data
        return subscribers.add_by_staff(
            data["email"],
            lists=data["lists"],
            how=data["how"],
            by=self.for_user,
            name=data["name"],
            agency=self.agency_as_text(),
        )


class ChangeForm(_SubscriberForm):
    """Changing what staff may change: not the address, and not whether somebody left."""

    lists = lists_field(required=False, help_text="Untick all to take them off altogether.")
    topics = forms.ModelMultipleChoiceField(Topic.objects.all(), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["lists"] = self.instance.lists.all()
        self.initial["topics"] = self.instance.topics.all()

    def save(self, commit=True):
        data, subscriber = self.cleaned_data, Subscriber.objects.get(pk=self.instance.pk)
        subscribers.change_lists(subscriber, data["lists"], source=BY_STAFF, by=self.for_user)
        subscribers.change_details(
            subscriber,
            name=data["name"],
            agency=self.agency_as_text(),
            topics=data["topics"],
            source=BY_STAFF,
            by=self.for_user,
        )
        return Subscriber.objects.get(pk=subscriber.pk)


class UploadForm(forms.Form):
    """A file of subscribers."""

    file = forms.FileField(
        label="CSV file",
        help_text="An export of MailPoet or Mailchimp, or a sheet saved as CSV by Excel or LibreOffice. The first line "
        "names the columns; one is called “Email”. Status, consent date and source are taken over.",
        error_messages={"empty": "This file is empty."},
    )
    lists = lists_field(label="Add them to", help_text="For MailPoet, export and upload one list at a time.")

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            raise ValidationError("This file has more than 20 MB. Split it, or use “manage.py import_subscribers”.")
        return file
