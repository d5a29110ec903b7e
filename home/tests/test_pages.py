"""Every page type is rendered, and costs the same number of queries whatever stands beside it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from wagtail.models import Page, get_page_models

from dscp_cms.pages import BasePage
from dscp_cms.testing.pages import topic
from dscp_cms.testing.scale import size
from home.tests import factories
from news.tests import factories as news
from resources.tests import factories as resources
from training.tests import factories as training

pytestmark = pytest.mark.django_db
MOST_QUERIES = 15
PAGE_TYPES = sorted(
    model._meta.model_name for model in get_page_models() if issubclass(model, BasePage) and not model._meta.abstract
)


@pytest.fixture
def pages():
    """One page of every type."""
    return factories.every_page_type()


def test_every_page_type_has_an_example(pages):
    assert sorted(pages) == PAGE_TYPES


def test_every_page_is_rendered(client, pages):
    for name, page in pages.items():
        response = client.get(page.url)
        assert response.status_code == 200, name
        html = response.content.decode()
        assert html.count("<h1") == 1, name
        assert "Worried about a child?" in html, name
        assert 'lang="en-GB"' in html, name


def test_every_page_has_its_faces(pages, rf):
    for name, page in pages.items():
        for face in ("card", "row", "web"):
            printed = page.render_face(face, {"request": rf.get("/")})
            assert page.title in printed, (name, face)


def count_queries(client, url: str) -> int:
    """The queries of one warm request."""
    client.get(url)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def add_siblings(number: int) -> None:
    """More of everything that lists show, on the same topic."""
    about = [topic()]
    earlier = None
    for i in range(number):
        for make in (news.news_item, news.event, training.course, resources.resource):
            page = make(f"Number {i}", topics=about)
        resources.version(page)
        earlier = news.issue(f"Issue {i}", pages=[])
    assert earlier is not None


def test_queries_do_not_grow_with_content(client, pages):
    check_query_counts(client, pages, more=10)


@pytest.mark.scale
def test_queries_do_not_grow_with_much_content(client, pages):
    check_query_counts(client, pages, more=size(490))


def check_query_counts(client, pages, more: int) -> None:
    """Ten siblings and many: the same count, at most fifteen, on every page type."""
    add_siblings(10)
    few = {name: count_queries(client, page.url) for name, page in pages.items()}
    add_siblings(more)
    many = {name: count_queries(client, page.url) for name, page in pages.items()}
    assert many == few
    assert {name: count for name, count in many.items() if count > MOST_QUERIES} == {}


def test_menu_and_breadcrumbs(client, pages):
    html = client.get(pages["coursepage"].url).content.decode()
    assert 'aria-label="Main"' in html
    assert '<a href="/training/" aria-current="true">Training</a>' in html
    assert 'href="/"' in html


def test_pages_that_promise_an_exit(client, pages):
    with_exit = {name for name, page in pages.items() if "data-exit" in client.get(page.url).content.decode()}
    assert with_exit == {"worriedpage", "youngpeoplepage", "parentspage"}


def test_no_cookie_without_a_form_that_posts(client, pages):
    for name, page in pages.items():
        response = client.get(page.url)
        if name == "contactpage":
            assert "csrftoken" in response.cookies
        else:
            assert not response.cookies, name
            assert "Cookie" not in response.get("Vary", ""), name


def test_tree_rules_keep_pages_where_they_make_sense(pages):
    allowed = {
        name: {model._meta.model_name for model in page.allowed_subpage_models()} for name, page in pages.items()
    }
    assert allowed["newsindexpage"] == {"newsitempage"}
    assert allowed["eventindexpage"] == {"eventpage"}
    assert allowed["resourcelibrarypage"] == {"resourcepage", "learningreviewpage"}
    assert allowed["prioritypage"] == set()
    assert "newsitempage" not in allowed["homepage"]
    assert Page not in {page.specific_class for page in Page.objects.filter(depth__gt=1)}
