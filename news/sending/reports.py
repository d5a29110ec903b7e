"""What became of a campaign, in numbers that always add up; and several side by side."""

from dataclasses import dataclass

from django.db.models import Count, Q

from news.models import Campaign, Delivery

Status = Delivery.Status
WAITING = (Status.QUEUED, Status.CLAIMED, Status.SENDING)


@dataclass(frozen=True)
class Counts:
    """How many deliveries have which outcome, and what was heard since."""

    recipients: int
    sent: int
    failed: int
    suppressed: int
    uncertain: int
    waiting: int
    bounced: int
    complained: int
    unsubscribed: int

    @property
    def settled(self) -> int:
        """How many have an outcome."""
        return self.sent + self.failed + self.suppressed + self.uncertain

    @property
    def percent(self) -> int:
        """The settled, of a hundred; a hundred only when all are."""
        return 100 * self.settled // self.recipients if self.recipients else 0


def counts(campaign: Campaign) -> Counts:
    """Count a campaign's deliveries."""
    wanted = {status.value: Count("pk", filter=Q(status=status)) for status in Delivery.FINAL}
    found = campaign.deliveries.aggregate(
        waiting=Count("pk", filter=Q(status__in=WAITING)),
        bounced=Count("bounced_at"),
        complained=Count("complained_at"),
        unsubscribed=Count("unsubscribed_at"),
        **wanted,
    )
    return Counts(recipients=campaign.recipients, **found)


def reasons(campaign: Campaign, status: Status, most: int = 20) -> list[tuple[str, int]]:
    """Why deliveries failed or were left out, the commonest first."""
    found = campaign.deliveries.filter(status=status).values_list("error").annotate(number=Count("pk"))
    return [(words or "No reason was given.", number) for words, number in found.order_by("-number", "error")[:most]]


@dataclass(frozen=True)
class Column:
    """One campaign in the chart; heights in percent of the largest."""

    campaign: Campaign
    counts: Counts
    height: float

    @property
    def name(self) -> str:
        """What it is called in the chart."""
        return self.campaign.subject

    @property
    def parts(self) -> list[tuple[str, str, float, float]]:
        """The column from its foot: kind, words, where each part begins and how high it is."""
        rows, foot = [], 0.0
        for kind in ("sent", "uncertain", "suppressed", "failed"):
            number = getattr(self.counts, kind)
            high = self.height * number / self.counts.recipients if self.counts.recipients else 0
            rows.append((kind, f"{number} {kind}", foot, high))
            foot += high
        return rows


def chart(most: int = 12) -> list[Column]:
    """The last sendings of issues and bulletins, the oldest first."""
    last = Campaign.objects.filter(started_at__isnull=False).defer("html", "text").select_related("issue")
    found = [(campaign, counts(campaign)) for campaign in last.order_by("-started_at")[:most]]
    largest = max((each.recipients for _campaign, each in found), default=0) or 1
    return [Column(campaign, each, 100 * each.recipients / largest) for campaign, each in reversed(found)]
