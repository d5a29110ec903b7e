"""What is typed on the sign-up pages: taken by the page, acted on by the worker.

The page does the same for every address, so that neither its answer nor its time tells whether the
address is known.
"""

import logging

from django.db import transaction

from dscp_cms import limits, suppression
from news import consent_wording, subscriber_mail
from news.models import FormRequest, Subscriber
from news.subscribers import ask_to_confirm

logger = logging.getLogger(__name__)

FROM_ONE_NETWORK = 300  # an hour: a council, a trust or a school may be one network
FOR_ONE_ADDRESS = 6  # an hour


def take(purpose: FormRequest.Purpose, email: str, asked: dict | None = None) -> FormRequest:
    """Keep what was typed, and wake the worker once it is committed. The clock finds what the worker missed."""
    from news.tasks import answer_form_request  # the task calls back into this module

    row = FormRequest.objects.create(purpose=purpose, email=email, asked=asked or {})
    transaction.on_commit(lambda: answer_form_request.enqueue(row.pk))
    return row


def too_many(purpose: FormRequest.Purpose, email: str, network: str) -> str:
    """Count a request; return a sentence if there have been too many, else an empty text."""
    if not limits.within(f"newsletter {purpose}", network, most=FROM_ONE_NETWORK):
        return "Very many requests came from your network in the last hour. Try again in an hour."
    if not limits.within(f"newsletter {purpose}", suppression.digest(email), most=FOR_ONE_ADDRESS):
        return (
            "This address was typed here several times in the last hour. Look for our e-mail, or try again in an hour."
        )
    return ""


@transaction.atomic
def answer(pk: int) -> bool:
    """Act on one request and forget it; return False if that was done already."""
    row = FormRequest.objects.select_for_update().filter(pk=pk).first()
    if row is None:
        return False
    if row.purpose == FormRequest.Purpose.SUBSCRIBE:
        ask_to_confirm(
            row.email,
            lists=row.asked.get("lists", []),
            name=row.asked.get("name", ""),
            agency=row.asked.get("agency", ""),
            version=row.asked.get("version", consent_wording.CURRENT),
        )
    else:
        subscriber = Subscriber.objects.with_address(row.email).first()
        if subscriber is not None:
            subscriber_mail.send_manage_link(subscriber)
    row.delete()
    return True


def answer_waiting() -> int:
    """Act on every request that waits; return how many that was. One that fails doesn't stop the others."""
    answered = 0
    for pk in list(FormRequest.objects.values_list("pk", flat=True)[:500]):
        try:
            answered += answer(pk)
        except Exception:
            logger.exception("form request %s failed and is tried again", pk)
    return answered
