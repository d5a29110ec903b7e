"""A sent issue keeps its words."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from wagtail.models import Page

from news.freezing import freeze_words
from news.models import NewsletterIssuePage
from news.rendering import render_issue
from news.tests import factories

pytestmark = pytest.mark.django_db


def sent_issue():
    news, event = factories.news_item("A new plan", summary=""), factories.event("A conference")
    links = {"title": "", "links": [{"title": "", "page": news, "url": "", "description": ""}]}
    items = [
        ("page", {"page": news, "title": "Our words", "summary_here": "", "line": "", "fixed": False}),
        ("page", {"page": event, "title": "", "summary_here": "", "line": "", "fixed": False}),
        ("link_list", links),
    ]
    issue = factories.issue(subject="x", sections=[("section", {"kind": "events", "title": "", "items": items})])
    return NewsletterIssuePage.objects.get(pk=issue.pk), news, event


def change(page, **fields):
    page = page.specific
    for name, value in fields.items():
        setattr(page, name, value)
    page.save_revision().publish()


def faces(issue, client) -> tuple[str, str, str]:
    live = NewsletterIssuePage.objects.get(pk=issue.pk)
    mail, revision = render_issue(live), render_issue(live.live_revision.as_object())
    assert (mail.html, mail.text) == (revision.html, revision.text)
    web = client.get(issue.url).content.decode()
    return mail.html, mail.text, web.partition("<article")[2].partition("<aside")[0]


def test_later_edits_and_deletion_change_nothing_that_was_sent(client):
    issue, news, event = sent_issue()
    before = faces(issue, client)
    assert freeze_words(issue) == 3
    assert faces(issue, client) == before
    change(news, title="Another plan", summary="A summary that came later")
    change(event, title="Another conference", place="Another hall", summary="Other words")
    assert faces(issue, client) == before
    Page.objects.get(pk=event.pk).delete()
    html, text, web = faces(issue, client)
    for face in (html, text, web):
        assert "A conference" in face and "Example Hall" in face and "Another" not in face


def test_the_same_revision_stays_live_and_approved():
    issue, *_ = sent_issue()
    revisions = issue.revisions.count()
    freeze_words(issue)
    after = NewsletterIssuePage.objects.get(pk=issue.pk)
    assert (after.live_revision_id, after.has_unpublished_changes) == (issue.live_revision_id, False)
    assert after.revisions.count() == revisions


def test_a_second_call_changes_nothing():
    issue, news, _event = sent_issue()
    freeze_words(issue)
    change(news, title="Another plan")
    with CaptureQueriesContext(connection) as queries:
        assert freeze_words(issue) == 0
    assert not [query for query in queries if query["sql"].startswith("UPDATE")]


def test_a_newer_draft_keeps_its_own_words():
    issue, *_ = sent_issue()
    draft = issue.get_latest_revision_as_object()
    draft.title = "A correction is being written"
    draft.save_revision()
    freeze_words(issue)
    after = NewsletterIssuePage.objects.get(pk=issue.pk)
    assert after.has_unpublished_changes
    assert after.get_latest_revision_as_object().title == "A correction is being written"
    assert after.title == "April 2025"


def test_a_draft_has_nothing_to_keep():
    with pytest.raises(ValueError, match="never published"):
        freeze_words(factories.issue("Draft", live=False))
