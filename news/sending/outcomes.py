"""What a server's answer makes of a delivery, and of its campaign."""

import random
from datetime import timedelta

from django.utils import timezone

from news.models import Campaign, Delivery
from news.sending import campaigns, refusals
from news.sending.claims import Claimed, Ledger
from news.sending.smtp import Answer, Outcome

MAX_ATTEMPTS = 16  # with the pauses of ``back_off``, at least 24 hours
POLICY_PAUSE = timedelta(minutes=5)

Status = Delivery.Status


def back_off(attempts: int) -> timedelta:
    """How long to wait after so many temporary refusals: 2, 4, 8 … minutes up to four hours, with jitter."""
    return timedelta(minutes=min(2**attempts, 240) * random.uniform(0.8, 1.2))  # noqa: S311 - jitter, not a secret


def pause_reason(answer: Answer) -> str:
    """Why a campaign stands still, in a sentence with the server's words."""
    if answer.outcome is Outcome.GONE:
        return f"The mail server can't be reached: {answer.words}"
    return f"The mail server refuses us, not a reader: {answer.words}"


def settle(campaign: Campaign, ledger: Ledger, item: Claimed, answer: Answer, *, stopping: bool = False) -> str:
    """Write any outcome but *sent*; say “stopped” where it paused the campaign, else “settled”."""
    words = answer.words.replace(item.email, "…")
    tried = {"attempts": item.attempts + 1}
    match answer.outcome:
        case Outcome.LATER:
            _try_later(ledger, item, words)
        case Outcome.REFUSED:
            if ledger.mark(item.pk, Status.FAILED, words, **tried):
                delivery = Delivery.objects.select_related("subscriber", "campaign").get(pk=item.pk)
                soft = refusals.is_soft(words)
                refusals.address_refused(delivery, words, soft=soft, bounced_at=timezone.now() if soft else None)
        case Outcome.UNCERTAIN:
            ledger.mark(item.pk, Status.UNCERTAIN, words, **tried)
        case Outcome.UNWRITABLE:
            ledger.mark(item.pk, Status.FAILED, words, **tried)
        case Outcome.GONE:
            ledger.mark(item.pk, Status.QUEUED, worker="", claimed_at=None)
            if not stopping:
                campaigns.pause(campaign, pause_reason(Answer(Outcome.GONE, words)))
            return "stopped"
        case _:
            return _refused_by_policy(campaign, ledger, item, words)
    return "settled"


def _try_later(ledger: Ledger, item: Claimed, words: str) -> None:
    attempts = item.attempts + 1
    if attempts >= MAX_ATTEMPTS:
        ledger.mark(item.pk, Status.FAILED, f"Refused for now, for over a day: {words}", attempts=attempts)
        return
    later = timezone.now() + back_off(attempts)
    ledger.mark(item.pk, Status.QUEUED, words, attempts=attempts, not_before=later, worker="", claimed_at=None)


def _refused_by_policy(campaign: Campaign, ledger: Ledger, item: Claimed, words: str) -> str:
    """Pause the campaign; but a message that alone is refused again, while others went, is given up."""
    attempts = item.attempts + 1
    before = Delivery.objects.values_list("not_before", flat=True).get(pk=item.pk)
    if item.attempts and before:
        others = campaign.deliveries.filter(status=Status.SENT, sent_at__gt=before - POLICY_PAUSE)
        if others.exists():
            ledger.mark(item.pk, Status.FAILED, f"Refused twice: {words}", attempts=attempts)
            return "settled"
    later = timezone.now() + POLICY_PAUSE
    ledger.mark(item.pk, Status.QUEUED, words, attempts=attempts, not_before=later, worker="", claimed_at=None)
    campaigns.pause(campaign, pause_reason(Answer(Outcome.POLICY, words)))
    return "stopped"
