"""Forms of the register: marks of one day, and who came without a booking."""

from collections.abc import Sequence

from django import forms

from dscp_cms.models import Agency
from training.attendance import Change, WalkIn
from training.attendance_files import MOST_BYTES
from training.forms import NOT_AN_ADDRESS, text_field
from training.models import Attendance, Booking

Mark = Attendance.Mark
SHORT = (
    (Mark.ATTENDED, "Here"),
    (Mark.LATE, "Late"),
    (Mark.LEFT_EARLY, "Left early"),
    (Mark.NOT_ATTENDED, "Not here"),
    ("", "Not marked"),
)
MOST_WALK_INS = 30


class RegisterForm(forms.Form):
    """A row of marks for each person, with what it was when it was shown: only what somebody changed is written."""

    def __init__(self, people: Sequence[Booking], data=None):
        super().__init__(data)
        self.people = people
        for each in people:
            now = each.marked.mark if each.marked else ""
            self.fields[f"mark-{each.pk}"] = forms.ChoiceField(
                label=each.name, choices=SHORT, required=False, initial=now, widget=forms.RadioSelect,
                error_messages={"invalid_choice": f"Choose one of the marks for {each.name}."},
            )  # fmt: skip
            self.fields[f"was-{each.pk}"] = forms.CharField(required=False, initial=now, widget=forms.HiddenInput)

    def rows(self):
        """Each person with their fields."""
        for each in self.people:
            yield each, self[f"mark-{each.pk}"], self[f"was-{each.pk}"]

    def changes(self) -> list[Change]:
        """What is marked otherwise than it was when the page was made."""
        said = {each.pk: self.cleaned_data[f"mark-{each.pk}"] for each in self.people if f"mark-{each.pk}" in self.data}
        return [Change(key, mark) for key, mark in said.items() if mark != self.cleaned_data[f"was-{key}"]]

    def everybody_else_was_away(self) -> list[Change]:
        """The same, and “did not attend” for all who are left without a mark."""
        marked = {change.booking: change for change in self.changes()}
        for each in self.people:
            if not self.cleaned_data[f"mark-{each.pk}"]:
                marked[each.pk] = Change(each.pk, Mark.NOT_ATTENDED)
        return list(marked.values())


class WalkInForm(forms.Form):
    """Somebody who came without a booking. Empty where nobody did."""

    name = text_field("Name")
    agency_name = text_field("Agency", autocomplete="off")
    email = forms.EmailField(
        label="Work e-mail, for their certificate",
        required=False,
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"invalid": NOT_AN_ADDRESS},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["agency_name"].widget.attrs["list"] = "agencies"

    def clean(self):
        cleaned = super().clean()
        others = cleaned.get("email") or cleaned.get("agency_name")
        if others and not cleaned.get("name") and "name" not in self.errors:
            self.add_error("name", "Enter the name of the person who came.")
        return cleaned

    def person(self) -> WalkIn | None:
        """For the job; None if nobody was typed."""
        return WalkIn(**self.cleaned_data) if self.cleaned_data.get("name") else None


class NeededWalkInForm(WalkInForm):
    """The same on a screen of its own."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["name"].required = True
        self.fields["name"].error_messages["required"] = "Enter the name of the person who came."
        self.fields["email"].help_text = "May stay empty; then nothing can be sent to them."


class WalkIns(forms.BaseFormSet):
    """As many as came."""

    def people(self) -> list[WalkIn]:
        """For the job, in the order typed."""
        return [person for form in self.forms if (person := form.person())]


WalkInFormSet = forms.formset_factory(
    WalkInForm, formset=WalkIns, extra=1, max_num=MOST_WALK_INS, absolute_max=MOST_WALK_INS
)


def agency_names() -> list[str]:
    """To choose from while typing."""
    return list(Agency.objects.filter(active=True).order_by("name").values_list("name", flat=True))


class OutcomeForm(forms.Form):
    """What staff say of somebody's attendance."""

    outcome = forms.ChoiceField(label="This person", choices=[("", "Choose"), *Booking.Outcome.choices])
    why = forms.CharField(label="Why", max_length=250, help_text="It stands in the booking’s history.")


class LinkForm(forms.Form):
    """Where the facilitator's link goes."""

    email = forms.EmailField(
        label="The facilitator’s e-mail",
        max_length=254,
        error_messages={"required": "Enter the facilitator’s address.", "invalid": NOT_AN_ADDRESS},
        help_text="They get a link that opens this day’s register and nothing else, and stops working at midnight.",
    )


class FileForm(forms.Form):
    """A file from Teams or Zoom."""

    file = forms.FileField(
        label="Attendance file",
        help_text="The attendance report from Teams or the participants from Zoom, as CSV, just as you downloaded it.",
        error_messages={"required": "Choose the file.", "empty": "This file is empty. Export the list again."},
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv"}),
    )

    def clean_file(self):
        """Not larger than such a list can be."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError("This file is larger than 5 MB. Choose the attendance list itself.")
        return file
