"""Views that aren't pages: search, robots."""

from django.contrib.contenttypes.models import ContentType
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dscp_cms import search as passages
from dscp_cms.listing import Choice, Facet

SIZE = 20


@require_safe
def search(request):
    """Search over all public pages, with a filter by type; never an error, whatever is typed."""
    query = request.GET.get("q", "").strip()
    asked = request.GET.get("type", "")
    number = request.GET.get("page", "1")
    number = max(int(number), 1) if number.isdigit() and len(number) < 6 else 1
    everything = passages.search(query, size=0)
    kinds = [(kind, count) for kind, count in passages.page_types(everything.counts)]
    wanted = next((kind for kind, _count in kinds if kind._meta.model_name == asked), None)
    types = [content_type_key(wanted)] if wanted else None
    results = passages.search(query, content_types=types, start=(number - 1) * SIZE, size=SIZE)
    choices = [Choice(kind._meta.model_name, f"{kind.kind_label} ({count})", kind is wanted) for kind, count in kinds]
    pages = -(-results.total // SIZE)
    context = {
        "query": query[: passages.MAX_LENGTH],
        "results": results,
        "facets": [Facet("type", "Type", choices)] if choices else [],
        "number": number,
        "pages": pages,
        "previous": number - 1 if 1 < number <= pages + 1 else None,
        "next": number + 1 if number < pages else None,
        "noindex": True,
    }
    return render(request, "home/search.html", context)


def content_type_key(model) -> int:
    """The content type of a page model."""
    return ContentType.objects.get_for_model(model).pk


@require_safe
def robots(request):
    """What search engines may read, and where the sitemap is."""
    lines = [
        "User-agent: *",
        "Disallow: /admin/",
        "Disallow: /search/",
        "Disallow: /outbox/",
        f"Sitemap: {request.build_absolute_uri('/sitemap.xml')}",
        "",
    ]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")
