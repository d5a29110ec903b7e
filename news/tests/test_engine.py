"""The worker that sends campaigns, against real mail servers."""

import pytest

from news.models import Campaign
from news.tests.sending import outcomes, running_campaign, send, sending_to

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_campaign_reaches_everybody_once(settings):
    campaign = running_campaign(people=130)
    with sending_to(settings, connections=4) as server:
        send()
    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.FINISHED
    assert outcomes(campaign) == {"sent": 130}
    assert len(server.recipients) == len(set(server.recipients)) == 130
    assert server.connections <= 4
