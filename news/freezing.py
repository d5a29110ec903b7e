"""Keeps a sent issue as it was sent, whatever becomes of the pages in it."""

from django.db import transaction
from wagtail.models import Revision

from dscp_cms.blocks import LinkValue
from news import words
from news.blocks import PageItemValue
from news.models import NewsletterIssuePage
from news.models.newsletter import load_item_pages


@transaction.atomic
def freeze_words(issue: NewsletterIssuePage) -> int:
    """Write the words of each item into the issue's live revision; return how many items were written.

    Title, summary and line of facts of a page, and the words of a link to a page, then stand in the
    issue itself: in the live page and in its live revision alike. No new revision is made, so that
    what was approved is still what is live; a draft written since keeps its own words. A second call
    changes nothing. Raises ValueError where the issue was never published.
    """
    page = NewsletterIssuePage.objects.select_for_update().get(pk=issue.pk)
    if page.live_revision_id is None:
        raise ValueError("an issue that was never published has no words to keep")
    frozen = _write_words(page)
    if frozen:
        revision = Revision.objects.select_for_update().get(pk=page.live_revision_id)
        stored = NewsletterIssuePage._meta.get_field("sections").value_to_string(page)
        NewsletterIssuePage.objects.filter(pk=page.pk).update(sections=page.sections)
        Revision.objects.filter(pk=revision.pk).update(content={**revision.content, "sections": stored})
    return frozen


def _write_words(page: NewsletterIssuePage) -> int:
    load_item_pages(page.sections)
    written = 0
    for part in words.parts(page):
        value = part.value
        if isinstance(value, PageItemValue) and not value.get("fixed"):
            said = {"title": value.words, "summary_here": value.summary, "line": value.meta}
            if not value.open_to_all:  # it was left out, and stays so when the page is opened or deleted
                said = dict.fromkeys(said, "")
            value.update({**said, "fixed": True})
            written += 1
        elif isinstance(value, LinkValue) and "title" in value and value.get("page") and not value["title"]:
            value["title"] = value.words
            written += 1
    return written
