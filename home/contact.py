"""Receiving a message from the contact page."""

from django.conf import settings as django_settings
from django.db import transaction
from django.urls import reverse
from wagtail.models import Site

from dscp_cms import limits, mail
from dscp_cms.models import SiteSettings

TRAP = "website"  # a field that people don't see and robots fill in


def receive(page, answers: dict):
    """Save a message, mark it urgent if it has words of harm, and tell staff that it has come.

    The notification holds none of what was written: it goes by ordinary e-mail.
    """
    from home.models import ContactMessage  # the page's model calls this job

    answers = {name: value for name, value in answers.items() if name != TRAP}
    settings = _settings()
    urgent = settings.mentions_harm(" ".join(str(value) for value in answers.values()))
    with transaction.atomic():
        message = ContactMessage.objects.create(page=page, form_data=answers, urgent=urgent)
        to = page.notify or settings.email
        if to:
            _notify(to, message)
    return message


def _notify(to: str, message) -> None:
    address = django_settings.PUBLIC_URL + reverse("home_contactmessage_modeladmin_inspect", args=[message.pk])
    lead = (
        "URGENT: a message from the contact page has words that may mean a child is being harmed. Read it now."
        if message.urgent
        else "A message has come from the contact page."
    )
    subject = "URGENT: message from the contact page" if message.urgent else "Message from the contact page"
    mail.send(kind="contact message", to=to, subject=subject, text=f"{lead}\n\nRead it here:\n{address}\n")


def refusal(page, request, form) -> str:
    """A sentence when the message can't be taken, else an empty string.

    One network may send many (a council is one address), so the limit is high; it is set in the
    site settings. A filled trap is refused with the same words, since a person's browser may have filled it.
    """
    settings = _settings()
    if request.POST.get(TRAP):
        return "Your message was not sent, because a field that should stay empty was filled in."
    network = limits.client_network(request)
    if form.is_valid() and not limits.within("contact", network, most=settings.contact_limit_an_hour):
        return "Your message was not sent, because very many messages came from your network in the last hour."
    return ""


def _settings() -> SiteSettings:
    return SiteSettings.for_site(Site.objects.get(is_default_site=True))
