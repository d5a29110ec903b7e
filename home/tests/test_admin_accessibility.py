"""The project's own admin screens pass axe, with something on each of them."""

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from dscp_cms.models import LinkCheck, LinkUse, OutgoingMail
from dscp_cms.testing.axe import violations
from home.models import ContactMessage
from home.tests import factories
from news.models import Campaign, MailingList, NewsletterIssuePage, Subscriber
from resources import counting
from resources.models import FileVersion, ResourcePage
from training.models import TrainingSession
from training.tests import factories as training

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]

# Wagtail's own, on every screen, which no template of ours can mend.
WAGTAILS_OWN = {
    "color-contrast": ("w-breadcrumbs", ".sidebar", "#header-search", ".w-header", ".footer"),
    "region": (".sidebar", "w-breadcrumbs", ".skiplink"),
    "aria-input-field-name": (".notranslate",),  # its rich text editor isn't given the field's label
    "scrollable-region-focusable": (".DraftEditor-root",),
    "target-size": ("#w-minimap-toggle",),
}


def addresses() -> list[str]:
    """The screens that are used most, with a row, a page or a person on each."""
    pages = factories.every_page_type()
    now = timezone.now()
    session = training.session(days=5, capacity=2)
    booking = training.fill(session)[0]
    counting.count(FileVersion.objects.first().pk)
    check = LinkCheck.objects.create(url="https://example.org/", outcome="dead", checked_at=now)
    LinkUse.objects.create(check_of=check, page=ResourcePage.objects.first(), words="x", read_at=now)
    Subscriber.objects.create(email="a@example.org", status="subscribed", confirmed_at=now)
    MailingList.objects.get_or_create(name="Newsletter", slug="newsletter")
    OutgoingMail.objects.create(kind="test", to="f@example.org", subject="s", text="t", status="failed")
    issue = NewsletterIssuePage.objects.first()
    sent = Campaign.objects.create(issue=issue, subject="April", status="finished", send_at=now, started_at=now)
    message = ContactMessage.objects.create(page=pages["contactpage"], form_data={"your_message": "x"}, urgent=True)
    day = session.days.get()
    named = [
        *("wagtailadmin_home", "reviews", "resources_downloads", "resources_learning", "dscp_cms_links", "yearly_pack"),
        *("training_reports", "news_campaigns", "news_new_issue", "news_new_bulletin", "starters"),
        *(f"training_{model}_modeladmin_index" for model in ("trainingsession", "booking", "charge", "certificate")),
        "training_trainingsession_modeladmin_create",
        "resources_fileversion_modeladmin_index",
        "home_contactmessage_modeladmin_index",
        "news_subscriber_modeladmin_index",
    ]
    about = [
        ("dashboard_list", "drafts"),
        ("training_trainingsession_modeladmin_inspect", session.pk),
        ("training_booking_modeladmin_inspect", booking.pk),
        ("training_day_register", day.pk),
        ("training_session_cancel", session.pk),
        ("news_campaign", sent.pk),
        ("news_whats_new", issue.pk),
        ("home_contactmessage_modeladmin_inspect", message.pk),
    ]
    assert TrainingSession.objects.nearly_full().exists()
    return [reverse(name) for name in named] + [reverse(name, args=[key]) for name, key in about]


def ours(found: list[str]) -> list[str]:
    """What isn't named as Wagtail's own."""
    return [
        line
        for line in found
        if not any(
            f": {rule}: " in line and any(part in line for part in parts) for rule, parts in WAGTAILS_OWN.items()
        )
    ]


@pytest.mark.scale
def test_the_projects_admin_screens_pass_axe(live_server, page, admin_client):
    found, walked = [], addresses()
    cookie = admin_client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
    for address in walked:
        answer = page.goto(f"{live_server.url}{address}")
        assert answer.status == 200, address
        found += violations(page, widths=[1280])
    assert len(walked) >= 25
    assert "\n".join(ours(found)) == ""
