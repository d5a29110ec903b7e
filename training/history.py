"""Writes down what happened to a booking, so that fairness can be shown."""

from training.models import Booking, BookingEvent


def note(booking: Booking, kind: BookingEvent.Kind, text: str = "", *, by=None, mail=None) -> BookingEvent:
    """Add a line to a booking's history: by which member of staff, and the message that told of it."""
    return BookingEvent.objects.create(booking=booking, kind=kind, text=text[:500], by=by, mail=mail)
