"""Forms of the sign-up pages."""

from django import forms
from django.utils.html import format_html

from dscp_cms.models import Topic
from news.models import MailingList, Subscriber

TRAP = "website"  # a field that people don't see and robots fill in
NOT_AN_ADDRESS = "Enter an e-mail address like name@example.org."
TRAPPED = "This was not sent, because a field that should stay empty was filled in. Empty it, and send again."


class ListsField(forms.ModelMultipleChoiceField):
    """Lists to tick, each with what it brings."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **kwargs):
        super().__init__(queryset=MailingList.objects.filter(public=True), **kwargs)

    def label_from_instance(self, mailing_list):
        return format_html("<span><strong>{}</strong><br>{}</span>", mailing_list.name, mailing_list.description)


def address_field(**kwargs) -> forms.EmailField:
    """An e-mail address that browsers fill in."""
    return forms.EmailField(
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
        error_messages={"required": "Enter your e-mail address.", "invalid": NOT_AN_ADDRESS},
        **kwargs,
    )


class TrapMixin(forms.Form):
    """Adds the trap. What it catches is told, since a person's browser may have filled it."""

    website = forms.CharField(required=False, max_length=200, label="Leave this empty")

    def clean_website(self):
        if self.cleaned_data.get(TRAP):
            raise forms.ValidationError(TRAPPED)
        return ""

    def fields_shown(self):
        """Every field but the trap, which the template places out of sight."""
        return [field for field in self.visible_fields() if field.name != TRAP]


class AddressForm(TrapMixin):
    """An address, to be sent the link to one's own page."""

    email = address_field(label="Your e-mail address")


class SubscribeForm(TrapMixin):
    """Signing up."""

    email = address_field(label="Your e-mail address", help_text="We send you an e-mail to confirm it.")
    lists = ListsField(
        label="What would you like to get?",
        error_messages={
            "required": "Tick what you would like to get.",
            "invalid_choice": "That list is no longer there.",
        },
    )
    name = forms.CharField(
        max_length=120, required=False, label="Your name", widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    agency = forms.CharField(
        max_length=200,
        required=False,
        label="Where you work or volunteer",
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["website"].label_suffix = ""


class ChoicesForm(forms.Form):
    """A subscriber's own choices."""

    lists = ListsField(label="What you get", required=False, help_text="Untick all to stop every one of these e-mails.")
    name = SubscribeForm.base_fields["name"]
    agency = SubscribeForm.base_fields["agency"]
    topics = forms.ModelMultipleChoiceField(
        queryset=Topic.objects.all(),
        required=False,
        label="What you are interested in",
        help_text="Some e-mails go only to people who ticked their topic.",
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args, subscriber: Subscriber, **kwargs):
        super().__init__(*args, **kwargs)
        # Lists that staff fill are shown to those who are on them, to be left.
        offered = MailingList.objects.filter(public=True) | MailingList.objects.filter(subscribers=subscriber)
        self.fields["lists"].queryset = offered.distinct()
        if not Topic.objects.exists():
            del self.fields["topics"]


class NewAddressForm(forms.Form):
    """Another address."""

    email = address_field(
        label="Your new e-mail address", help_text="We send an e-mail there; its link makes the change."
    )
