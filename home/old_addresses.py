"""Addresses of the old WordPress site that look like the front page: ``/?p=12`` and MailPoet's.

Redirects are looked up where no page is found, and at ``/`` there is one; so these are looked up before.
"""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from wagtail.contrib.redirects.middleware import get_redirect
from wagtail.contrib.redirects.models import Redirect

from home.imports.wordpress_addresses import NUMBERED, newsletter_number
from home.models import OldNewsletter

MAILPOET = ("mailpoet_router", "mailpoet_page")


def lead_on(request: HttpRequest) -> HttpResponse | None:
    """Where an old address with a number leads now; None for every other address.

    Temporary, since a page that is a draft today may be published tomorrow.
    """
    if any(name in request.GET for name in MAILPOET):
        target = _newsletter(request.get_full_path())
    elif name := next((name for name in NUMBERED if name in request.GET), None):
        number = request.GET[name]
        found = get_redirect(request, Redirect.normalise_path(f"/?{name}={number}")) if number.isdecimal() else None
        target = found.link if found else None
    else:
        return None
    return HttpResponseRedirect(target) if target else None


def _newsletter(address: str) -> str | None:
    number = newsletter_number(address)
    known = OldNewsletter.objects.filter(number=number).select_related("page").first() if number else None
    return known.page.url if known and known.page and known.page.live else None
