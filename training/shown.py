"""What of training readers see on pages (dscp_cms/page_cache_editions.py)."""

from dscp_cms.page_cache_editions import began, boundary, shown
from dscp_cms.page_cache_marks import PLACES
from training.models import Booking, ChargeRule, KeptPlaces, SessionDay, TrainingSession, TrainingSettings, Venue

shown(TrainingSession, SessionDay, Venue, ChargeRule, TrainingSettings)
shown(Booking, KeptPlaces, section=PLACES)


@boundary
def sessions(after, until):
    """Whether a session began or ended, or its booking opened or closed."""
    fields = ("starts_at", "ends_at", "booking_opens_at", "booking_closes_at")
    return began(TrainingSession.objects.shown(), after, until, *fields)
