"""Sending in the admin, through its screens."""

import hashlib
import re
import uuid
from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission, User
from django.core.serializers import serialize
from django.urls import reverse
from django.utils import timezone

from dscp_cms import mail
from dscp_cms.models import AuditEntry, OutgoingMail
from home.roles import sync
from news.models import Campaign, Delivery, DomainPause, NewsletterIssuePage, Subscriber
from news.sending import campaigns
from news.tests.mail_server import Received
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


@pytest.fixture
def sender(client):
    """Signed in as one of the Newsletter senders."""
    sync()
    user = User.objects.create_user("sender@example.org", "sender@example.org", "x")
    user.groups.add(Group.objects.get(name="Newsletter senders"))
    client.force_login(user)
    return user


def post(client, name, *arguments, follow=True, **fields):
    return client.post(reverse(name, args=arguments), fields, follow=follow)


def noted(user) -> list[str]:
    """What stands of this person's sendings in the list of who did what, the first first."""
    found = AuditEntry.objects.filter(user=user, action=AuditEntry.Action.SENT)
    return list(found.order_by("pk").values_list("what", flat=True))


def words(response) -> str:
    text = re.sub(r"<(script|style).*?</\1>", " ", response.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def plan(client, issue, **more):
    return {"lists": [newsletter().pk], "when": "now", "key": str(uuid.uuid4()), **more}


def test_from_the_issue_to_the_report(client, sender):
    subscribers(3)
    issue = ready_issue()
    page = client.get(reverse("news_send_issue", args=[issue.pk]))
    assert page.status_code == 200 and "Continue: see how many people" in words(page)
    fields = plan(client, issue)
    asked = post(client, "news_send_issue", issue.pk, **fields)
    assert "Send April 2025 to 3 people?" in words(asked)
    assert not Campaign.objects.exists()
    sent = post(client, "news_send_issue", issue.pk, **fields, confirmed="3", accept="yes")
    campaign = Campaign.objects.get()
    assert campaign.created_by == sender
    assert "Scheduled" in words(sent) and "Undo" in words(sent)
    Campaign.objects.update(send_at=timezone.now())
    campaigns.start_due()
    send()
    report = words(client.get(reverse("news_campaign", args=[campaign.pk])))
    assert "Finished" in report and "3 of 3 settled" in report and "written to the outbox" in report
    assert "Sendings" in words(client.get(reverse("news_campaigns")))


def test_two_presses_make_one_campaign(client, sender):
    subscribers(3)
    issue = ready_issue()
    fields = {**plan(client, issue), "confirmed": "3", "accept": "yes"}
    post(client, "news_send_issue", issue.pk, **fields)
    again = post(client, "news_send_issue", issue.pk, **fields)
    assert Campaign.objects.count() == 1
    assert "That was sent already" in words(again)


def test_another_number_is_asked_again(client, sender):
    subscribers(3)
    issue = ready_issue()
    answer = post(client, "news_send_issue", issue.pk, **plan(client, issue), confirmed="2", accept="yes")
    assert "has changed since you looked" in words(answer) and "to 3 people?" in words(answer)
    assert not Campaign.objects.exists()


def test_warnings_must_be_accepted(client, sender):
    subscribers(1)
    issue = ready_issue(preview_text="")
    answer = post(client, "news_send_issue", issue.pk, **plan(client, issue), confirmed="1")
    assert "say that you did" in words(answer) and "preview text is missing" in words(answer)
    assert not Campaign.objects.exists()


def test_what_blocks_offers_no_way_to_send(client, sender):
    issue = ready_issue(subject="")
    page = words(client.get(reverse("news_send_issue", args=[issue.pk])))
    assert "The subject is missing" in page and "Continue" not in page


def test_a_time_that_passed_or_is_missing_says_so(client, sender):
    issue = ready_issue()
    late = post(client, "news_send_issue", issue.pk, **plan(client, issue, when="later", at="01/01/2020 09:00"))
    assert "That time has passed" in words(late)
    missing = post(client, "news_send_issue", issue.pk, **plan(client, issue, when="later"))
    assert "Enter the date and time" in words(missing)
    nobody = post(client, "news_send_issue", issue.pk, **{**plan(client, issue), "lists": []})
    assert nobody.status_code == 200 and not Campaign.objects.exists()


def test_it_is_scheduled_rescheduled_and_undone(client, sender):
    subscribers(2)
    issue = ready_issue()
    at = timezone.localtime() + timedelta(days=3)
    fields = plan(client, issue, when="later", at=at.strftime("%d/%m/%Y %H:%M"))
    post(client, "news_send_issue", issue.pk, **fields, confirmed="2", accept="yes")
    campaign = Campaign.objects.get()
    assert campaign.send_at == at.replace(second=0, microsecond=0)
    other = at + timedelta(days=1)
    post(client, "news_campaign_reschedule", campaign.pk, at=other.strftime("%d/%m/%Y %H:%M"))
    campaign.refresh_from_db()
    assert campaign.send_at == other.replace(second=0, microsecond=0)
    assert "nothing was sent" in words(post(client, "news_campaign", campaign.pk, do="undo"))
    assert "too late" in words(post(client, "news_campaign", campaign.pk, do="undo"))
    campaign.refresh_from_db()
    assert campaign.status == Status.CANCELLED
    assert noted(sender) == [
        f"{campaign.subject}: planned for {other:%d/%m/%Y %H:%M}",
        f"{campaign.subject}: undone before it began",  # once, though it was pressed twice
    ]


def test_it_is_paused_resumed_and_cancelled(client, sender):
    campaign = running_campaign(people=3)
    for do, status in (("pause", Status.PAUSED), ("resume", Status.SENDING), ("cancel", Status.CANCELLED)):
        page = words(post(client, "news_campaign", campaign.pk, do=do))
        campaign.refresh_from_db()
        assert campaign.status == status and campaign.get_status_display() in page
    assert "3 were not sent" in page
    post(client, "news_campaign", campaign.pk, do="resume")  # too late: nothing is noted
    steps = ["paused", "let go on by hand", "cancelled"]
    assert noted(sender) == [f"{campaign.subject}: {step}" for step in steps]
    client.force_login(User.objects.create_superuser("boss@example.org"))
    report = words(client.get(reverse("who_did_what"), {"action": "sent", "user": sender.pk}))
    assert all(f"{campaign.subject}: {step}" in report for step in steps)


def test_what_is_held_says_why_and_is_sent_by_one_button(client, sender):
    campaign = scheduled_campaign(people=2)
    Campaign.objects.update(send_at=timezone.now() - timedelta(hours=7))
    campaigns.start_due()
    page = words(client.get(reverse("news_campaign", args=[campaign.pk])))
    assert campaigns.LATE in page and "Send now" in page
    post(client, "news_campaign", campaign.pk, do="release")
    assert campaigns.start_due()


def test_live_counts_add_up(client, sender):
    campaign = running_campaign(people=4)
    Delivery.objects.filter(email="reader1@example.org").update(status="uncertain")
    Delivery.objects.filter(email="reader2@example.org").update(status="sending")
    told = client.get(reverse("news_campaign_progress", args=[campaign.pk])).json()
    counts = told["counts"]
    assert told["status"] == "sending"
    assert (counts["recipients"], counts["waiting"], counts["settled"], counts["percent"]) == (4, 3, 1, 25)


def test_uncertain_ones_are_listed_and_sent_again_by_choice(client, sender):
    campaign = running_campaign(people=3)
    Delivery.objects.update(status="uncertain", error="No answer after the message.")
    campaigns.finish_done()
    page = client.get(reverse("news_campaign_uncertain", args=[campaign.pk]))
    assert "Uncertain: 3" in words(page)
    assert "reader1@" not in page.content.decode() and "…@example.org" in page.content.decode()
    chosen = Delivery.objects.get(email="reader2@example.org")
    post(client, "news_campaign_uncertain", campaign.pk, delivery=[chosen.pk, "x", "99999999"])
    send()
    assert outcomes(campaign) == {"sent": 1, "uncertain": 2}


def test_addresses_are_shown_to_those_who_may_see_them(client, sender):
    sender.user_permissions.add(Permission.objects.get(codename="view_subscriber"))
    campaign = running_campaign(people=1)
    Delivery.objects.update(status="uncertain")
    page = client.get(reverse("news_campaign_uncertain", args=[campaign.pk]))
    assert "reader1@example.org" in page.content.decode()


def test_a_paused_domain_is_shown_and_released_or_left_out(client, sender):
    campaign = running_campaign(people=2)
    subscribers(1, domain="big.example")
    for domain in ("example.org", "big.example"):
        DomainPause.objects.create(campaign=campaign, domain=domain, refused=12, reason="550 not here")
    page = words(client.get(reverse("news_campaign", args=[campaign.pk])))
    assert "example.org has refused 12 people" in page
    post(client, "news_campaign", campaign.pk, do="leave_domain", domain="example.org")
    assert outcomes(campaign) == {"failed": 2}
    post(client, "news_campaign", campaign.pk, do="release_domain", domain="big.example")
    assert not DomainPause.objects.filter(released_at=None).exists()
    assert [line.partition(": ")[2] for line in noted(sender)] == [
        "people of example.org left out",
        "let go on to big.example",
    ]
    assert post(client, "news_campaign", campaign.pk, do="nonsense").status_code == 200


def test_a_correction_is_confirmed_and_planned(client, sender):
    campaign = running_campaign(people=2)
    send()
    fields = {"subject": "Correction: 10am", "words": "It is at <10am>.", "key": str(uuid.uuid4())}
    asked = post(client, "news_campaign_correct", campaign.pk, **fields)
    assert "Send this correction to 2 people?" in words(asked)
    post(client, "news_campaign_correct", campaign.pk, **fields, confirmed="2")
    correcting = Campaign.objects.get(corrects=campaign)
    assert "&lt;10am&gt;" in correcting.html and "<10am>" in correcting.text


def test_a_test_goes_to_the_typed_addresses_with_the_draft(client, sender, settings):
    issue = ready_issue()
    issue.subject = "Draft words"
    issue.save_revision()
    post(client, "news_send_test", issue.pk, addresses="one@example.org, two@example.org\none@example.org")
    assert sorted(OutgoingMail.objects.values_list("to", flat=True)) == ["one@example.org", "two@example.org"]
    found = OutgoingMail.objects.first()
    assert found.subject == "[Test] Draft words" and "DSCP-SLOT" not in found.html + found.text
    mail.send_due()
    assert not Campaign.objects.exists()


@pytest.mark.parametrize("typed", ["", "not an address", " ".join(f"a{n}@example.org" for n in range(11))])
def test_a_test_to_odd_addresses_is_refused_in_a_sentence(client, sender, typed):
    answer = post(client, "news_send_test", ready_issue().pk, addresses=typed)
    assert "Please put right" in words(answer) and not OutgoingMail.objects.exists()


SCREENS = [
    ("news_campaigns", None),
    ("news_campaign", "campaign"),
    ("news_campaign_progress", "campaign"),
    ("news_campaign_reschedule", "campaign"),
    ("news_campaign_uncertain", "campaign"),
    ("news_campaign_correct", "campaign"),
    ("news_send_issue", "issue"),
]


def test_only_senders_get_in(client):
    sync()
    campaign = running_campaign(people=1)
    editor = User.objects.create_user("editor@example.org", "editor@example.org", "x")
    editor.groups.add(Group.objects.get(name="Editors"))
    client.force_login(editor)
    for name, about in SCREENS:
        address = reverse(
            name, args=[] if about is None else [campaign.pk if about == "campaign" else campaign.issue_id]
        )
        for answer in (client.get(address), client.post(address, {"do": "cancel"})):
            assert answer.status_code in {302, 403}, name
            assert answer.status_code == 403 or answer["Location"] == reverse("wagtailadmin_home")
    assert Campaign.objects.get().status == Status.SENDING
    explorer = client.get(reverse("wagtailadmin_pages:edit", args=[campaign.issue_id])).content.decode()
    assert reverse("news_send_test", args=[campaign.issue_id]) in explorer
    assert reverse("news_send_issue", args=[campaign.issue_id]) not in explorer


def test_getting_the_screens_changes_nothing(client, sender):
    campaign = running_campaign(people=2)
    before = list(Campaign.objects.values()), list(Delivery.objects.values())
    for name, about in SCREENS:
        address = reverse(
            name, args=[] if about is None else [campaign.pk if about == "campaign" else campaign.issue_id]
        )
        assert client.get(address).status_code == 200, name
    assert (list(Campaign.objects.values()), list(Delivery.objects.values())) == before


def test_the_reports_are_exported_without_addresses(client, sender):
    running_campaign(people=2)
    assert client.get(reverse("news_campaigns_export")).status_code in {302, 403}
    sender.user_permissions.add(Permission.objects.get(codename="export_campaign"))
    table = client.get(reverse("news_campaigns_export")).content.decode()
    assert "News for April" in table and "@" not in table


def test_an_issue_that_was_sent_cannot_be_deleted(client, admin_user):
    campaign = running_campaign(people=1)
    client.force_login(admin_user)
    client.post(reverse("wagtailadmin_pages:delete", args=[campaign.issue_id]))
    assert NewsletterIssuePage.objects.exists() and Subscriber.objects.exists()


# Mail scanners


@pytest.mark.parametrize("looks", [10, pytest.param(100, marks=pytest.mark.scale)])
def test_looks_at_every_link_of_a_mail_change_nothing(client, tmp_path, settings, looks):
    settings.OUTBOX_DIR = tmp_path / "outbox"
    running_campaign(people=1)
    send()
    content = next((tmp_path / "outbox").glob("*.eml")).read_bytes()
    message = Received("", "", content, 0).message
    bodies = [message.get_body((kind,)).get_content() for kind in ("plain", "html")]
    found = set(re.findall(r"http://testserver[^\s\"'<>]*", " ".join([*bodies, message["List-Unsubscribe"]])))
    assert len(found) >= 3
    before = checksums()
    for address in found:
        for _ in range(looks):
            client.get(address)
            client.head(address)
    assert checksums() == before


def checksums() -> dict[str, str]:
    """What stands in every table that a reader's click could change."""
    models = [
        model for app in ("news", "training", "resources", "home") for model in apps.get_app_config(app).get_models()
    ]
    return {
        model._meta.label: hashlib.sha256(serialize("json", model._base_manager.order_by("pk")).encode()).hexdigest()
        for model in models
    }
