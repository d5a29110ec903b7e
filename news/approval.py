"""Whether an issue may go out: only what somebody with the right to publish it has approved."""

from wagtail.models import PageLogEntry, Revision, TaskState, WorkflowState

from news.models import NewsletterIssuePage


def complaint(issue: NewsletterIssuePage) -> str:
    """Say why the issue's live revision may not be sent, or return an empty string.

    It must be live without unpublished changes, and approved: by its workflow, or by the press of
    “Publish” of somebody who may publish it. A shell on the server counts as such a person.
    """
    page = NewsletterIssuePage.objects.filter(pk=issue.pk).first()
    if page is None or not page.live or page.live_revision_id is None:
        return "It isn't published yet. Submit it for approval, or publish it if you may."
    if page.has_unpublished_changes or page.latest_revision_id != page.live_revision_id:
        return "It has changes that nobody has approved. Publish them, or go back to the published version."
    if not is_approved(page, page.live_revision):
        return "Its published version was approved by nobody who may publish it. Have it approved and published again."
    return ""


def is_approved(page: NewsletterIssuePage, revision: Revision) -> bool:
    """Whether the workflow, or somebody who may publish the page, has let this revision through."""
    approved = TaskState.objects.filter(
        revision=revision,
        status=TaskState.STATUS_APPROVED,
        workflow_state__status=WorkflowState.STATUS_APPROVED,
    )
    if approved.exists():
        return True
    published = PageLogEntry.objects.filter(page=page.pk, revision=revision, action__startswith="wagtail.publish")
    return any(
        entry.user is None or page.permissions_for_user(entry.user).can_publish()
        for entry in published.select_related("user")
    )
