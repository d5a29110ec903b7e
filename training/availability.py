"""Says whether a place of a session fits a person. Only of use while the session is locked."""

from django.db.models import Count
from django.utils import timezone

from dscp_cms.models import Agency
from training.models import Booking, TrainingSession, folded
from training.when import long_day


class Availability:
    """The places of a locked session, read once; make another one after anything changed."""

    def __init__(self, session: TrainingSession):
        self.session = session
        self.left = session.places_left
        self.kept = list(session.kept_places.filter(until__gt=timezone.now()))
        self.taken_by_kind = {}
        if self.kept:
            taken = session.bookings.taking_places().values("agency__kind").annotate(number=Count("pk")).order_by()
            self.taken_by_kind = {row["agency__kind"]: row["number"] for row in taken}

    def obstacle(self, agency: Agency | None, agency_name: str = "") -> str:
        """Why no place fits somebody of that agency: one sentence; empty if one does."""
        if self.left <= 0:
            return "Every place is taken."
        return self._agency_is_full(agency, agency_name) or self._rest_is_kept(agency)

    def obstacle_for(self, booking: Booking) -> str:
        """The same for a booking."""
        return self.obstacle(booking.agency, booking.agency_name)

    def _agency_is_full(self, agency: Agency | None, agency_name: str) -> str:
        most = self.session.max_per_agency
        if not most or not (agency or agency_name):
            return ""
        taking = self.session.bookings.taking_places()
        if agency:
            number = taking.filter(agency=agency).count()
        else:
            named = taking.filter(agency=None).values_list("agency_name", flat=True)
            number = sum(folded(name) == folded(agency_name) for name in named)
        if number < most:
            return ""
        return f"The agency has {most} place{'s' if most != 1 else ''} already, the most that one agency may have."

    def _rest_is_kept(self, agency: Agency | None) -> str:
        kind = agency.kind if agency else None
        others = [
            (keeping, keeping.places - self.taken_by_kind.get(keeping.agency_kind, 0))
            for keeping in self.kept
            if keeping.agency_kind != kind
        ]
        if sum(max(number, 0) for _keeping, number in others) < self.left:
            return ""
        names = " and ".join(keeping.get_agency_kind_display() for keeping, number in others if number > 0)
        until = max(keeping.until for keeping, number in others if number > 0)
        return f"The places left are kept for {names} until {long_day(until)}."
