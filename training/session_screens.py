"""What staff do to a session: copy it, repeat it, move it, cancel it, finish it, add somebody, print the call list."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.views.generic import TemplateView

from training import booking, needs, scheduling
from training.admin_forms import AddPersonForm, CopyForm, Days, NoticeForm, SeriesForm, WhyForm
from training.models import Booking, SessionDay, TrainingSession
from training.people import Refused
from training.screens import JobScreen, Screen, session_address
from training.staff_booking import add_above_capacity


class SessionScreen(Screen):
    """A screen about one session."""

    def find(self, pk: int) -> None:
        self.session = get_object_or_404(TrainingSession.objects.with_details(), pk=pk)

    def about(self) -> str:
        return str(self.session)

    def back(self) -> str:
        return session_address(self.session)

    def told(self) -> list[Booking]:
        """Who gets a message."""
        return list(self.session.bookings.active().select_related("agency").order_by("name", "pk"))


class Copy(SessionScreen, JobScreen):
    """The same again on another day."""

    page_title = "Copy this session"
    form_class, submit = CopyForm, "Copy it"
    lead = "The copy is planned, has the same days and times apart, and no bookings. The joining link isn’t copied."

    def job(self, form):
        self.session = scheduling.copy_session(self.session.pk, form.cleaned_data["first_day"], by=self.request.user)
        return f"{self.session} is planned. Check it, then open it."


class Series(SessionScreen, JobScreen):
    """The same again and again."""

    page_title = "Create a series"
    form_class, submit = SeriesForm, "Create them"
    lead = "Each further session is planned, on the same weekday and at the same times."

    def job(self, form):
        made = scheduling.create_series(self.session.pk, **form.cleaned_data, by=self.request.user)
        return f"{len(made)} session{'s' if len(made) != 1 else ''} planned: {'; '.join(map(str, made))}."


class Cancel(SessionScreen, JobScreen):
    """Call it off, after looking at who will be told."""

    page_title = "Cancel this session"
    form_class, submit, serious = WhyForm, "Cancel the session and tell everybody", True
    template_name = "training/admin/tell.html"
    lead = "This can’t be undone. Nobody is charged."

    def get_context_data(self, **kwargs):
        return {**super().get_context_data(**kwargs), "told": self.told(), "session": self.session}

    def job(self, form):
        number = len(self.told())
        scheduling.cancel_session(self.session.pk, by=self.request.user, why=form.cleaned_data["why"])
        return f"The session is cancelled. {number} {'people are' if number != 1 else 'person is'} told."


class Finish(SessionScreen, JobScreen):
    """Mark it as done."""

    page_title = "Mark as done"
    submit = "It is done"
    lead = "Whoever had a place is thanked by e-mail. The clock does this by itself on the day after."

    def job(self, form):
        scheduling.finish_session(self.session.pk, by=self.request.user)
        return "The session is done."


class Move(SessionScreen, JobScreen):
    """Other days or times; everybody is told, and those with a place are asked whether they can come."""

    page_title = "Move this session"
    form_class, submit = NoticeForm, "Move it and tell everybody"
    template_name = "training/admin/move.html"

    def days(self):
        """The rows of days."""
        if self.request.method == "POST":
            return Days(self.request.POST, prefix="days")
        days = self.session.days.all()
        names = ("starts_at", "ends_at", "venue", "facilitator")
        return Days(prefix="days", initial=[{name: getattr(day, name) for name in names} for day in days])

    def get_initial(self):
        return {"notice": self.session.notice}

    def get_context_data(self, **kwargs):
        days = kwargs.pop("days", None) or self.days()
        context = super().get_context_data(**kwargs)
        more = {"days": days, "told": self.told(), "session": self.session}
        return {**context, **more, "media": context["media"] + days.media}

    def post(self, request, *args, **kwargs):
        form, days = self.get_form(), self.days()
        if all([form.is_valid(), days.is_valid()]):
            rows = [row for row in days.forms if row.cleaned_data and not row.cleaned_data.get("DELETE")]
            rows.sort(key=lambda row: row.cleaned_data["starts_at"])
            try:
                scheduling.reschedule(
                    self.session.pk, [row.day() for row in rows], by=request.user, notice=form.cleaned_data["notice"]
                )
            except Refused as refused:
                if refused.row is None:
                    form.add_error(None, str(refused))
                else:
                    rows[refused.row].add_error(refused.field, str(refused))
            else:
                messages.success(request, "The session is moved. Everybody who booked is told.")
                return redirect(self.back())
        return self.render_to_response(self.get_context_data(form=form, days=days))


class Add(SessionScreen, JobScreen):
    """Book somebody by hand, also while booking is closed."""

    right = "training.change_booking"
    page_title = "Add a person"
    form_class, submit = AddPersonForm, "Add this person"
    lead = "They get the same message as somebody who books on the site."

    def job(self, form):
        why, by = form.cleaned_data["why"], self.request.user
        if why and not TrainingSession.objects.get(pk=self.session.pk).places_left:
            made = add_above_capacity(self.session.pk, form.details(), by, why=why)
        else:
            made = booking.book(self.session.pk, form.details(), by=by)
        return f"{made.name}: {made.get_status_display().lower()}."


class Join(SessionScreen, JobScreen):
    """Become staff of a session, to see what its people need."""

    page_title = "I am staff of this session"
    submit = "I am staff of this session"
    lead = (
        "The staff of a session see the access and dietary needs of the people who booked it. Go on only if you "
        "organise or run it. That you did is written down, and administrators read it."
    )

    def job(self, form):
        if not self.request.user.has_perm(needs.RIGHT):
            raise PermissionDenied
        needs.join(self.session.pk, self.request.user)
        return "You are staff of this session now."


class CallList(SessionScreen, TemplateView):
    """Whom to ring when something changes at short notice; made for paper.

    Of a cancelled session it names those whom the cancellation told, who may be on their way.
    """

    right = "training.view_booking"
    page_title = "Call list"
    template_name = "training/admin/call_list.html"

    def get_context_data(self, **kwargs):
        people = scheduling.to_ring(self.session).select_related("agency").order_by("name", "pk")
        days = SessionDay.objects.filter(session=self.session).select_related("venue", "session__venue")
        return {**super().get_context_data(**kwargs), "session": self.session, "people": people, "days": days}
