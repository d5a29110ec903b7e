"""Where addresses of the old WordPress site lead now.

Posts, pages and files have a redirect each, which the import keeps; what WordPress made of them besides (lists
by category, month or author, feeds, second pages of lists) follows rules, in ``old_archives``. A redirect is
permanent only when its page is public: browsers keep such an answer for years, so one that leads to a draft
would stay broken for whoever came too early.
"""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe
from wagtail.contrib.redirects.middleware import get_redirect
from wagtail.contrib.redirects.models import Redirect

from dscp_cms.models import SiteImage
from home import old_archives
from home.imports.wordpress_addresses import NUMBERED, newsletter_number
from home.imports.wordpress_media import original_of, path_of
from home.models import HomePage, OldNewsletter

MAILPOET = ("mailpoet_router", "mailpoet_page")
SHOWN_AS = "width-1200|format-jpeg"  # which the site's pages make of each picture anyway


class RedirectMiddleware:
    """In place of Wagtail's: looks only where no page was found, and knows drafts and WordPress's own lists."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if response.status_code != 404 or request.method not in {"GET", "HEAD"}:
            return response
        return of_missing_page(request) or response


def of_missing_page(request: HttpRequest) -> HttpResponse | None:
    """Where an address leads that no page here has; None for one that nobody knows."""
    full = request.get_full_path()
    found = _redirect(request, full) or _redirect(request, full.partition("?")[0])
    if found is None and (file := path_of(request.path)) and original_of(file) != file:
        found = _redirect(request, original_of(request.path))  # one of the sizes that WordPress made
    if found is not None:
        return answer(found)
    if lead := old_archives.of_path(request.path):
        return _lead(lead)
    return None


def of_front_page(request: HttpRequest) -> HttpResponse | None:
    """Where an address leads that is the front page's but for its query: ``/?p=12``, ``/?cat=3``, MailPoet's.

    Redirects are looked up where no page is found, and here there is one; so these are looked up before.
    """
    if any(name in request.GET for name in MAILPOET):
        target = _newsletter(request.get_full_path())
        return HttpResponseRedirect(target) if target else None
    if name := next((name for name in NUMBERED if name in request.GET), None):
        number = request.GET[name]
        found = _redirect(request, f"/?{name}={number}") if number.isdecimal() else None
        return answer(found) if found else None
    lead = old_archives.of_query(request.GET)
    return _lead(lead) if lead else None


def answer(redirect: Redirect) -> HttpResponse | None:
    """A redirect's answer. To a draft it is temporary, and leads to the nearest page above that is public.

    None where nothing below the front page is: to be sent to the front page helps nobody.
    """
    page = redirect.redirect_page
    if page is not None and not page.live:
        above = page.get_ancestors().live().filter(depth__gt=_depth_of_front()).order_by("-depth").first()
        return HttpResponseRedirect(above.specific.url) if above and above.specific.url else None
    link = redirect.link
    if not link:
        return None
    return HttpResponsePermanentRedirect(link) if redirect.is_permanent else HttpResponseRedirect(link)


def _lead(lead: old_archives.Lead) -> HttpResponse:
    return (HttpResponsePermanentRedirect if lead.lasts else HttpResponseRedirect)(lead.link)


def _depth_of_front() -> int:
    return HomePage.objects.values_list("depth", flat=True).first() or 2


def _redirect(request, address: str) -> Redirect | None:
    return get_redirect(request, Redirect.normalise_path(address, decode_unicode=False))


def _newsletter(address: str) -> str | None:
    number = newsletter_number(address)
    known = OldNewsletter.objects.filter(number=number).select_related("page").first() if number else None
    return known.page.url if known and known.page and known.page.live else None


@require_safe
def old_picture(request, pk: str):
    """A picture of the old site, by its key here; nothing while nobody has said who is in it.

    The picture's own address is that of one of its sizes, which goes when the picture is exchanged; so
    redirects lead here.
    """
    image = get_object_or_404(SiteImage, pk=int(pk))
    if not image.consent_stands:
        raise Http404("This picture isn’t shown.")
    try:
        rendition = image.get_rendition(SHOWN_AS)
    except Exception as error:  # whatever a file that is missing or broken makes of it
        raise Http404("This picture can’t be read.") from error
    return HttpResponseRedirect(rendition.url)
