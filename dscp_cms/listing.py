"""What index pages share: filters that never break on an odd address, and numbered pages."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.core.paginator import Page as PaginatedPage
from django.core.paginator import Paginator

PAGE_SIZE = 12


@dataclass(frozen=True)
class Choice:
    """One value of a facet."""

    value: str
    label: str
    selected: bool
    count: int | None = None  # how many there are, where that is shown


@dataclass(frozen=True)
class Facet:
    """A filter: its name in the address, its label, its choices."""

    name: str
    label: str
    choices: list[Choice]
    any: str = ""  # what no choice is called, if not “Any”

    @property
    def selected(self) -> Choice | None:
        """The choice in force, or None."""
        return next((choice for choice in self.choices if choice.selected), None)


def facet(request, name: str, label: str, choices: Iterable[tuple[str, str]], any: str = "") -> Facet:
    """Build a facet from the address; a value that isn't among the choices selects nothing."""
    asked = request.GET.get(name, "")
    return Facet(name, label, [Choice(str(value), str(text), str(value) == asked) for value, text in choices], any)


def chosen(facets: list[Facet]) -> dict[str, str]:
    """The values in force, by facet."""
    return {facet.name: facet.selected.value for facet in facets if facet.selected}


def numbered_page(request, items, size: int = PAGE_SIZE) -> PaginatedPage:
    """The page of items that the address asks for; the nearest one that exists where it asks for nonsense."""
    return Paginator(items, size).get_page(request.GET.get("page"))
