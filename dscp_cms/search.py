"""The public search over the passage table: FTS5 on SQLite, tsvector on PostgreSQL.

Together with the claim of deliveries this is the only raw SQL of the project.
"""

import re
from collections import Counter
from dataclasses import dataclass, field

from django.db import connection
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from wagtail.models import Page, PageViewRestriction

from dscp_cms import spelling
from dscp_cms.tree import specific_pages
from dscp_cms.visibility import Reader

MAX_LENGTH = 200  # characters of a query that are looked at
MAX_WORDS = 12
START, END = "\x02", "\x03"  # mark the matching words until the text is escaped
ANYBODY = Reader()
COMMON = 3_000  # passages; what stands in more of them tells no page from another, so that ranking says nothing
Row = tuple[int, str, int]  # page, its facets, the passage that matches best


@dataclass(frozen=True)
class Hit:
    """A page that was found, and the passage that matched; ``number`` is its page in the file, 0 on the page itself."""

    page: Page
    passage: SafeString
    number: int

    @property
    def place(self):
        """Where in the page's file the passage stands: (words, address), or None."""
        return self.page.place_in_file(self.number) if self.number else None


@dataclass(frozen=True)
class Results:
    """One page of results and what there is in all."""

    words: list[str]
    total: int = 0
    hits: list[Hit] = field(default_factory=list)
    counts: dict[str, dict[str, int]] = field(default_factory=dict)  # {facet: {value: how many}}
    shortened: bool = False
    loosened: bool = False
    corrected: str = ""  # what was looked for instead of what was typed


def words_of(query: str) -> list[str]:
    """The words to look for: letters and digits only, so that no query can break the search."""
    return re.findall(r"\w+", query.replace("\x00", " ")[:MAX_LENGTH])[:MAX_WORDS]


def search(
    query: str, *, chosen: dict[str, str] | None = None, reader: Reader = ANYBODY, start: int = 0, size: int = 20
) -> Results:
    """Find the pages that have all the words; failing that, what was probably meant; failing that, any of them.

    Only what this reader may open. Ordered by how well they match, a match in the title first, then by date; words
    that stand nearly everywhere are ordered by title and date alone.
    ``chosen`` narrows by facets. ``counts`` tells for each value of each facet how many there would be of it
    beside what is chosen in the others.
    """
    words = words_of(query)
    if not words:
        return Results(words=[])
    mode, meant, found = "all", None, _find(words, "all", reader)
    if not found:
        meant = spelling.corrected(words)
        found = _find(meant, "all", reader) if meant else []
        if not found and len(words) > 1:
            mode, meant, found = "any", None, _find(words, "any", reader)
    taken, counts = _narrowed(found, chosen or {})
    used = meant or words
    return Results(
        words=words,
        total=len(taken),
        hits=_hits(taken[start : start + size], used, mode),
        counts=counts,
        shortened=len(query) > MAX_LENGTH or len(re.findall(r"\w+", query[: MAX_LENGTH * 2])) > MAX_WORDS,
        loosened=mode == "any",
        corrected=" ".join(meant) if meant and found else "",
    )


def _narrowed(found: list[Row], chosen: dict[str, str]) -> tuple[list[Row], dict[str, dict[str, int]]]:
    """The rows that have every chosen value, and the counts for each facet."""
    marks = {name: f" {name}:{value} " for name, value in chosen.items()}
    # Most rows have one of a few lines, so each line is judged and counted once.
    lines = Counter(row[1] for row in found)
    fits = {line for line in lines if all(mark in line for mark in marks.values())}
    counts: dict[str, dict[str, int]] = {}
    for line, times in lines.items():
        missed = [name for name, mark in marks.items() if mark not in line]
        if len(missed) > 1:
            continue
        for part in line.split():
            name, _, value = part.partition(":")
            if not missed or missed == [name]:
                counts.setdefault(name, Counter())[value] += times
    return [row for row in found if row[1] in fits], counts


def suggest(beginning: str, *, reader: Reader = ANYBODY, most: int = 6) -> list[str]:
    """Titles of pages that have these words, the last one as a beginning, and that this reader may open."""
    words = words_of(beginning)
    if not words or len(words[-1]) < 2:
        return []
    rows = _find(words, "all", reader, titles_only=True)[: most * 2]
    titles = dict(Page.objects.filter(pk__in=[row[0] for row in rows]).values_list("pk", "title"))
    return list(dict.fromkeys(titles[row[0]] for row in rows if row[0] in titles))[:most]


def _match(words: list[str], mode: str, titles_only: bool = False) -> str:
    """The words in the database's own query language; the last one also as a beginning."""
    if connection.vendor == "postgresql":
        joint, weight = " & " if mode == "all" else " | ", "A" if titles_only else ""
        begun = [f"'{word}':{weight}" if weight else f"'{word}'" for word in words[:-1]]
        return joint.join([*begun, f"'{words[-1]}':*{weight}"])
    joint = " AND " if mode == "all" else " OR "
    match = joint.join([f'"{word}"' for word in words[:-1]] + [f'("{words[-1]}" OR "{words[-1]}"*)'])
    return f"title : ({match})" if titles_only else match


# Each gives (page, its facets, first passage, number of passages), those with a match in the title first.
LIST_SQLITE = """
WITH matched AS MATERIALIZED (
    SELECT rowid AS id FROM dscp_cms_passage_fts WHERE dscp_cms_passage_fts MATCH %s
), pages AS MATERIALIZED (
    SELECT page_id, MIN(id) AS id, COUNT(*) AS times FROM dscp_cms_passage
    WHERE id IN (SELECT id FROM matched) GROUP BY page_id
), titled AS MATERIALIZED (
    SELECT DISTINCT passage.page_id FROM dscp_cms_passage_fts
    JOIN dscp_cms_passage passage ON passage.id = dscp_cms_passage_fts.rowid
    WHERE dscp_cms_passage_fts MATCH %s
)
SELECT pages.page_id, entry.facets, pages.id, pages.times FROM pages
JOIN wagtailcore_page page ON page.id = pages.page_id
JOIN dscp_cms_searchentry entry ON entry.page_id = pages.page_id
WHERE page.live {public}
ORDER BY pages.page_id NOT IN (SELECT page_id FROM titled), page.first_published_at DESC, page.id
"""

LIST_POSTGRESQL = """
WITH pages AS MATERIALIZED (
    SELECT page_id, MIN(id) AS id, COUNT(*) AS times FROM dscp_cms_passage
    WHERE vector @@ to_tsquery('english', %s) GROUP BY page_id
)
SELECT pages.page_id, entry.facets, pages.id, pages.times FROM pages
JOIN wagtailcore_page page ON page.id = pages.page_id
JOIN dscp_cms_searchentry entry ON entry.page_id = pages.page_id
JOIN dscp_cms_passage passage ON passage.id = pages.id
WHERE page.live {public}
ORDER BY passage.vector @@ to_tsquery('english', %s) DESC, page.first_published_at DESC, page.id
"""

# Each gives (page, its facets, best passage), best first. The match is made before pages are joined.
FIND_SQLITE = """
WITH matched AS MATERIALIZED (
    SELECT rowid AS id, bm25(dscp_cms_passage_fts, 8.0, 1.0) AS rank
    FROM dscp_cms_passage_fts WHERE dscp_cms_passage_fts MATCH %s
), best AS MATERIALIZED (
    SELECT passage.page_id, matched.id, MIN(matched.rank) AS rank
    FROM matched JOIN dscp_cms_passage passage ON passage.id = matched.id GROUP BY passage.page_id
), titled AS MATERIALIZED (
    SELECT DISTINCT passage.page_id FROM dscp_cms_passage_fts
    JOIN dscp_cms_passage passage ON passage.id = dscp_cms_passage_fts.rowid
    WHERE dscp_cms_passage_fts MATCH %s
)
SELECT best.page_id, entry.facets, best.id FROM best
JOIN wagtailcore_page page ON page.id = best.page_id
JOIN dscp_cms_searchentry entry ON entry.page_id = best.page_id
WHERE page.live {public}
ORDER BY best.page_id NOT IN (SELECT page_id FROM titled), best.rank, page.first_published_at DESC, page.id
"""

FIND_POSTGRESQL = """
WITH query AS (SELECT to_tsquery('english', %s) AS q), matched AS MATERIALIZED (
    SELECT DISTINCT ON (page_id) page_id, id, ts_rank(vector, q) AS rank
    FROM dscp_cms_passage, query WHERE vector @@ q ORDER BY page_id, ts_rank(vector, q) DESC
)
SELECT matched.page_id, entry.facets, matched.id FROM matched
JOIN wagtailcore_page page ON page.id = matched.page_id
JOIN dscp_cms_searchentry entry ON entry.page_id = matched.page_id
WHERE page.live {public}
ORDER BY matched.rank DESC, page.first_published_at DESC, page.id
"""

# Not below a restriction, nor the copy of a page below it; the same rule as in tree.not_below.
ALLOWED = """ AND page.path NOT LIKE %s AND NOT EXISTS (
    SELECT 1 FROM wagtailcore_page original WHERE original.id = page.alias_of_id AND original.path LIKE %s)"""

SNIPPET_SQLITE = """
SELECT rowid, snippet(dscp_cms_passage_fts, 1, char(2), char(3), '…', 40)
FROM dscp_cms_passage_fts WHERE dscp_cms_passage_fts MATCH %s AND rowid IN ({ids})
"""

SNIPPET_POSTGRESQL = """
SELECT id, ts_headline('english', text, to_tsquery('english', %s),
    'StartSel=' || chr(2) || ', StopSel=' || chr(3) || ', MaxWords=40, MinWords=25, FragmentDelimiter=…')
FROM dscp_cms_passage WHERE id IN ({ids})
"""


def _find(words: list[str], mode: str, reader: Reader, titles_only: bool = False) -> list[Row]:
    public, restricted = _allowed(reader)
    match = _match(words, mode, titles_only)
    if not titles_only:
        listed = _list(match, _match(words, mode, titles_only=True), public, restricted)
        if not listed or sum(row[3] for row in listed) > COMMON:
            return [row[:3] for row in listed]
    if connection.vendor == "postgresql":
        sql, parameters = FIND_POSTGRESQL, [match]
    else:
        sql, parameters = FIND_SQLITE, [match, match if titles_only else f"title : ({match})"]
    with connection.cursor() as cursor:
        cursor.execute(sql.format(public=public), [*parameters, *restricted])
        return cursor.fetchall()


def _list(match: str, in_title: str, public: str, restricted: list[str]) -> list[tuple[int, str, int, int]]:
    """Every page that matches, unranked: cheap also for a word that stands everywhere."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(LIST_POSTGRESQL.format(public=public), [match, *restricted, in_title])
        else:
            cursor.execute(LIST_SQLITE.format(public=public), [match, in_title, *restricted])
        return cursor.fetchall()


def _allowed(reader: Reader) -> tuple[str, list[str]]:
    """SQL that leaves out pages below a restriction that this reader doesn't pass, and its parameters."""
    passed = reader.page_restrictions_passed
    if passed is None:
        return "", []
    paths = sorted(set(PageViewRestriction.objects.exclude(passed).values_list("page__path", flat=True)))
    return ALLOWED * len(paths), [f"{path}%" for path in paths for _ in range(ALLOWED.count("%s"))]


def _hits(rows: list[Row], words: list[str], mode: str) -> list[Hit]:
    if not rows:
        return []
    pages = specific_pages(Page.objects.filter(pk__in=[row[0] for row in rows]))
    ids = [row[2] for row in rows]
    sql = SNIPPET_POSTGRESQL if connection.vendor == "postgresql" else SNIPPET_SQLITE
    with connection.cursor() as cursor:
        cursor.execute(sql.format(ids=", ".join(["%s"] * len(ids))), [_match(words, mode), *ids])
        passages = dict(cursor.fetchall())
        cursor.execute(
            f"SELECT id, number FROM dscp_cms_passage WHERE id IN ({', '.join(['%s'] * len(ids))})",  # noqa: S608
            ids,
        )
        numbers = dict(cursor.fetchall())
    return [
        Hit(page=pages[page_id], passage=_marked(passages.get(passage_id, "")), number=numbers.get(passage_id, 0))
        for page_id, _facets, passage_id in rows
        if page_id in pages
    ]


def _marked(text: str) -> SafeString:
    """Escape first, then turn the marks into elements."""
    return mark_safe(escape(text).replace(START, "<mark>").replace(END, "</mark>"))  # noqa: S308
