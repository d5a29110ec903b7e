"""Wagtail's database search for the admin, with the characters taken out that break it."""

import re
from copy import copy

from wagtail.search.backends.database import SearchBackend as database_backend
from wagtail.search.query import MATCH_ALL, And, Boost, Not, Or, SearchQuery

LONGEST = 200
MOST = 20  # parts of a query
BREAKING = re.compile(r"[^\w\s'’.@-]+")  # quotation marks, null bytes, operators


def clean(query):
    """A query of words only: SQLite's own search answers quotation marks and operators with an error.

    Nothing left to look for finds everything, as an empty search does.
    """
    if isinstance(query, str):
        return BREAKING.sub(" ", query)[:LONGEST].strip() or MATCH_ALL
    if isinstance(query, (And, Or)):
        parts = [clean(part) for part in query.subqueries[:MOST]]
        parts = [part for part in parts if part is not MATCH_ALL]
        return type(query)(parts) if parts else MATCH_ALL
    if isinstance(query, (Not, Boost)):
        query = copy(query)
        query.subquery = clean(query.subquery)
    elif isinstance(query, SearchQuery) and hasattr(query, "query_string"):
        words = clean(query.query_string)
        if not isinstance(words, str):
            return words
        query = copy(query)
        query.query_string = words
    return query


class CleaningBackend:
    """Cleans each query before it is searched for."""

    def search(self, query, *args, **kwargs):
        return super().search(clean(query), *args, **kwargs)

    def autocomplete(self, query, *args, **kwargs):
        return super().autocomplete(clean(query), *args, **kwargs)


def SearchBackend(params):
    """The backend for the database in use, cleaning each query first."""
    stock = type(database_backend(params))
    return type("AdminSearchBackend", (CleaningBackend, stock), {})(params)
