"""Ending consent to a picture: what uses it, and taking it down everywhere at once."""

import logging
from io import BytesIO

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from PIL import Image, ImageDraw
from wagtail.models import ReferenceIndex

from dscp_cms.models import SiteImage

logger = logging.getLogger(__name__)


def uses(image: SiteImage) -> list:
    """Everything that shows the picture, each once, as Wagtail's reference index knows it."""
    references = ReferenceIndex.get_references_to(image).group_by_source_object()
    return [source for source, _references in references]


def end_consent(image: SiteImage) -> None:
    """Take a picture down: the file and every rendition are replaced by a plain drawing, for good.

    Whatever shows the picture, also e-mails already sent that link to it, then shows the drawing or
    nothing. The original is deleted.
    """
    with transaction.atomic():
        image = SiteImage.objects.select_for_update().get(pk=image.pk)
        old, storage = image.file.name, image.file.storage
        for rendition in image.renditions.all():
            rendition.delete()
        image.file.save(f"picture-taken-down-{image.pk}.png", ContentFile(_placeholder()), save=False)
        image.consent_given, image.consent_ended_at = False, timezone.now()
        image.people, image.decorative, image.description = SiteImage.People.NONE, True, ""
        image.focal_point_x = image.focal_point_y = image.focal_point_width = image.focal_point_height = None
        image._set_file_hash()
        image.file_size = image.file.size
        image.save()
        transaction.on_commit(lambda: storage.delete(old))
    logger.info("consent to picture %s ended", image.pk)


def end_lapsed_consents() -> int:
    """End every consent whose last day has passed; return how many there were."""
    lapsed = list(SiteImage.objects.with_lapsed_consent(timezone.localdate()))
    for image in lapsed:
        end_consent(image)
    return len(lapsed)


def _placeholder() -> bytes:
    """A quiet drawing in place of the picture: two hills and a sky, nobody in it."""
    picture = Image.new("RGB", (1200, 800), "#e6ece8")
    draw = ImageDraw.Draw(picture)
    draw.ellipse((-200, 480, 800, 1300), fill="#c5d5cd")
    draw.ellipse((450, 540, 1500, 1400), fill="#aec4ba")
    buffer = BytesIO()
    picture.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
