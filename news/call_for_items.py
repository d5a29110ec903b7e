"""Asks the agencies for items before the copy date of an issue."""

from uuid import UUID

from django.db import transaction
from wagtail.log_actions import log
from wagtail.models import PageLogEntry

from dscp_cms import mail, suppression
from dscp_cms.faces import absolute
from dscp_cms.models import Agency, SiteSettings, Suppression
from dscp_cms.templatetags.dscp import uk_date
from news.models import NewsletterIssuePage

ACTION = "news.call_for_items"
KIND = "call for newsletter items"


def contacts() -> dict[str, list[str]]:
    """Whom a call goes to: addresses of active agencies, each once, with the names of its agencies.

    Whoever asked not to be written to, for whatever reason, is left out.
    """
    found: dict[str, list[str]] = {}
    for name, address in (
        Agency.objects.filter(active=True).exclude(contact_email="").values_list("name", "contact_email")
    ):
        found.setdefault(address.strip().lower(), []).append(name)
    digests = {suppression.digest(address): address for address in found}
    for stopped in Suppression.objects.filter(digest__in=digests).values_list("digest", flat=True):
        del found[digests[stopped]]
    return found


def suggested_words(issue: NewsletterIssuePage) -> tuple[str, str]:
    """A subject and a message to begin with, with the copy date where one is set."""
    conf = SiteSettings.for_site(issue.get_site())
    until = f" by {uk_date(issue.copy_date)}" if issue.copy_date else ""
    subject = f"Call for items: {issue.title}{f' ({until.strip()})' if until else ''}"
    lines = [
        "Hello,",
        f"We are putting together our next issue, “{issue.title}”. Do you have news, an event, training or a resource "
        "that others who work with children and families in County Durham should know about?",
        f"Please send us a few sentences and a link{until}, in reply to this e-mail, or by our form:\n"
        f"{absolute('/contribute/')}",
        "Thank you,",
        conf.partnership_name,
    ]
    return subject, "\n\n".join(lines)


@transaction.atomic
def call_for_items(issue: NewsletterIssuePage, *, subject: str, text: str, user, key: UUID) -> int:
    """Write to every contact, one message each; return how many, or 0 where this call was made already.

    ``key`` names the call, so that a form sent twice writes once. Answers go to the office's address.
    """
    NewsletterIssuePage.objects.select_for_update().get(pk=issue.pk)
    if any(entry.data.get("key") == str(key) for entry in calls(issue)):
        return 0
    reply_to = SiteSettings.for_site(issue.get_site()).email
    addresses = contacts()
    for address in addresses:
        mail.send(kind=KIND, to=address, subject=subject, text=text, reply_to=reply_to)
    log(instance=issue, action=ACTION, user=user, data={"key": str(key), "count": len(addresses)})
    return len(addresses)


def calls(issue: NewsletterIssuePage):
    """The calls already made for this issue, the latest first."""
    return PageLogEntry.objects.filter(page=issue.pk, action=ACTION).select_related("user").order_by("-timestamp")
