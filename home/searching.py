"""The search page: what is typed, what is shown for it."""

from dataclasses import dataclass, field

from django.apps import apps
from wagtail.models import Page

from dscp_cms import search as passages
from dscp_cms.listing import Choice, Facet
from dscp_cms.models import Audience, SiteSettings, Topic
from dscp_cms.tree import specific_pages
from dscp_cms.visibility import Reader, visible
from home.models import PromotedResult
from home.search_terms import tidy

SIZE = 20
REACH = {"local": "Local", "national": "National"}
FACETS = {"type": "Type", "topic": "Topic", "audience": "For", "reach": "Local or national", "year": "Year"}


@dataclass(frozen=True)
class Promoted:
    """A page that editors put on top for this search."""

    page: Page
    note: str


@dataclass(frozen=True)
class Found:
    """All that the search page shows."""

    query: str
    results: passages.Results
    harm: bool
    promoted: list[Promoted] = field(default_factory=list)
    facets: list[Facet] = field(default_factory=list)
    chosen: dict[str, str] = field(default_factory=dict)


def find(query: str, asked: dict[str, str], number: int, reader: Reader, settings: SiteSettings) -> Found:
    """Look for a query, narrowed by ``asked`` (facet: value), and show the results' page of that number.

    Values that no facet has are left out of account. What is promoted stands on the first page only.
    """
    labels = _labels(asked)
    chosen = {name: asked[name] for name in FACETS if asked.get(name) in labels[name]}
    results = passages.search(query, chosen=chosen, reader=reader, start=(number - 1) * SIZE, size=SIZE)
    return Found(
        query=query,
        results=results,
        harm=settings.mentions_harm(query),
        promoted=promoted(query, reader) if number == 1 and not chosen else [],
        facets=_facets(results.counts, chosen, labels) if results.counts else [],
        chosen=chosen,
    )


def promoted(query: str, reader: Reader) -> list[Promoted]:
    """The pages that editors put on top for searches that have one of their terms, as far as they may be read."""
    typed = f" {tidy(query)} "
    fitting = [
        row for row in PromotedResult.objects.all() if any(f" {term} " in typed for term in row.terms.splitlines())
    ]
    if not fitting:
        return []
    pages = specific_pages(visible(Page.objects.filter(pk__in=[row.page_id for row in fitting]), reader))
    return [Promoted(pages[row.page_id], row.note) for row in fitting if row.page_id in pages]


def _labels(asked: dict[str, str]) -> dict[str, dict[str, str]]:
    """What each value of each facet is called."""
    kinds = {model._meta.model_name: model.kind_label for model in apps.get_models() if hasattr(model, "kind_label")}
    year = asked.get("year", "")
    return {
        "type": kinds,
        "topic": dict(Topic.objects.values_list("slug", "name")),
        "audience": dict(Audience.objects.values_list("slug", "name")),
        "reach": REACH,
        "year": {year: year} if year.isascii() and year.isdigit() and len(year) == 4 else {},
    }


def _facets(counts: dict, chosen: dict[str, str], labels: dict[str, dict[str, str]]) -> list[Facet]:
    """Every facet that divides the results, with the number of each value, the most frequent (or newest) first."""
    facets = []
    for name, label in FACETS.items():
        values = {value: n for value, n in counts.get(name, {}).items() if name == "year" or value in labels[name]}
        if name in chosen:
            values.setdefault(chosen[name], 0)
        order = sorted(values, reverse=True) if name == "year" else sorted(values, key=lambda value: -values[value])
        choices = [
            Choice(value, labels[name].get(value, value), chosen.get(name) == value, values[value]) for value in order
        ]
        if len(choices) > 1 or name in chosen:
            facets.append(Facet(name, label, choices))
    return facets
