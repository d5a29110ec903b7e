"""The public search over the passage table: FTS5 on SQLite, tsvector on PostgreSQL.

Together with the claim of deliveries this is the only raw SQL of the project.
"""

import re
from dataclasses import dataclass, field

from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from wagtail.models import Page, PageViewRestriction

from dscp_cms.tree import specific_pages

MAX_LENGTH = 200  # characters of a query that are looked at
MAX_WORDS = 12
START, END = "\x02", "\x03"  # mark the matching words until the text is escaped


@dataclass(frozen=True)
class Hit:
    """A page that was found, and the passage that matched."""

    page: Page
    passage: SafeString
    number: int


@dataclass(frozen=True)
class Results:
    """One page of results and what there is in all."""

    words: list[str]
    total: int = 0
    hits: list[Hit] = field(default_factory=list)
    counts: dict[int, int] = field(default_factory=dict)
    shortened: bool = False
    loosened: bool = False


def words_of(query: str) -> list[str]:
    """The words to look for: letters and digits only, so that no query can break the search."""
    return re.findall(r"\w+", query.replace("\x00", " ")[:MAX_LENGTH])[:MAX_WORDS]


def search(query: str, *, content_types: list[int] | None = None, start: int = 0, size: int = 20) -> Results:
    """Find the public pages that have all the words, or failing that any of them.

    Ordered by how well they match, a match in the title first, then by date. ``content_types``
    narrows to page types; ``counts`` always tells how many there are of each.
    """
    words = words_of(query)
    if not words:
        return Results(words=[])
    loosened, found = False, _find(words, "all")
    if not found and len(words) > 1:
        loosened, found = True, _find(words, "any")
    counts: dict[int, int] = {}
    for row in found:
        counts[row[1]] = counts.get(row[1], 0) + 1
    chosen = [row for row in found if not content_types or row[1] in content_types]
    return Results(
        words=words,
        total=len(chosen),
        hits=_hits(chosen[start : start + size], words, "any" if loosened else "all"),
        counts=counts,
        shortened=len(query) > MAX_LENGTH or len(re.findall(r"\w+", query[: MAX_LENGTH * 2])) > MAX_WORDS,
        loosened=loosened,
    )


def _match(words: list[str], mode: str) -> str:
    """The words in the database's own query language; the last one also as a beginning."""
    if connection.vendor == "postgresql":
        joint = " & " if mode == "all" else " | "
        return joint.join([f"'{word}'" for word in words[:-1]] + [f"'{words[-1]}':*"])
    joint = " AND " if mode == "all" else " OR "
    return joint.join([f'"{word}"' for word in words[:-1]] + [f'("{words[-1]}" OR "{words[-1]}"*)'])


# Each gives (page, content type, best passage), best first. The match is made before pages are joined.
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
SELECT best.page_id, page.content_type_id, best.id FROM best
JOIN wagtailcore_page page ON page.id = best.page_id
WHERE page.live {public}
ORDER BY best.page_id NOT IN (SELECT page_id FROM titled), best.rank, page.first_published_at DESC, page.id
"""

FIND_POSTGRESQL = """
WITH query AS (SELECT to_tsquery('english', %s) AS q), matched AS MATERIALIZED (
    SELECT DISTINCT ON (page_id) page_id, id, ts_rank(vector, q) AS rank
    FROM dscp_cms_passage, query WHERE vector @@ q ORDER BY page_id, ts_rank(vector, q) DESC
)
SELECT matched.page_id, page.content_type_id, matched.id FROM matched
JOIN wagtailcore_page page ON page.id = matched.page_id
WHERE page.live {public}
ORDER BY matched.rank DESC, page.first_published_at DESC, page.id
"""

SNIPPET_SQLITE = """
SELECT rowid, snippet(dscp_cms_passage_fts, 1, char(2), char(3), '…', 40)
FROM dscp_cms_passage_fts WHERE dscp_cms_passage_fts MATCH %s AND rowid IN ({ids})
"""

SNIPPET_POSTGRESQL = """
SELECT id, ts_headline('english', text, to_tsquery('english', %s),
    'StartSel=' || chr(2) || ', StopSel=' || chr(3) || ', MaxWords=40, MinWords=25, FragmentDelimiter=…')
FROM dscp_cms_passage WHERE id IN ({ids})
"""


def _find(words: list[str], mode: str) -> list[tuple[int, int, int]]:
    public, restricted = _public_condition()
    match = _match(words, mode)
    if connection.vendor == "postgresql":
        sql, parameters = FIND_POSTGRESQL, [match]
    else:
        sql, parameters = FIND_SQLITE, [match, f"title : ({match})"]
    with connection.cursor() as cursor:
        cursor.execute(sql.format(public=public), [*parameters, *restricted])
        return cursor.fetchall()


def _public_condition() -> tuple[str, list[str]]:
    """SQL that leaves out pages below a restriction, and its parameters."""
    paths = list(PageViewRestriction.objects.values_list("page__path", flat=True))
    return "".join(" AND page.path NOT LIKE %s" for _ in paths), [f"{path}%" for path in paths]


def _hits(rows: list[tuple[int, int, int]], words: list[str], mode: str) -> list[Hit]:
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
        for page_id, _kind, passage_id in rows
        if page_id in pages
    ]


def _marked(text: str) -> SafeString:
    """Escape first, then turn the marks into elements."""
    return mark_safe(escape(text).replace(START, "<mark>").replace(END, "</mark>"))  # noqa: S308


def page_types(counts: dict[int, int]) -> list[tuple[type[Page], int]]:
    """The page types behind the counts, most first."""
    kinds = [(ContentType.objects.get_for_id(key).model_class(), number) for key, number in counts.items()]
    return sorted(((kind, number) for kind, number in kinds if kind), key=lambda pair: -pair[1])
