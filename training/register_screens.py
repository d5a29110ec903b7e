"""The training team's screens about the register of one day, and about one person's attendance."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.generic import TemplateView

from dscp_cms import audit, pdf
from training import attendance, outcomes, register_links
from training.attendance import Source, WalkIn, closed_because, on_register
from training.booking_screens import BookingScreen
from training.models import RegisterLink, SessionDay
from training.people import Refused
from training.register_forms import LinkForm, NeededWalkInForm, OutcomeForm, RegisterForm, agency_names
from training.screens import JobScreen, Screen, session_address
from training.when import day_in_words


class DayScreen(Screen):
    """A screen about the register of one day."""

    right = "training.change_booking"
    header_icon = "list-ul"

    def find(self, pk: int) -> None:
        found = SessionDay.objects.select_related("session__course", "session__venue", "venue")
        self.day = get_object_or_404(found, pk=pk)

    def about(self) -> str:
        return f"{self.day.session.course.title}, {day_in_words(self.day)}"

    def back(self) -> str:
        return session_address(self.day.session)

    def register_address(self) -> str:
        """Where the register is."""
        return reverse("training_day_register", args=[self.day.pk])

    def get_context_data(self, **kwargs):
        return {**super().get_context_data(**kwargs), "day": self.day, "about": self.about(), "back": self.back()}


class Register(DayScreen, TemplateView):
    """Everybody with a place, a mark each. Only what was changed is saved."""

    page_title = "Register"
    template_name = "training/admin/register.html"

    def get_context_data(self, **kwargs):
        people = kwargs.pop("people", None) or on_register(self.day)
        form = kwargs.pop("form", None) or RegisterForm(people)
        days = list(self.day.session.days.order_by("starts_at", "pk"))
        return {
            **super().get_context_data(**kwargs),
            "form": form,
            "people": people,
            "closed": closed_because(self.day),
            "days": days if len(days) > 1 else [],
            "rule": self.day.session.course.get_counts_as_attended_display(),
        }

    def post(self, request, *args, **kwargs):
        people = on_register(self.day)
        form = RegisterForm(people, request.POST)
        if form.is_valid():
            changes = form.everybody_else_was_away() if "others" in request.POST else form.changes()
            try:
                saved = attendance.save_register(self.day.pk, changes, source=Source.REGISTER, by=request.user)
            except Refused as refused:
                form.add_error(None, str(refused))
            else:
                messages.success(request, f"The register is saved: {_marks(saved.changed)} changed.")
                return redirect(self.register_address())
        return self.render_to_response(self.get_context_data(form=form, people=people))


def _marks(number: int) -> str:
    return "1 mark" if number == 1 else f"{number} marks"


class Paper(DayScreen, TemplateView):
    """The register as it stands, to print."""

    right = "training.view_booking"
    page_title = "Register, to print"
    template_name = "training/admin/register_paper.html"

    def get_context_data(self, **kwargs):
        return {**super().get_context_data(**kwargs), "people": on_register(self.day)}


class SignInSheet(DayScreen, TemplateView):
    """The list that people sign, as PDF: names and agencies only."""

    right = "training.view_booking"
    page_title = "Sign-in sheet"

    def get(self, request, *args, **kwargs):
        context = {"day": self.day, "people": on_register(self.day), "spare": range(4)}
        try:
            content = pdf.typeset("training/typst/sign_in_sheet.typ", context, title=f"Sign-in sheet: {self.about()}")
        except pdf.PdfError as error:
            messages.error(request, str(error))
            return redirect(self.register_address())
        audit.exported(request, f"Sign-in sheet: {self.about()}")
        name = f"sign-in-{self.day.starts_at:%Y-%m-%d}-{self.day.pk}.pdf"
        headers = {"Content-Disposition": f'inline; filename="{name}"'}
        return HttpResponse(content, content_type="application/pdf", headers=headers)


class AddWalkIn(DayScreen, JobScreen):
    """Somebody who came without a booking."""

    page_title = "Add somebody who came"
    template_name = "training/admin/register_walk_in.html"
    form_class, submit = NeededWalkInForm, "Add to the register"
    lead = (
        "They get a place and are marked as attended; no message goes out. If every place is taken, this adds one "
        "above the capacity, which stands in their history. Somebody who was in line gets the place with the booking "
        "they have."
    )

    def back(self) -> str:
        return self.register_address()

    def get_context_data(self, **kwargs):
        return {**super().get_context_data(**kwargs), "datalist": agency_names()}

    def job(self, form):
        person = WalkIn(**form.cleaned_data)
        made = attendance.walk_in(self.day.pk, person, source=Source.REGISTER, by=self.request.user)
        return f"{made.name} is in the register."


class Links(DayScreen, JobScreen):
    """The facilitator's link: made, mailed, shown, taken back."""

    page_title = "The facilitator’s link"
    form_class, submit = LinkForm, "Make a link and mail it"
    template_name = "training/admin/register_links.html"
    lead = (
        "Whoever has the link can fill in this day’s register on a phone, without an account. It shows names and "
        "agencies only, and stops working at midnight at the end of the day."
    )

    def get_context_data(self, **kwargs):
        links = list(RegisterLink.objects.filter(day=self.day).select_related("created_by"))
        for link in links:
            link.day = self.day
            link.address = "" if link.is_dead else register_links.url(link)
        return {**super().get_context_data(**kwargs), "links": links, "spare": RegisterLink(day=self.day)}

    def post(self, request, *args, **kwargs):
        if "revoke" in request.POST:
            link = RegisterLink.objects.filter(day=self.day, key=_key(request.POST["revoke"])).first()
            if link is None:
                messages.error(request, "There is no such link to this day. Nothing is changed.")
                return redirect(request.path)
            register_links.revoke(link.pk)
            messages.success(request, "The link doesn’t work any more.")
            return redirect(request.path)
        if "show" in request.POST:
            try:
                register_links.create(self.day.pk, request.user)
            except Refused as refused:
                messages.error(request, str(refused))
            return redirect(request.path)
        return super().post(request, *args, **kwargs)

    def job(self, form):
        link = register_links.send(self.day.pk, form.cleaned_data["email"], self.request.user)
        return f"The link is on its way to {link.sent_to}."


def _key(text: str) -> UUID | None:
    """A link's key; None where it isn't one, which finds nothing."""
    try:
        return UUID(text)
    except ValueError:
        return None


class Decide(BookingScreen):
    """Whether somebody attended, whatever the registers say."""

    page_title = "Decide about the attendance"
    form_class, submit = OutcomeForm, "Decide"
    lead = "This counts for certificates, charges and reports, and the registers no longer change it."

    def get_initial(self):
        return {"outcome": self.booking.outcome, "why": self.booking.outcome_reason}

    def job(self, form):
        done = outcomes.decide(
            self.booking.key, form.cleaned_data["outcome"], self.request.user, why=form.cleaned_data["why"]
        )
        return f"{done.name}: {done.get_outcome_display().lower()}."


class Follow(BookingScreen):
    """The registers count again."""

    page_title = "Go by the registers again"
    submit = "Go by the registers"
    lead = "What was decided by hand is taken back. It stays in the history."

    def job(self, form):
        done = outcomes.follow_registers(self.booking.key, self.request.user)
        return f"{done.name}: {(done.get_outcome_display() or 'not known yet').lower()}."
