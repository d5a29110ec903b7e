"""Small forms of the screens about charges."""

from datetime import date

from django import forms
from wagtail.admin.widgets import AdminDateInput

from training import finance_export
from training.charge_rules import pounds
from training.models import Charge, ChargeRule

MOST_AT_ONCE = 200  # lines on one screen


class NoteForm(forms.Form):
    """Why something is waived, disputed or reversed."""

    note = forms.CharField(
        label="Why",
        max_length=250,
        error_messages={"required": "Say why, in one sentence."},
        help_text="One sentence. It stands with the charge; leave people’s names out.",
    )


class EndForm(forms.Form):
    """The last day of a rule."""

    valid_until = forms.DateField(
        label="Last day", widget=AdminDateInput, help_text="It counts for sessions that begin on this day or before."
    )

    def __init__(self, *args, rule: ChargeRule, **kwargs):
        super().__init__(*args, **kwargs)
        self.rule = rule

    def clean_valid_until(self) -> date:
        """Not before the first day."""
        day = self.cleaned_data["valid_until"]
        if day < self.rule.valid_from:
            raise forms.ValidationError("The last day must not be before the first.")
        return day


class ExportForm(forms.Form):
    """Whose lines, and of which month."""

    agency = forms.ChoiceField(label="Agency", required=False)
    month = forms.ChoiceField(label="Month of the session", required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.overview = finance_export.overview()
        names = finance_export.lines().order_by("agency_name").values_list("agency_name", flat=True).distinct()
        self.fields["agency"].choices = [("", "All agencies"), *((name, name) for name in names)]
        months = [(f"{row['month']:%Y-%m}", f"{row['month']:%B %Y}") for row in self.overview]
        self.fields["month"].choices = [("", "All months"), *months]

    def clean_month(self) -> date | None:
        """Its first day."""
        asked = self.cleaned_data["month"]
        return date.fromisoformat(f"{asked}-01") if asked else None


class TickedForm(forms.Form):
    """Charges to do the same to."""

    charges = forms.ModelMultipleChoiceField(
        Charge.objects.none(),
        label="Charges",
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "Tick at least one.",
            "invalid_choice": "One of them was changed meanwhile. Look at the list again.",
        },
    )

    def __init__(self, *args, waiting, unseen=frozenset(), **kwargs):
        super().__init__(*args, **kwargs)
        field = self.fields["charges"]
        field.label_from_instance = lambda charge: label(charge, unseen)
        shown = list(waiting.order_by("pk").values_list("pk", flat=True)[:MOST_AT_ONCE])
        field.queryset = waiting.filter(pk__in=shown).order_by("pk")
        field.initial = [key for key in shown if key not in unseen]


def label(charge: Charge, unseen) -> str:
    """A charge on one line."""
    text = f"{charge.line}: {pounds(charge.amount)}, {charge.agency_name}. {charge.get_event_display()}, "
    text += f"{charge.course_title}, {charge.session_date:%d/%m/%Y}"
    return f"{text} (the rule is newer than the booking)" if charge.pk in unseen else text
