"""What the clock does for the whole site."""

from datetime import timedelta

from dscp_cms.clock import every
from home import change_notices
from home.purge import purge


@every(minutes=24 * 60, lease=timedelta(hours=2))
def purge_personal_data():
    """Remove personal data whose time is over."""
    done = purge()
    if done.failed:
        raise RuntimeError(f"not everything could be removed: {', '.join(done.failed)}")


@every(minutes=10)
def tell_of_changes():
    """Tell those who asked what changed in the libraries."""
    change_notices.tell()
