"""A finished campaign with every outcome, so that the report has something to show. Labelled as sample."""

from datetime import datetime, time, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from news.models import Campaign, Delivery, MailingList, NewsletterIssuePage, Subscriber
from news.rendering import render_issue
from news.sample import load_sample_subscribers

SUBJECT = "Sample: "  # what the subject of a sample campaign begins with

Status = Delivery.Status
# Of the first eight; the rest were sent. Each with the answer that a mail server would have given.
OUTCOMES = [
    (Status.FAILED, "550 5.1.1 No such mailbox"),
    (Status.FAILED, "552 5.2.2 Mailbox full"),
    (Status.SUPPRESSED, "Unsubscribed."),
    (Status.UNCERTAIN, "The program stopped while this message was being sent."),
]


def sample_campaigns() -> QuerySet[Campaign]:
    """The campaigns that are only samples."""
    return Campaign.objects.filter(subject__startswith=SUBJECT)


@transaction.atomic
def load_sample_campaign() -> Campaign | None:
    """Make the campaign of the newest live issue to the sample subscribers, once; None where there is no issue.

    It is dated the morning of the issue, so that what was published since is offered to the next draft.
    """
    made = sample_campaigns().first()
    issue = NewsletterIssuePage.objects.live().filter(kind=NewsletterIssuePage.Kind.ISSUE).order_by("-date").first()
    if made or issue is None:
        return made
    people = [person for person in load_sample_subscribers() if person.status == Subscriber.Status.SUBSCRIBED]
    began = timezone.make_aware(datetime.combine(issue.date, time(10)))
    rendered = render_issue(issue)
    campaign = Campaign.objects.create(
        issue=issue,
        revision=issue.live_revision,
        subject=f"{SUBJECT}{rendered.subject or issue.title}"[:150],
        preview_text=rendered.preview_text,
        html=rendered.html,
        text=rendered.text,
        status=Campaign.Status.FINISHED,
        recipients=len(people),
        to_outbox=False,
        send_at=began,
        started_at=began,
        worked_at=began + timedelta(minutes=1),
        finished_at=began + timedelta(minutes=1),
    )
    campaign.lists.set(MailingList.objects.filter(slug="newsletter"))
    Delivery.objects.bulk_create(_delivery(campaign, person, place, began) for place, person in enumerate(people))
    return campaign


def _delivery(campaign: Campaign, person: Subscriber, place: int, began: datetime) -> Delivery:
    status, error = OUTCOMES[place] if place < len(OUTCOMES) else (Status.SENT, "")
    sent_at = began + timedelta(seconds=place)
    return Delivery(
        campaign=campaign,
        subscriber=person,
        email=person.email,
        name=person.name,
        status=status,
        attempts=0 if status == Status.SUPPRESSED else 1,
        error=error,
        sent_at=sent_at if status == Status.SENT else None,
        bounced_at=sent_at + timedelta(hours=1) if place == len(OUTCOMES) else None,
        complained_at=sent_at + timedelta(hours=2) if place == len(OUTCOMES) + 1 else None,
        unsubscribed_at=sent_at + timedelta(hours=3) if place == len(OUTCOMES) + 2 else None,
    )


@transaction.atomic
def remove_sample_campaign() -> int:
    """Delete the sample campaigns with their deliveries; return how many there were."""
    campaigns = sample_campaigns()
    Delivery.objects.filter(campaign__in=campaigns).delete()
    count = campaigns.count()
    for campaign in campaigns:
        campaign.delete()
    return count
