"""Small forms of the training team's screens."""

from django import forms
from wagtail.admin.widgets import AdminDateInput, AdminDateTimeInput

from training.forms import AgencyMixin, PersonMixin, address_field, details_of, text_field
from training.models import TrainingSession, Venue
from training.people import PersonDetails
from training.scheduling import MOST_DAYS, MOST_IN_A_SERIES, DayTimes
from training.when import session_in_words


class WhyForm(forms.Form):
    """A reason that may stay empty."""

    why = forms.CharField(
        label="Why", required=False, max_length=250, help_text="One sentence. The person reads it in the message."
    )


class ReasonForm(forms.Form):
    """A reason that is needed."""

    why = forms.CharField(label="Why", max_length=250, help_text="It stands in the booking’s history.")


class NothingForm(forms.Form):
    """Only a button."""


class CopyForm(forms.Form):
    """Where a copy goes."""

    first_day = forms.DateField(label="First day of the copy", widget=AdminDateInput)


class SeriesForm(forms.Form):
    """How a series goes on."""

    every_weeks = forms.IntegerField(
        label="Weeks between them", min_value=1, max_value=MOST_IN_A_SERIES, initial=4,
        help_text="1 for each week, 4 for about each month.",
    )  # fmt: skip
    times = forms.IntegerField(label="How many further sessions", min_value=1, max_value=MOST_IN_A_SERIES, initial=3)


class DayForm(forms.Form):
    """One day of a session that moves."""

    starts_at = forms.DateTimeField(label="Starts", widget=AdminDateTimeInput)
    ends_at = forms.DateTimeField(label="Ends", widget=AdminDateTimeInput)
    venue = forms.ModelChoiceField(
        Venue.objects.filter(active=True), label="Venue", required=False, empty_label="As the session"
    )
    facilitator = forms.CharField(label="Facilitator", max_length=160, required=False)

    def day(self) -> DayTimes:
        """For the job."""
        return DayTimes(**{name: self.cleaned_data[name] for name in ("starts_at", "ends_at", "venue", "facilitator")})


class BaseDays(forms.BaseFormSet):
    """The days of a session, and a row for one more."""

    def add_fields(self, form, index):
        super().add_fields(form, index)
        form.fields["DELETE"].label = "Take this day out"


Days = forms.formset_factory(
    DayForm, formset=BaseDays, extra=1, can_delete=True, max_num=MOST_DAYS, absolute_max=MOST_DAYS
)


class NoticeForm(forms.Form):
    """What stands on the session's page after it moved."""

    notice = forms.CharField(
        label="Banner on its page",
        required=False,
        max_length=250,
        help_text="Such as “Moved to 12 May”. May stay empty.",
    )


class AddPersonForm(PersonMixin, AgencyMixin):
    """Somebody whom staff book by hand."""

    manager_name = text_field("Line manager’s name")
    manager_email = forms.EmailField(label="Line manager’s e-mail", required=False, max_length=254)
    why = forms.CharField(
        label="If every place is taken: why this person gets one above the capacity",
        required=False,
        max_length=250,
        help_text="Leave it empty to put them on the waiting list.",
    )
    field_order = (
        *("name", "email", "agency", "agency_name", "job_title", "manager_name", "manager_email", "mobile", "needs"),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["job_title"].required = False

    def details(self) -> PersonDetails:
        """For the job."""
        return details_of(self.cleaned_data)


class NewAddressForm(forms.Form):
    """Another address."""

    email = address_field("New address", "Enter the new address.")


class MoveBookingForm(forms.Form):
    """Another session for somebody."""

    session = forms.ModelChoiceField(TrainingSession.objects.none(), label="Move to", empty_label="Choose a session")

    def __init__(self, *args, booking, **kwargs):
        super().__init__(*args, **kwargs)
        coming = TrainingSession.objects.upcoming().filter(external_url="").exclude(pk=booking.session_id)
        field = self.fields["session"]
        field.queryset = coming.with_details()
        own = booking.session.course_id
        # The same course first: that is where people move.
        rows = sorted(field.queryset, key=lambda each: (each.course_id != own, each.starts_at))
        field.choices = [("", field.empty_label), *((each.pk, _in_words(each)) for each in rows)]


def _in_words(session: TrainingSession) -> str:
    return f"{session.course.title}: {session_in_words(session)} ({session.places_left} left)"
