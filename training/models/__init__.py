"""The training catalogue; its sessions and their bookings stand beside it, in tables."""

from training.models.attendance import Attendance, RegisterLink
from training.models.bookings import Booking, BookingEvent, folded, person_key
from training.models.catalogue import CountsAsAttended, CoursePage, DeliveryMethod, TrainingIndexPage
from training.models.certificates import Certificate
from training.models.charges import Charge, ChargedEvent, ChargeExport, ChargeRule, SessionLength
from training.models.evaluations import EvaluationAnswer, EvaluationInvitation, EvaluationQuestion, Moment
from training.models.sessions import KeptPlaces, SessionDay, SessionState, TrainingSession, Venue
from training.models.settings import TrainingSettings

__all__ = [
    "Attendance",
    "Booking",
    "BookingEvent",
    "Certificate",
    "Charge",
    "ChargeExport",
    "ChargeRule",
    "ChargedEvent",
    "CountsAsAttended",
    "CoursePage",
    "DeliveryMethod",
    "EvaluationAnswer",
    "EvaluationInvitation",
    "EvaluationQuestion",
    "KeptPlaces",
    "Moment",
    "RegisterLink",
    "SessionDay",
    "SessionLength",
    "SessionState",
    "TrainingIndexPage",
    "TrainingSession",
    "TrainingSettings",
    "Venue",
    "folded",
    "person_key",
]
