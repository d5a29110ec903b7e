"""The public search over the passage table; what it asks the database is in ``search_sql``."""

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field

from django.db import connection
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from wagtail.models import Page, PageViewRestriction

from dscp_cms import search_sql, spelling
from dscp_cms.tree import specific_pages
from dscp_cms.visibility import Reader

MAX_LENGTH = 200  # characters of a query that are looked at
MAX_WORDS = 12
START, END = "\x02", "\x03"  # mark the matching words until the text is escaped
ANYBODY = Reader()
COMMON = 3_000  # passages; what stands in more of them tells no page from another, so that ranking says nothing
Row = tuple[int, int]  # a page, and the passage of it that matches best


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
    marks = {name: f" {name}:{value} " for name, value in (chosen or {}).items()}

    def find(words: list[str], mode: str) -> tuple[Counter[str], list[Row]]:
        return _find(_match(words, mode), _match(words, mode, titles_only=True), reader, marks.values(), start, size)

    mode, meant, (lines, rows) = "all", None, find(words, "all")
    if not lines:
        meant = spelling.corrected(words)
        lines, rows = find(meant, "all") if meant else (lines, rows)
        if not lines and len(words) > 1:
            mode, meant, (lines, rows) = "any", None, find(words, "any")
    return Results(
        words=words,
        total=sum(times for line, times in lines.items() if all(mark in line for mark in marks.values())),
        hits=_hits(rows, _match(meant or words, mode)),
        counts=_counts(lines, marks),
        shortened=len(query) > MAX_LENGTH or len(re.findall(r"\w+", query[: MAX_LENGTH * 2])) > MAX_WORDS,
        loosened=mode == "any",
        corrected=" ".join(meant) if meant and lines else "",
    )


def _counts(lines: Counter[str], marks: dict[str, str]) -> dict[str, dict[str, int]]:
    """How many pages there are of each value of each facet, beside what is chosen in the others."""
    found: Counter[str] = Counter()
    for line, times in lines.items():
        missed = [name for name, mark in marks.items() if mark not in line]
        if len(missed) < 2:
            for part in line.split():
                if not missed or part.startswith(f"{missed[0]}:"):
                    found[part] += times
    counts: dict[str, dict[str, int]] = {}
    for part, times in found.items():
        name, _, value = part.partition(":")
        counts.setdefault(name, {})[value] = times
    return counts


def suggest(beginning: str, *, reader: Reader = ANYBODY, most: int = 6) -> list[str]:
    """Titles of pages that have these words, the last one as a beginning, and that this reader may open."""
    words = words_of(beginning)
    if not words or len(words[-1]) < 2:
        return []
    statements = _statements()
    matches = [_match(words, "all"), _match(words, "all", titles_only=True)][-statements.in_titles.count("%s") :]
    _lines, rows = _pages(statements.in_titles, matches, reader, [], 0, most * 2)
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


def _find(
    match: str, in_title: str, reader: Reader, marks: Collection[str], start: int, size: int
) -> tuple[Counter[str], list[Row]]:
    """How many pages match, for each line of facets; and the best of those whose line has every mark."""
    statements = _statements()
    with connection.cursor() as cursor:
        cursor.execute(statements.count, [match, COMMON + 1])
        (passages,) = cursor.fetchone()
    if not passages:
        return Counter(), []
    pages = statements.listed if passages > COMMON else statements.ranked
    return _pages(pages, [match, in_title], reader, marks, start, size)


def _pages(
    pages: str, matches: list[str], reader: Reader, marks: Collection[str], start: int, size: int
) -> tuple[Counter[str], list[Row]]:
    public, restricted = _allowed(reader)
    chosen = " AND ".join([_statements().holds] * len(marks)) or "TRUE"
    sql = search_sql.FIND.format(pages=pages, public=public, chosen=chosen)
    with connection.cursor() as cursor:
        cursor.execute(sql, [*matches, *restricted, *marks, size, start])
        rows = cursor.fetchall()
    lines = Counter({row[5]: row[6] for row in rows if row[0] is None})
    return lines, [row[:2] for row in rows if row[0] is not None]


def _statements() -> search_sql.Statements:
    return search_sql.POSTGRESQL if connection.vendor == "postgresql" else search_sql.SQLITE


def _allowed(reader: Reader) -> tuple[str, list[str]]:
    """SQL that leaves out pages below a restriction that this reader doesn't pass, and its parameters."""
    passed = reader.page_restrictions_passed
    if passed is None:
        return "", []
    paths = sorted(set(PageViewRestriction.objects.exclude(passed).values_list("page__path", flat=True)))
    return search_sql.ALLOWED * len(paths), [
        f"{path}%" for path in paths for _ in range(search_sql.ALLOWED.count("%s"))
    ]


def _hits(rows: list[Row], match: str) -> list[Hit]:
    if not rows:
        return []
    pages = specific_pages(Page.objects.filter(pk__in=[page_id for page_id, _passage in rows]))
    sql = _statements().shown.format(ids=", ".join(["%s"] * len(rows)))
    with connection.cursor() as cursor:
        cursor.execute(sql, [match, *(passage for _page, passage in rows)])
        passages = {key: (number, text) for key, number, text in cursor.fetchall()}
    return [
        Hit(page=pages[page_id], passage=_marked(passages[passage][1]), number=passages[passage][0])
        for page_id, passage in rows
        if page_id in pages and passage in passages  # both may have gone since
    ]


def _marked(text: str) -> SafeString:
    """Escape first, then turn the marks into elements."""
    return mark_safe(escape(text).replace(START, "<mark>").replace(END, "</mark>"))  # noqa: S308
