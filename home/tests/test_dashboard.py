"""The dashboard says what is to be done, to those who can do it, and is silent when all is done."""

import html
import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from wagtail.models import Site

from dscp_cms import health, mail
from dscp_cms.models import ClockRun, LinkCheck, LinkUse, OutgoingMail, PagePdf, SiteSettings
from dscp_cms.testing.pages import front_page, make, topic
from home import dashboard, roles
from home.dashboard import lists
from home.models import ContactMessage, Contribution, StandardPage
from home.tests import factories
from news import drafting
from news.models import Campaign, Delivery, NewsletterIssuePage, Subscriber
from news.tests import factories as news
from resources import counting
from resources.tests import factories as resources
from training.tests import factories as training

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


def panels(client) -> list[str]:
    """The headings of the panels that somebody gets."""
    shown = client.get("/admin/").content.decode()
    return [name for name in re.findall(r'aria-labelledby="dscp-([\w-]+)"', shown) if name != "begin"]


def links(client) -> dict[str, str]:
    """Every link in the panels, with its words."""
    shown = client.get("/admin/").content.decode()
    found = {}
    for panel in re.findall(r'<section class="dscp-panel.*?</section>', shown, re.DOTALL):
        for address, words in re.findall(r'<a [^>]*?href="([^"]+)"[^>]*>(.*?)</a>', panel, re.DOTALL):
            found[html.unescape(re.sub("<[^>]+>", "", words))] = html.unescape(address)
    return found


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
    assert panels(admin_client) == ["start"]  # where the usual work begins is always there


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
    assert "2 messages held" in shown and "1 message not delivered" in shown and "Send now what is held" in shown
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
    assert "Write a news item" in shown and "Add a course" not in shown
    assert not {"work", "messages", "checklist", "sessions"} & set(panels(client))
    assert reverse("wagtailadmin_pages:add", args=["news", "newsitempage", index.pk]) in shown
    assert reverse("wagtailadmin_explore", args=[library.get_parent().pk]) in shown
    client.post(reverse("send_held_mail"))
    assert dashboard.held_mail().count() == 2


# Everything at once, at two sizes


def at_work(number: int = 1):
    """Something for every panel, so many times."""
    now, today = timezone.now(), timezone.localdate()
    about = topic()
    factories.priority("Nobody teaches this")
    factories.priority("Taught and told", topics=[about])
    news.news_item("Just told", topics=[about], date=today)
    archive = news.newsletter_index()
    draft = news.issue(live=False, date=today.replace(day=1), title="Next issue", slug="next")
    draft.copy_date, draft.send_date = today, today + timedelta(days=3)
    draft.save_revision()
    assert draft.get_parent().pk == archive.pk
    course = training.course(topics=[about])
    author = User.objects.create_user("author@example.org")
    for place in range(number):
        training.session(course, days=3 + place % 5, capacity=20)
        full = training.session(course, days=40, capacity=2)
        training.fill(full, start=10 * place + 1)
        page = factories.standard(f"Due {place}", slug=f"due-{place}", review_date=today)
        page.title = f"Due {place}, changed"
        page.save_revision(user=author)
        page.get_workflow().start(page, author)
        resource = resources.resource(f"Resource {place}")
        PagePdf.objects.create(page=resource, error="Too long.")
        news.event(f"Day {place}", kind="awareness", start_date=today + timedelta(days=9), body=[])
        later = factories.standard(
            f"Later {place}", slug=f"later-{place}", live=False, go_live_at=now + timedelta(days=5)
        )
        later.save_revision(user=author).publish()
        check = LinkCheck.objects.create(url=f"https://example.org/{place}", outcome="dead", checked_at=now)
        LinkUse.objects.create(check_of=check, page=resource, words="x", read_at=now + timedelta(hours=1))
        unsure = LinkCheck.objects.create(
            url=f"https://unsure.org/{place}", outcome="unsure", failures=3, checked_at=now
        )
        LinkUse.objects.create(check_of=unsure, page=resource, words="x", read_at=now + timedelta(hours=1))
        OutgoingMail.objects.create(kind="t", to="f@example.org", subject="s", text="t", status="failed")
    held(number)
    counting.count(resources.version(resources.resource("Wanted")).pk)
    Subscriber.objects.create(email="a@example.org", status="subscribed", confirmed_at=now)
    roles.sync()
    return author


def member(*names: str) -> User:
    """Somebody in these groups; nobody, in none of them, for an administrator."""
    user = User.objects.create_user(f"{'-'.join(names)}@example.org")
    user.groups.set(Group.objects.filter(name__in=names))
    return user


ROLES = (*roles.GROUPS, "Administrator")


def account(role: str) -> User:
    return User.objects.create_superuser("boss@example.org") if role == "Administrator" else member(role)


def test_at_most_25_queries_for_each_role_at_any_size(client, ready):
    at_work()
    users = {role: account(role) for role in ROLES}
    few = {role: _queries(client, user) for role, user in users.items()}
    for place in range(1, 5):
        page = factories.standard(f"More {place}", slug=f"more-{place}", review_date=timezone.localdate())
        page.save_revision(user=users["Administrator"])
        page.get_workflow().start(page, users["Editors"])
        training.fill(training.session(days=4, capacity=2), start=300 + place * 10)
        news.event(f"Another {place}", kind="awareness", start_date=timezone.localdate() + timedelta(days=9), body=[])
        OutgoingMail.objects.create(kind="t", to="f@example.org", subject="s", text="t", status="failed")
    assert {role: _queries(client, user) for role, user in users.items()} == few
    assert max(few.values()) <= 25, few


def _queries(client, user) -> int:
    client.force_login(user)
    client.get("/admin/")  # what is kept for the process, such as content types
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/admin/").status_code == 200
    return len(queries)


WANTED = {
    "Editors": {"start", "newsletter", "reviews", "links", "priorities", "awareness", "files", "schedule", "charts"},
    "Moderators": {"to-review", "newsletter", "schedule", "work"},
    "Training team": {"sessions", "charts"},
    "Newsletter managers": {"work", "charts"},
    "Newsletter senders": {"newsletter"},
    "Partner managers": set(),
}


def test_each_role_gets_its_panels_and_every_link_opens_for_it(client, ready):
    at_work()
    refused = {}
    for role, wanted in WANTED.items():
        client.force_login(account(role))
        assert set(panels(client)) >= wanted, role
        found = links(client)
        assert found or not wanted, role
        refused |= {(role, words): to for words, to in found.items() if client.get(to).status_code != 200}
    assert refused == {}


def messages_of_all_kinds(waiting: int) -> None:
    """Messages that wait, two of them urgent, and what must not be counted with them."""
    page, now = factories.contact_page(), timezone.now()
    for place in range(waiting):
        ContactMessage.objects.create(page=page, form_data={}, urgent=place < 2)
    ContactMessage.objects.create(page=page, form_data={}, urgent=True, handled_at=now)
    for status in ("held", "paused", "finished"):
        sent = Campaign.objects.create(
            issue=news.issue(slug=status), subject=status, status=status, send_at=now, started_at=now
        )
    Delivery.objects.create(campaign=sent, status="uncertain", email="a@example.org")
    for status in ("waiting", "accepted"):
        Contribution.objects.create(status=status, kind="news", title="T", agency="A", email="a@example.org")


def test_the_list_behind_each_number_shows_as_many(admin_client, ready):
    at_work(6)
    messages_of_all_kinds(8)
    found = links(admin_client)
    session = "training_trainingsession_modeladmin_index"
    expected = {
        "6 sessions in the next two weeks": (f"{reverse(session)}?need=soon", "data-object-pk=", 6),
        "6 sessions full, or with three places left at most": (
            f"{reverse(session)}?need=nearly_full",
            "data-object-pk=",
            6,
        ),
        "6 sessions in the next four weeks and less than half booked": (
            f"{reverse(session)}?need=short",
            "data-object-pk=",
            6,
        ),
        "6 links from our pages lead nowhere": (f"{reverse('dscp_cms_links')}?dead=1", "https://example.org/", 6),
        "6 messages not delivered, or not known to be": (None, "data-object-pk=", 6),
        "6 messages held, because they are more than six hours late": (None, "data-object-pk=", 6),
        "6 PDFs couldn’t be made": (reverse("dashboard_list", args=["pdfs"]), "Too long.", 6),
        "All 6 that wait for your review": (reverse("dashboard_list", args=["to-review"]), ", changed</a>", 6),
        "8 messages from the contact page": (None, "data-object-pk=", 8),
        "2 urgent: they have words that may mean a child is being harmed": (None, "data-object-pk=", 2),
        "2 sendings are held or paused": (
            f"{reverse('news_campaigns')}?only=stuck",
            '<td><a href="/admin/newsletter/sendings/',
            2,
        ),
        "1 sending with messages that may not have arrived": (
            f"{reverse('news_campaigns')}?only=undecided",
            '<td><a href="/admin/newsletter/sendings/',
            1,
        ),
        "1 contribution to accept or decline": (None, "data-object-pk=", 1),
        "All 6": (reverse("dashboard_list", args=["awareness"]), "no text", 6),
    }
    for words, (address, mark, number) in expected.items():
        assert words in found, (words, sorted(found))
        assert address is None or found[words] == address
        body = admin_client.get(found[words]).content.decode().split("<main")[1]
        rows = (
            re.findall(rf"<tr[^>]*{mark}", body)
            if mark.startswith("data-")
            else re.findall(re.escape(mark) + ".", body)
        )
        assert len(set(rows)) == number or len(rows) == number, words
    due = next(words for words in found if words.startswith("6 pages to review by"))
    assert admin_client.get(found[due]).content.decode().count("Yes, reviewed") == 6
    assert "Taught and told" not in found and "Nobody teaches this" in found


def test_the_next_newsletter_says_its_dates_and_what_is_there_for_it(client, ready):
    at_work()
    client.force_login(account("Editors"))
    shown = client.get("/admin/").content.decode()
    today = timezone.localdate()
    assert f"Copy date: {today:%A %d/%m/%Y}" in shown and "in 3 days" in shown
    issue = NewsletterIssuePage.objects.get(slug="next")
    offered = drafting.whats_new(issue.get_latest_revision_as_object())
    number = sum(len(pages) for pages in offered.values())
    assert number > 2 and drafting.number_of_new(issue.pk, issue.date) == number
    assert links(client)[f"{number} pages available that it doesn’t have yet"] == reverse(
        "news_whats_new", args=[issue.pk]
    )


def test_my_drafts_are_mine_alone(client, ready):
    author = at_work()
    author.groups.set(Group.objects.filter(name="Editors"))
    client.force_login(author)
    assert {"Due 0, changed", "Later 0"} <= set(links(client))
    client.force_login(account("Editors"))
    assert "drafts" not in panels(client)


def test_lists_are_for_those_whom_they_concern(client, ready):
    roles.sync()
    for user, seen in ((account("Partner managers"), {"to-review"}), (account("Administrator"), set(lists.LISTS))):
        client.force_login(user)
        for name in lists.LISTS:
            status = client.get(reverse("dashboard_list", args=[name])).status_code
            assert status == (200 if name in seen else 302), name
    assert client.get("/admin/to-do/nothing/").status_code == 404


def test_failed_jobs_are_counted_and_listed(admin_client, ready):
    DBTaskResult.objects.create(status="FAILED", task_path="news.tasks.make_letters", args_kwargs={}, backend_name="default",
                                exception_class_path="builtins.KeyError", run_after=timezone.now(),
                                finished_at=timezone.now())  # fmt: skip
    address = links(admin_client)["1 job failed in the last week"]
    assert "make letters" in (shown := admin_client.get(address).content.decode()) and "KeyError" in shown
