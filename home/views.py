"""Views that aren't pages: search, robots."""

from urllib.parse import urlencode

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dscp_cms import search as passages
from dscp_cms.models import SiteSettings
from dscp_cms.visibility import Reader, has_session, keep_private
from home import search_terms, searching


def _reader(request) -> Reader:
    """Who searches; asked of the session only where there is one."""
    return Reader.of(request) if has_session(request) else passages.ANYBODY


@require_safe
def search(request):
    """Search over all pages and files that the reader may open; never an error, whatever is typed."""
    query = request.GET.get("q", "").strip()
    number = request.GET.get("page", "1")
    number = max(int(number), 1) if number.isdecimal() and len(number) < 6 else 1
    reader, settings = _reader(request), SiteSettings.for_request(request)
    asked = {name: request.GET.get(name, "") for name in searching.FACETS}
    found = searching.find(query, asked, number, reader, settings)
    if number == 1 and not found.chosen and request.method == "GET" and reader == passages.ANYBODY:
        search_terms.note(query, found.results.total, settings)
    pages = -(-found.results.total // searching.SIZE)
    context = {
        "query": query[: passages.MAX_LENGTH],
        "found": found,
        "results": found.results,
        "facets": found.facets,
        "kept": {"q": query[: passages.MAX_LENGTH]},
        "clear_url": f"?{urlencode({'q': query[: passages.MAX_LENGTH]})}",
        "number": number,
        "pages": pages,
        "previous": number - 1 if 1 < number <= pages + 1 else None,
        "next": number + 1 if number < pages else None,
        "noindex": True,
        "exit_page": found.harm,
    }
    answer = render(request, "home/search.html", context)
    return answer if reader == passages.ANYBODY else keep_private(answer)


@require_safe
def suggest(request):
    """Titles for what is being typed, as JSON; the search page works without it. Nothing of it is kept."""
    reader = _reader(request)
    answer = JsonResponse(passages.suggest(request.GET.get("q", "")[:100], reader=reader), safe=False)
    answer["X-Robots-Tag"] = "noindex"
    return answer if reader == passages.ANYBODY else keep_private(answer)


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
