"""Asks the database for all that the panels need in two queries, however many panels there are.

``numbers`` counts any querysets in one query. ``rows`` fetches the rows of any lists in another: each list is a
queryset told by ``listed`` which of its columns are shown.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from django.db.models import (
    BigIntegerField,
    CharField,
    DateTimeField,
    IntegerField,
    QuerySet,
    Subquery,
    TextField,
    Value,
)
from django.db.models.functions import Cast
from wagtail.models import Page

TEXTS = ("text", "more", "extra", "state")


class Row(NamedTuple):
    """A row of a list. Every text may be empty; what each means is the list's own matter."""

    list: str
    key: int | None
    text: str
    more: str
    extra: str
    state: str
    at: datetime | None


class Counted(Subquery):
    """The number of a queryset's rows, as a column."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()

    def __init__(self, queryset: QuerySet):
        super().__init__(queryset.order_by().values("pk"))


def numbers(wanted: Mapping[str, QuerySet]) -> dict[str, int]:
    """How many rows each queryset has."""
    if not wanted:
        return {}
    columns = {f"n{place}": Counted(queryset) for place, queryset in enumerate(wanted.values())}
    root = Page.objects.filter(depth=1).order_by("pk").annotate(**columns)  # the one row that every site has
    found = root.values_list(*columns).first() or [0] * len(columns)
    return dict(zip(wanted, found, strict=True))


def listed(name: str, queryset: QuerySet, *, key="pk", at=None, **texts) -> QuerySet:
    """A queryset as a list for ``rows``; columns are named or expressions, and ``at`` is a moment."""
    blank = Value("", output_field=TextField())
    columns = {
        "row_list": Value(name, output_field=CharField()),
        "row_key": Cast(key, BigIntegerField()),
        **{f"row_{each}": Cast(texts[each], TextField()) if each in texts else blank for each in TEXTS},
        "row_at": Cast(Value(None) if at is None else at, DateTimeField()),
    }
    return queryset.order_by().annotate(**columns).values_list(*columns)


def rows(lists: Iterable[QuerySet]) -> dict[str, list[Row]]:
    """The rows of every list by its name; a list without rows is empty."""
    found: dict[str, list[Row]] = defaultdict(list)
    first, *others = [*lists] or [None]
    if first is None:
        return found
    for values in first.union(*others, all=True).order_by() if others else first:  # no order of the first's model
        row = Row(*values)
        found[row.list].append(row._replace(**{each: getattr(row, each) or "" for each in TEXTS}))
    return found
