"""An issue drafts itself."""

from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from wagtail.models import get_page_models

from dscp_cms.pages import BasePage
from dscp_cms.testing.pages import TEXT
from news.bench_drafting import add_news
from news.blocks import Section
from news.drafting import add_whats_new, draft_issue, period
from news.models import Campaign, NewsItemPage, NewsletterIssuePage
from news.tests import factories

pytestmark = pytest.mark.django_db


def today() -> date:
    return timezone.localdate()


def ago(days: float) -> datetime:
    return timezone.now() - timedelta(days=days)


def published(page, days: float):
    """As if it had been published so many days ago."""
    type(page).objects.filter(pk=page.pk).update(first_published_at=ago(days))
    return page


def sent(issue, days: float, status=Campaign.Status.FINISHED, **fields) -> Campaign:
    return Campaign.objects.create(
        issue=issue, subject="x", html="x", text="x", status=status, send_at=ago(days), **fields
    )


def drafted(issue) -> dict[str, list[str]]:
    """Titles of the pages by section, in their order."""
    draft = NewsletterIssuePage.objects.get(pk=issue.pk).get_latest_revision_as_object()
    return {
        section.value["kind"]: [item.value["page"].title for item in section.value["items"]]
        for section in draft.sections
    }


@pytest.fixture
def archive():
    return factories.newsletter_index()


def last_issue(days: float = 20, **fields) -> NewsletterIssuePage:
    issue = factories.issue("Last issue", **{"date": today() - timedelta(days=days), **fields})
    sent(issue, days)
    return issue


def test_each_page_stands_in_its_section_the_newest_first(archive):
    last_issue()
    published(factories.news_item("Older news"), 9)
    published(factories.news_item("Newer news"), 2)
    published(factories.news_item("A report", kind=NewsItemPage.Kind.SPOTLIGHT), 3)
    factories.event("Later", start_date=today() + timedelta(days=30))
    factories.event("Sooner", start_date=today() + timedelta(days=5))
    draft = draft_issue(on=today())
    assert list(drafted(draft).items()) == [
        ("latest_news", ["Newer news", "Older news"]),
        ("events", ["Sooner", "Later"]),
        ("spotlight", ["A report"]),
        ("contact", []),
        ("subscriptions", []),
    ]


def test_nothing_old_nothing_repeated_nothing_unpublished(archive):
    coming = factories.event("Had already", start_date=today() + timedelta(days=30))
    last_issue(pages=[coming])
    published(factories.news_item("Old news"), 30)
    factories.news_item("Not yet", live=False)
    assert drafted(draft_issue(on=today())) == {"contact": [], "subscriptions": []}


def test_the_draft_is_a_draft_with_its_dates(archive, django_user_model):
    user = django_user_model.objects.create_user("comms@example.org")
    on = date(today().year + 1, 5, 1)
    draft = draft_issue(on=on, copy_date=on - timedelta(7), send_date=on, user=user)
    assert not draft.live and draft.owner == user and draft.latest_revision.user == user
    assert (draft.slug, draft.title, draft.subject) == (
        f"may-{on.year}",
        f"DSCP newsletter: May {on.year}",
        draft.title,
    )
    assert (draft.copy_date, draft.send_date) == (on - timedelta(7), on)
    assert draft_issue(on=on).slug == f"may-{on.year}-2"


def test_without_an_archive_it_says_so():
    with pytest.raises(LookupError, match="no newsletter archive"):
        draft_issue(on=today())


def test_bulletins_cancelled_sendings_and_corrections_do_not_count_as_the_last_issue(archive):
    first = last_issue(20)
    start = period(today()).since
    bulletin = factories.issue("Bulletin", kind=NewsletterIssuePage.Kind.BULLETIN, date=today())
    sent(bulletin, 5)
    cancelled = factories.issue("Cancelled", date=today() - timedelta(days=40))
    sent(cancelled, 4, status=Campaign.Status.CANCELLED)
    sent(first, 3, corrects=first.campaigns.get())
    sent(first, 2)  # to a second list
    assert period(today()).since == start
    assert abs(start - ago(20)) < timedelta(minutes=1)


def test_what_was_published_between_the_last_draft_and_its_sending_is_not_lost(archive):
    issue = factories.issue("Last issue", date=today() - timedelta(days=20))
    type(issue.live_revision).objects.filter(pk=issue.live_revision_id).update(created_at=ago(22))
    sent(issue, 20, revision=issue.live_revision)
    published(factories.news_item("In between"), 21)
    assert drafted(draft_issue(on=today()))["latest_news"] == ["In between"]


def test_without_a_sending_the_last_issues_date_counts(archive):
    factories.issue("Last issue", date=today() - timedelta(days=20))
    published(factories.news_item("Before"), 25)
    published(factories.news_item("Since"), 15)
    assert drafted(draft_issue(on=today()))["latest_news"] == ["Since"]


def test_what_is_new_since_the_draft_goes_to_its_section(archive):
    last_issue()
    published(factories.news_item("First"), 3)
    published(factories.news_item("Taken out"), 2)
    draft = draft_issue(on=today())
    page = draft.get_latest_revision_as_object()
    del page.sections[0].value["items"][0]
    page.sections[0].value["items"].append(("text", TEXT))
    page.save_revision()
    factories.news_item("Second")
    factories.event("A fair", start_date=today() + timedelta(days=9))
    before = draft.revisions.count()
    assert [added.title for added in add_whats_new(draft)] == ["Second", "A fair"]
    sections = NewsletterIssuePage.objects.get(pk=draft.pk).get_latest_revision_as_object().sections
    assert [section.value["kind"] for section in sections] == ["latest_news", "events", "contact", "subscriptions"]
    kinds = [(item.block_type, getattr(item.value, "words", "")) for item in sections[0].value["items"]]
    assert kinds == [("page", "First"), ("text", ""), ("page", "Second")]
    assert add_whats_new(draft) == []
    assert draft.revisions.count() == before + 1
    assert not NewsletterIssuePage.objects.get(pk=draft.pk).live


def test_sections_that_the_editor_moved_stay_where_they_are(archive):
    last_issue()
    factories.event("A fair", start_date=today() + timedelta(days=9))
    draft = draft_issue(on=today())
    page = draft.get_latest_revision_as_object()
    page.sections = [
        ("section", {"kind": kind, "title": "", "items": []}) for kind in ("training", "latest_news", "contact")
    ]
    page.save_revision()
    factories.news_item("News")
    add_whats_new(draft)
    assert list(drafted(draft)) == ["training", "latest_news", "contact"]


def test_every_section_that_a_page_type_names_exists():
    named = {
        model.newsletter_section
        for model in get_page_models()
        if issubclass(model, BasePage) and isinstance(model.newsletter_section, str)
    }
    assert named and named <= set(Section.values)


def test_five_hundred_candidates_take_no_more_queries_than_fifty(archive):
    last_issue()
    counts, before = [], 0
    for number in (50, 500):
        add_news(factories.news_index(), before + 1, number)
        before = number
        with CaptureQueriesContext(connection) as queries:
            draft = draft_issue(on=today())
        counts.append(len(queries))
        assert len(drafted(draft)["latest_news"]) == number
    assert counts[1] <= counts[0] + 2 and counts[1] < 90, counts
