"""The one view that serves pictures; documents go through Wagtail's own, with its permission check."""

from datetime import timedelta

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404
from django.views.decorators.http import require_safe
from wagtail.images import get_image_model

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
    if for_staff and not request.user.has_perm("wagtailadmin.access_admin"):
        raise Http404("No such picture.")
    restrictions = rendition.image.collection.get_view_restrictions()
    if not all(restriction.accept_request(request) for restriction in restrictions):
        raise Http404("No such picture.")
    try:
        file = default_storage.open(rendition.file.name)
    except FileNotFoundError as error:
        raise Http404("No such picture.") from error
    response = FileResponse(file)
    if restrictions or for_staff:
        response["Cache-Control"] = "private, no-store"
    else:
        response["Cache-Control"] = f"public, max-age={int(PUBLIC_FOR.total_seconds())}"
    response["Content-Security-Policy"] = "default-src 'none'"
    return response
