"""An urgent bulletin: one form, one page, one banner."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.utils import timezone
from wagtail.models import GroupApprovalTask, GroupPagePermission, Workflow, WorkflowPage, WorkflowTask

from dscp_cms.models import SiteAlert
from news import bulletin
from news.models import NewsletterIssuePage
from news.rendering import render_issue
from news.tests import factories

pytestmark = pytest.mark.django_db

TEXT = "<p>All schools in the county are shut today &amp; tomorrow.</p><p>Stay at home.</p>"


def start(user, **more) -> bulletin.Started:
    factories.newsletter_index()
    return bulletin.start_bulletin(headline="Schools shut by snow", text=TEXT, user=user, **more)


def alert(hours: float = 24) -> bulletin.Alert:
    return bulletin.Alert(level=SiteAlert.Level.WARNING, end=timezone.now() + timedelta(hours=hours))


def writer() -> User:
    """Somebody who may write pages, and publish none."""
    user, group = User.objects.create_user("writer@example.org"), Group.objects.create(name="Writers")
    user.groups.add(group)
    for codename in ("add_page", "change_page"):
        GroupPagePermission.objects.create(
            group=group, page=factories.newsletter_index(), permission=Permission.objects.get(codename=codename)
        )
    group.permissions.add(Permission.objects.get(codename="access_admin"))
    return User.objects.get(pk=user.pk)


def test_who_may_publish_has_the_page_and_the_banner_at_once(client):
    started = start(User.objects.create_superuser("moderator@example.org"), alert=alert())
    issue = started.issue
    assert issue.live and issue.kind == "bulletin" and issue.subject == "Schools shut by snow"
    assert issue.live_revision_id and not issue.has_unpublished_changes
    html = client.get("/").content.decode()
    assert "Schools shut by snow" in html and issue.url in html and "Read what to do" in html
    page = client.get(issue.url).content.decode()
    assert "shut today &amp; tomorrow" in page and "no sections yet" not in page


def test_the_banner_comes_down_by_itself():
    started = start(User.objects.create_superuser("moderator@example.org"), alert=alert())
    assert [alert for alert in SiteAlert.objects.all() if alert.is_showing] == [started.alert]
    SiteAlert.objects.update(expire_at=timezone.now() - timedelta(minutes=1))
    assert not any(alert.is_showing for alert in SiteAlert.objects.all())


def test_who_may_not_publish_submits_the_page_and_drafts_the_banner():
    index, user = factories.newsletter_index(), writer()
    workflow = Workflow.objects.create(name="Approval")
    WorkflowTask.objects.create(
        workflow=workflow, task=GroupApprovalTask.objects.create(name="Moderators"), sort_order=0
    )
    WorkflowPage.objects.create(workflow=workflow, page=index)
    started = start(user, alert=alert())
    assert not started.issue.live and started.issue.workflow_in_progress
    assert not started.alert.live and started.alert.link_page is None and started.alert.latest_revision
    assert not any(alert.is_showing for alert in SiteAlert.objects.all())


def test_two_bulletins_of_the_same_words_have_addresses_of_their_own():
    user = User.objects.create_superuser("moderator@example.org")
    slugs = [start(user).issue.slug for _ in range(2)]
    assert slugs == ["schools-shut-by-snow", "schools-shut-by-snow-2"]
    assert start(user).alert is None


def test_its_mail_tells_the_story_and_no_contents():
    mail = render_issue(start(User.objects.create_superuser("moderator@example.org")).issue)
    assert mail.preview_text.startswith("All schools in the county are shut today & tomorrow.")
    assert "Stay at home." in mail.text and "In this" not in mail.text
    assert NewsletterIssuePage.objects.get().planned_list is None
