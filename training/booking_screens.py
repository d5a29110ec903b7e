"""What staff do to a booking: confirm, approve, move, replace, give a place above the capacity, cancel, correct."""

from django.shortcuts import get_object_or_404

from training import booking
from training.admin_forms import MoveBookingForm, NewAddressForm, ReasonForm, WhyForm
from training.forms import SubstituteForm
from training.models import Booking
from training.screens import JobScreen, booking_address
from training.when import session_in_words


class BookingScreen(JobScreen):
    """A screen about one booking."""

    right = "training.change_booking"
    header_icon = "group"

    def find(self, pk: int) -> None:
        found = Booking.objects.select_related("session__course", "agency")
        self.booking = get_object_or_404(found, pk=pk)

    def about(self) -> str:
        return str(self.booking)

    def back(self) -> str:
        return booking_address(self.booking)


class Confirm(BookingScreen):
    """A free place for somebody who waits, out of turn if need be."""

    page_title = "Give a free place"
    form_class, submit = WhyForm, "Confirm the place"
    lead = "Those who wait longer keep their turn. That they were passed over stands in their history."

    def job(self, form):
        booking.confirm_waiting(self.booking.key, self.request.user, why=form.cleaned_data["why"])
        return f"{self.booking.name} has a place."


class Override(BookingScreen):
    """A place above the capacity, knowingly."""

    page_title = "Give a place above the capacity"
    form_class, submit, serious = ReasonForm, "Give the place all the same", True

    def get_context_data(self, **kwargs):
        session = self.booking.session
        words = (
            f"{session.taken} of {session.places} places are taken. If none is left, this adds one above the capacity. "
            "Ask first whether the room holds it. The extra place is gone again as soon as somebody cancels."
        )
        return {**super().get_context_data(**kwargs), "lead": words}

    def job(self, form):
        booking.override(self.booking.key, self.request.user, why=form.cleaned_data["why"])
        return f"{self.booking.name} has a place."


class Approve(BookingScreen):
    """Let somebody of an unknown agency in."""

    page_title = "Approve"
    submit = "Approve"
    lead = "They get a place if one is free, else they wait where they would stand had they been approved at once."

    def job(self, form):
        done = booking.approve(self.booking.key, self.request.user)
        return f"{done.name}: {done.get_status_display().lower()}."


class CancelBooking(BookingScreen):
    """For the delegate, or to decline a request; never late, never charged."""

    page_title = "Cancel this booking"
    form_class, submit, serious = WhyForm, "Cancel it and tell them", True
    lead = "The person is told. If they had a place, it is offered to whoever waits."

    def job(self, form):
        booking.cancel(self.booking.key, self.request.user, why=form.cleaned_data["why"])
        return "The booking is cancelled."


class Move(BookingScreen):
    """To another session."""

    page_title = "Move to another session"
    form_class, submit = MoveBookingForm, "Move and tell them"
    lead = "Nothing is charged. Somebody with a place needs a free one there."

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "booking": self.booking}

    def job(self, form):
        new = form.cleaned_data["session"]
        booking.move(self.booking.key, new.pk, self.request.user)
        return f"{self.booking.name} is moved to {new.course.title}, {session_in_words(new)}."


class Substitute(BookingScreen):
    """A colleague comes instead."""

    page_title = "Somebody comes instead"
    form_class, submit = SubstituteForm, "Pass the place on"
    lead = "Free of charge. Both are told."

    def get_initial(self):
        return {"agency": self.booking.agency_id, "agency_name": self.booking.agency_name}

    def job(self, form):
        new = booking.substitute(self.booking.key, form.details())
        old, self.booking = self.booking, new
        return f"{new.name} comes instead of {old.name}."


class Address(BookingScreen):
    """A corrected address."""

    page_title = "Correct the address"
    form_class, submit = NewAddressForm, "Change it"
    lead = "The person is told at both addresses, and links sent to the old one stop working."

    def get_initial(self):
        return {"email": self.booking.email}

    def job(self, form):
        booking.change_address(self.booking.key, form.cleaned_data["email"])
        return "The address is changed."


class SendLink(BookingScreen):
    """The link to their bookings once more."""

    page_title = "Send the link again"
    submit = "Send it"
    lead = "They get the link to the page with all bookings of their address."

    def job(self, form):
        booking.send_link(self.booking)
        return "The link is on its way."
