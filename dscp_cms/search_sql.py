"""What the public search asks the database: FTS5 on SQLite, tsvector on PostgreSQL.

Together with the claim of deliveries this is the only raw SQL of the project.
"""

from dataclasses import dataclass

# Every line of facets with its number of pages, and of those with the chosen facets the ones to be shown (page,
# passage), best first. Both in one statement, since what costs is to find the pages.
FIND = """
WITH pages AS MATERIALIZED ({pages}), found AS MATERIALIZED (
    SELECT pages.*, entry.facets, page.first_published_at AS published FROM pages
    JOIN wagtailcore_page page ON page.id = pages.page_id
    JOIN dscp_cms_searchentry entry ON entry.page_id = pages.page_id
    WHERE page.live {public}
), shown AS (
    SELECT * FROM found WHERE {chosen} ORDER BY titled DESC, rank, published DESC, page_id LIMIT %s OFFSET %s
)
SELECT page_id, id, titled, rank, published, NULL AS facets, 1 AS times FROM shown
UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, facets, COUNT(*) FROM found GROUP BY facets
ORDER BY titled DESC, rank, published DESC, page_id
"""

# Not below a restriction, nor the copy of a page below it; the same rule as in tree.not_below.
ALLOWED = """ AND page.path NOT LIKE %s AND NOT EXISTS (
    SELECT 1 FROM wagtailcore_page original WHERE original.id = page.alias_of_id AND original.path LIKE %s)"""


@dataclass(frozen=True)
class Statements:
    """How one database is asked."""

    count: str  # the passages that match, up to a limit
    # The pages that match, each with a passage, and whether their title matches, which one passage tells for all:
    ranked: str  # with the passage that fits best, the lower its rank the better
    listed: str  # with their first, which is cheap also for a word that stands everywhere
    in_titles: str  # those whose title matches, alone
    holds: str  # whether a line of facets has a mark
    shown: str  # what is shown of passages


SQLITE = Statements(
    count="SELECT COUNT(*) FROM (SELECT 1 FROM dscp_cms_passage_fts WHERE dscp_cms_passage_fts MATCH %s LIMIT %s) some",
    ranked="""
        WITH matched AS MATERIALIZED (
            SELECT rowid AS id, bm25(dscp_cms_passage_fts, 8.0, 1.0) AS rank
            FROM dscp_cms_passage_fts WHERE dscp_cms_passage_fts MATCH %s
        )
        SELECT passage.page_id, matched.id, MIN(matched.rank) AS rank,
            matched.id IN (SELECT rowid FROM dscp_cms_passage_fts WHERE dscp_cms_passage_fts MATCH %s) AS titled
        FROM matched JOIN dscp_cms_passage passage ON passage.id = matched.id GROUP BY passage.page_id""",
    # “+id”, so that it is read by the index of pages, which has no texts in it.
    listed="""
        WITH matched AS MATERIALIZED (
            SELECT page_id, MIN(id) AS id FROM dscp_cms_passage
            WHERE +id IN (SELECT rowid FROM dscp_cms_passage_fts WHERE dscp_cms_passage_fts MATCH %s) GROUP BY page_id
        )
        SELECT page_id, id, 0 AS rank,
            id IN (SELECT rowid FROM dscp_cms_passage_fts WHERE dscp_cms_passage_fts MATCH %s) AS titled
        FROM matched""",
    in_titles="""
        SELECT page_id, MIN(id) AS id, 0 AS rank, TRUE AS titled FROM dscp_cms_passage
        WHERE number = 0 AND id IN (SELECT rowid FROM dscp_cms_passage_fts WHERE dscp_cms_passage_fts MATCH %s)
        GROUP BY page_id""",
    holds="instr(facets, %s) > 0",
    # “+rowid”, so that the match is made once, and not anew for each passage.
    shown="""
        SELECT passage.id, passage.number, snippet(dscp_cms_passage_fts, 1, char(2), char(3), '…', 40)
        FROM dscp_cms_passage_fts JOIN dscp_cms_passage passage ON passage.id = dscp_cms_passage_fts.rowid
        WHERE dscp_cms_passage_fts MATCH %s AND +dscp_cms_passage_fts.rowid IN ({ids})""",
)

POSTGRESQL = Statements(
    count="""
        SELECT COUNT(*) FROM (
            SELECT 1 FROM dscp_cms_passage WHERE vector @@ to_tsquery('english', %s) LIMIT %s
        ) matched""",
    ranked="""
        SELECT DISTINCT ON (page_id) page_id, id, -ts_rank(vector, query) AS rank, vector @@ in_title AS titled
        FROM dscp_cms_passage, to_tsquery('english', %s) query, to_tsquery('english', %s) in_title
        WHERE vector @@ query ORDER BY page_id, rank, id""",
    # A page's own passages have the number 0; it has one at least, which is found whenever the title is.
    listed="""
        SELECT page_id, MIN(id) AS id, 0::real AS rank, bool_or(number = 0 AND vector @@ in_title) AS titled
        FROM dscp_cms_passage, to_tsquery('english', %s) query, to_tsquery('english', %s) in_title
        WHERE vector @@ query GROUP BY page_id""",
    # The index doesn't know what stands in a title. “CASE” keeps that question from it and from most passages: only
    # the pages' own are looked at.
    in_titles="""
        SELECT page_id, MIN(id) AS id, 0::real AS rank, TRUE AS titled
        FROM dscp_cms_passage, to_tsquery('english', %s) query, to_tsquery('english', %s) in_title
        WHERE vector @@ query AND CASE WHEN number = 0 THEN vector @@ in_title ELSE FALSE END GROUP BY page_id""",
    holds="strpos(facets, %s) > 0",
    shown="""
        SELECT id, number, ts_headline('english', text, to_tsquery('english', %s),
            'StartSel=' || chr(2) || ', StopSel=' || chr(3) || ', MaxWords=40, MinWords=25, FragmentDelimiter=…')
        FROM dscp_cms_passage WHERE id IN ({ids})""",
)
