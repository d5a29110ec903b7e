"""What stands around every page (the site, its settings, the menu, the alerts), and lists that anybody may read.

It is the same for every reader and changes with a publication only, so each process remembers it for the time of an
edition (dscp_cms/page_cache_editions.py). The edition's number is read from the database once a request, before
anything else of it: what was looked up after a number was read is at least as new as that number says. Within a
transaction nothing outlives the request, since what is seen there may never be.

What is remembered is shared by all requests, so each gets copies of what a page, a form or a template may change.
Nothing that tells how many places are left belongs here (dscp_cms/page_cache_marks.py).
"""

import copy
from collections.abc import Callable
from typing import Any

from django.db import connection
from wagtail.models import Site

from dscp_cms.models import Edition, SiteAlert, SiteSettings
from dscp_cms.page_cache_marks import SITE

MOST = 200  # entries: there is one for each spelling of the host

_remembered: tuple[str, dict] = ("", {})  # an edition's number, and what was looked up in it

_look_up_site = Site._find_for_request


def forget() -> None:
    """Forget everything, as a process that has just begun."""
    global _remembered
    _remembered = ("", {})


def remembered(request, name: Any, look_up: Callable[[], Any]) -> Any:
    """What ``look_up`` finds, which is asked for once an edition."""
    global _remembered
    if connection.in_atomic_block:
        own = request.__dict__.setdefault("_frame", {})
        return own[name] if name in own else own.setdefault(name, look_up())
    number = request.__dict__.get("_edition")
    if number is None:
        number = request.__dict__["_edition"] = str(Edition.objects.numbers().get(SITE, ""))
    edition, known = _remembered
    if edition != number or len(known) > MOST:
        known = {}
        _remembered = (number, known)
    if name not in known:
        known[name] = look_up()
    return known[name]


def menu(request, site: Site) -> list[tuple[str, str]]:
    """Title and address of each section of the site."""

    def look_up():
        pages = site.root_page.get_children().live().in_menu()
        return [(page.title, url) for page in pages if (url := page.get_url(request))]

    return remembered(request, ("menu", site.pk), look_up)


def alerts(request) -> list[SiteAlert]:
    """The alert banners to show now."""

    def look_up():
        return list(SiteAlert.objects.filter(live=True).select_related("link_page"))

    return [alert for alert in remembered(request, "alerts", look_up) if alert.is_showing]


def _site(request) -> Site | None:
    """A copy, and its root page too: whoever gets a page may leave something with it."""
    found = remembered(request, ("site", request._get_raw_host(), request.get_port()), lambda: _look_up_site(request))
    own = copy.copy(found)
    if own is not None:
        own.root_page = root = copy.copy(found.root_page)
        if request.path != "/":  # all that other pages need of the front page is where it stands
            root.specific = root.specific_deferred
    return own


def _settings(kind: type[SiteSettings], request) -> SiteSettings:
    name = kind.get_cache_attr_name()
    if not hasattr(request, name):
        site = Site.find_for_request(request)
        own = copy.copy(remembered(request, (kind, site and site.pk), lambda: kind.for_site(site)))
        own._request = request  # as Wagtail does, for the addresses of pages chosen there
        setattr(request, name, own)
    return getattr(request, name)


def adopt() -> None:
    """Let Wagtail find the site of a request, and its settings, here."""
    Site._find_for_request = staticmethod(_site)
    SiteSettings.for_request = classmethod(_settings)
