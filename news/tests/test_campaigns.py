"""Planning a campaign, its starting, holding and finishing."""

import threading
import uuid
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.utils import timezone

from news.models import Campaign, Delivery, MailingList, Membership, NewsletterIssuePage, Subscriber
from news.sending import campaigns, planning
from news.tests.sending import (
    newsletter,
    outcomes,
    ready_issue,
    running_campaign,
    scheduled_campaign,
    send,
    subscribers,
)

pytestmark = pytest.mark.django_db(transaction=True)

Status = Campaign.Status


def test_sending_now_leaves_five_minutes_to_undo_it():
    subscribers(3)
    plan = planning.Plan(ready_issue(), [newsletter()])
    campaign, new = planning.schedule(plan, confirmed=3, warnings_accepted=True)
    assert new and campaign.status == Status.SCHEDULED
    assert timedelta(minutes=4, seconds=50) < campaign.send_at - timezone.now() <= timedelta(minutes=5)
    assert campaigns.start_due() == []
    assert campaigns.undo(campaign)
    assert not campaigns.undo(campaign)
    Campaign.objects.update(send_at=timezone.now())
    assert campaigns.start_due() == [] and not Delivery.objects.exists()


def test_the_same_form_twice_makes_one_campaign():
    subscribers(3)
    plan, key = planning.Plan(ready_issue(), [newsletter()]), uuid.uuid4()
    made = []

    def press():
        made.append(planning.schedule(plan, confirmed=3, warnings_accepted=True, key=key))
        connections.close_all()

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Campaign.objects.count() == 1
    assert sorted(new for _campaign, new in made) == [False, False, False, True]


def test_two_who_start_it_start_it_once():
    campaign = scheduled_campaign(people=30)
    started = []

    def start():
        started.append(campaigns.start(campaign.pk))
        connections.close_all()

    threads = [threading.Thread(target=start) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(each is not None for each in started) == 1
    assert outcomes(campaign) == {"queued": 30}
    assert Campaign.objects.get().recipients == 30


def test_the_count_must_be_the_confirmed_one():
    subscribers(3)
    plan = planning.Plan(ready_issue(), [newsletter()])
    with pytest.raises(planning.CountChangedError) as changed:
        planning.schedule(plan, confirmed=2, warnings_accepted=True)
    assert changed.value.count == 3
    assert not Campaign.objects.exists()


def test_nobody_is_no_campaign():
    with pytest.raises(planning.CountChangedError):
        planning.schedule(planning.Plan(ready_issue(), [newsletter()]), confirmed=0, warnings_accepted=True)


@pytest.mark.parametrize("fields", [{"subject": ""}, {"live": False}])
def test_what_the_preflight_blocks_is_not_sent(fields):
    subscribers(1)
    with pytest.raises(planning.NotReadyError):
        planning.schedule(planning.Plan(ready_issue(**fields), [newsletter()]), confirmed=1, warnings_accepted=True)


def test_unpublished_changes_are_never_sent():
    subscribers(1)
    issue = ready_issue()
    issue.subject = "Not approved"
    issue.save_revision()
    with pytest.raises(planning.NotReadyError):
        planning.schedule(planning.Plan(issue, [newsletter()]), confirmed=1, warnings_accepted=True)


def test_a_draft_begun_after_planning_neither_stops_it_nor_gets_in():
    campaign = scheduled_campaign(people=1)
    issue = campaign.issue
    issue.subject = "Not approved"
    issue.save_revision()
    started = campaigns.start(campaign.pk)
    assert started.subject == "News for April"


def test_an_issue_published_again_is_held_and_then_sent_with_its_new_words():
    campaign = scheduled_campaign(people=1)
    issue = NewsletterIssuePage.objects.get()
    issue.subject = "Better words"
    issue.save_revision().publish()
    assert campaigns.start(campaign.pk) is None
    campaign.refresh_from_db()
    assert (campaign.status, campaign.pause_reason) == (Status.HELD, campaigns.CHANGED)
    assert campaigns.release(campaign)
    assert campaigns.start_due()[0].subject == "Better words"


def test_an_unpublished_issue_is_held():
    campaign = scheduled_campaign(people=1)
    NewsletterIssuePage.objects.get().unpublish()
    assert campaigns.start(campaign.pk) is None
    campaign.refresh_from_db()
    assert campaign.pause_reason == campaigns.NOT_LIVE


def test_words_are_frozen_when_it_starts():
    campaign = running_campaign(people=2)
    issue = NewsletterIssuePage.objects.get()
    issue.subject = "Other words"
    issue.save_revision().publish()
    campaign.refresh_from_db()
    assert campaign.subject == "News for April"
    send()
    assert outcomes(campaign) == {"sent": 2}


def test_what_is_due_more_than_six_hours_late_is_held():
    late, fresh = scheduled_campaign(people=2), scheduled_campaign(people=0, issue=ready_issue(slug="may"))
    Campaign.objects.filter(pk=late.pk).update(send_at=timezone.now() - timedelta(hours=6, minutes=1))
    Campaign.objects.filter(pk=fresh.pk).update(send_at=timezone.now() - timedelta(hours=5))
    assert [campaign.pk for campaign in campaigns.start_due()] == [fresh.pk]
    late.refresh_from_db()
    assert (late.status, late.pause_reason) == (Status.HELD, campaigns.LATE)
    send()
    assert not late.deliveries.exists()
    assert campaigns.release(late) and not campaigns.release(late)
    assert [campaign.pk for campaign in campaigns.start_due()] == [late.pk]


def test_a_run_that_nobody_worked_on_for_six_hours_is_paused():
    campaign = running_campaign(people=2)
    Campaign.objects.update(worked_at=timezone.now() - timedelta(hours=7))
    send()
    campaign.refresh_from_db()
    assert (campaign.status, campaign.pause_reason) == (Status.PAUSED, campaigns.SILENT)
    assert outcomes(campaign) == {"queued": 2}
    assert campaigns.resume(campaign)
    send()
    assert outcomes(campaign) == {"sent": 2}


def test_after_a_restored_backup_everything_waits():
    running, waiting = running_campaign(people=2), scheduled_campaign(people=0, issue=ready_issue(slug="may"))
    assert campaigns.hold_everything("A backup was restored.") == 2
    send()
    assert not Delivery.objects.exclude(status="queued").exists()
    assert {Campaign.objects.get(pk=each.pk).status for each in (running, waiting)} == {Status.PAUSED, Status.HELD}


def test_it_can_be_put_off_and_cancelled_only_before_it_is_over():
    campaign = scheduled_campaign(people=1)
    later = timezone.now() + timedelta(days=1)
    assert campaigns.reschedule(campaign, later) and campaign.send_at == later
    assert campaigns.cancel(campaign) and not campaigns.cancel(campaign)
    assert not campaigns.reschedule(campaign, later) and not campaigns.resume(campaign)


# To whom


def test_each_person_gets_an_issue_once():
    subscribers(3)
    other = MailingList.objects.create(name="Schools", description="For schools.")
    for person in [*Subscriber.objects.all()[:2], *subscribers(1, first=9)]:
        Membership.objects.create(subscriber=person, mailing_list=other)
    Membership.objects.filter(mailing_list=newsletter(), subscriber__email="reader9@example.org").delete()
    issue = ready_issue()
    assert planning.Plan(issue, [newsletter(), other]).recipients() == 4
    first = running_campaign(people=0, issue=issue)
    send()
    plan = planning.Plan(issue, [other])
    assert (plan.recipients(), plan.already_sent()) == (1, 2)
    second, _new = planning.schedule(plan, at=timezone.now(), confirmed=1, warnings_accepted=True)
    campaigns.start_due()
    send()
    assert outcomes(first) == {"sent": 3} and outcomes(second) == {"sent": 1}


def test_a_correction_goes_to_exactly_those_who_got_it():
    campaign = running_campaign(people=5)
    Delivery.objects.filter(email="reader2@example.org").update(status="failed")
    send()
    subscribers(2, first=20)  # they joined since
    Subscriber.objects.filter(email="reader5@example.org").update(status="unsubscribed")
    correcting, new = planning.correct(
        campaign, subject="Correction", words="It is at 10am.\n\nNot at 9am.", confirmed=3, key=uuid.uuid4()
    )
    assert new
    Campaign.objects.filter(pk=correcting.pk).update(send_at=timezone.now())
    campaigns.start_due()
    send()
    assert set(correcting.deliveries.values_list("email", flat=True)) == {f"reader{n}@example.org" for n in (1, 3, 4)}
    correcting.refresh_from_db()
    assert correcting.status == Status.FINISHED and "It is at 10am." in correcting.text
    assert "10am" in correcting.html and "DSCP-SLOT-UNSUBSCRIBE" in correcting.html


def test_a_campaign_is_finished_only_when_the_sums_are_equal():
    campaign = running_campaign(people=3)
    Delivery.objects.update(status="sent")
    Delivery.objects.filter(email="reader1@example.org").delete()
    assert not campaigns.finish(campaign.pk)
    Campaign.objects.update(recipients=2)
    assert campaigns.finish(campaign.pk) and not campaigns.finish(campaign.pk)


def test_recipients_are_taken_in_one_statement():
    campaign = scheduled_campaign(people=40)
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        campaigns.start(campaign.pk)
    assert sum("INTO news_delivery" in query["sql"] for query in queries) == 1
    assert outcomes(campaign) == {"queued": 40}
    assert Delivery.objects.values("key").distinct().count() == 40
