"""The sample campaign shows every outcome and goes without a trace."""

import pytest

from news.models import Campaign, Delivery, Subscriber
from news.sample import remove_sample_subscribers
from news.sample_campaign import load_sample_campaign, remove_sample_campaign
from news.tests import factories

pytestmark = pytest.mark.django_db


def test_it_has_every_final_outcome_and_its_sums_agree():
    factories.issue("April 2025")
    campaign = load_sample_campaign()
    assert campaign.subject.startswith("Sample: ")
    assert set(campaign.deliveries.values_list("status", flat=True)) == set(Delivery.FINAL)
    assert campaign.deliveries.count() == campaign.recipients
    assert campaign.deliveries.exclude(bounced_at=None).count() == 1
    assert load_sample_campaign() == campaign
    assert remove_sample_campaign() == 1
    assert remove_sample_subscribers() == 40
    assert not Campaign.objects.exists() and not Delivery.objects.exists() and not Subscriber.objects.exists()


def test_without_an_issue_there_is_none():
    assert load_sample_campaign() is None
