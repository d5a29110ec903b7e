"""Links to pages in rich text."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dscp_cms.rich_text import pages_by_key
from dscp_cms.testing.pages import front_page
from home.tests import factories as home
from news.tests import factories as news

pytestmark = pytest.mark.django_db


def linked(*pages) -> str:
    return "<p>" + " ".join(f'<a linktype="page" id="{page.pk}">to {page.title}</a>' for page in pages) + "</p>"


def test_links_lead_to_live_pages_and_others_become_words(client):
    live, draft, gone = news.news_item("Live"), news.news_item("Draft", live=False), news.news_item("Gone")
    text = linked(live, draft, gone)
    gone.delete()
    html = client.get(home.standard(body=[("text", text)]).url).content.decode()
    assert f'<a href="{live.url}">to Live</a>' in html
    assert "<a>to Draft</a>" in html
    assert "<a>to Gone</a>" in html


def test_any_number_of_links_costs_one_query(client):
    items = [news.news_item(f"Item {number}") for number in range(6)]
    few = home.standard("Few", slug="few", body=[("text", linked(items[0]))])
    many = home.standard("Many", slug="many", body=[("text", linked(item)) for item in items])
    counts = []
    for page in (few, many):
        client.get(page.url)
        with CaptureQueriesContext(connection) as queries:
            client.get(page.url)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 10


def test_a_request_knows_nothing_of_the_one_before(client):
    """Both are answered by one thread."""
    item = news.news_item("Item")
    client.get(home.standard(body=[("text", linked(item))]).url)
    item.unpublish()
    assert pages_by_key([str(item.pk)])[0].live  # as it was found
    client.get("/healthz")
    assert pages_by_key([str(item.pk)]) == [None]


def test_links_inside_nested_blocks_are_found(client):
    item = news.news_item("Nested")
    body = [("accordion", {"sections": [{"title": "A question", "text": linked(item)}]})]
    assert f'href="{item.url}"' in client.get(home.standard(body=body).url).content.decode()


def test_broken_markup_is_no_error(client):
    text = '<p><a linktype="page" id="">x</a> <a linktype="page">y</a> <a linktype="page" id="9999999">z</a></p>'
    assert client.get(home.standard(body=[("text", text)]).url).status_code == 200
    assert front_page().live
