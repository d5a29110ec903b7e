"""The training catalogue; its sessions and their bookings stand beside it, in tables."""

from training.models.bookings import Booking, BookingEvent, folded, person_key
from training.models.catalogue import CoursePage, DeliveryMethod, TrainingIndexPage
from training.models.sessions import KeptPlaces, SessionDay, SessionState, TrainingSession, Venue
from training.models.settings import TrainingSettings

__all__ = [
    "Booking",
    "BookingEvent",
    "CoursePage",
    "DeliveryMethod",
    "KeptPlaces",
    "SessionDay",
    "SessionState",
    "TrainingIndexPage",
    "TrainingSession",
    "TrainingSettings",
    "Venue",
    "folded",
    "person_key",
]
