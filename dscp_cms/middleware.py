"""Middleware of our own: compressed pages, queries without null bytes."""

from django.http import HttpResponseBadRequest
from django.middleware.gzip import GZipMiddleware


class PageCompressionMiddleware(GZipMiddleware):
    """Compresses pages, and leaves files as they are.

    Most files are compressed in themselves; and a part of a file, its length and its tag are of the file's bytes.
    """

    def process_response(self, request, response):
        return response if response.streaming else super().process_response(request, response)


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
