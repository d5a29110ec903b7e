"""What becomes of a campaign: started, paused, resumed, cancelled, held, finished.

Every change is conditional on the status it leaves, so that of two who ask for it only one gets it.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from news import approval
from news.freezing import freeze_words
from news.models import Campaign, Delivery, NewsletterIssuePage, Subscriber
from news.preflight import preflight
from news.rendering import render_issue
from news.sending import claims
from news.subscribers import recipients

HELD_AFTER = timedelta(hours=6)
LATE = "It was due more than six hours ago, while nobody was there to send it."
CHANGED = "The issue was published again after this sending was planned."
NOT_LIVE = "The issue isn't published any more."
SILENT = "Nothing was sent for six hours. If a backup was restored, the people still waiting may have got it already."

Status = Campaign.Status


def recipients_of(campaign: Campaign) -> QuerySet[Subscriber]:
    """Who a campaign goes to, as things stand: of its lists, agencies and topics, each once for an issue.

    Somebody who was sent the issue by an earlier campaign is left out. A correction goes to exactly
    those who were sent what it corrects, and are still there.
    """
    return people(
        campaign.issue,
        campaign.lists.all(),
        campaign.agencies.all(),
        campaign.topics.all(),
        corrects=campaign.corrects,
        besides=campaign.pk,
    )


def people(issue, lists, agencies=(), topics=(), *, corrects: Campaign | None = None, besides: int | None = None):
    """The same for a campaign that isn't made yet."""
    found = recipients(lists, agencies, topics)
    theirs = Delivery.objects.filter(subscriber=OuterRef("pk"))
    if corrects:
        return found.filter(Exists(theirs.filter(campaign=corrects, status__in=["sent", "uncertain"], bounced_at=None)))
    return found.exclude(Exists(_already_sent(theirs, issue, besides)))


def already_sent(issue, lists, agencies=(), topics=()) -> int:
    """How many of these people an earlier campaign has sent the issue, or is about to."""
    theirs = Delivery.objects.filter(subscriber=OuterRef("pk"))
    return recipients(lists, agencies, topics).filter(Exists(_already_sent(theirs, issue, None))).count()


def _already_sent(deliveries: QuerySet, issue, besides: int | None) -> QuerySet:
    sent = Q(status__in=[Delivery.Status.SENT, Delivery.Status.UNCERTAIN, Delivery.Status.SENDING])
    waiting = Q(
        status__in=[Delivery.Status.QUEUED, Delivery.Status.CLAIMED],
        campaign__status__in=[Status.SENDING, Status.PAUSED],
    )
    found = deliveries.filter(sent | waiting, campaign__issue=issue, campaign__corrects=None)
    return found.exclude(campaign=besides) if besides else found


# Starting


def start_due() -> list[Campaign]:
    """Start every campaign that is due; hold those that are due more than HELD_AFTER late. Return the started."""
    now = timezone.now()
    due = Campaign.objects.filter(status=Status.SCHEDULED, send_at__lte=now)
    due.filter(send_at__lt=now - HELD_AFTER).update(status=Status.HELD, pause_reason=LATE)
    keys = list(due.order_by("send_at").values_list("pk", flat=True))
    return [campaign for campaign in map(start, keys) if campaign]


@transaction.atomic
def start(pk: int) -> Campaign | None:
    """Freeze a due campaign's words, make its deliveries and let the mailers have it: all or nothing.

    None where it isn't scheduled any more, or had to be held; its ``pause_reason`` says why.
    """
    campaign = Campaign.objects.select_for_update(of=("self",)).select_related("issue").get(pk=pk)
    if campaign.status != Status.SCHEDULED:
        return None
    reason = _obstacle(campaign)
    if reason:
        campaign.status, campaign.pause_reason = Status.HELD, reason[:500]
        campaign.save(update_fields=["status", "pause_reason"])
        return None
    if not campaign.corrects_id:
        _freeze(campaign)
    campaign.recipients = claims.snapshot(campaign, recipients_of(campaign))
    campaign.status, campaign.pause_reason = Status.SENDING, ""
    campaign.started_at = campaign.worked_at = timezone.now()
    campaign.to_outbox = bool(settings.OUTBOX_DIR)
    campaign.save()
    return campaign


def _obstacle(campaign: Campaign) -> str:
    """Why a due campaign can't start, in a sentence."""
    if campaign.corrects_id:
        return ""
    issue = campaign.issue
    if not issue.live:
        return NOT_LIVE
    if issue.live_revision_id != campaign.revision_id:
        return CHANGED
    # A draft that somebody has begun meanwhile doesn't matter: what is published, and was approved, is sent.
    drafts = approval.complaint(issue) if approval.is_approved(issue, issue.live_revision) else ""
    found = preflight(issue)
    return " ".join(each.sentence for each in found if each.level == "block" and each.sentence != drafts)


def _freeze(campaign: Campaign) -> None:
    """Fix the issue's words and the campaign's message. Other plans for the same words stay good."""
    before = campaign.issue.live_revision_id
    freeze_words(campaign.issue)
    issue = NewsletterIssuePage.objects.get(pk=campaign.issue_id)
    set_words(campaign, issue)
    Campaign.objects.filter(issue=issue, status=Status.SCHEDULED, revision_id=before).update(
        revision_id=issue.live_revision_id
    )


def set_words(campaign: Campaign, issue: NewsletterIssuePage) -> None:
    """Print the issue, as published, into the campaign."""
    rendered = render_issue(issue)
    campaign.subject, campaign.preview_text = rendered.subject[:150], rendered.preview_text[:200]
    campaign.html, campaign.text = rendered.html, rendered.text
    campaign.revision_id = issue.live_revision_id


# While it waits


def cancel(campaign: Campaign) -> bool:
    """Stop it for good: whatever hasn't left isn't sent. Before it has begun this is the Undo."""
    return _change(
        campaign,
        [Status.SCHEDULED, Status.HELD, Status.SENDING, Status.PAUSED],
        Status.CANCELLED,
        finished_at=timezone.now(),
    )


def undo(campaign: Campaign) -> bool:
    """Take back "send now" while nothing has been sent; False when it was too late."""
    return _change(campaign, [Status.SCHEDULED], Status.CANCELLED, finished_at=timezone.now())


def reschedule(campaign: Campaign, at: datetime) -> bool:
    """Send it at another time; also one that is held."""
    return _change(campaign, [Status.SCHEDULED, Status.HELD], Status.SCHEDULED, send_at=at, pause_reason="")


def release(campaign: Campaign) -> bool:
    """Send a held campaign now, with the words as they are published."""
    revision = NewsletterIssuePage.objects.values_list("live_revision_id", flat=True).get(pk=campaign.issue_id)
    return _change(
        campaign, [Status.HELD], Status.SCHEDULED, send_at=timezone.now(), pause_reason="", revision_id=revision
    )


# While it runs


def pause(campaign: Campaign, reason: str) -> bool:
    """Stop after the messages now under way. What was claimed goes back."""
    return _change(campaign, [Status.SENDING], Status.PAUSED, pause_reason=reason[:500])


def resume(campaign: Campaign) -> bool:
    """Go on where it stopped."""
    return _change(campaign, [Status.PAUSED], Status.SENDING, pause_reason="", worked_at=timezone.now())


def hold_everything(reason: str) -> int:
    """After a restored backup: whatever would be sent waits for a person. Return how many campaigns."""
    waiting = Campaign.objects.filter(status=Status.SCHEDULED).update(status=Status.HELD, pause_reason=reason[:500])
    running = Campaign.objects.filter(status=Status.SENDING).update(status=Status.PAUSED, pause_reason=reason[:500])
    return waiting + running


def hold_silent() -> int:
    """Pause what nobody has worked on for HELD_AFTER, rather than go on as if nothing had happened."""
    silent = Campaign.objects.running().filter(worked_at__lt=timezone.now() - HELD_AFTER)
    return silent.update(status=Status.PAUSED, pause_reason=SILENT)


def note_work() -> None:
    """Write down, about once a minute, that mailers are at work."""
    now = timezone.now()
    stale = Campaign.objects.running().filter(Q(worked_at=None) | Q(worked_at__lt=now - timedelta(minutes=1)))
    if stale.exists():
        stale.update(worked_at=now)


def finish_done() -> list[int]:
    """Finish every campaign all of whose deliveries have an outcome; return their keys."""
    return [pk for pk in Campaign.objects.running().values_list("pk", flat=True) if finish(pk)]


def finish(pk: int) -> bool:
    """Finish a campaign if sent + failed + suppressed + uncertain = recipients."""
    deliveries = Delivery.objects.filter(campaign=pk)
    if (
        deliveries.filter(status=Delivery.Status.QUEUED, worker="").exists()
        or deliveries.filter(status__in=[Delivery.Status.CLAIMED, Delivery.Status.SENDING]).exists()
    ):
        return False
    settled = deliveries.filter(status__in=Delivery.FINAL).count()
    done = Campaign.objects.filter(pk=pk, status=Status.SENDING, recipients=settled)
    return bool(done.update(status=Status.FINISHED, finished_at=timezone.now()))


@transaction.atomic
def resend_uncertain(campaign: Campaign, keys: list[int]) -> int:
    """Queue uncertain deliveries once more, after a person decided that a second copy does less harm than none."""
    campaign = Campaign.objects.select_for_update().get(pk=campaign.pk)
    if campaign.status == Status.CANCELLED:
        return 0
    chosen = campaign.deliveries.filter(pk__in=keys, status=Delivery.Status.UNCERTAIN)
    count = chosen.update(
        status=Delivery.Status.QUEUED, worker="", claimed_at=None, not_before=None, error="Sent again at staff's wish."
    )
    if count and campaign.status == Status.FINISHED:
        _change(campaign, [Status.FINISHED], Status.SENDING, finished_at=None, worked_at=timezone.now())
    return count


def _change(campaign: Campaign, before: list[str], after: str, **more) -> bool:
    """Change the status if it is still one of ``before``; the object follows."""
    changed = Campaign.objects.filter(pk=campaign.pk, status__in=before).update(status=after, **more)
    campaign.refresh_from_db()
    return bool(changed)
