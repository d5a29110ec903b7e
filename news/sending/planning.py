"""Planning a campaign: what stands in the way, how many people it goes to, now or at a time."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from wagtail.models import Site

from dscp_cms import mail
from dscp_cms.models import Agency, SiteSettings, Topic
from news.models import Campaign, MailingList, NewsletterIssuePage
from news.preflight import Finding, blocks_sending, preflight
from news.rendering import SLOT_GREETING, SLOT_MANAGE, SLOT_UNSUBSCRIBE, render_issue
from news.sending import campaigns, correction, mime

UNDO = timedelta(minutes=5)
MOST_TEST_ADDRESSES = 10


@dataclass(frozen=True)
class Plan:
    """What somebody wants to send, to whom."""

    issue: NewsletterIssuePage
    lists: list[MailingList]
    agencies: list[Agency] = field(default_factory=list)
    topics: list[Topic] = field(default_factory=list)
    rate_limit: int | None = None

    def recipients(self) -> int:
        """How many it goes to as things stand."""
        return campaigns.people(self.issue, self.lists, self.agencies, self.topics).count()

    def already_sent(self) -> int:
        """How many are left out, because an earlier campaign sent them the issue."""
        return campaigns.already_sent(self.issue, self.lists, self.agencies, self.topics)


class NotReadyError(Exception):
    """The issue can't be sent as it stands; ``findings`` say why."""

    def __init__(self, findings: list[Finding]):
        super().__init__(" ".join(finding.sentence for finding in findings))
        self.findings = findings


class CountChangedError(Exception):
    """The number of recipients isn't the one that was confirmed."""

    def __init__(self, count: int):
        super().__init__(f"It would go to {count} people now.")
        self.count = count


def schedule(
    plan: Plan,
    *,
    at: datetime | None = None,
    confirmed: int,
    key: uuid.UUID | None = None,
    warnings_accepted: bool = False,
    undo: timedelta = UNDO,
    by=None,
) -> tuple[Campaign, bool]:
    """Plan a campaign for a time, or for now after the time to undo it; return it and whether it is new.

    ``confirmed`` is the number of recipients that a person was shown and agreed to. ``key`` is of the
    form that was sent: the same key twice (a double click) makes one campaign. Raises NotReadyError and
    CountChangedError.
    """
    key = key or uuid.uuid4()
    made = Campaign.objects.filter(key=key).first()
    if made:
        return made, False
    found = preflight(plan.issue)
    if blocks_sending(found) or (found and not warnings_accepted):
        raise NotReadyError(found)
    count = plan.recipients()
    if count != confirmed or not count:
        raise CountChangedError(count)
    campaign = Campaign(
        key=key,
        issue=plan.issue,
        status=Campaign.Status.SCHEDULED,
        send_at=at or timezone.now() + undo,
        rate_limit=plan.rate_limit,
        reply_to=reply_address(),
        created_by=by,
    )
    campaigns.set_words(campaign, plan.issue)
    return _save(campaign, plan.lists, plan.agencies, plan.topics)


def _save(campaign: Campaign, lists: Iterable, agencies: Iterable = (), topics: Iterable = ()) -> tuple[Campaign, bool]:
    try:
        with transaction.atomic():
            campaign.save()
            campaign.lists.set(lists)
            campaign.agencies.set(agencies)
            campaign.topics.set(topics)
    except IntegrityError:  # the same form a moment ago
        return Campaign.objects.get(key=campaign.key), False
    return campaign, True


def reply_address() -> str:
    """Where a reader's answer goes: the partnership's own address, where one is set."""
    site = Site.objects.filter(is_default_site=True).first()
    return SiteSettings.for_site(site).email if site else ""


def correct(
    campaign: Campaign, *, subject: str, words: str, confirmed: int, key: uuid.UUID, by=None
) -> tuple[Campaign, bool]:
    """Plan a short correction to exactly those who were sent a campaign and are still there.

    It leaves after the time to undo it. Raises CountChangedError; the same key twice makes one.
    """
    made = Campaign.objects.filter(key=key).first()
    if made:
        return made, False
    lists = list(campaign.lists.all())
    count = campaigns.people(campaign.issue, lists, corrects=campaign).count()
    if count != confirmed or not count:
        raise CountChangedError(count)
    rendered = correction.render(campaign, subject, words)
    correcting = Campaign(
        key=key,
        issue=campaign.issue,
        revision_id=campaign.revision_id,
        corrects=campaign,
        status=Campaign.Status.SCHEDULED,
        send_at=timezone.now() + UNDO,
        reply_to=reply_address(),
        rate_limit=campaign.rate_limit,
        created_by=by,
        subject=rendered.subject,
        html=rendered.html,
        text=rendered.text,
    )
    return _save(correcting, lists)


def send_test(issue: NewsletterIssuePage, addresses: list[str]) -> int:
    """Send the issue as it stands in the object given (also a draft) to a few addresses, marked as a test."""
    rendered = render_issue(issue)
    example = {
        SLOT_UNSUBSCRIBE: "https://example.org/the-unsubscribe-link-of-each-reader/",
        SLOT_MANAGE: "https://example.org/the-own-page-of-each-reader/",
        SLOT_GREETING: mime.greeting(""),
    }
    html, text = rendered.html, rendered.text
    for slot, words in example.items():
        html, text = html.replace(slot, words), text.replace(slot, words)
    addresses = list(dict.fromkeys(addresses))[:MOST_TEST_ADDRESSES]
    for address in addresses:
        mail.send(
            kind="test of the newsletter",
            to=address,
            subject=f"[Test] {rendered.subject}",
            text=text,
            html=html,
            reply_to=reply_address(),
        )
    return len(addresses)
