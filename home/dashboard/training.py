"""Panels on training: the next sessions, those that need somebody, and charges."""

from django.db.models import F, TextField, Value
from django.db.models.functions import Cast, Concat
from django.urls import reverse

from home.dashboard.gather import listed
from home.dashboard.panel import Line, Panel, counted, on_day
from training.models import Booking, Charge, TrainingSession

SHOWN = 4
SESSIONS, BOOKINGS = "training_trainingsession_modeladmin_index", "training_booking_modeladmin_index"
NEEDS = {  # as the filter of the list calls them
    "soon": ("in the next two weeks", "soon"),
    "nearly_full": ("full, or with three places left at most", "nearly_full"),
    "short": ("in the next four weeks and less than half booked", "short_of_bookings"),
}


class TrainingPanel(Panel):
    """The next sessions, and those to look at."""

    name, order, title = "sessions", 50, "Training sessions"

    @classmethod
    def concerns(cls, user):
        return user.has_perm("training.view_trainingsession")

    def counts(self):
        sessions = TrainingSession.objects
        found = {need: getattr(sessions, method)() for need, (_words, method) in NEEDS.items()}
        if self.user.has_perm("training.view_booking"):
            found["approval"] = Booking.objects.filter(status=Booking.Status.APPROVAL)
        return found

    def lists(self):
        first = TrainingSession.objects.upcoming().values("pk")[:SHOWN]
        taken = Concat(
            Cast("taken", TextField()), Value(" of ", TextField()), Cast(F("capacity") + F("extra_places"), TextField())
        )
        yield listed("sessions", TrainingSession.objects.filter(pk__in=first), text="course__title", more=taken,
                     extra="external_url", at="starts_at")  # fmt: skip

    def lines(self):
        found = []
        for need, (words, _method) in NEEDS.items():
            if number := self.numbers[need]:
                found.append(Line(f"{counted(number, 'session')} {words}", f"{reverse(SESSIONS)}?need={need}"))
        if number := self.numbers.get("approval"):
            words = f"{counted(number, 'booking')} {'waits' if number == 1 else 'wait'} for your approval"
            found.append(Line(words, f"{reverse(BOOKINGS)}?status__exact={Booking.Status.APPROVAL}"))
        for row in sorted(self.rows["sessions"], key=lambda row: (row.at, row.key)):
            places = "booked elsewhere" if row.extra else f"{row.more} places taken"
            address = reverse("training_trainingsession_modeladmin_inspect", args=[row.key])
            found.append(Line(row.text, address, f"{on_day(row.at)}, {places}"))
        return found


class ChargesPanel(Panel):
    """Charges that somebody has to confirm."""

    name, order, title = "charges", 55, "Charges"

    @classmethod
    def concerns(cls, user):
        return user.has_perm("training.view_charge")

    def counts(self):
        return {"proposed": Charge.objects.filter(status=Charge.Status.PROPOSED)}

    def lines(self):
        if not (number := self.numbers["proposed"]):
            return []
        address = f"{reverse('training_charge_modeladmin_index')}?status__exact={Charge.Status.PROPOSED}"
        return [Line(f"{counted(number, 'charge')} proposed, to confirm or waive", address)]
