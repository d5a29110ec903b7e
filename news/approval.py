"""Whether an issue may go out: only what a second person has approved."""

from wagtail.models import PageLogEntry, Revision

from dscp_cms import approvals
from news.models import NewsletterIssuePage


def complaint(issue: NewsletterIssuePage) -> str:
    """Say why the issue's live revision may not be sent, or return an empty string.

    It must be live without unpublished changes, published by somebody who may, and approved by a second
    person, or published alone with a reason (``dscp_cms.approvals``). A shell on the server counts as both.
    """
    page = NewsletterIssuePage.objects.select_related("live_revision").filter(pk=issue.pk).first()
    if page is None or not page.live or page.live_revision_id is None:
        return "It isn't published yet. Submit it for approval, or publish it if you may."
    if page.has_unpublished_changes or page.latest_revision_id != page.live_revision_id:
        return "It has changes that nobody has approved. Publish them, or go back to the published version."
    if not is_approved(page, page.live_revision):
        return (
            "Its published version was approved by nobody who may publish it, other than its author. "
            "Have it approved and published again."
        )
    return ""


def is_approved(page: NewsletterIssuePage, revision: Revision) -> bool:
    """Whether this version was published rightly: by somebody who may, after a second person let it through."""
    published = PageLogEntry.objects.filter(page=page.pk, revision=revision, action__startswith="wagtail.publish")
    entries = list(published.select_related("user"))
    if any(entry.user is None for entry in entries) or approvals.is_approved(page, revision):
        return True
    return any(
        approvals.is_approved(page, revision, by=entry.user) and page.permissions_for_user(entry.user).can_publish()
        for entry in entries
    )
