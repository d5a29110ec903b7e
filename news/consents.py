"""Writing the record of consent."""

from collections.abc import Iterable
from datetime import datetime

from news.consent_wording import wording
from news.models import Consent, MailingList, Subscriber


def prepare(
    subscriber: Subscriber,
    kind: str,
    *,
    source: str,
    lists: Iterable[MailingList] = (),
    version: str = "",
    given_at: datetime | None = None,
    by=None,
) -> Consent:
    """Return a record that isn't saved yet, for writing many at once."""
    return Consent(
        subscriber=subscriber,
        digest=subscriber.digest,
        kind=kind,
        wording=wording(version),
        wording_version=version,
        lists=" ".join(each.slug for each in lists)[:500],
        source=source[:200],
        given_at=given_at,
        by=by,
    )


def record(subscriber: Subscriber, kind: str, **facts) -> Consent:
    """Add one event to the history of somebody's consent."""
    consent = prepare(subscriber, kind, **facts)
    consent.save()
    return consent


def lists_left(subscribers: Iterable[int]) -> dict[int, set[str]]:
    """For each subscriber (by id) who left lists: the slugs of those that they left and didn't join again."""
    joining = {Consent.Kind.CONFIRMED, Consent.Kind.CHANGED, Consent.Kind.STAFF, Consent.Kind.IMPORTED}
    left: dict[int, set[str]] = {}
    events = Consent.objects.filter(subscriber__in=list(subscribers)).exclude(lists="").order_by("pk")
    for pk, kind, lists in events.values_list("subscriber_id", "kind", "lists"):
        if kind == Consent.Kind.WITHDRAWN:
            left.setdefault(pk, set()).update(lists.split())
        elif kind in joining:
            left.get(pk, set()).difference_update(lists.split())
    return left
