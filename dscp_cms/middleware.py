"""Middleware of our own: compressed pages, queries without null bytes, pages that may be kept."""

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpResponseBadRequest
from django.middleware.gzip import GZipMiddleware

from dscp_cms.page_cache_marks import KEPT_MARK, begin_page, section_of_page


class PageCompressionMiddleware(GZipMiddleware):
    """Compresses pages, and leaves files as they are.

    Most files are compressed in themselves; and a part of a file, its length and its tag are of the file's bytes.
    """

    def process_response(self, request, response):
        return response if response.streaming else super().process_response(request, response)


class BrowserRulesMiddleware:
    """Headers that take from every page what this site never asks a browser for.

    Pictures may be shown elsewhere, since newsletters are read on other sites; nothing else may.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response["Permissions-Policy"] = settings.PERMISSIONS_POLICY
        is_picture = response.get("Content-Type", "").startswith("image/")
        response["Cross-Origin-Resource-Policy"] = "cross-origin" if is_picture else "same-origin"
        return response


class CleanQueryMiddleware:
    """Refuses null bytes in addresses: no page has them, and PostgreSQL answers them with an error.

    In the search words they are dropped, since people paste what they paste.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if "\x00" in request.path:
            return HttpResponseBadRequest("This address has characters that no address of this site has.")
        if "%00" in request.META.get("QUERY_STRING", ""):
            request.META["QUERY_STRING"] = request.META["QUERY_STRING"].replace("%00", "")
        return self.get_response(request)


def cookies_of_somebody() -> tuple[str, ...]:
    """The cookies that make an answer somebody's own: the session, and messages that wait to be shown."""
    return (settings.SESSION_COOKIE_NAME, CookieStorage.cookie_name)


class PublicPageMiddleware:
    """Marks the pages that every reader gets alike, so that they may be kept (dscp_cms/page_cache.py).

    Those are pages at their own address, or at one of their ``kept_routes``, asked for without a query by somebody
    without a session. Whoever has none is shown no page that is restricted, and no draft; such answers aren't 200,
    or come from other views. Browsers may keep them too, but ask each time whether they are still good.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        begin_page()
        response = self.get_response(request)
        page = self.page_shown(request, response)
        if page is not None:
            response["Cache-Control"] = settings.KEPT_PAGES_CACHE_CONTROL
            request.META[KEPT_MARK] = (section_of_page(), type(page).__name__)
        return response

    def page_shown(self, request, response):
        """The page that this answer shows as everybody sees it, or None."""
        match, routed = request.resolver_match, getattr(request, "_wagtail_route_for_request", None)
        if request.method not in ("GET", "HEAD") or request.META.get("QUERY_STRING") or not routed or not match:
            return None
        if match.view_name != "wagtail_serve" or getattr(request, "is_preview", False) or response.cookies:
            return None
        if response.status_code != 200 or response.streaming or "Cache-Control" in response:
            return None
        if request.META.get("CSRF_COOKIE_NEEDS_UPDATE") or set(cookies_of_somebody()) & request.COOKIES.keys():
            return None
        page, route = routed[0], getattr(request, "routable_resolver_match", None)
        if not hasattr(page, "kept_routes") or not response.get("Content-Type", "").startswith("text/html"):
            return None
        return page if route is None or not route.route.strip("^/$") or route.url_name in page.kept_routes else None
