"""The dashboard says what is to be done, to those who can do it, and is silent when all is done."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from wagtail.models import Site

from dscp_cms import health, mail
from dscp_cms.models import ClockRun, OutgoingMail, SiteSettings
from dscp_cms.testing.pages import front_page, make
from home import dashboard, roles
from home.models import ContactMessage, StandardPage
from home.tests import factories
from news.tests import factories as news
from resources.tests import factories as resources

pytestmark = pytest.mark.django_db


@pytest.fixture
def ready(settings):
    """A site with everything that the checklist asks for."""
    settings.SITE_URL, settings.OUTBOX_DIR = "https://www.example.org", None
    site = SiteSettings.for_site(Site.objects.get())
    site.referral_telephone, site.email, site.helplines_checked_on = (
        "0300 000 0000",
        "o@example.org",
        timezone.localdate(),
    )
    site.save()
    ClockRun.objects.create(job="x", last_started=timezone.now(), last_finished=timezone.now())
    return site


def texts():
    return [item.text for item in dashboard.checklist()]


def test_a_fresh_site_hears_of_its_referral_number_first(admin_client, settings):
    settings.SITE_URL = ""
    first, *others = dashboard.checklist()
    assert first.urgent and "no local number" in first.text
    assert any("SITE_URL" in item.text for item in others) and any("EMAIL_URL" in item.text for item in others)
    shown = admin_client.get("/admin/").content.decode()
    assert "Before the site goes live" in shown and '<li class="dscp-urgent"><strong>There is no local number' in shown
    assert reverse("wagtailsettings:edit", args=["dscp_cms", "sitesettings", Site.objects.get().pk]) in shown


def test_a_site_that_is_ready_hears_nothing(admin_client, ready):
    assert texts() == []
    assert "dscp-panel" not in admin_client.get("/admin/").content.decode()


def test_each_gap_is_named(ready, settings):
    ready.helplines_checked_on = timezone.localdate() - timedelta(days=200)
    ready.email = ""
    ready.save()
    make(
        StandardPage, front_page(), "Privacy", body=[("text", "<p>Retention: To be completed by the partnership.</p>")]
    )
    make(StandardPage, front_page(), "About", body=[("text", "<p>Done.</p>")])
    found = texts()
    assert any("last checked on" in text for text in found)
    assert any("Nobody is told" in text for text in found)
    assert any("“Privacy” has gaps" in text for text in found) and not any("About" in text for text in found)
    factories.contact_page(notify="someone@example.org")
    assert not any("Nobody is told" in text for text in texts())


def test_messages_that_wait_are_counted_urgent_ones_apart(admin_client, ready):
    page = factories.contact_page()
    for urgent in (True, False, False):
        ContactMessage.objects.create(page=page, form_data={}, urgent=urgent)
    ContactMessage.objects.create(page=page, form_data={}, urgent=True, handled_at=timezone.now())
    shown = admin_client.get("/admin/").content.decode()
    assert "1 urgent: it has words" in shown and "3 messages from the contact page" in shown


def held(count=2):
    past = timezone.now() - mail.HELD_AFTER - timedelta(hours=1)
    for number in range(count):
        OutgoingMail.objects.create(kind="test", to=f"{number}@example.org", subject="s", text="t", not_before=past)


def test_held_mail_leaves_when_a_person_says_so(admin_client, ready):
    held()
    OutgoingMail.objects.create(kind="test", to="f@example.org", subject="s", text="t", status="failed")
    shown = admin_client.get("/admin/").content.decode()
    assert "2 messages held" in shown and "1 message not delivered" in shown and "Send now" in shown
    assert admin_client.get(reverse("send_held_mail")).status_code == 405
    answer = admin_client.post(reverse("send_held_mail"), follow=True)
    assert "2 held messages are on the way" in answer.content.decode()
    assert not dashboard.held_mail().exists()
    assert "No message is held any more" in admin_client.post(reverse("send_held_mail"), follow=True).content.decode()


def test_a_silent_clock_is_seen(ready):
    ClockRun.objects.update(last_finished=timezone.now() - timedelta(hours=1))
    assert "The clock hasn't run since" in health.stalled()[0]
    ClockRun.objects.update(last_finished=timezone.now(), last_error="ValueError: x", job="a.b.send_due_mail")
    assert health.stalled() == ["The clock's job “send due mail” failed when it last ran."]


def test_a_missing_worker_is_seen(ready, tasks_in_database):
    from dscp_cms.tasks import deliver_mail

    deliver_mail.enqueue(1)
    assert health.stalled() == []
    past = timezone.now() - timedelta(hours=1)
    DBTaskResult.objects.update(enqueued_at=past)
    assert "The worker has left work undone" in health.stalled()[0]


def test_editors_see_where_their_work_begins_and_nothing_else(client, ready):
    index, library = news.news_index(), resources.library()
    resources.library("Briefings")
    roles.sync()
    held()
    ContactMessage.objects.create(page=factories.contact_page(), form_data={}, urgent=True)
    editor = User.objects.create_user("e@example.org")
    editor.groups.add(Group.objects.get(name="Editors"))
    client.force_login(editor)
    shown = client.get("/admin/").content.decode()
    assert shown.count("dscp-panel") == 1 and "Write a news item" in shown and "Add a course" not in shown
    assert reverse("wagtailadmin_pages:add", args=["news", "newsitempage", index.pk]) in shown
    assert reverse("wagtailadmin_explore", args=[library.get_parent().pk]) in shown
    client.post(reverse("send_held_mail"))
    assert dashboard.held_mail().count() == 2
