"""Which charging policy people accept when they book."""

from django.utils import timezone

from training.models import Booking, TrainingIndexPage


def policy_page(catalogue: TrainingIndexPage):
    """The page with the policy, if one is chosen and published."""
    page = catalogue.charging_policy
    return page if page is not None and page.live else None


def current():
    """The same, for who doesn't stand on a page of the catalogue."""
    catalogue = TrainingIndexPage.objects.select_related("charging_policy").first()
    return policy_page(catalogue) if catalogue else None


def version_of(page) -> str:
    """What tells this version of the policy from others: the revision that is published, and its day."""
    if page is None:
        return ""
    published = page.last_published_at
    day = f"{timezone.localtime(published):%d/%m/%Y}" if published else "an unknown day"
    return f"revision {page.live_revision_id or page.latest_revision_id or 0} of {day}"


def is_missing(booking: Booking, page) -> bool:
    """Whether somebody is booked without having accepted the policy: a colleague sent instead, or added by staff."""
    return page is not None and page.live and not booking.policy_version and booking.is_active
