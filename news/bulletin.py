"""The urgent start of a bulletin: one story from idea to published page, with the site alert that goes with it."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import Truncator, slugify
from wagtail.log_actions import log

from dscp_cms import approvals
from dscp_cms.faces import plain_text
from dscp_cms.models import SiteAlert
from news.drafting import free_slug
from news.models import MailingList, NewsletterIndexPage, NewsletterIssuePage

URGENT = "It is an urgent bulletin."
ALERT_WORDS = 280  # characters of the story that the banner begins with


@dataclass(frozen=True)
class Alert:
    """How the banner is shown, and until when."""

    level: str
    end: datetime


@dataclass(frozen=True)
class Started:
    """What was made. What its maker may not publish waits for somebody who may."""

    issue: NewsletterIssuePage
    alert: SiteAlert | None


@transaction.atomic
def start_bulletin(
    *, headline: str, text: str, user, planned_list: MailingList | None = None, alert: Alert | None = None
) -> Started:
    """Make a bulletin of one story (rich text) and, if wanted, the alert that leads to it.

    Each is published at once if the user may publish it, which is written down and mailed to the Moderators as
    published without a second person; else the bulletin is submitted to its
    workflow and the alert stays a draft. Nothing is sent. Raises LookupError without an archive.
    """
    archive = NewsletterIndexPage.objects.first()
    if archive is None:
        raise LookupError("The site has no newsletter archive. Add one under the front page.")
    issue = NewsletterIssuePage(
        title=headline,
        slug=free_slug(archive, slugify(headline)[:60] or "bulletin"),
        kind=NewsletterIssuePage.Kind.BULLETIN,
        subject=headline,
        preview_text=_beginning(text, 110),
        summary=_beginning(text, 250),
        date=timezone.localdate(),
        introduction=text,
        planned_list=planned_list,
        live=False,
        owner=user,
    )
    archive.add_child(instance=issue)
    log(instance=issue, action="wagtail.create", user=user, content_changed=True)
    _publish_or_submit(issue, user)
    issue.refresh_from_db()
    return Started(issue, _start_alert(issue, alert, user) if alert else None)


def _beginning(text: str, length: int) -> str:
    return Truncator(" ".join(plain_text(text).split())).chars(length, truncate="…")


def _publish_or_submit(issue: NewsletterIssuePage, user) -> None:
    issue.save_revision(user=user)
    if issue.permissions_for_user(user).can_publish():
        approvals.publish_alone(issue, user, URGENT)
    elif workflow := issue.get_workflow():
        workflow.start(issue, user)


def _start_alert(issue: NewsletterIssuePage, wanted: Alert, user) -> SiteAlert:
    """The banner; it leads to the bulletin once readers can open that."""
    alert = SiteAlert(
        level=wanted.level,
        title=issue.title,
        text=format_html("<p>{}</p>", _beginning(issue.introduction, ALERT_WORDS)),
        link_page=issue if issue.live else None,
        link_text="Read what to do" if issue.live else "",
        expire_at=wanted.end,
        live=False,
    )
    alert.save()
    log(instance=alert, action="wagtail.create", user=user, content_changed=True)
    revision = alert.save_revision(user=user)
    if user.has_perm("dscp_cms.publish_sitealert"):
        revision.publish(user=user)
        alert.refresh_from_db()
    return alert
