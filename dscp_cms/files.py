"""The views that serve every picture and every document, each with its permission check.

Who may have a file is asked of the hooks ``before_serve_document``, which Wagtail and the apps register; how
its bytes are sent stands in ``file_answers``.
"""

from datetime import timedelta

from django.conf import settings
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe
from wagtail import hooks
from wagtail.images import get_image_model

from dscp_cms.file_answers import send_file
from dscp_cms.models import SiteDocument
from dscp_cms.visibility import Reader, closed_pages_with, visible

PUBLIC_FOR = timedelta(hours=1)  # short, since a picture may have to go when consent ends


@require_safe
def picture(request, path: str):
    """Serve one rendition, if anybody may see its collection and the consent of those shown stands.

    Staff see a picture without consent too: somebody has to record it.
    """
    renditions = get_image_model().get_rendition_model().objects.select_related("image__collection")
    rendition = renditions.filter(file=f"images/{path}").first()
    if rendition is None:
        raise Http404("No such picture.")
    for_staff = not rendition.image.consent_stands
    if for_staff and not Reader.of(request).staff:
        raise Http404("No such picture.")
    restrictions = rendition.image.collection.get_view_restrictions()
    if not all(restriction.accept_request(request) for restriction in restrictions):
        raise Http404("No such picture.")
    pages = closed_pages_with(rendition.image)
    if pages is not None and not visible(pages, Reader.of(request)).exists():
        raise Http404("No such picture.")
    private = bool(restrictions or for_staff or pages is not None)
    kept = "private, no-store" if private else f"public, max-age={int(PUBLIC_FOR.total_seconds())}"
    return send_file(request, rendition.file, name=path.rsplit("/", 1)[-1], cache_control=kept)


@require_safe
def document(request, pk: str, name: str):
    """A document at its own address, which resources don't show: they have addresses of their own."""
    found = get_object_or_404(SiteDocument.objects.select_related("collection"), pk=int(pk))
    if found.filename != name:
        raise Http404("No such file.")
    return serve_document(request, found)


def serve_document(request, found: SiteDocument):
    """Serve a document to those who may have it; a browser asks again each time whether it changed.

    Whoever must not have it gets the answer of the first hook that refuses.
    """
    return _serve_as(request, found, found.file, found.filename)


def serve_preview(request, found: SiteDocument):
    """Serve the picture of a document's first page, by the same rules; raise Http404 when there is none."""
    facts = getattr(found, "facts", None)
    if facts is None or not facts.picture:
        raise Http404("There is no picture of this file.")
    return _serve_as(request, found, facts.picture, facts.picture.name.rsplit("/", 1)[-1])


def _serve_as(request, found: SiteDocument, file, name: str):
    for check in hooks.get_hooks("before_serve_document"):
        if answer := check(found, request):
            return answer
    private = settings.SESSION_COOKIE_NAME in request.COOKIES or found.collection.get_view_restrictions()
    kept = "private, no-store" if private else "no-cache"
    return send_file(request, file, name=name, cache_control=kept)
