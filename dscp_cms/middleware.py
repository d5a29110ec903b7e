"""Middleware of our own: health answers before anything else, compressed pages, queries without null bytes."""

from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpResponse, HttpResponseBadRequest
from django.middleware.gzip import GZipMiddleware


class HealthMiddleware:
    """Answers /healthz and /readyz, whatever the Host header: a balancer calls by address."""

    def __init__(self, get_response):
        self.get_response = get_response
        self.migrated = False

    def __call__(self, request):
        if request.path == "/healthz":
            return HttpResponse("ok", content_type="text/plain")
        if request.path == "/readyz":
            ready = self._ready()
            return HttpResponse(
                "ready" if ready else "not ready", status=200 if ready else 503, content_type="text/plain"
            )
        return self.get_response(request)

    def _ready(self) -> bool:
        connection = connections["default"]
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            if not self.migrated:
                executor = MigrationExecutor(connection)
                self.migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        except Exception:
            connection.close()
            return False
        return self.migrated


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
