"""A mailer's memory doesn't grow with the number of recipients."""

import re
import time
from pathlib import Path

import pytest

from dscp_cms.testing.scale import size
from news import bench_sending
from news.models import Campaign, Delivery, NewsletterIssuePage, Subscriber
from news.tests.processes import start_mailer
from news.tests.sending import running_campaign

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.scale]

ALLOWED = 30  # MB


def megabytes(process) -> float:
    """The most memory that a process has held so far."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1)) / 1024


def peak(people: int) -> float:
    """What a mailer took at most to send to so many."""
    campaign = running_campaign(people=people)
    Campaign.objects.update(to_outbox=False)
    with bench_sending.sink() as port:
        mailer = start_mailer(4, EMAIL_URL=f"smtp://127.0.0.1:{port}")
        try:
            while Campaign.objects.get(pk=campaign.pk).status == Campaign.Status.SENDING:
                time.sleep(0.5)
            held = megabytes(mailer)
        finally:
            mailer.terminate()
            mailer.wait()
    assert campaign.deliveries.filter(status=Delivery.Status.SENT).count() == people
    return held


def test_with_few_recipients_and_many():
    few = peak(1000)
    Delivery.objects.all().delete()
    Campaign.objects.all().delete()
    Subscriber.objects.all().delete()
    NewsletterIssuePage.objects.all().delete()
    many = peak(size(100_000))
    print(f"{few:.0f} MB for 1,000 recipients, {many:.0f} MB for {size(100_000):,}")
    assert many - few < ALLOWED
