"""The admin's screens for issues, through HTTP and in a browser."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.admin.rich_text.converters.contentstate import ContentstateConverter

from dscp_cms.models import Agency, OutgoingMail, SiteAlert
from dscp_cms.testing import server
from news.models import MailingList, NewsletterIssuePage
from news.tests import factories
from news.tests.test_bulletin import writer

pytestmark = pytest.mark.django_db

ALERT = {"with_alert": "on", "level": "warning"}


@pytest.fixture
def admin():
    client = Client()
    client.force_login(User.objects.create_superuser("admin@example.org"))
    return client


@pytest.fixture
def archive():
    return factories.newsletter_index()


def story(words: str) -> str:
    """What the rich text editor sends."""
    return ContentstateConverter(["bold", "link"]).from_database_format(f"<p>{words}</p>" if words else "")


def draft(**fields) -> NewsletterIssuePage:
    return factories.issue("May issue", live=False, **{"subject": "May", "preview_text": "What is new", **fields})


def test_a_new_issue_opens_in_the_editor(admin, archive):
    factories.news_item("Fresh news")
    assert "Draft the issue" in admin.get(reverse("news_new_issue")).content.decode()
    on = timezone.localdate() + timedelta(days=5)
    answer = admin.post(
        reverse("news_new_issue"), {"date": on, "copy_date": on - timedelta(2), "send_date": on}, follow=True
    )
    issue = NewsletterIssuePage.objects.get()
    assert answer.redirect_chain[-1][0] == reverse("wagtailadmin_pages:edit", args=[issue.pk])
    html = answer.content.decode()
    assert "with 1 page in its section" in html and "Before it is sent" in html and "Fresh news" in html
    assert (issue.copy_date, issue.send_date, issue.live) == (on - timedelta(2), on, False)


def test_dates_that_cannot_be_are_refused_and_kept(admin, archive):
    on = timezone.localdate()
    html = admin.post(
        reverse("news_new_issue"), {"date": on, "copy_date": on + timedelta(2), "send_date": on}
    ).content.decode()
    assert "The copy date can&#x27;t be after the day of sending." in html
    assert str(on + timedelta(2)) in html
    assert not NewsletterIssuePage.objects.exists()


@pytest.mark.parametrize("name", ["news_new_issue", "news_new_bulletin"])
def test_only_those_who_may_write_issues_start_one(name, archive):
    client, user = Client(), User.objects.create_user("someone@example.org")
    assert client.get(reverse(name)).status_code == 302  # to the sign-in
    user.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client.force_login(user)
    assert client.get(reverse(name)).status_code == 302 and not NewsletterIssuePage.objects.exists()
    assert "Urgent bulletin" not in client.get("/admin/").content.decode()
    client.force_login(writer())
    assert client.get(reverse(name)).status_code == 200
    assert "Urgent bulletin" in client.get("/admin/").content.decode()


def test_the_screens_of_an_issue_are_for_those_who_may_edit_it(archive):
    issue = draft()
    client, user = Client(), User.objects.create_user("someone@example.org")
    user.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client.force_login(user)
    for name in ("news_whats_new", "news_issue_preflight", "news_call_for_items"):
        assert client.get(reverse(name, args=[issue.pk])).status_code == 302
        assert client.post(reverse(name, args=[issue.pk])).status_code in {302, 405}
    assert not OutgoingMail.objects.exists()


def test_what_is_new_is_shown_first_and_added_by_a_press(admin, archive):
    issue, page = draft(date=timezone.localdate()), factories.news_item("Fresh news")
    url = reverse("news_whats_new", args=[issue.pk])
    before = issue.revisions.count()
    html = admin.get(url).content.decode()
    assert "Fresh news" in html and "Add 1 page" in html
    assert issue.revisions.count() == before  # looking changes nothing
    answer = admin.post(url, follow=True)
    assert "1 page added" in answer.content.decode()
    fresh = NewsletterIssuePage.objects.get(pk=issue.pk).get_latest_revision_as_object()
    assert page.pk in [i.value["page"].pk for s in fresh.sections for i in s.value["items"] if i.block_type == "page"]
    assert "There is nothing new" in admin.get(url).content.decode()
    assert "There is nothing new to add" in admin.post(url, follow=True).content.decode()


def test_the_check_is_a_page_and_a_part_of_one(admin, archive):
    issue = draft(subject="")
    url = reverse("news_issue_preflight", args=[issue.pk])
    page, part = admin.get(url).content.decode(), admin.get(f"{url}?part=1").content.decode()
    for html in (page, part):
        assert "The subject is missing." in html and "It isn&#x27;t published yet" in html
    assert "<html" in page and "<html" not in part
    assert (
        url in admin.get(reverse("wagtailadmin_pages:edit", args=[issue.pk])).content.decode()
    )  # also without JavaScript


def test_a_bulletin_and_its_alert_from_one_form(admin, archive):
    newsletter = MailingList.objects.get_or_create(
        slug="newsletter", defaults={"name": "Newsletter", "description": "x"}
    )[0]
    end = timezone.localtime() + timedelta(days=1)
    words = {"headline": "Schools shut by snow", "text": story("Stay at home."), "planned_list": newsletter.pk}
    answer = admin.post(
        reverse("news_new_bulletin"), {**words, **ALERT, "alert_end": f"{end:%Y-%m-%d %H:%M}"}, follow=True
    )
    html = answer.content.decode()
    assert "The bulletin is published." in html and "The alert is on every page now." in html
    issue = NewsletterIssuePage.objects.get()
    assert issue.live and issue.planned_list == newsletter and "Stay at home." in issue.introduction
    assert SiteAlert.objects.get().link_page_id == issue.pk


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"headline": ""}, "This field is required"),
        ({"text": story("")}, "required"),
        ({**ALERT, "alert_end": ""}, "Say when the alert ends"),
        ({**ALERT, "alert_end": "2020-01-01 10:00"}, "must be in the future"),
        ({"planned_list": "99999"}, "Select a valid choice"),
    ],
)
def test_a_bulletin_that_lacks_something_is_not_made(admin, archive, change, complaint):
    newsletter = MailingList.objects.get_or_create(
        slug="newsletter", defaults={"name": "Newsletter", "description": "x"}
    )[0]
    words = {
        "headline": "Snow",
        "text": story("Stay at home."),
        "planned_list": newsletter.pk,
        "level": "warning",
        **change,
    }
    html = admin.post(reverse("news_new_bulletin"), words).content.decode()
    assert complaint in html
    assert not NewsletterIssuePage.objects.exists() and not SiteAlert.objects.exists()


def test_a_call_for_items_asks_first(admin, archive):
    Agency.objects.all().delete()
    Agency.objects.create(name="Example Trust", kind="health", contact_email="news@trust.example.org")
    issue = draft()
    url = reverse("news_call_for_items", args=[issue.pk])
    html = admin.get(url).content.decode()
    assert "1 address" in html and "Example Trust" in html and not OutgoingMail.objects.exists()
    key = re.search(r'name="key" value="([^"]+)"', html)[1]
    words = {"key": key, "subject": "Items", "text": "Please send some."}
    assert "on its way to 1 address" in admin.post(url, words, follow=True).content.decode()
    assert "Nothing was sent" in admin.post(url, words, follow=True).content.decode()
    assert OutgoingMail.objects.count() == 1
    assert "went to 1 address" in admin.get(url).content.decode()
    history = admin.get(reverse("wagtailadmin_pages:history", args=[issue.pk])).content.decode()
    assert "Asked 1 agency for items" in history
    Agency.objects.all().delete()
    assert "No agency has a contact address yet" in admin.get(url).content.decode()


@pytest.mark.parametrize("mode", ["", "email", "phone", "text"])
def test_an_issue_is_previewed_as_page_mail_and_text(admin, archive, mode):
    issue = draft(introduction="<p>Words of welcome</p>")
    url = reverse("wagtailadmin_pages:view_draft", args=[issue.pk])
    answer = admin.get(f"{url}?mode={mode}" if mode else url)
    html = answer.content.decode()
    assert answer.status_code == 200 and "Words of welcome" in html
    if mode:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "script-src" not in policy
        assert "DSCP-SLOT" not in html
        assert ("sandbox=" in html) == (mode != "text")
    if mode == "phone":
        assert 'width="375"' in html


@pytest.mark.browser
@pytest.mark.scale
def test_the_editor_shows_findings_beside_the_preview(page, example_site_data, tmp_path):
    """In a browser, with the policy of the real admin: draft, check, four previews, no complaint of the browser."""
    with server.running_server(tmp_path / "site", copy_of=example_site_data, workers=1) as site:
        password = re.search(r"administrator@example.org\s+(\S+)", (site.data_dir / "logins.txt").read_text())[1]
        complaints = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.set_viewport_size({"width": 1400, "height": 1000})
        page.goto(f"{site.url}/admin/login/")
        page.fill("[name=username]", "administrator@example.org")
        page.fill("[name=password]", password)
        page.press("[name=password]", "Enter")
        page.wait_for_url("**/admin/")
        page.goto(f"{site.url}/admin/newsletter/new/")
        page.click("button:has-text('Draft the issue')")
        page.wait_for_url("**/edit/")
        page.wait_for_selector(".dscp-preflight [data-dscp-fresh-part] >> text=isn't published yet")
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(2500)  # Wagtail notices changes only once its editors have settled
        page.fill("[name=subject]", "")
        # After the autosave.
        page.wait_for_selector(".dscp-preflight [data-dscp-fresh-part] >> text=The subject is missing")
        page.click("[data-side-panel-toggle=preview]")
        for mode, words in (
            ("email", "View in your browser"),
            ("phone", "View in your browser"),
            ("text", "View in your browser:"),
        ):
            frame = page.frame_locator("#w-preview-iframe")
            inside = frame if mode == "text" else frame.frame_locator("iframe")
            _choose(page, mode, inside.get_by_text(words).first)
        assert complaints == []


def _choose(page, mode, sign, tries=5):
    """Choose a preview; again where Wagtail was still busy with the one before, and dropped the choice."""
    from playwright.sync_api import TimeoutError as NotSeen

    for number in range(tries):
        page.select_option("#id_preview_mode", mode)
        try:
            return sign.wait_for(timeout=10_000)
        except NotSeen:
            if number == tries - 1:
                raise
            page.select_option("#id_preview_mode", "")
