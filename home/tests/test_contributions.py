"""What agencies send in: taken as drafts, decided on by editors, told to the sender, forgotten in time."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Page

from dscp_cms.models import AuditEntry, OutgoingMail, SiteDocument, SiteSettings
from dscp_cms.testing.pages import front_page
from home import contributions, purge, roles
from home.example.pdf import pdf
from home.models import Contribution
from news.models import EventPage, NewsItemPage
from news.tests import factories as news
from resources.models import FileVersion, ResourcePage
from resources.tests import factories as resources

pytestmark = pytest.mark.django_db
FORM = "/contribute/"
NEWS = {
    "kind": "news",
    "title": "A new group for young carers",
    "summary": "A group meets each week.",
    "text": "It meets on Mondays.\n\nEverybody is <welcome>.",
    "name": "Delegate One",
    "agency": "Example Youth Charity",
    "email": "delegate.one@example.org",
    "telephone": "",
}


@pytest.fixture
def sections():
    news.news_index(), news.event_index(), resources.library()
    roles.sync()


@pytest.fixture
def editor(sections):
    return account("Editors")


def account(group):
    user = User.objects.create_user(f"{group.lower()}@example.org", f"{group.lower()}@example.org")
    user.groups.add(Group.objects.get(name=group))
    return user


def of(user):
    client = Client()
    client.force_login(user)
    return client


def a_file(name="guide.pdf", content=None):
    return SimpleUploadedFile(name, content or pdf("Guide", [["Guide", "What it says."]]))


def send(client, **changed):
    return client.post(FORM, NEWS | changed, follow=True)


def in_a_week():
    return timezone.localdate() + timedelta(days=7)


def test_news_arrives_as_a_draft_with_its_source_and_the_sender_is_told_without_its_words(client, sections):
    until = in_a_week()
    assert "Thank you, we have it" in send(client, expires=until.isoformat()).content.decode()
    page = NewsItemPage.objects.get()
    assert (page.live, page.owner, timezone.localdate(page.expire_at)) == (False, None, until)
    assert "<p>Everybody is &lt;welcome&gt;.</p>" in page.body[0].value.source
    assert client.get(page.get_url()).status_code == 404
    (mail,) = OutgoingMail.objects.all()
    assert mail.to == NEWS["email"]
    assert "carers" not in mail.text + mail.subject and "Delegate" not in mail.text
    assert contributions.queue() == 1 and contributions.queue() == 0
    assert page.workflow_in_progress


def test_an_event_and_a_resource_become_pages_of_their_types(client, sections):
    day = in_a_week()
    send(client, kind="event", start_date=day.isoformat(), place="Example Hall")
    event = EventPage.objects.get()
    assert (event.start_date, event.place, event.organiser) == (day, "Example Hall", NEWS["agency"])
    send(client, kind="resource", link="https://www.example.org/guide")
    assert ResourcePage.objects.filter(live=False).latest("pk").external_url == "https://www.example.org/guide"
    send(client, kind="news", title="Feed")
    assert NewsItemPage.objects.get().slug == "feed-2"  # the feed's own address is not a page's to take


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"title": ""}, "Enter a title."),
        ({"email": "nonsense"}, "Enter an e-mail address like name@example.org."),
        ({"kind": "event"}, "Enter the first day of the event."),
        ({"kind": "event", "start_date": "2026-05-02", "end_date": "2026-05-01"}, "comes before the first"),
        ({"kind": "resource"}, "Choose a file, or enter a web address"),
        ({"kind": "poem"}, "Choose one of these."),
        ({"expires": "2020-01-01"}, "This day is over."),
        ({"website": "http://spam.example"}, "a field that should stay empty was filled in"),
        ({"text": "x" * 10_001}, "at most 10000 characters"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(client, sections, wrong, sentence):
    html = send(client, name="Kept O’Name", **wrong).content.decode()
    assert sentence in html and "<title>Error:" in html and "Kept O’Name" in html
    assert not Contribution.objects.exists() and not OutgoingMail.objects.exists()


def test_files_are_looked_into_and_seen_by_staff_only(client, editor):
    for name, content, said in (
        ("guide.exe", b"MZ", "can&#x27;t be uploaded"),
        ("guide.pdf", b"MZ and more", "something else"),
    ):
        assert said in send(client, kind="resource", file=a_file(name, content)).content.decode()
    assert "has to be chosen again" in send(client, kind="resource", title="", file=a_file()).content.decode()
    assert not SiteDocument.objects.exists()
    send(client, kind="resource", file=a_file())
    document = Contribution.objects.get().document
    assert client.get(document.url).status_code in (302, 403, 404)
    assert b"".join(of(editor).get(document.url)).startswith(b"%PDF")


def test_an_editor_sees_the_queue_accepts_and_publishes_in_the_editor(client, editor):
    send(client, kind="resource", file=a_file())
    contributions.queue()
    sent = Contribution.objects.get()
    queue = of(editor).get(reverse("home_contribution_modeladmin_index")).content.decode()
    assert NEWS["title"] in queue and "Waiting" in queue
    screen = of(editor).get(reverse("home_contribution_modeladmin_inspect", args=[sent.pk])).content.decode()
    assert NEWS["email"] in screen and "guide" in screen
    accept = reverse("contribution_accept", args=[sent.pk])
    assert of(editor).get(accept).status_code == 405
    opened = of(editor).post(accept, follow=True)
    assert f"Sent in by {NEWS['agency']}" in opened.content.decode()
    sent.refresh_from_db()
    page = sent.page.specific
    assert (sent.status, sent.decided_by, page.live, page.workflow_in_progress) == ("accepted", editor, False, False)
    assert FileVersion.objects.get(resource=page).checked_at is None  # somebody has to look into it first
    assert page.permissions_for_user(editor).can_publish() and not page.specific.get_lock()
    assert "decided on it already" in of(editor).post(accept, follow=True).content.decode()


def test_a_file_stays_with_staff_until_its_page_is_published(client, editor):
    send(client, file=a_file())
    sent = Contribution.objects.get()
    of(editor).post(reverse("contribution_accept", args=[sent.pk]))
    contributions.queue()
    assert client.get(sent.document.url).status_code in (302, 403, 404)
    assert of(editor).get(sent.document.url).status_code == 200
    NewsItemPage.objects.get().get_latest_revision().publish()
    contributions.queue()
    assert b"".join(client.get(sent.document.url)).startswith(b"%PDF")


def test_declining_deletes_the_draft_and_its_file_and_writes_to_the_sender(
    client, editor, django_capture_on_commit_callbacks
):
    send(client, kind="resource", file=a_file())
    sent = Contribution.objects.get()
    address = reverse("contribution_decline", args=[sent.pk])
    assert "Say why" in of(editor).post(address, {"words": " "}).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        of(editor).post(address, {"words": "We have one like it already."})
    sent.refresh_from_db()
    assert (sent.status, sent.page, sent.answer) == ("declined", None, "We have one like it already.")
    assert not ResourcePage.objects.filter(title=NEWS["title"]).exists() and not SiteDocument.objects.exists()
    assert "We have one like it already." in OutgoingMail.objects.get(kind="contribution declined").text


def test_what_a_moderator_published_is_accepted_by_itself_and_not_declined(client, editor):
    send(client)
    page = NewsItemPage.objects.get()
    page.get_latest_revision().publish()
    sent = Contribution.objects.get()
    html = of(editor).post(reverse("contribution_decline", args=[sent.pk]), {"words": "No."}).content.decode()
    assert "It is published already." in html and Page.objects.filter(pk=page.pk).exists()
    contributions.queue()
    sent.refresh_from_db()
    assert sent.status == "accepted"


def test_who_may_see_the_queue(client, editor):
    send(client)
    index = reverse("home_contribution_modeladmin_index")
    assert of(account("Moderators")).get(index).status_code == 200
    for group in ("Contributors", "Training team", "Newsletter managers"):
        assert of(account(group)).get(index).status_code in (302, 403), group


def test_limits_hold_for_a_network_and_for_mail_to_one_address(client, sections):
    conf = SiteSettings.for_site(front_page().get_site())
    conf.contact_limit_an_hour = 7
    conf.save()
    for _each in range(7):
        send(client)
    refused = send(client)
    assert refused.status_code == 429 and "from your network" in refused.content.decode()
    assert NEWS["title"] in refused.content.decode()
    assert Contribution.objects.count() == 7
    assert OutgoingMail.objects.count() == contributions.MAILS_A_DAY


def test_people_are_forgotten_some_time_after_the_decision(client, editor):
    send(client)
    send(client, title="Another")
    first = Contribution.objects.get(title=NEWS["title"])
    contributions.accept(first, editor)
    later = timezone.now() + timedelta(days=1)
    assert contributions.forget(later) == 1 and contributions.forget(later) == 0
    first.refresh_from_db()
    assert (first.name, first.email, first.agency) == ("", "", NEWS["agency"])
    assert Contribution.objects.get(title="Another").email == NEWS["email"]
    contributions.accept(Contribution.objects.get(title="Another"), editor)
    Contribution.objects.update(decided_at=timezone.now() - timedelta(days=3650))
    for _time in range(2):
        purge.purge()
    (erased,) = AuditEntry.objects.filter(action="erased", what__contains="sent something in")
    assert " 1 " in erased.what


def test_the_queue_takes_the_same_queries_at_any_length(client, editor, django_assert_max_num_queries):
    counts = []
    staff = of(editor)
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    for _size in range(3):  # not counting the first, which learns what a process remembers of permissions
        for _each in range(3):
            send(client)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            staff.get(reverse("home_contribution_modeladmin_index"))
        counts.append(len(queries))
    assert counts[1] == counts[2] <= 25
