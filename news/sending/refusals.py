"""What it means for an address that it was refused, by our mail server or by a bounce.

A hard refusal suppresses the address at once, a soft one (a full mailbox) at the third message. But
where over 5% of a domain, and at least ten addresses, are refused in one campaign, the fault is rather
the domain's or ours: it is paused and shown, and nobody of it stays suppressed by this campaign.
"""

import re
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from dscp_cms import suppression
from dscp_cms.models import Suppression
from news.models import Campaign, Delivery, DomainPause, Subscriber

LEAST, SHARE = 10, 0.05  # of a domain's addresses in one campaign
SOFT_LIMIT = 3
SOFT = re.compile(r"\b5\.2\.2\b|^552\b")  # RFC 3463: mailbox full


@transaction.atomic
def address_refused(delivery: Delivery, words: str, *, soft: bool = False, bounced_at: datetime | None = None) -> bool:
    """Write down that an address refused a message for good, and draw the consequences; say if it was suppressed."""
    Campaign.objects.select_for_update().only("pk").get(pk=delivery.campaign_id)  # one at a time, for the counts below
    changes = {"bounced_at": bounced_at} if bounced_at else {}
    if not soft:
        changes["refused_at"] = bounced_at or timezone.now()
    Delivery.objects.filter(pk=delivery.pk).update(**changes)
    email = delivery.email or (delivery.subscriber.email if delivery.subscriber else "")
    if not email or delivery.subscriber is None:
        return False
    if soft and not _third_soft_bounce(delivery):
        return False
    if not soft and _domain_is_refusing(delivery.campaign, email, words):
        return False
    suppression.suppress(email, Suppression.Reason.BOUNCE, words)
    Subscriber.objects.filter(pk=delivery.subscriber_id, email=email).exclude(
        status__in=[Subscriber.Status.UNSUBSCRIBED, Subscriber.Status.COMPLAINED]
    ).update(status=Subscriber.Status.BOUNCED)
    return True


def is_soft(words: str) -> bool:
    """Whether a refusal says that the mailbox is full."""
    return bool(SOFT.search(words))


def _third_soft_bounce(delivery: Delivery) -> bool:
    latest = Delivery.objects.filter(
        subscriber=delivery.subscriber_id, status__in=[Delivery.Status.SENT, Delivery.Status.FAILED]
    ).order_by("-pk")[:SOFT_LIMIT]
    return sum(1 for each in latest if each.bounced_at) >= SOFT_LIMIT


def _domain_is_refusing(campaign: Campaign, email: str, words: str) -> bool:
    domain = email.rpartition("@")[2].lower()
    if campaign.domain_pauses.filter(domain=domain).exists():
        return True
    of_domain = campaign.deliveries.filter(email__iendswith=f"@{domain}")
    refused = of_domain.filter(refused_at__isnull=False)
    count = refused.count()
    if count < LEAST or count <= SHARE * of_domain.count():
        return False
    DomainPause.objects.get_or_create(
        campaign=campaign, domain=domain, defaults={"refused": count, "reason": words.replace(email, "…")[:300]}
    )
    _take_back_suppressions(campaign, list(refused.exclude(subscriber=None).select_related("subscriber")))
    return True


def _take_back_suppressions(campaign: Campaign, refused: list[Delivery]) -> None:
    digests = [suppression.digest(delivery.email) for delivery in refused]
    Suppression.objects.filter(
        digest__in=digests, reason=Suppression.Reason.BOUNCE, created_at__gte=campaign.started_at or campaign.created_at
    ).delete()
    still = Suppression.objects.filter(digest__in=digests).values_list("digest", flat=True)
    people = [d.subscriber_id for d in refused if suppression.digest(d.email) not in set(still)]
    Subscriber.objects.filter(pk__in=people, status=Subscriber.Status.BOUNCED).update(
        status=Subscriber.Status.SUBSCRIBED
    )


def release_domain(pause: DomainPause) -> bool:
    """Go on sending to a domain, after a person said so."""
    return bool(DomainPause.objects.filter(pk=pause.pk, released_at=None).update(released_at=timezone.now()))


def leave_domain_out(pause: DomainPause) -> int:
    """Give up what still waits for a domain in this campaign; return how many that were."""
    waiting = pause.campaign.deliveries.filter(status=Delivery.Status.QUEUED, email__iendswith=f"@{pause.domain}")
    with transaction.atomic():
        given_up = waiting.update(status=Delivery.Status.FAILED, error="Its domain was left out by staff.")
        release_domain(pause)
    return given_up
