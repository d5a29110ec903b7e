"""The check before an issue is sent: each rule with an issue that breaks it."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from wagtail.contrib.redirects.models import Redirect
from wagtail.images.tests.utils import get_test_image_file
from wagtail.models import GroupApprovalTask, Page, PageLogEntry, PageViewRestriction, Workflow, WorkflowTask

from dscp_cms.models import LinkCheck, SiteImage
from news.models import NewsletterIssuePage
from news.preflight import Finding, blocks_sending, preflight
from news.tests import factories

pytestmark = pytest.mark.django_db

TEXT = "<p>Words.</p>"


def issue(*items, pages=(), **fields) -> NewsletterIssuePage:
    """A published issue with nothing to complain of but what the test adds."""
    chosen = [("page", {"page": page, "title": "", "summary_here": "", "line": "", "fixed": False}) for page in pages]
    sections = [("section", {"kind": "latest_news", "title": "", "items": [*chosen, *items, ("text", TEXT)]})]
    fields = {"subject": "News of April", "preview_text": "What is new.", "sections": sections, **fields}
    return factories.issue(f"Issue {NewsletterIssuePage.objects.count()}", **fields)


def said(found: list[Finding], level: str) -> str:
    return "\n".join(f"{finding.where}: {finding.sentence}" for finding in found if finding.level == level)


def text(html: str) -> tuple[str, str]:
    return "text", html


def test_a_good_issue_has_nothing_to_put_right():
    good = issue(pages=[factories.news_item(), factories.event()])
    assert preflight(good) == [] == preflight(good.latest_revision.as_object())
    assert not blocks_sending([])


@pytest.mark.parametrize(
    ("fields", "level", "sentence"),
    [
        ({"subject": "  "}, "block", "The subject is missing"),
        ({"subject": "x" * 61}, "warn", "The subject has 61 characters"),
        ({"preview_text": ""}, "warn", "The preview text is missing"),
        ({"preview_text": "x" * 150}, "warn", "The preview text has 150 characters"),
        ({"sections": [], "introduction": ""}, "warn", "There is nothing in it yet"),
        ({"sections": [("section", {"kind": "events", "title": "", "items": []})]}, "warn", "“Events” is empty"),
        ({"introduction": "<p>" + "Multidisciplinary organisational considerations " * 40 + "</p>"}, "warn",
         "It reads like a text for people of"),
        ({"introduction": "<p>" + "A word or two. " * 8000 + "</p>"}, "warn", "Gmail cuts it off at 102 kB"),
    ],
)  # fmt: skip
def test_the_envelope_and_the_whole(fields, level, sentence):
    found = preflight(issue(**fields))
    assert sentence in said(found, level)
    assert blocks_sending(found) == (level == "block")


def test_sections_that_fill_themselves_may_be_empty():
    assert (
        preflight(
            issue(
                sections=[
                    ("section", {"kind": kind, "title": "", "items": []}) for kind in ("contact", "subscriptions")
                ]
            )
        )
        == []
    )


def test_links_to_pages_that_readers_cannot_open():
    hidden, gone = factories.news_item("Hidden", live=False), factories.news_item("Gone")
    linked = text(f'<p>See <a linktype="page" id="{gone.pk}">what was decided</a>.</p>')
    listed = ("link_list", {"title": "", "links": [{"title": "", "page": hidden, "url": "", "description": ""}]})
    broken = issue(linked, listed, pages=[hidden])
    Page.objects.get(pk=gone.pk).delete()
    found = preflight(broken)
    assert "Latest news, item 1: “Hidden” is not published" in said(found, "block")
    assert "Latest news, item 3: “Hidden” is not published" in said(found, "block")
    assert "Latest news, item 2: A link leads to a page that is gone" in said(found, "block")


def test_an_item_whose_page_is_gone():
    gone = factories.news_item("Gone")
    broken = issue(pages=[gone])
    Page.objects.get(pk=gone.pk).delete()
    assert "The page of this item is gone" in said(preflight(NewsletterIssuePage.objects.get(pk=broken.pk)), "block")


def test_a_page_for_some_only_is_a_warning():
    page = factories.news_item("For partners")
    PageViewRestriction.objects.create(page=page, restriction_type=PageViewRestriction.LOGIN)
    found = preflight(issue(pages=[page]))
    assert "can be opened only by those" in said(found, "warn") and not blocks_sending(found)


def test_typed_addresses_of_our_own_site():
    Redirect.objects.create(old_path="/old-plan", redirect_link="/news/")
    page = factories.news_item("A plan")
    addresses = (
        f"http://testserver{page.url}",
        page.url,
        "/old-plan/",
        "/sitemap.xml",
        "/no-such-page/",
        "http://testserver/nor/this",
    )
    links = "".join(f'<p><a href="{address}">the words of {address}</a></p>' for address in addresses)
    blocks = said(preflight(issue(text(links))), "block")
    assert blocks.count("our site has no page") == 2
    assert "/no-such-page/" in blocks and "/nor/this" in blocks


@pytest.mark.parametrize(
    ("outcome", "sentence"),
    [
        (LinkCheck.Outcome.DEAD, "The link “the report” is dead: https://example.org/report"),
        (LinkCheck.Outcome.UNSURE, "Try the link “the report” yourself"),
        (LinkCheck.Outcome.UNCHECKED, "1 link to another site is still being checked"),
        (LinkCheck.Outcome.OK, ""),
        (None, "1 link to another site is still being checked"),
    ],
)
def test_links_to_other_sites_are_told_from_the_table(outcome, sentence):
    url = "https://example.org/report"
    if outcome:
        LinkCheck.objects.create(
            url=url, outcome=outcome, checked_at=timezone.now() if outcome != "unchecked" else None
        )
    found = preflight(issue(text(f'<p>Read <a href="{url}">the report</a>.</p>')))
    assert not blocks_sending(found)
    assert sentence in said(found, "warn") if sentence else found == []
    assert LinkCheck.objects.filter(url=url).exists()  # noted for the worker


@pytest.mark.parametrize(
    "words",
    ["here", "Click here", "click here.", "HERE", "read more", "this link", "https://example.org/x", "www.example.org"],
)
def test_links_that_do_not_say_where_they_lead(words):
    LinkCheck.objects.create(url="https://example.org/x", outcome="ok", checked_at=timezone.now())
    found = preflight(issue(text(f'<p><a href="https://example.org/x">{words}</a></p>')))
    assert f"Latest news: The link “{words}”" in said(found, "warn")


def test_pictures_need_a_description_unless_decorative():
    fields = {"file": get_test_image_file(), "title": "Bridge"}
    bare = SiteImage.objects.create(**fields)
    described = SiteImage.objects.create(**fields, description="A bridge")
    items = [("image", {"image": image, "caption": ""}) for image in (bare, described)]
    found = preflight(issue(*items))
    assert (
        said(found, "block")
        == "Latest news, item 1: The picture “Bridge” has no description for people who can't see it."
    )


def test_pages_say_what_is_wrong_with_them():
    over = factories.event("A fair", start_date=timezone.localdate() + timedelta(days=3))
    asked = timezone.localdate() + timedelta(days=10)
    assert "“A fair” will be over by" in said(preflight(issue(pages=[over]), on=asked), "warn")
    planned = issue(pages=[over], send_date=asked)
    assert "“A fair” will be over by" in said(preflight(planned), "warn")
    assert preflight(issue(pages=[over])) == []


def test_a_skipped_heading():
    first = [("section", {"kind": "latest_news", "title": "", "items": [text("<h4>Small</h4><p>x</p>")]})]
    assert "The heading “Small” skips a level" in said(preflight(issue(sections=first)), "warn")


def test_only_what_is_live_and_unchanged_may_go_out():
    draft = factories.issue("Draft", live=False, subject="x", preview_text="y")
    assert "It isn't published yet" in said(preflight(draft), "block")
    changed = issue()
    changed.title = "Newer words"
    changed.save_revision()
    assert "changes that nobody has approved" in said(preflight(changed), "block")


def test_what_somebody_without_the_right_published_is_not_approved():
    published = issue()
    stranger = User.objects.create_user("editor@example.org")
    PageLogEntry.objects.filter(page=published.pk, action="wagtail.publish").update(user=stranger)
    assert "approved by nobody who may publish it" in said(preflight(published), "block")
    stranger.is_superuser = True
    stranger.save()
    assert preflight(published) == []


def test_the_workflow_approves():
    workflow = Workflow.objects.create(name="Approval")
    WorkflowTask.objects.create(
        workflow=workflow, task=GroupApprovalTask.objects.create(name="Moderators"), sort_order=0
    )
    draft = factories.issue("Draft", live=False, subject="x", preview_text="y")
    editor = User.objects.create_user("editor@example.org")
    state = workflow.start(draft, editor)
    assert "It isn't published yet" in said(preflight(draft), "block")
    state.current_task_state.approve(user=User.objects.create_superuser("moderator@example.org"))
    PageLogEntry.objects.filter(page=draft.pk).update(user=editor)  # the press of a button is not what counts here
    assert preflight(draft) == []


def test_what_blocks_comes_first_and_nothing_is_said_twice():
    found = preflight(
        issue(text('<p><a href="/none/">here</a> <a href="/none/">here</a></p>'), subject="", preview_text="")
    )
    levels = [finding.level for finding in found]
    assert levels == sorted(levels) and len(found) == len(set(found))


def test_a_check_of_many_items_takes_few_queries():
    counts = []
    for number in (3, 12):
        pages = [factories.news_item(f"News {number} {place}") for place in range(number)]
        checked = NewsletterIssuePage.objects.get(pk=issue(pages=pages).pk)
        with CaptureQueriesContext(connection) as queries:
            preflight(checked)
        counts.append(len(queries))
    assert counts[1] <= counts[0] <= 30
