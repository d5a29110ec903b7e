"""What the clock does for the whole site."""

from datetime import timedelta

from dscp_cms.clock import every
from home import change_notices, contributions, reviews, search_terms
from home.imports import runs
from home.purge import purge


@every(minutes=24 * 60, lease=timedelta(hours=2))
def purge_personal_data():
    """Remove personal data whose time is over."""
    done = purge()
    if done.failed:
        raise RuntimeError(f"not everything could be removed: {', '.join(done.failed)}")


@every(minutes=1)
def queue_contributions():
    """Put what agencies sent in before the Moderators, and close what was published."""
    contributions.queue()


@every(minutes=10)
def tell_of_changes():
    """Tell those who asked what changed in the libraries."""
    change_notices.tell()


@every(minutes=60)
def write_to_owners_of_pages():
    """Write to the owners of pages that are due for review, once a week."""
    reviews.write_to_owners()


@every(minutes=24 * 60)
def forget_searches():
    """Forget what was searched for long ago."""
    search_terms.forget()


@every(minutes=5)
def take_up_imports():
    """Go on with imports that nobody works on, and delete old uploads."""
    runs.sweep()
