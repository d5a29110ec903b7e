"""Forty made-up subscribers for trying the site, in every state. Never where the site is public."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from dscp_cms import suppression
from dscp_cms.models import Agency, Suppression, Topic
from news import consent_wording, consents
from news.models import Consent, Delivery, MailingList, Membership, Subscriber
from news.models.subscribers import SAMPLE

ORDINALS = (
    "One Two Three Four Five Six Seven Eight Nine Ten Eleven Twelve Thirteen Fourteen Fifteen Sixteen Seventeen "
    "Eighteen Nineteen Twenty"
).split()
SCHOOL = "Example Primary School"
Status = Subscriber.Status


def delegates() -> list[tuple[str, str]]:
    """The forty names with their addresses."""
    ones = ORDINALS[:9]
    words = ORDINALS + [f"Twenty {one}" for one in ones] + ["Thirty"] + [f"Thirty {one}" for one in ones] + ["Forty"]
    return [(f"Delegate {word}", f"delegate.{word.lower().replace(' ', '.')}@example.org") for word in words]


def _status(place: int) -> str:
    """Mostly subscribed; of the last six, two haven't confirmed, two left, one bounced, one complained."""
    last = [Status.PENDING] * 2 + [Status.UNSUBSCRIBED] * 2 + [Status.BOUNCED, Status.COMPLAINED]
    return last[place - 34] if place >= 34 else Status.SUBSCRIBED


@transaction.atomic
def load_sample_subscribers() -> list[Subscriber]:
    """Make the forty, or those of them that are missing; return them all.

    They say “Sample activity” in the record of their consent, by which ``remove_sample_subscribers`` knows them.
    """
    lists, topics = list(MailingList.objects.filter(public=True)), list(Topic.objects.all()[:5])
    agency = Agency.objects.filter(name=SCHOOL).first()
    everybody = []
    for place, (name, email) in enumerate(delegates()):
        found = Subscriber.objects.with_address(email).first()
        everybody.append(found or _make(place, name, email, lists, topics, agency))
    return everybody


def _make(place, name, email, lists, topics, agency) -> Subscriber:
    now, status = timezone.now(), _status(place)
    # Who hasn't confirmed was asked lately: such sign-ups are removed after a while.
    asked_at = now - timedelta(days=2 if status == Status.PENDING else 400 - 9 * place)
    in_school = place % 3 == 0
    subscriber = Subscriber.objects.create(
        email=email,
        name=name if status != Status.PENDING else "",
        agency=agency if in_school else None,
        agency_name="" if agency or not in_school else SCHOOL,
        status=status,
        confirmed_at=asked_at if status != Status.PENDING else None,
        left_at=now - timedelta(days=place) if status == Status.UNSUBSCRIBED else None,
        asked={"lists": [each.slug for each in lists[:1]], "name": name, "version": consent_wording.CURRENT}
        if status == Status.PENDING
        else {},
    )
    Subscriber.objects.filter(pk=subscriber.pk).update(created_at=asked_at)
    chosen = [each for number, each in enumerate(lists) if number == 0 or (place + number) % 4 == 0]
    _record(subscriber, Consent.Kind.ASKED, "the form", chosen, asked_at)
    if status == Status.PENDING:
        return subscriber
    _record(subscriber, Consent.Kind.CONFIRMED, "confirmation link", chosen, asked_at)
    if status == Status.UNSUBSCRIBED:
        _record(subscriber, Consent.Kind.WITHDRAWN, "unsubscribe link", chosen, subscriber.left_at)
        return subscriber
    Membership.objects.bulk_create([Membership(subscriber=subscriber, mailing_list=each) for each in chosen])
    if topics and place % 2:
        subscriber.topics.add(topics[place % len(topics)])
    reason = {Status.BOUNCED: Suppression.Reason.BOUNCE, Status.COMPLAINED: Suppression.Reason.COMPLAINT}.get(status)
    if reason:
        suppression.suppress(email, reason, SAMPLE)
    return subscriber


def _record(subscriber, kind, source, lists, given_at) -> None:
    version = "" if kind == Consent.Kind.WITHDRAWN else consent_wording.CURRENT
    consents.record(subscriber, kind, source=f"{SAMPLE}: {source}", lists=lists, version=version, given_at=given_at)


@transaction.atomic
def remove_sample_subscribers() -> int:
    """Delete the forty and all that is noted of them; return how many there were.

    What somebody did with them meanwhile, such as unsubscribing one, stays in the record of consent, without
    the person: such rows are never deleted. Deliveries stay as counts; delete sample campaigns before.
    """
    digests = [suppression.digest(email) for _name, email in delegates()]
    made = Subscriber.objects.filter(digest__in=digests, consents__source__startswith=SAMPLE)
    keys = set(made.values_list("pk", flat=True))
    Suppression.objects.filter(digest__in=digests, note=SAMPLE).delete()
    Delivery.objects.filter(subscriber__in=keys).update(email="", name="")
    Consent.objects.filter(digest__in=digests, source__startswith=SAMPLE).delete()
    Subscriber.objects.filter(pk__in=keys).delete()
    return len(keys)
