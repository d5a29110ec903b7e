"""Tells a CDN in front of the site which addresses to ask for again, once an edition has ended."""

from django.conf import settings

from dscp_cms import page_cache_files as files


def purge(ended: list[str]) -> None:
    """Have the worker ask the CDN to forget every page that was kept in these editions.

    A CDN has a page from this site alone, so it has no page that wasn't kept in an edition since it was last told.
    """
    if not getattr(settings, "WAGTAILFRONTENDCACHE", None):
        return
    from wagtail.contrib.frontend_cache.utils import PurgeBatch

    scheme = settings.PUBLIC_URL.partition("://")[0]
    urls = {f"{scheme}://{host}{path}" for name in ended for host, path in files.addresses(name)}
    PurgeBatch(urls).purge()
