"""Signing up, confirming, choosing, leaving; and who gets a campaign."""

from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from dscp_cms import limits, suppression
from dscp_cms.models import Agency, Suppression, Topic
from news import consent_wording, consents, subscriber_mail
from news.models import Consent, Delivery, MailingList, Membership, Subscriber

DAY = timedelta(days=1)
Status, Kind = Subscriber.Status, Consent.Kind


class RefusedError(Exception):
    """Something that staff asked for and the reader's own wish forbids; its text is a sentence for them."""


class Answer(StrEnum):
    """What became of a confirmation."""

    DONE = "done"
    ALREADY = "already"
    USED = "used"
    COMPLAINT = "complaint"  # mail was marked as unwanted there: say so and ask again


def recipients(lists: Iterable[MailingList], agencies: Iterable[Agency] = (), topics: Iterable[Topic] = ()):
    """Return the subscribers that a campaign goes to.

    They are subscribed, on any of the lists and not suppressed; of one of the agencies, and interested
    in one of the topics, where any are given. Everything is decided in SQL, so a caller may iterate over
    any number.
    """
    found = Subscriber.objects.subscribed().filter(
        Exists(Membership.objects.filter(subscriber=OuterRef("pk"), mailing_list__in=list(lists))),
        ~Exists(Suppression.objects.filter(digest=OuterRef("digest"))),
    )
    agencies, topics = list(agencies), list(topics)
    if agencies:
        found = found.filter(agency__in=agencies)
    if topics:
        interests = Subscriber.topics.through.objects.filter(subscriber=OuterRef("pk"), topic__in=topics)
        found = found.filter(Exists(interests))
    return found.order_by("pk")


@transaction.atomic
def ask_to_confirm(
    email: str, *, lists: Iterable[str], name: str = "", agency: str = "", version: str = consent_wording.CURRENT
) -> Subscriber:
    """Note what somebody asked for with an address, and ask there whether they want it.

    Nothing changes for a subscriber until they confirm. ``lists`` are slugs. At most one such mail a
    day goes to an address; its link then confirms what was asked for last.
    """
    subscriber = _get_or_create(email)
    known = MailingList.objects.filter(slug__in=lists, public=True)
    subscriber.asked = {
        "lists": [each.slug for each in known],
        "name": name,
        "agency": agency,
        "version": version,
        "at": timezone.now().isoformat(),
    }
    consents.record(subscriber, Kind.ASKED, source="sign-up form", lists=known, version=version)
    sent = subscriber.confirmation_sent_at
    if (sent is None or sent < timezone.now() - DAY) and may_send_confirmation(subscriber.email):
        subscriber_mail.send_confirmation(subscriber)
        subscriber.confirmation_sent_at = timezone.now()
    subscriber.save(update_fields=["asked", "confirmation_sent_at"])
    return subscriber


def may_send_confirmation(email: str) -> bool:
    """Whether an address may be asked to confirm something once more today. Counts as having been asked."""
    return limits.within("confirmation mail", suppression.digest(email), most=1, seconds=limits.DAY)


def _get_or_create(email: str) -> Subscriber:
    """The subscriber with an address, locked; a new one is pending."""
    email = email.strip()
    try:
        with transaction.atomic():
            Subscriber.objects.get_or_create(digest=suppression.digest(email), defaults={"email": email})
    except IntegrityError:  # made by somebody else meanwhile
        pass
    return locked(digest=suppression.digest(email))


def locked(**which) -> Subscriber:
    """One subscriber, whose row nobody else changes until the transaction ends. Raises DoesNotExist."""
    return Subscriber.objects.select_for_update(of=("self",)).get(**which)


@transaction.atomic
def confirm(subscriber: Subscriber, *, complaint_too: bool = False) -> Answer:
    """Do what was asked for with the address, now that its reader confirmed it.

    Lifts a suppression, but one by complaint only with ``complaint_too``. Doing it twice changes nothing;
    an old link doesn't bring back somebody who left since.
    """
    subscriber = locked(pk=subscriber.pk)
    asked = subscriber.asked
    if not asked:
        return Answer.ALREADY if subscriber.status == Status.SUBSCRIBED else Answer.USED
    if not suppression.lift(subscriber.email, complaint_too=complaint_too):
        return Answer.COMPLAINT
    lists = MailingList.objects.filter(slug__in=asked.get("lists", []))
    _join(subscriber, lists)
    subscriber.name = asked.get("name") or subscriber.name
    if asked.get("agency"):
        subscriber.agency, subscriber.agency_name = find_agency(asked["agency"])
    source = "confirmation link, although marked as unwanted before" if complaint_too else "confirmation link"
    _subscribe(subscriber, source, lists, asked.get("version", ""))
    return Answer.DONE


def _subscribe(subscriber: Subscriber, source: str, lists: Iterable[MailingList], version: str) -> None:
    """Write down that the person themselves confirmed."""
    consents.record(subscriber, Kind.CONFIRMED, source=source, lists=lists, version=version)
    subscriber.status, subscriber.left_at, subscriber.asked = Status.SUBSCRIBED, None, {}
    subscriber.confirmed_at = timezone.now()
    subscriber.save()


def _join(subscriber: Subscriber, lists: Iterable[MailingList]) -> None:
    Membership.objects.bulk_create(
        [Membership(subscriber=subscriber, mailing_list=each) for each in lists], ignore_conflicts=True
    )


def find_agency(text: str) -> tuple[Agency | None, str]:
    """Return the agency of that name, or none and the name as typed."""
    text = " ".join(text.split())
    found = Agency.objects.filter(name__iexact=text, active=True).first() if text else None
    return found, "" if found else text[:200]


@transaction.atomic
def change_lists(
    subscriber: Subscriber, lists: Iterable[MailingList], *, source: str, by=None, complaint_too: bool = False
) -> Answer:
    """Put somebody on exactly these lists. On none, they have left altogether.

    Somebody who had left joins again by it, if they do it themselves (``by`` is empty): as with
    ``confirm``, a complaint needs ``complaint_too``. Raises RefusedError for staff.
    """
    subscriber, lists = locked(pk=subscriber.pk), list(lists)
    if not lists:
        return Answer.DONE if leave(subscriber, source=source, by=by) else Answer.ALREADY
    before = list(subscriber.lists.all())
    added, dropped = [x for x in lists if x not in before], [x for x in before if x not in lists]
    if by and added and subscriber.status != Status.SUBSCRIBED:
        raise RefusedError(f"{subscriber.email} isn't subscribed. Only its reader can sign up again.")
    if subscriber.status != Status.SUBSCRIBED and not suppression.lift(subscriber.email, complaint_too=complaint_too):
        return Answer.COMPLAINT
    _join(subscriber, added)
    subscriber.memberships.filter(mailing_list__in=dropped).delete()
    if dropped:
        consents.record(subscriber, Kind.WITHDRAWN, source=source, lists=dropped, by=by)
    if subscriber.status != Status.SUBSCRIBED:
        _subscribe(subscriber, source, lists, consent_wording.CURRENT)
    elif added:
        version = "" if by else consent_wording.CURRENT
        consents.record(subscriber, Kind.CHANGED, source=source, lists=added, version=version, by=by)
    return Answer.DONE if added or dropped else Answer.ALREADY


@transaction.atomic
def change_details(
    subscriber: Subscriber, *, name: str, agency: str, topics: Iterable[Topic], source: str, by=None
) -> bool:
    """Change name, agency (by its name) and topics; say whether anything was different."""
    subscriber = locked(pk=subscriber.pk)
    found, typed = find_agency(agency)
    before = (subscriber.name, subscriber.agency, subscriber.agency_name, set(subscriber.topics.all()))
    if before == (name, found, typed, set(topics)):
        return False
    subscriber.name, subscriber.agency, subscriber.agency_name = name, found, typed
    subscriber.save()
    subscriber.topics.set(topics)
    consents.record(subscriber, Kind.CHANGED, source=source, by=by)
    return True


@transaction.atomic
def leave(subscriber: Subscriber, *, source: str, delivery: Delivery | None = None, by=None) -> bool:
    """Take somebody off every list; return False if they had left already.

    Takes effect when it is committed: a worker looks at the status just before each message. Counts in
    the report of the delivery whose link was used. Mail about bookings goes on.
    """
    now = timezone.now()
    staying = Subscriber.objects.filter(pk=subscriber.pk).exclude(status__in=[Status.UNSUBSCRIBED, Status.COMPLAINED])
    left = staying.update(status=Status.UNSUBSCRIBED, left_at=now, asked={})
    if delivery is not None:
        Delivery.objects.filter(pk=delivery.pk, unsubscribed_at=None).update(unsubscribed_at=now)
    if left:
        lists = list(subscriber.lists.all())
        subscriber.memberships.all().delete()
        consents.record(subscriber, Kind.WITHDRAWN, source=source, lists=lists, by=by)
    return bool(left)


@transaction.atomic
def add_by_staff(
    email: str, *, lists: Iterable[MailingList], how: str, by, name: str = "", agency: str = ""
) -> Subscriber:
    """Subscribe somebody who told staff that they want it; ``how`` says how they gave their consent.

    Raises RefusedError where the address left, is suppressed or refused mail: only its reader can undo that.
    """
    if found := suppression.suppression_of(email):
        raise RefusedError(f"Mail to this address is stopped ({found.get_reason_display().lower()}). {THEMSELVES}")
    subscriber, lists = _get_or_create(email), list(lists)
    if subscriber.status not in {Status.PENDING, Status.SUBSCRIBED}:
        raise RefusedError(f"This address is marked “{subscriber.get_status_display().lower()}”. {THEMSELVES}")
    subscriber.name = subscriber.name or name
    if agency and not (subscriber.agency or subscriber.agency_name):
        subscriber.agency, subscriber.agency_name = find_agency(agency)
    _join(subscriber, lists)
    subscriber.status, subscriber.asked = Status.SUBSCRIBED, {}
    subscriber.confirmed_at = subscriber.confirmed_at or timezone.now()
    subscriber.save()
    consents.record(subscriber, Kind.STAFF, source=how, lists=lists, by=by)
    return subscriber


THEMSELVES = "Only its reader can lift that, by signing up and confirming: send them the address of the sign-up page."
