"""Prints the pages that the catalogue serves beside its courses."""

from django.template.response import TemplateResponse

from dscp_cms.pages import BasePage
from dscp_cms.templatetags.dscp import Link


def render(
    request, catalogue, template: str, *, title: str, trail=(), status: int = 200, **context
) -> TemplateResponse:
    """One page under the catalogue.

    ``trail`` is what lies between the catalogue and the page: pairs of title and address.
    """
    above = [Link("Home", "/"), Link(catalogue.title, catalogue.url)]
    shared = {
        **BasePage.get_context(catalogue, request),
        "title": title,
        "trail": above + [Link(words, address) for words, address in trail],
        "social": {"url": request.build_absolute_uri(request.path), "title": title, "description": " "},
    }
    return TemplateResponse(request, f"training/{template}.html", {**shared, **context}, status=status)
