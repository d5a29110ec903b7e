"""Change of address, what is held about a person, and erasing it."""

from django.db import transaction
from django.utils import timezone

from dscp_cms import audit, suppression
from dscp_cms.models import OutgoingMail, Suppression
from news import consent_wording, consents, subscriber_mail
from news.models import Consent, Delivery, FormRequest, Membership, Subscriber
from news.subscribers import Answer, Kind, Status, leave, locked, may_send_confirmation

OWN_PAGE = "own page, by signed link"


@transaction.atomic
def ask_to_change_address(subscriber: Subscriber, email: str) -> None:
    """Note the new address and ask there whether it is right; at most one such mail a day to an address."""
    subscriber = locked(pk=subscriber.pk)
    email = email.strip()
    if suppression.digest(email) == subscriber.digest:
        return
    subscriber.new_email = email
    if may_send_confirmation(email):
        subscriber_mail.send_address_change(subscriber)
        subscriber.new_email_sent_at = timezone.now()
    subscriber.save(update_fields=["new_email", "new_email_sent_at"])


@transaction.atomic
def change_address(subscriber: Subscriber) -> Answer:
    """Move somebody to the new address, now that its reader confirmed it.

    If the new address was a subscriber already, its record takes over the lists, and the old one has left.
    A complaint from the new address stands. The old address is told.
    """
    subscriber = locked(pk=subscriber.pk)
    new, old, old_digest = subscriber.new_email, subscriber.email, subscriber.digest
    if not new:
        return Answer.ALREADY
    if not suppression.lift(new):
        return Answer.COMPLAINT
    other = Subscriber.objects.select_for_update(of=("self",)).with_address(new).first()
    subscriber.new_email, subscriber.new_email_sent_at = "", None
    if other is not None:
        subscriber.save()
        _merge(subscriber, other)
    else:
        if subscriber.status == Status.BOUNCED:  # the old address refused mail; they never left
            subscriber.status = Status.SUBSCRIBED
        subscriber.email, subscriber.confirmed_at = new, timezone.now()
        subscriber.save()
        consents.record(subscriber, Kind.ADDRESS, source="confirmation link at the new address")
        Consent(subscriber=subscriber, digest=old_digest, kind=Kind.ADDRESS, source="changed to another address").save()
    subscriber_mail.tell_old_address(subscriber, old)
    return Answer.DONE


def _merge(old: Subscriber, new: Subscriber) -> None:
    if old.status in {Status.SUBSCRIBED, Status.BOUNCED}:
        lists = list(old.lists.all())
        Membership.objects.bulk_create(
            [Membership(subscriber=new, mailing_list=each) for each in lists], ignore_conflicts=True
        )
        new.status, new.left_at, new.confirmed_at, new.asked = Status.SUBSCRIBED, None, timezone.now(), {}
        consents.record(
            new,
            Kind.CONFIRMED,
            source="change of address, confirmed at this one",
            lists=lists,
            version=consent_wording.CURRENT,
        )
    new.name = new.name or old.name
    if not (new.agency or new.agency_name):
        new.agency, new.agency_name = old.agency, old.agency_name
    new.save()
    leave(old, source="changed to another address")


def held_data(subscriber: Subscriber) -> dict:
    """Everything held about a subscriber, as plain values that JSON can hold."""
    stopped = suppression.suppression_of(subscriber.email)
    return {
        "email": subscriber.email,
        "name": subscriber.name,
        "agency": subscriber.agency.name if subscriber.agency else subscriber.agency_name,
        "status": subscriber.get_status_display(),
        "lists": [
            {"list": each.mailing_list.name, "since": _time(each.joined_at)}
            for each in subscriber.memberships.select_related("mailing_list")
        ],
        "topics": [topic.name for topic in subscriber.topics.all()],
        "first_seen": _time(subscriber.created_at),
        "confirmed": _time(subscriber.confirmed_at),
        "left": _time(subscriber.left_at),
        "asked_and_not_confirmed": subscriber.asked,
        "new_address_not_confirmed": subscriber.new_email,
        "mail_stopped": stopped.get_reason_display() if stopped else "",
        "consents": [
            {
                "what": consent.get_kind_display(),
                "when": _time(consent.at),
                "given": _time(consent.given_at),
                "lists": consent.lists.split(),
                "source": consent.source,
                "wording": consent.wording,
                "wording_version": consent.wording_version,
            }
            for consent in subscriber.consents.order_by("pk")
        ],
        "newsletters_sent": [
            {"subject": delivery.campaign.subject, "sent": _time(delivery.sent_at), "outcome": delivery.status}
            for delivery in subscriber.deliveries.select_related("campaign").order_by("pk")
        ],
        "other_messages": [
            {"subject": mail.subject, "written": _time(mail.created_at), "outcome": mail.get_status_display()}
            for mail in OutgoingMail.objects.filter(to__iexact=subscriber.email, kind__in=subscriber_mail.KINDS)
        ],
    }


def _time(moment) -> str:
    return timezone.localtime(moment).isoformat(timespec="seconds") if moment else ""


@transaction.atomic
def erase(subscriber: Subscriber, *, by=None) -> None:
    """Delete everything held about a subscriber but what shows that it was done.

    The history of consent stays under a digest of the address, and so does a suppression, which keeps
    imports and staff from adding the person again. Deliveries stay as bare counts. Bookings are kept
    apart and aren't touched.
    """
    subscriber = locked(pk=subscriber.pk)
    source = "erased by staff, as asked" if by else OWN_PAGE
    consents.record(subscriber, Kind.ERASED, source=source, lists=subscriber.lists.all(), by=by)
    addresses = {subscriber.email, subscriber.new_email} - {""}
    suppression.suppress(subscriber.email, Suppression.Reason.ERASED)
    Delivery.objects.filter(subscriber=subscriber).update(email="", name="", error="")
    for email in addresses:
        mails = OutgoingMail.objects.filter(to__iexact=email, kind__in=subscriber_mail.KINDS)
        mails.exclude(status=OutgoingMail.Status.SENDING).delete()
        FormRequest.objects.filter(email__iexact=email).delete()
    audit.record(audit.Action.ERASED, by, f"Subscriber {subscriber.pk}")
    subscriber.delete()
