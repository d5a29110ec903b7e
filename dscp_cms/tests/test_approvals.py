"""A second person for issues and plans; links by which somebody without an account reads a draft or approves it."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Page

from dscp_cms import approvals, draft_links
from dscp_cms.models import Approval, AuditEntry, DraftLink, OutgoingMail
from dscp_cms.testing.admin_forms import form_data
from home import roles
from news import approval
from news.models import NewsletterIssuePage
from news.tests import factories as news
from resources.tests import factories as resources

pytestmark = pytest.mark.django_db
ALONE = {"do": "alone", "alone-reason": "The conference is tomorrow morning."}


@pytest.fixture
def groups():
    news.newsletter_index()
    roles.sync()


def somebody(name, group="Moderators"):
    user = User.objects.create_user(f"{name}@example.org", f"{name}@example.org", first_name=name.title())
    user.groups.add(Group.objects.get(name=group))
    return user


@pytest.fixture
def author(groups):
    return somebody("author")


@pytest.fixture
def other(groups):
    return somebody("other")


@pytest.fixture
def draft(author):
    page = news.issue("Summer issue", live=False, sections=[], introduction="<p>Welcome to the summer.</p>")
    page.save_revision(user=author)
    return page


def of(user):
    client = Client()
    client.force_login(user)
    return client


def screen(page):
    return reverse("dscp_cms_approval", args=[page.pk])


def edit(user, page, **changed):
    """What the editor holds, sent back with a press of a button."""
    address = reverse("wagtailadmin_pages:edit", args=[page.pk])
    data = form_data(of(user), address, NewsletterIssuePage)
    return of(user).post(address, data | changed, follow=True)


def is_live(page):
    return Page.objects.get(pk=page.pk).live


def ask(user, page, email="manager@example.org"):
    of(user).post(screen(page), {"do": "ask", "ask-email": email})
    return DraftLink.objects.filter(kind="approve").first()


def path(link):
    return re.sub(r"^https?://[^/]+", "", draft_links.address_of(link))


def test_nobody_publishes_an_issue_of_their_own_words(author, draft):
    html = edit(author, draft, **{"action-publish": "1"}).content.decode()
    assert "Somebody else has to approve these words" in html
    assert not is_live(draft)


def test_a_second_person_publishes_what_somebody_else_wrote_but_not_their_own_changes(author, other, draft):
    html = edit(other, draft, subject="Another subject", **{"action-publish": "1"}).content.decode()
    assert "You have changed something since" in html and "Another subject" in html
    assert not is_live(draft)
    edit(other, draft, **{"action-publish": "1"})
    assert is_live(draft)
    given = Approval.objects.get()
    assert (given.user, given.decision, given.revision) == (
        other,
        "approved",
        Page.objects.get(pk=draft.pk).live_revision,
    )
    assert approval.complaint(draft) == ""


def change(user, page, subject):
    page.subject = subject
    page.save_revision(user=user)


def test_whoever_corrected_a_comma_approves_neither_that_nor_the_rest(author, other, draft):
    change(other, draft, "A comma, put right")
    for writer in (author, other):
        html = edit(writer, draft, **{"action-publish": "1"}).content.decode()
        assert "changed none of them since the last approval" in html
        of(writer).post(screen(draft), {"do": "publish"})
        assert not is_live(draft)
    shown = of(author).get(screen(draft)).content.decode()
    assert "Changed by: Author, Other." in shown
    asker = somebody("asker", "Editors")
    assert ask(asker, draft, author.email) is None and ask(asker, draft, other.email) is None
    third = somebody("third")
    edit(third, draft, **{"action-publish": "1"})
    assert is_live(draft) and approval.complaint(draft) == ""
    draft.refresh_from_db()
    change(author, draft, "Changed after the approval")  # a new round: now the other has changed nothing
    assert approvals.complaint(draft, author) and not approvals.complaint(draft, other)


def test_an_approval_in_the_workflow_begins_a_new_round_too(author, other, draft):
    draft.get_workflow().start(draft, author)
    state = draft.current_workflow_task_state
    of(other).post(reverse("wagtailadmin_pages:workflow_action", args=[draft.pk, "approve", state.pk]))
    draft.refresh_from_db()
    change(other, draft, "Changed after the approval")
    assert approvals.complaint(draft, other) and not approvals.complaint(draft, author)


def test_what_was_published_alone_has_been_read_by_nobody_yet(author, other, draft):
    of(author).post(screen(draft), ALONE)
    draft.refresh_from_db()
    change(other, draft, "A comma, put right")
    assert approvals.complaint(draft, author) and approvals.complaint(draft, other)


def test_setting_dates_and_saving_again_make_nobody_a_writer_and_a_long_history_forgets_none(author, other, draft):
    draft.go_live_at = timezone.now() + timedelta(days=1)
    draft.save_revision(user=other)
    assert not approvals.complaint(draft, other)
    third = somebody("third")
    for number in range(approvals.LOOKED_BACK + 2):
        change(third, draft, f"Version {number}")
    assert approvals.hands(draft.get_latest_revision()).writers == {author.pk, other.pk, third.pk}


def test_a_new_issue_is_not_published_in_one_press(author):
    address = reverse("wagtailadmin_pages:add", args=["news", "newsletterissuepage", news.newsletter_index().pk])
    data = form_data(of(author), address, NewsletterIssuePage) | {"title": "New", "slug": "new", "date": "01/05/2025"}
    html = of(author).post(address, data | {"action-publish": "1"}).content.decode()
    assert "Somebody else has to approve" in html
    assert not NewsletterIssuePage.objects.filter(slug="new").exists()


def test_nobody_approves_their_own_submission(author, other, draft):
    draft.get_workflow().start(draft, author)
    state = draft.current_workflow_task_state
    address = reverse("wagtailadmin_pages:workflow_action", args=[draft.pk, "approve", state.pk])
    of(author).post(address)
    assert not is_live(draft)
    of(other).post(address)
    assert is_live(draft)
    assert approval.complaint(draft) == ""


def test_publishing_and_copying_many_at_once_asks_the_same(author, other, draft):
    bulk = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"]) + f"?id={draft.pk}"
    of(author).post(bulk, {"next": "/admin/"})
    assert not is_live(draft)
    copy = reverse("wagtailadmin_pages:copy", args=[draft.pk])
    words = {"new_title": "Copy", "new_slug": "copy", "new_parent_page": draft.get_parent().pk, "publish_copies": "on"}
    of(author).post(copy, words)
    assert not NewsletterIssuePage.objects.filter(slug="copy").exists()
    of(other).post(bulk, {"next": "/admin/"})
    assert is_live(draft)


def test_a_manager_without_an_account_approves_by_a_link(author, draft, client):
    link = ask(author, draft, "manager@example.org")
    mail = OutgoingMail.objects.get(kind="draft link")
    assert mail.to == "manager@example.org" and draft_links.address_of(link) in mail.text
    page = client.get(path(link))
    html = page.content.decode()
    for name in ("web", "email", "phone", "text"):
        assert f"{path(link)}as/{name}/" in html, name
    assert "no-store" in page["Cache-Control"] and "noindex" in page["X-Robots-Tag"]
    for name, words in {
        "web": "Draft, not published",
        "email": "Welcome to the summer",
        "text": "Welcome to the summer",
    }.items():
        face = client.get(f"{path(link)}as/{name}/")
        assert words in face.content.decode(), name
        assert "no-store" in face["Cache-Control"] and "noindex" in face["X-Robots-Tag"]
    assert not Approval.objects.exists() and DraftLink.objects.open().count() == 1  # reading decides nothing

    wrong = client.post(path(link), {"name": "Mo Manager", "decision": "changes", "words": ""}).content.decode()
    assert "Say what should change." in wrong and "Mo Manager" in wrong and not Approval.objects.exists()
    done = client.post(path(link), {"name": "Mo Manager", "decision": "approved", "words": ""}, follow=True)
    assert "Thank you, we have your answer" in done.content.decode()
    given = Approval.objects.get()
    assert (given.name, given.email, given.decision) == ("Mo Manager", "manager@example.org", "approved")
    assert given.revision == draft.get_latest_revision()
    assert client.post(path(link), {"name": "Mo", "decision": "changes", "words": "No."}).status_code == 410
    assert client.get(f"{path(link)}as/web/").status_code == 410
    assert OutgoingMail.objects.get(kind="draft answered").to == author.email

    assert (
        "Approved: Mo Manager" in of(author).get(reverse("wagtailadmin_pages:edit", args=[draft.pk])).content.decode()
    )
    edit(author, draft, **{"action-publish": "1"})
    assert is_live(draft)
    assert approval.complaint(draft) == ""


def test_an_approval_by_a_link_cannot_be_forged(author, other, draft, client):
    assert ask(author, draft, "") is None
    assert ask(author, draft, "Author@example.org") is None
    html = of(author).post(screen(draft), {"do": "ask", "ask-email": ""}).content.decode()
    assert "Enter the e-mail address of whoever is to approve it." in html
    with pytest.raises(ValueError, match="second person"):
        draft_links.make_link(draft, DraftLink.Kind.APPROVE, author)
    asker = somebody("asker", "Editors")
    assert ask(asker, draft, author.email) is None  # nor is the author asked
    link = ask(asker, draft)
    html = of(asker).get(screen(draft)).content.decode()
    assert "manager@example.org" in html and "Mailed on" in html and "Take back" in html
    assert draft_links.token_of(link) not in html
    for somebody_involved in (asker, author):
        answer = of(somebody_involved).post(path(link), {"name": "Mo Manager", "decision": "approved"})
        assert answer.status_code == 403 and "somebody else has to answer" in answer.content.decode()
    assert not Approval.objects.exists() and DraftLink.objects.open().count() == 1
    client.post(path(link), {"name": "Mo Manager", "decision": "approved"})
    told = OutgoingMail.objects.filter(kind="approved by link")
    assert set(told.values_list("to", flat=True)) == {author.email, other.email}
    assert "manager@example.org" in told[0].text and "Mo Manager" in told[0].text


def test_other_words_need_another_approval_and_the_same_words_do_not(author, draft, client):
    client.post(path(ask(author, draft)), {"name": "Mo Manager", "decision": "approved"})
    assert "Approved" in approvals.state(draft).said
    draft.save_revision(user=author)
    assert approvals.state(draft).approved
    draft.subject = "Something else"
    draft.save_revision(user=author)
    assert not approvals.state(draft).approved
    assert "Somebody else has to approve" in edit(author, draft, **{"action-publish": "1"}).content.decode()


def test_changes_that_were_asked_for_keep_it_back(author, other, draft, client):
    client.post(path(ask(author, draft)), {"name": "Mo", "decision": "changes", "words": "The date is wrong."})
    html = of(author).get(reverse("wagtailadmin_pages:edit", args=[draft.pk])).content.decode()
    assert "The date is wrong." in html
    assert "Changes were asked for" in edit(other, draft, **{"action-publish": "1"}).content.decode()
    assert not is_live(draft)


def test_a_deadline_is_met_alone_with_a_reason_that_moderators_read(author, other, draft):
    refused = of(author).post(screen(draft), {"do": "alone", "alone-reason": ""})
    assert "Say in a sentence why it can’t wait" in refused.content.decode() and not is_live(draft)
    of(author).post(screen(draft), ALONE)
    assert is_live(draft)
    assert approval.complaint(draft) == ""
    assert AuditEntry.objects.filter(action="alone", user=author).count() == 1
    (mail,) = OutgoingMail.objects.filter(kind="published alone")
    assert mail.to == other.email and "The conference is tomorrow" in mail.text


def test_an_editor_who_may_not_publish_may_ask_but_not_go_alone(groups, draft):
    editor = somebody("ed", "Editors")
    of(editor).post(screen(draft), ALONE)
    assert not is_live(draft)
    assert ask(editor, draft) is not None
    assert not is_live(draft)
    assert of(somebody("trainer", "Training team")).get(screen(draft)).status_code in (302, 403)


def test_a_plan_needs_a_second_person_and_its_link_shows_all_of_it(author, client):
    plan = resources.publication(live=False)
    plan.save_revision(user=author)
    link = ask(author, plan)
    html = client.get(path(link)).content.decode()
    assert f"{path(link)}as/whole/" in html and f"{path(link)}as/pdf-whole/" in html
    whole = client.get(f"{path(link)}as/whole/").content.decode()
    assert all(chapter.value["title"] in whole for chapter in plan.chapters)
    answer = client.get(f"{path(link)}as/pdf-whole/")
    assert answer.content.startswith(b"%PDF-") and "no-store" in answer["Cache-Control"]
    of(author).post(screen(plan), {"do": "publish"})
    assert not is_live(plan)


def test_a_shared_draft_is_read_until_it_is_taken_back(author, client):
    page = news.news_item("Hidden plans", live=False)
    of(author).post(screen(page), {"do": "share", "share-email": ""})
    link = DraftLink.objects.get()
    page.title = "Written later"
    page.save_revision(user=author)
    answer = client.get(path(link))
    html = answer.content.decode()
    assert "Hidden plans" in html and "Draft, not published" in html and "Written later" not in html
    assert "no-store" in answer["Cache-Control"] and "noindex" in answer["X-Robots-Tag"] and not answer.cookies
    assert client.get(path(link)[:-4] + "xyz/").status_code == 404
    assert client.get(path(link).replace("/drafts/", "/approve/")).status_code == 404  # it is signed for reading only
    of(author).post(screen(page), {"do": "end", "link": link.pk})
    assert client.get(path(link)).status_code == 410


def test_links_expire_and_are_forgotten(author, draft, client):
    approve, share = ask(author, draft), draft_links.make_link(draft, DraftLink.Kind.SHARE, author)
    for link, days in ((approve, 14), (share, 7)):
        with time_machine.travel(link.made_at + timedelta(days=days, hours=-1), tick=False):
            assert client.get(path(link)).status_code == 200
        with time_machine.travel(link.made_at + timedelta(days=days, hours=1), tick=False):
            assert client.get(path(link)).status_code == 410
            assert client.post(path(link), {"name": "Late", "decision": "approved"}).status_code in (405, 410)
    assert not Approval.objects.exists()
    assert draft_links.forget(timezone.now() + timedelta(days=40))["links to drafts"] == 2


def test_the_clock_publishes_what_was_scheduled_with_approval_and_takes_it_down(author, other, draft):
    from dscp_cms.clock_jobs import publish_scheduled

    start, end = timezone.now() + timedelta(hours=2), timezone.now() + timedelta(days=2)
    times = {
        n: timezone.localtime(at).strftime("%d/%m/%Y %H:%M")
        for n, at in {"go_live_at": start, "expire_at": end}.items()
    }
    edit(author, draft, **times, **{"action-publish": "1"})
    assert Page.objects.get(pk=draft.pk).scheduled_revision is None  # nor is it scheduled alone
    edit(other, draft, **times, **{"action-publish": "1"})
    assert not is_live(draft)
    with time_machine.travel(start + timedelta(minutes=2), tick=False):
        publish_scheduled()
        assert is_live(draft) and approval.complaint(draft) == ""
    with time_machine.travel(end + timedelta(minutes=2), tick=False):
        publish_scheduled()
        assert not is_live(draft)
