"""Keeps the passage table in step with the pages: what a page says, in stretches that a search can show."""

import re
from collections import Counter

from django.db import transaction
from wagtail.models import Page
from wagtail.search import index

from dscp_cms.models import Passage, SearchEntry, SearchWord
from dscp_cms.tree import unrestricted

PASSAGE_LENGTH = 900  # characters: long enough for context, short enough to be shown


def page_text(page: Page) -> str:
    """All that a page's search fields say, but its title."""
    parts = []
    for field in page.get_search_fields():
        if isinstance(field, index.SearchField) and field.field_name != "title":
            parts.extend(_flatten(field.get_value(page)))
    return "\n".join(part for part in parts if part)


def _flatten(value) -> list[str]:
    if isinstance(value, (list, tuple)):
        return [text for part in value for text in _flatten(part)]
    return [str(value).replace("\x00", " ").strip()] if value else []


def split(text: str, length: int = PASSAGE_LENGTH) -> list[str]:
    """Cut text into passages of about ``length`` characters, between sentences where it can."""
    passages, current = [], ""
    for sentence in re.split(r"(?<=[.!?])\s+|\n+", text):
        for piece in (sentence[i : i + length] for i in range(0, len(sentence), length)):
            if current and len(current) + len(piece) > length:
                passages.append(current)
                current = ""
            current = f"{current} {piece}".strip()
    return [*passages, current] if current else passages


def index_page(page: Page) -> None:
    """Replace what search knows of a page: its passages, those of its file, and what it is filtered by.

    One that readers must not find has no passages; one that isn't live has nothing at all.
    """
    page = page.specific
    with transaction.atomic():
        Passage.objects.filter(page_id=page.pk).delete()
        if not page.live or not hasattr(page, "search_facets"):
            SearchEntry.objects.filter(page_id=page.pk).delete()
            return
        facets = [f"{name}:{value}" for name, values in page.search_facets().items() for value in values]
        SearchEntry.objects.update_or_create(page_id=page.pk, defaults={"facets": f" {' '.join(facets)} "})
        if page.hide_from_search:
            return
        texts = [(0, text) for text in split(page_text(page)) or [""]]
        texts += [(number, text) for number, whole in page.file_passages() for text in split(whole)]
        Passage.objects.bulk_create(
            (Passage(page_id=page.pk, number=number, title=page.title, text=text) for number, text in texts),
            batch_size=500,
        )


def index_all() -> int:
    """Rebuild every page's passages, and the words that they are made of; return how many pages were read."""
    count = 0
    Passage.objects.exclude(page__live=True).delete()
    SearchEntry.objects.exclude(page__live=True).delete()
    for page in Page.objects.live().specific().iterator(chunk_size=200):
        index_page(page)
        count += 1
    rebuild_words()
    return count


def index_missing(most: int = 200) -> int:
    """Index live pages that search has never looked at, such as those from before this table; return how many."""
    found = Page.objects.live().filter(search_entry=None, depth__gt=1)[:most]
    pages = [page for page in found.specific() if hasattr(page, "search_facets")]
    for page in pages:
        index_page(page)
    return len(pages)


WORD = re.compile(r"[^\W\d_]{4,30}")
MOST_WORDS = 50_000


def rebuild_words() -> int:
    """Collect the words of all public pages, by which typing mistakes are recognised; return how many there are.

    Words that stand on one page only, and not in its title, are left out: most are mistakes themselves.
    """
    pages, titles, count = Counter(), set(), {}
    public = unrestricted(Page.objects.live()).values("pk")
    rows = Passage.objects.filter(page_id__in=public).order_by("page_id").values_list("page_id", "title", "text")
    for page_id, title, text in rows.iterator(chunk_size=2000):
        in_title = set(WORD.findall(title.lower()))
        titles |= in_title
        for word in in_title | set(WORD.findall(text.lower())):
            if count.get(word) != page_id:
                count[word] = page_id
                pages[word] += 1
    wanted = dict([(word, n) for word, n in pages.most_common() if n > 1 or word in titles][:MOST_WORDS])
    with transaction.atomic():
        present = dict(SearchWord.objects.values_list("word", "count"))
        gone = sorted(present.keys() - wanted.keys())
        for start in range(0, len(gone), 500):
            SearchWord.objects.filter(word__in=gone[start : start + 500]).delete()
        changed = [SearchWord(word=word, count=n) for word, n in wanted.items() if present.get(word) != n]
        SearchWord.objects.bulk_create(
            changed, batch_size=1000, update_conflicts=True, unique_fields=["word"], update_fields=["count"]
        )
    return len(wanted)
