"""Removes what the newsletter holds about people when its time is over; the reports' counts stay.

The history of consent stays too, under a digest of the address: it shows that mail was asked for, and stopped.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from dscp_cms import suppression
from dscp_cms.models import Suppression
from news.models import Campaign, Delivery, FormRequest, Subscriber
from news.subscribers import Status

LEFT = (Status.UNSUBSCRIBED, Status.COMPLAINED)
NOTE = "Left the newsletter, and was removed when the time to keep them was over."
AT_ONCE = 500  # rows in one transaction, so that nobody waits long for it


@dataclass
class Purged:
    """How many rows were removed, or lost their address."""

    pending: int = 0
    new_addresses: int = 0
    left: int = 0
    deliveries: int = 0
    requests: int = 0


@dataclass(frozen=True)
class Limits:
    """The moments before which things are too old."""

    pending: datetime
    left: datetime
    deliveries: datetime


def purge(limits: Limits) -> Purged:
    """Remove what is older than the limits. A second run finds nothing more."""
    return Purged(
        pending=_delete(_unconfirmed(limits.pending)),
        new_addresses=Subscriber.objects.exclude(new_email="")
        .filter(new_email_sent_at__lt=limits.pending)
        .update(new_email="", new_email_sent_at=None),
        left=_delete(Subscriber.objects.filter(status__in=LEFT, left_at__lt=limits.left)),
        deliveries=_forget_addresses(limits.deliveries),
        requests=FormRequest.objects.filter(at__lt=limits.pending).delete()[0],
    )


def _unconfirmed(before: datetime):
    """Sign-ups that nobody confirmed, counted from the last time we asked."""
    found = Subscriber.objects.filter(status=Status.PENDING, created_at__lt=before)
    return found.exclude(confirmation_sent_at__gte=before)


def _delete(people) -> int:
    """Delete subscribers; their deliveries stay as bare counts.

    Of somebody who left, a digest stays in “Do not write to”, so that no old list adds them again.
    """
    gone = 0
    while keys := list(people.order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
        with transaction.atomic():
            still = people.filter(pk__in=keys).select_for_update()
            found = []
            for person in still:
                found.append(person.pk)
                if person.status == Status.UNSUBSCRIBED:
                    suppression.suppress(person.email, Suppression.Reason.ERASED, NOTE)
            Delivery.objects.filter(subscriber__in=found).update(email="", name="", error="")
            Subscriber.objects.filter(pk__in=found).delete()
        gone += len(found)
        if not found:  # somebody came back while we looked
            break
    return gone


def _forget_addresses(before: datetime) -> int:
    """Take addresses and names out of the deliveries of old sendings. Links to leave go on working."""
    over = Campaign.objects.filter(
        status__in=[Campaign.Status.FINISHED, Campaign.Status.CANCELLED], send_at__lt=before
    ).values("pk")
    return Delivery.objects.filter(campaign__in=over).exclude(email="", name="").update(email="", name="")
