"""What the clock does for resources."""

from dscp_cms import clock
from resources import current, inside


@clock.every(minutes=5)
def follow_current_versions():
    """Let search follow versions whose day has come."""
    current.follow_all()


@clock.every(minutes=1)
def follow_closed_files():
    """Let search follow collections that were closed or opened."""
    current.follow_collections()


@clock.every(minutes=1)
def read_files():
    """Read files whose task was lost, or whose worker was killed."""
    inside.ask_for_missing()
    inside.read_due()
