"""The messages that signing up, choosing and changing address need. All go out as rows, by the worker."""

from django.template.loader import render_to_string

from dscp_cms import mail
from dscp_cms.models import OutgoingMail, SiteSettings
from news import tokens
from news.models import MailingList, Subscriber

KINDS = (
    "newsletter confirmation",
    "newsletter choices",
    "newsletter address change",
    "newsletter address changed",
)
CONFIRMATION, CHOICES, ADDRESS_CHANGE, ADDRESS_CHANGED = KINDS


def send_confirmation(subscriber: Subscriber) -> OutgoingMail:
    """Ask whoever reads mail at an address whether they want what was asked for."""
    lists = MailingList.objects.filter(slug__in=subscriber.asked.get("lists", []))
    return _send(
        CONFIRMATION,
        subscriber.email,
        "Please confirm: e-mails from {name}",
        "confirm",
        {"lists": lists, "url": tokens.confirm_url(subscriber)},
    )


def send_manage_link(subscriber: Subscriber) -> OutgoingMail:
    """Send somebody the link to their own page."""
    return _send(CHOICES, subscriber.email, "Your choices: e-mails from {name}", "manage", _links(subscriber))


def send_address_change(subscriber: Subscriber) -> OutgoingMail:
    """Ask at the new address whether it is right."""
    context = {"url": tokens.address_url(subscriber)}
    return _send(ADDRESS_CHANGE, subscriber.new_email, "Please confirm your new address: {name}", "address", context)


def tell_old_address(subscriber: Subscriber, old: str) -> OutgoingMail:
    """Say at the old address that it was changed, without naming the new one."""
    return _send(ADDRESS_CHANGED, old, "Your address was changed: e-mails from {name}", "address_changed", {})


def _links(subscriber: Subscriber) -> dict:
    return {"url": tokens.manage_url(subscriber), "leave_url": tokens.unsubscribe_url(subscriber)}


def _send(kind: str, to: str, subject: str, template: str, context: dict) -> OutgoingMail:
    conf = SiteSettings.objects.filter(site__is_default_site=True).first() or SiteSettings()
    text = render_to_string(f"news/subscriptions/mail/{template}.txt", {**context, "conf": conf})
    return mail.send(kind=kind, to=to, subject=subject.format(name=conf.short_name), text=text)
