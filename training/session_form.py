"""The form with which staff make and change a session."""

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from wagtail.admin.forms.models import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, FieldRowPanel, HelpPanel, InlinePanel, MultiFieldPanel, ObjectList

from training import needs
from training.models import CoursePage, TrainingSession, Venue
from training.people import Refused
from training.scheduling import DayTimes, check_days

Status = TrainingSession.Status
PLACE_FIELDS = ("delivery_method", "venue", "joining_link")  # what people have in their calendars, beside the days


class SessionForm(WagtailAdminModelForm):
    """A session with its days and kept places. Whoever calls it holds the session's lock."""

    tell_everybody = forms.BooleanField(
        required=False,
        label="Tell everybody who booked",
        help_text="Asked for when you change where a session is, or its link, after people have booked.",
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk is None or not self.instance.bookings.active().exists():
            self.fields.pop("tell_everybody", None)  # no panel shows it then, and Wagtail would without its label
        if "course" in self.fields:
            self.fields["course"].queryset = CoursePage.objects.order_by("title")
        if "venue" in self.fields:
            kept = Q(active=True) | Q(pk=self.instance.venue_id)
            self.fields["venue"].queryset = Venue.objects.filter(kept)
        if "staff" in self.fields:
            self.fields["staff"].queryset = needs.who_may_be_staff(self.instance)
            self.fields["staff"].label_from_instance = lambda user: user.get_full_name() or user.get_username()
        if "status" in self.fields:
            # The other two have a job each, which tells people.
            self.fields["status"].choices = [(value.value, value.label) for value in (Status.PLANNED, Status.OPEN)]

    def clean_capacity(self):
        """Not below what is taken: it asks who moves."""
        capacity = self.cleaned_data["capacity"]
        session = self.instance
        if session.pk and session.taken > capacity + session.extra_places:
            raise ValidationError(_who_moves(session, session.taken - capacity))
        return capacity

    def clean_status(self):
        """People who booked must find their session."""
        status = self.cleaned_data["status"]
        if status == Status.PLANNED and self.instance.pk and self.instance.bookings.active().exists():
            raise ValidationError("People have booked, so it stays open. To call it off, cancel the session.")
        return status

    def clean(self):
        cleaned = super().clean()
        self._check_where(cleaned)
        if "days" in self.formsets:
            self._check_days()
        changed = [name for name in PLACE_FIELDS if name in self.changed_data]
        if self.instance.pk and changed and cleaned.get("status") == Status.OPEN and not cleaned.get("tell_everybody"):
            people = self.instance.bookings.active().count()
            if people:
                words = f"{people} {'people have' if people != 1 else 'person has'} booked and will be told by e-mail."
                self.add_error("tell_everybody", f"{words} Tick this to go on.")
        return cleaned

    def _check_where(self, cleaned: dict) -> None:
        if cleaned.get("status") != Status.OPEN or cleaned.get("external_url") or self.errors:
            return
        if cleaned.get("delivery_method") == "face_to_face" and not cleaned.get("venue"):
            self.add_error("venue", "Choose where it is held before you open it.")

    def _check_days(self) -> None:
        """Days must make sense together; the job that moves sessions has the same rules."""
        rows = self.formsets["days"]
        kept = [row for row in rows.forms if row.is_valid() and row.cleaned_data and not row.cleaned_data.get("DELETE")]
        if any(row.errors for row in rows.forms):
            return
        kept.sort(key=lambda row: row.cleaned_data["starts_at"])
        days = [DayTimes(row.cleaned_data["starts_at"], row.cleaned_data["ends_at"]) for row in kept]
        try:
            check_days(days, past_too=bool(self.instance.pk and self.instance.has_begun))
        except Refused as refused:
            if refused.row is None:
                self.add_error(None, str(refused))
            else:
                kept[refused.row].add_error(refused.field or None, str(refused))
                self.add_error(None, f"Look at the days again. {refused}")


def _who_moves(session: TrainingSession, number: int) -> str:
    """Who would have to move or be cancelled, the last to book first."""
    last = session.bookings.taking_places().order_by("-confirmed_at", "-pk")[: min(number, 10)]
    links = ((reverse("training_booking_modeladmin_inspect", args=[each.pk]), each.name) for each in last)
    return format_html(
        "{} places are taken. Move or cancel {} of them before you make it smaller. The last to book: {}.",
        session.taken,
        number,
        format_html_join(", ", '<a href="{}">{}</a>', links),
    )


DAYS = InlinePanel(
    "days",
    heading="Days",
    label="Day",
    min_num=1,
    panels=[
        FieldRowPanel([FieldPanel("starts_at"), FieldPanel("ends_at")]),
        FieldRowPanel([FieldPanel("venue"), FieldPanel("facilitator")]),
    ],
)
MOVE_INSTEAD = HelpPanel(
    heading="Days",
    content="<p>People have booked. To change days or times, choose “Move” on the page of the session: everybody is "
    "told, and who has a place is asked whether they can come.</p>",
)


def panels(*, booked: bool) -> ObjectList:
    """The whole form; without the days where people have booked."""
    return ObjectList(
        [
            FieldPanel("course", widget=forms.Select),
            FieldPanel("status"),
            MOVE_INSTEAD if booked else DAYS,
            MultiFieldPanel(
                [
                    FieldRowPanel([FieldPanel("delivery_method"), FieldPanel("venue")]),
                    FieldPanel("joining_link"),
                    FieldPanel("facilitator"),
                    FieldPanel("staff", widget=forms.CheckboxSelectMultiple),
                    *([FieldPanel("tell_everybody")] if booked else []),
                ],
                heading="Where and with whom",
            ),
            MultiFieldPanel(
                [FieldRowPanel([FieldPanel("capacity"), FieldPanel("max_per_agency")]), FieldPanel("waiting_list")],
                heading="Places",
            ),
            InlinePanel(
                "kept_places",
                heading="Places kept for a kind of agency",
                label="Kept places",
                panels=[FieldRowPanel([FieldPanel("agency_kind"), FieldPanel("places"), FieldPanel("until")])],
            ),
            MultiFieldPanel(
                [
                    FieldRowPanel([FieldPanel("booking_opens_at"), FieldPanel("booking_closes_at")]),
                    FieldRowPanel([FieldPanel("cancel_until"), FieldPanel("open_to")]),
                    FieldPanel("external_url"),
                ],
                heading="Booking",
            ),
            FieldPanel("notice"),
        ],
        base_form_class=SessionForm,
    )
