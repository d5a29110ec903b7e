"""Forms of the booking pages."""

from django import forms
from django.core.validators import RegexValidator
from django.utils.html import format_html

from dscp_cms.models import Agency
from training.booking import MOST_IN_A_TEAM
from training.models import folded, person_key
from training.people import PersonDetails

OTHER = "other"
NOT_AN_ADDRESS = "Enter an e-mail address like name@example.org."
telephone = RegexValidator(
    r"^\+?[\d ()-]{7,20}$", "Enter a telephone number such as 07700 900123, digits and spaces only."
)


def text_field(label: str, missing: str = "", longest: int = 200, autocomplete: str = "off", **more) -> forms.CharField:
    """One line of text; ``missing`` is the error where it is needed and empty."""
    return forms.CharField(
        label=label,
        max_length=longest,
        required=bool(missing),
        widget=forms.TextInput(attrs={"autocomplete": autocomplete}),
        error_messages={"required": missing, "max_length": f"Write this in {longest} letters at most."},
        **more,
    )


def address_field(label: str, missing: str, autocomplete: str = "off", **more) -> forms.EmailField:
    """An e-mail address."""
    return forms.EmailField(
        label=label,
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": autocomplete, "spellcheck": "false"}),
        error_messages={"required": missing, "invalid": NOT_AN_ADDRESS, "max_length": "This address is too long."},
        **more,
    )


class AgencyMixin(forms.Form):
    """An agency from our table, or the name of another. With no agency in the table only a name is asked for."""

    agency = forms.ChoiceField(
        label="Agency",
        required=False,
        error_messages={"invalid_choice": "Choose an agency from the list."},
    )
    agency_name = text_field("Name of the agency, if it is not in the list", autocomplete="organization")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.agencies = {str(agency.pk): agency for agency in Agency.objects.filter(active=True).order_by("name")}
        if self.agencies:
            names = [(key, agency.name) for key, agency in self.agencies.items()]
            self.fields["agency"].choices = [("", "Choose one"), *names, (OTHER, "It is not in this list")]
        else:
            del self.fields["agency"]
            self.fields["agency_name"].label = "Agency"

    def clean(self):
        cleaned = super().clean()
        chosen, typed = cleaned.get("agency", ""), cleaned.get("agency_name", "")
        known = self.agencies.get(chosen)
        if known is None and typed:
            known = next((agency for agency in self.agencies.values() if folded(agency.name) == folded(typed)), None)
        cleaned["agency"], cleaned["agency_name"] = known, "" if known else typed
        if known is None and not typed and not {"agency", "agency_name"} & set(self.errors):
            if chosen == OTHER or not self.agencies:
                self.add_error("agency_name", "Write the name of the agency.")
            else:
                self.add_error("agency", "Choose an agency, or say that it is not in the list.")
        return cleaned


class PolicyMixin(forms.Form):
    """The declarations, and who pays where a rule may charge."""

    order_number = text_field("Order number", longest=60, help_text="If your agency needs one on its invoices.")
    finance_contact = text_field("Who deals with invoices", help_text="A name, and an e-mail address or a department.")
    manager_agrees = forms.BooleanField(
        label="My line manager agrees that I attend",
        error_messages={"required": "Ask your line manager first, then tick that they agree."},
    )
    accepts_policy = forms.BooleanField(
        error_messages={"required": "Read the charging policy, then tick that you accept it."}
    )
    policy_seen = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)

    def __init__(self, *args, policy=None, policy_version: str = "", may_charge: bool = False, **kwargs):
        super().__init__(*args, **kwargs)
        self.policy_version = policy_version
        if not may_charge:
            del self.fields["order_number"], self.fields["finance_contact"]
        if policy is None:
            del self.fields["accepts_policy"], self.fields["policy_seen"]
            return
        self.fields["accepts_policy"].label = format_html(
            'I have read the <a href="{}">charging policy</a> and accept it', policy.url
        )
        self.initial["policy_seen"] = policy_version

    def declarations(self) -> list:
        """What is said at the end of a form."""
        return [field for field in self.visible_fields() if field.name in {"manager_agrees", "accepts_policy"}]

    def questions(self) -> list:
        """What is asked before."""
        said = {field.name for field in self.declarations()}
        return [field for field in self.visible_fields() if field.name not in said]

    def clean(self):
        cleaned = super().clean()
        if "policy_seen" in self.fields and cleaned.get("policy_seen") != self.policy_version:
            self.data = self.data.copy()  # what is shown again is the present policy, unticked
            self.data[self.add_prefix("policy_seen")] = self.policy_version
            self.data.pop(self.add_prefix("accepts_policy"), None)
            if "accepts_policy" not in self.errors:
                words = "The charging policy was changed meanwhile. Read it again, then tick that you accept it."
                self.add_error("accepts_policy", words)
        return cleaned


class ManagerMixin(forms.Form):
    """The line manager."""

    manager_name = text_field("Line manager’s name", "Enter the name of the line manager.")
    manager_email = address_field(
        "Line manager’s e-mail",
        "Enter the e-mail address of the line manager.",
        help_text="We write there once, when the place is confirmed.",
    )


class PersonMixin(forms.Form):
    """A delegate."""

    name = text_field("Full name", "Enter the full name.", autocomplete="name")
    email = address_field("Work e-mail", "Enter the work e-mail address.", autocomplete="email")
    job_title = text_field("Job title", "Enter the job title.", longest=120, autocomplete="organization-title")
    mobile = forms.CharField(
        label="Mobile number",
        required=False,
        max_length=20,
        validators=[telephone],
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
        help_text="Used on the day only, if something changes at short notice. Deleted after it.",
    )
    needs = forms.CharField(
        label="Access or dietary needs",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Anything that helps you take part. Only the staff of this session see it. Deleted after it.",
    )


class BookingForm(PersonMixin, AgencyMixin, ManagerMixin, PolicyMixin):
    """Booking one's own place."""

    field_order = (
        *("name", "email", "agency", "agency_name", "job_title", "manager_name", "manager_email", "mobile", "needs"),
        *("order_number", "finance_contact", "manager_agrees", "accepts_policy"),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["email"].help_text = "We send the confirmation there. An office address shared by several is fine."

    def details(self) -> PersonDetails:
        """What was typed, for the job."""
        return details_of(self.cleaned_data, self.policy_version)


class TeamForm(AgencyMixin, ManagerMixin, PolicyMixin):
    """What colleagues who are booked together have in common."""

    booker_name = text_field("Your own name", "Enter your own name.", autocomplete="name")
    booker_email = address_field("Your own e-mail", "Enter your own e-mail address.", autocomplete="email")

    field_order = (
        *("booker_name", "booker_email", "agency", "agency_name", "manager_name", "manager_email"),
        *("order_number", "finance_contact", "manager_agrees", "accepts_policy"),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["manager_name"].help_text = "Colleagues with another manager are best booked apart."
        self.fields["manager_agrees"].label = "Their line manager agrees that all of them attend"


class ColleagueForm(PersonMixin):
    """One of several colleagues."""

    field_order = ("name", "email", "job_title", "mobile", "needs")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["autocomplete"] = "off"  # the browser knows only the person who types
        self.fields["needs"].widget.attrs["rows"] = 2
        self.fields["needs"].help_text = "Only the staff of this session see it. Deleted after it."
        self.fields["mobile"].help_text = "Used on the day only. Deleted after it."


class BaseTeam(forms.BaseFormSet):
    """Up to ten colleagues; rows left empty don't count. ``rows`` is what an unsent form shows in each."""

    default_error_messages = {
        **forms.BaseFormSet.default_error_messages,
        "missing_management_form": "The list of colleagues could not be read. Open the form again.",
    }

    def __init__(self, *args, rows=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.rows = rows
        self.extra = len(rows)

    def get_form_kwargs(self, index):
        shown = {"initial": self.rows[index]} if index is not None and index < len(self.rows) else {}
        return {**super().get_form_kwargs(index), **shown}

    def clean(self):
        if not self.management_form.is_valid():
            return  # said already
        seen = {}
        for number, form in enumerate(self.forms, start=1):
            typed = getattr(form, "cleaned_data", {})
            if not (typed.get("name") and typed.get("email")):
                continue
            first = seen.setdefault(person_key(typed["email"], typed["name"]), number)
            if first != number:
                form.add_error("name", f"This is the same person as colleague {first}.")
        if not any(form.has_changed() for form in self.forms):
            if not self.forms:
                raise forms.ValidationError("Enter at least one colleague.")
            self.forms[0].add_error("name", "Enter at least one colleague.")


Team = forms.formset_factory(
    ColleagueForm, formset=BaseTeam, extra=0, max_num=MOST_IN_A_TEAM, absolute_max=MOST_IN_A_TEAM, validate_max=True
)


class SubstituteForm(PersonMixin, AgencyMixin):
    """A colleague who comes instead."""

    field_order = ("name", "email", "agency", "agency_name", "job_title", "mobile", "needs")

    def details(self) -> PersonDetails:
        """What was typed, for the job."""
        return details_of(self.cleaned_data)


class AddressForm(forms.Form):
    """An address, to be sent the link to one's bookings, or for them to be sent to from now on."""

    email = address_field("Your work e-mail", "Enter your e-mail address.", autocomplete="email")


def details_of(typed: dict, policy_version: str = "") -> PersonDetails:
    """A person as the jobs take them, from the cleaned data of one form or of several."""
    names = [name for name in PersonDetails.__dataclass_fields__ if name != "policy_version"]
    return PersonDetails(**{name: typed[name] for name in names if name in typed}, policy_version=policy_version)
