"""Makes lists, people and campaigns for the tests of sending, and runs the mailer."""

import contextlib
import dataclasses
import threading
from collections import Counter

from django.utils import timezone

from dscp_cms.suppression import digest
from news.models import Campaign, Delivery, MailingList, Membership, Subscriber
from news.sending import campaigns, planning
from news.sending.engine import Mailer
from news.tests import factories
from news.tests.mail_server import Script, mail_server


def newsletter() -> MailingList:
    """The newsletter's list."""
    return MailingList.objects.get_or_create(
        slug="newsletter", defaults={"name": "Newsletter", "description": "News."}
    )[0]


def subscribers(count: int, domain: str = "example.org", first: int = 1) -> list[Subscriber]:
    """People on the newsletter's list."""
    people = Subscriber.objects.bulk_create(
        Subscriber(
            email=f"reader{n}@{domain}",
            digest=digest(f"reader{n}@{domain}"),
            name=f"Reader {n}",
            status=Subscriber.Status.SUBSCRIBED,
            confirmed_at=timezone.now(),
        )
        for n in range(first, first + count)
    )
    mailing_list = newsletter()
    Membership.objects.bulk_create(Membership(subscriber=person, mailing_list=mailing_list) for person in people)
    return people


def ready_issue(**fields):
    """An issue that nothing stands in the way of."""
    from dscp_cms.models import SiteSettings  # noqa: F401

    return factories.issue(**{"subject": "News for April", "preview_text": "What is new.", **fields})


def scheduled_campaign(people: int = 3, issue=None, **plan) -> Campaign:
    """A campaign that is due now."""
    if people:
        subscribers(people)
    plan = planning.Plan(issue or ready_issue(), [newsletter()], **plan)
    campaign, _new = planning.schedule(plan, at=timezone.now(), confirmed=plan.recipients(), warnings_accepted=True)
    return campaign


def running_campaign(people: int = 3, **more) -> Campaign:
    """A campaign with its deliveries made."""
    campaign = scheduled_campaign(people, **more)
    started = campaigns.start(campaign.pk)
    assert started, Campaign.objects.get(pk=campaign.pk).pause_reason
    return started


def use_server(settings, port: int, connections: int = 1, **more) -> None:
    """Point the mailer at a server."""
    settings.OUTBOX_DIR = None
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_TIMEOUT = 5
    settings.SENDING = dataclasses.replace(settings.SENDING, connections=connections, patience=0.5, **more)


@contextlib.contextmanager
def sending_to(settings, script: Script | None = None, connections: int = 1, tls: dict | None = None, **more):
    """A mail server, and the settings to use it."""
    with mail_server(script, **(tls or {})) as server:
        use_server(settings, server.port, connections, **more)
        Campaign.objects.filter(status=Campaign.Status.SENDING).update(to_outbox=False)
        yield server


def send(connections: int | None = None) -> None:
    """Run a mailer until nothing is due."""
    Mailer(connections).run(threading.Event(), until_idle=True)


def outcomes(campaign: Campaign) -> dict[str, int]:
    """How many deliveries have which status."""
    return dict(Counter(campaign.deliveries.values_list("status", flat=True)))


def delivery_to(campaign: Campaign, email: str) -> Delivery:
    """The delivery to an address."""
    return campaign.deliveries.get(email=email)
