"""The public search: finds, marks, ranks, and stays calm."""

from datetime import UTC, datetime

import pytest
from wagtail.models import Page, PageViewRestriction

from dscp_cms import search as search_module
from dscp_cms.passages import index_all, split
from dscp_cms.search import search, suggest
from dscp_cms.visibility import Reader
from home.tests import factories as home
from news.tests import factories as news
from training.tests import factories as training

pytestmark = pytest.mark.django_db
ODD = ['"', 'a"b', "\x00", "a\x00b", "'", "*", "(", ")", "AND", "OR NOT", "near(", "-", ":", "title:x", "%", "_", "😀", "a" * 10_000,
       " ".join(["word"] * 3_000), "<script>", "' OR 1=1 --", "\\", "!", "&", "|", "<->", "Ж", "e\u0301"]  # fmt: skip


def titles(query: str, **kwargs) -> list[str]:
    return [hit.page.title for hit in search(query, **kwargs).hits]


def test_finds_by_title_text_stem_and_beginning():
    training.course("Neglect basics", body=[("text", "<p>People who were trained tell us it helps.</p>")])
    assert titles("neglect") == ["Neglect basics"]
    assert titles("training helps") == ["Neglect basics"]
    assert titles("negl") == ["Neglect basics"]
    assert titles("giraffe") == []


def test_a_match_in_the_title_comes_first():
    news.news_item("Something else", body=[("text", "<p>" + "exploitation " * 8 + "</p>")])
    news.news_item("Exploitation", body=[("text", "<p>Short.</p>")])
    assert titles("exploitation")[0] == "Exploitation"


def test_the_passage_is_shown_escaped_and_marked():
    news.news_item("Plain", body=[("text", "<p>Tea &lt;b&gt;and&lt;/b&gt; safeguarding &amp; cake.</p>")])
    passage = search("safeguarding").hits[0].passage
    assert "<mark>safeguarding</mark>" in passage
    assert "<b>" not in passage


def test_all_words_first_then_any():
    news.news_item("Apples", body=[])
    news.news_item("Pears", body=[])
    results = search("apples pears")
    assert results.loosened
    assert {hit.page.title for hit in results.hits} == {"Apples", "Pears"}


def test_a_word_that_stands_everywhere_is_ordered_by_title_and_date(monkeypatch):
    monkeypatch.setattr(search_module, "COMMON", 3)
    for number, (title, day) in enumerate((("Old", 1), ("New", 9), ("Apples inside", 5), ("Pears", 4))):
        text = [("text", "<p>Nothing of the sort.</p>"), ("text", f"<p>{'Apples grow. ' * 90}</p>")]
        page = news.news_item(title, body=text, slug=f"n{number}")
        Page.objects.filter(pk=page.pk).update(first_published_at=datetime(2025, 1, day, tzinfo=UTC))
    results = search("apples")
    assert [hit.page.title for hit in results.hits] == ["Apples inside", "New", "Pears", "Old"]
    assert results.total == 4 and results.counts["type"] == {"newsitempage": 4}
    assert all("<mark>" in hit.passage for hit in results.hits)
    monkeypatch.setattr(search_module, "COMMON", 3_000)
    assert {hit.page.title for hit in search("apples").hits} == {hit.page.title for hit in results.hits}


@pytest.mark.parametrize("common", [3, 3_000])
def test_pages_of_results_follow_each_other_and_count_all(monkeypatch, common):
    monkeypatch.setattr(search_module, "COMMON", common)
    for number in range(5):
        news.news_item(f"Apple {number}", slug=f"n{number}", body=[("text", f"<p>{'Apples grow. ' * number}</p>")])
    training.course("Apples for all")
    parts = [search("apple", start=start, size=2) for start in (0, 2, 4, 6)]
    assert [len(part.hits) for part in parts] == [2, 2, 2, 0]
    assert len({hit.page.pk for part in parts for hit in part.hits}) == 6
    assert all(part.total == 6 and part.counts["type"] == {"newsitempage": 5, "coursepage": 1} for part in parts)
    narrowed = search("apple", chosen={"type": "newsitempage"}, start=4, size=2)
    assert (narrowed.total, len(narrowed.hits)) == (5, 1) and narrowed.counts["type"] == parts[0].counts["type"]


@pytest.mark.parametrize("query", ODD)
def test_no_query_breaks_it(client, query):
    news.news_item("A word")
    assert client.get("/search/", {"q": query}).status_code == 200


@pytest.mark.parametrize(
    "parameters", [{"type": "nonsense"}, {"page": "x"}, {"page": "-3"}, {"page": "99999999"}, {"page": "7"}]
)
def test_no_parameter_breaks_it(client, parameters):
    news.news_item("A word")
    assert client.get("/search/", {"q": "word", **parameters}).status_code == 200


def test_a_long_search_says_that_it_was_cut(client):
    html = client.get("/search/", {"q": "word " * 2_000}).content.decode()
    assert "only its first words were looked for" in html


def test_narrowed_by_type(client):
    news.news_item("Neglect in the news")
    training.course("Neglect course")
    html = client.get("/search/", {"q": "neglect", "type": "coursepage"}).content.decode()
    assert "Neglect course" in html
    assert "Neglect in the news" not in html
    assert "News (1)" in html


def test_drafts_hidden_and_restricted_pages_are_not_found():
    news.news_item("Draft zebra", live=False)
    news.news_item("Hidden zebra", hide_from_search=True)
    restricted = news.news_item("Partner zebra")
    PageViewRestriction.objects.create(page=restricted, restriction_type=PageViewRestriction.LOGIN)
    news.news_item("Public zebra")
    assert titles("zebra") == ["Public zebra"]


def test_a_copy_of_a_page_below_a_restricted_one_is_found_nowhere(client):
    item = news.news_item("Partner zebra")
    copy = item.create_alias(parent=home.front_page(), update_slug="zebra-copy")
    PageViewRestriction.objects.create(page=item.get_parent(), restriction_type=PageViewRestriction.LOGIN)
    index_all()
    assert copy.live and titles("zebra") == [] and suggest("zebr") == []
    assert titles("zebra", reader=Reader(partner=True)) and suggest("zebr", reader=Reader(partner=True))
    listed = client.get("/sitemap.xml").content.decode()
    assert "<loc>" in listed and "zebra" not in listed


def test_unpublishing_and_deleting_take_a_page_out():
    first, second = news.news_item("Zebra one"), news.news_item("Zebra two")
    first.unpublish()
    assert titles("zebra") == ["Zebra two"]
    second.delete()
    assert titles("zebra") == []


def test_a_changed_page_is_found_by_its_new_words_only():
    page = news.news_item("Giraffe", summary="")
    page.title = "Fresh zebra"
    page.save_revision().publish()
    assert titles("zebra") == ["Fresh zebra"]
    assert titles("giraffe") == []


def test_the_index_can_be_rebuilt():
    home.standard("About zebras")
    assert index_all() >= 2
    assert titles("zebras") == ["About zebras"]


def test_search_pages_are_kept_from_search_engines(client):
    assert '<meta name="robots" content="noindex">' in client.get("/search/", {"q": "x"}).content.decode()
    assert "Disallow: /search/" in client.get("/robots.txt").content.decode()


def test_text_is_cut_between_sentences():
    text = "One sentence here. " * 100
    pieces = split(text, length=200)
    assert all(len(piece) <= 200 for piece in pieces)
    assert all(piece.endswith(".") for piece in pieces)
    assert " ".join(pieces).split() == text.split()
