"""The search page: facets, corrections, promoted pages, help where harm is meant, and what is kept of it."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from wagtail.models import PageViewRestriction, Site

from dscp_cms.models import SiteSettings
from dscp_cms.passages import index_missing, rebuild_words
from dscp_cms.search import search, suggest
from dscp_cms.testing import scale
from dscp_cms.testing.pages import audience, topic
from home import bench_search, search_terms
from home.models import PromotedResult, SearchSighting, SearchTerm
from news.tests import factories as news
from resources.tests import factories as resources
from training.tests import factories as training

pytestmark = pytest.mark.django_db
DAY = date(2025, 3, 3)


@pytest.fixture
def conf():
    return SiteSettings.for_site(Site.objects.get(is_default_site=True))


def some_pages():
    neglect, schools = topic("Neglect"), audience("Schools")
    resources.resource("Wombat toolkit", topics=[neglect], audiences=[schools], published_on=date(2023, 5, 1))
    resources.resource("Wombat report", topics=[neglect], reach="national", published_on=date(2024, 5, 1))
    news.news_item("Wombat news", date=date(2024, 6, 1))


def test_facets_count_what_each_choice_would_give(client):
    some_pages()
    counts = search("wombat").counts
    assert counts["type"] == {"resourcepage": 2, "newsitempage": 1}
    assert counts["topic"] == {"neglect": 2} and counts["reach"] == {"local": 1, "national": 1}
    assert counts["year"] == {"2023": 1, "2024": 2} and counts["audience"] == {"schools": 1}
    narrowed = search("wombat", chosen={"reach": "national"})
    assert [hit.page.title for hit in narrowed.hits] == ["Wombat report"]
    assert narrowed.counts["reach"] == {"local": 1, "national": 1} and narrowed.counts["year"] == {"2024": 1}
    html = client.get("/search/", {"q": "wombat", "year": "2024", "type": "resourcepage"}).content.decode()
    assert "1 page found" in html and "Wombat report" in html and "2023 (1)" in html
    for odd in ({"year": "0000"}, {"topic": "x y"}, {"reach": "\x00"}, {"audience": "schools' OR"}):
        assert client.get("/search/", {"q": "wombat", **odd}).status_code == 200


@pytest.mark.scale
def test_a_library_takes_as_many_queries_however_much_there_is(monkeypatch):
    """At the full size (5,000 resources, 20,000 pages of text) the search has its limit too."""
    resources.resource_index()
    monkeypatch.setattr(bench_search, "FEW", scale.size(bench_search.FEW, 3))
    found = bench_search.measure(scale.size(5_000, 30), scale.size(20_000, 60), rounds=scale.size(10, 1))
    assert [figure.few for figure in found.library] == [figure.many for figure in found.library]
    assert found.passages >= scale.size(20_000, 60)
    if scale.FULL:
        assert found.p95 < 3 * bench_search.LIMIT, found  # make bench has the figure itself, on a machine at rest


def test_a_typing_mistake_is_put_right(client):
    some_pages()
    rebuild_words()
    results = search("wombta toolkit")
    assert results.corrected == "wombat toolkit" and results.hits[0].page.title == "Wombat toolkit"
    html = client.get("/search/", {"q": "wombta"}).content.decode()
    assert "These pages have <strong>wombat</strong>" in html
    assert not search("xylophone quartet").hits


def test_words_of_closed_pages_correct_nothing():
    page = news.news_item("Zebra zebra")
    PageViewRestriction.objects.create(page=page, restriction_type=PageViewRestriction.LOGIN)
    rebuild_words()
    assert search("zebrra").corrected == ""
    assert suggest("zeb") == []


def test_nothing_found_helps(client):
    html = client.get("/search/", {"q": "xylophone"}).content.decode()
    assert "Nothing found for “xylophone”" in html and "/contact/" in html and "Try it another way" in html


def test_titles_are_suggested(client):
    some_pages()
    news.news_item("Marsupials", body=[("text", "<p>A wombat digs.</p>")])
    assert search("wombat digs").total == 1
    assert set(client.get("/search/suggest/", {"q": "womb"}).json()) == {
        "Wombat toolkit",
        "Wombat report",
        "Wombat news",
    }
    assert client.get("/search/suggest/", {"q": "wombat re"}).json() == ["Wombat report"]
    for odd in ("", "w", '"', "\x00", "a" * 5000):
        assert client.get("/search/suggest/", {"q": odd}).json() == []
    assert not SearchSighting.objects.exists()


def test_a_promoted_page_stands_first_and_only_for_who_may_read_it(client, admin_client):
    some_pages()
    page = training.course("Understanding neglect")
    add = reverse("home_promotedresult_modeladmin_create")
    admin_client.post(add, {"terms": "Wombat  Toolkit\nwombats", "page": page.pk, "note": "Start here", "order": 0})
    assert (
        "wombat toolkit, wombats" in admin_client.get(reverse("home_promotedresult_modeladmin_index")).content.decode()
    )
    assert PromotedResult.objects.get().terms == "wombat toolkit\nwombats"
    html = client.get("/search/", {"q": "the WOMBAT toolkit"}).content.decode()
    assert "Our suggestion" in html and html.index("Start here") < html.index("Wombat toolkit</a>")
    assert "Our suggestion" not in client.get("/search/", {"q": "toolkit"}).content.decode()
    PageViewRestriction.objects.create(page=page, restriction_type=PageViewRestriction.LOGIN)
    assert "Start here" not in client.get("/search/", {"q": "wombats"}).content.decode()


@pytest.mark.parametrize(
    "query", ["my dad hits me", "I DON'T want to live", "i don’t feel safe", "self-harm", "suicide"]
)
def test_words_of_harm_bring_help_first_and_are_never_kept(client, conf, query, time_machine):
    for day in range(5):
        time_machine.move_to(f"2025-03-0{day + 1} 12:00 +0000")
        html = client.get("/search/", {"q": query}).content.decode()
    assert "You can talk to somebody now" in html and html.index("0800 1111") < html.index('id="search-q"')
    assert "Exit this page" in html or "data-exit" in html
    assert not SearchSighting.objects.exists() and not SearchTerm.objects.exists()


def test_editors_change_the_words_of_harm(client, conf):
    assert "You can talk" not in client.get("/search/", {"q": "grumpy gran"}).content.decode()
    conf.words_of_harm = "grumpy gran"
    conf.save()
    assert "You can talk" in client.get("/search/", {"q": "my grumpy gran"}).content.decode()
    assert "You can talk" not in client.get("/search/", {"q": "suicide"}).content.decode()


def test_a_term_is_kept_from_the_third_day_on(conf):
    def note(query, day):
        return search_terms.note(query, 7, conf, DAY + timedelta(days=day))

    assert [note("Threshold  document", day) for day in (0, 0, 1, 1)] == [None] * 4
    assert not SearchTerm.objects.exists()
    assert "threshold" not in str(list(SearchSighting.objects.values()))
    term = note("threshold document", 5)
    assert (term.term, term.days, term.found) == ("threshold document", 3, 7)
    assert note("threshold document", 5).days == 3 and note("threshold document", 6).days == 4
    search_terms.forget(DAY + timedelta(days=100))
    assert SearchTerm.objects.exists() and not SearchSighting.objects.exists()
    search_terms.forget(DAY + timedelta(days=400))
    assert not SearchTerm.objects.exists()


@pytest.mark.parametrize(
    "query", ["one two three four five", "jo@example.org", "flat 7", "x" * 61, "", "suicide", "- -"]
)
def test_what_is_never_kept(conf, query):
    for day in range(4):
        assert search_terms.note(query, 1, conf, DAY + timedelta(days=day)) is None
    assert not SearchSighting.objects.exists()


def test_staff_search_without_leaving_a_trace_and_see_the_terms(admin_client, conf):
    answer = admin_client.get("/search/", {"q": "wombat"})
    assert answer["Cache-Control"] == "private, no-store" and not SearchSighting.objects.exists()
    for day in range(3):
        search_terms.note("wombats", 0, conf, DAY + timedelta(days=day))
    listed = admin_client.get(reverse("home_searchterm_modeladmin_index"), {"found": "nothing"}).content.decode()
    assert "wombats" in listed and "05/03/2025" in listed


def test_pages_from_before_are_indexed_by_the_clock():
    page = news.news_item("Wombat news")
    page.search_entry.delete()
    assert not search("wombat").hits
    assert index_missing() >= 1
    assert search("wombat").hits and index_missing() == 0
