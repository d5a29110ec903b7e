"""An export that nobody here made: the one that Pelican, a site generator, tests its own import with.

It ships in Pelican's package, with odd numbers, twins, posts without titles, kinds of plugins, and files that
are nowhere. Nothing of it is copied here.
"""

import re
from html import unescape
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree

import pytest
from wagtail.models import Page

from home.models import ImportRun, StandardPage
from home.tests.test_import_wordpress import run
from news.models import NewsItemPage
from news.tests import factories as news

pytestmark = pytest.mark.django_db
EXPORT = Path(find_spec("pelican").origin).parent / "tests/content/wordpressexport.xml"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
WP = "{http://wordpress.org/export/1.1/}"


def words_of(html: str) -> list[str]:
    """Its words, without markup and shortcodes."""
    text = re.sub(r"\[/?caption[^\]]*\]|<!--.*?-->|<[^>]*>", " ", html, flags=re.S)
    return re.findall(r"\w+", unescape(unescape(text)))


def test_a_foreign_export_comes_over_whole_and_only_once(tmp_path):
    news.news_index()
    before = set(Page.objects.values_list("pk", flat=True))
    run(EXPORT)
    pages = [*NewsItemPage.objects.exclude(pk__in=before), *StandardPage.objects.exclude(pk__in=before)]
    told = ImportRun.objects.get()
    assert told.status == "done" and told.made == len(pages) == 13 and not any(page.live for page in pages)
    # Each post's words stand in the page that has its title, whatever block they have become.
    drafts = [page.get_latest_revision_as_object() for page in pages]
    said = {draft.title: words_of(" ".join(str(block.value) for block in draft.body)) for draft in drafts}
    items = [
        item for item in ElementTree.parse(EXPORT).iter("item") if item.findtext(f"{WP}post_type") in {"post", "page"}
    ]  # noqa: S314
    assert len(items) == 13
    for item in items:
        title = " ".join(re.sub(r"<[^>]*>", "", unescape(item.findtext("title") or "")).split())
        found = next((words for name, words in said.items() if name == title or not title and "Without" in name), None)
        assert found is not None, title
        missing = [word for word in words_of(item.findtext(CONTENT) or "") if word not in found]
        assert missing == [], title
    skipped = dict(told.rows.filter(outcome="skipped").values_list("title", "reason"))
    assert len(skipped) == 7 and all(reason.endswith(".") for reason in skipped.values())

    made = Page.objects.count()
    run(EXPORT)
    again = ImportRun.objects.first()
    assert (again.made, again.updated, again.unchanged) == (0, 0, 13) and Page.objects.count() == made


def test_what_has_nothing_to_check_can_be_read_at_its_old_address(client):
    news.news_index()
    run(EXPORT, "--publish")
    assert client.get("/with-excerpt/").status_code == 301
    answer = client.get("/with-excerpt/", follow=True)
    assert answer.status_code == 200 and b"Lorem ipsum" in answer.content
    page = NewsItemPage.objects.get(slug="with-excerpt")
    assert page.summary.startswith("Lorem ipsum") and page.first_published_at.year == 2012
    # What can't be converted keeps its page a draft.
    assert not NewsItemPage.objects.get(title="Caption on image").live
