"""What a booking may cost."""

from training.models import TrainingSession


def may_charge(session: TrainingSession) -> bool:
    """Whether a rule may charge for a place in this session, so that its booking form asks who pays."""
    return False  # there are no rules yet
