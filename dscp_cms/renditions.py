"""Makes every size of a picture ahead, so that no reader waits for it: nine files of a picture take seconds."""

import logging
from datetime import timedelta

from django.db.models import Count, Q
from django.utils import timezone
from wagtail.images.models import Filter

from dscp_cms.models import SiteImage

logger = logging.getLogger(__name__)

WIDTHS = (400, 800, 1200)
FORMATS = ("avif", "webp", "jpeg")
SPECS = [f"width-{width}|format-{kind}" for kind in FORMATS for width in WIDTHS]
TRIED_FOR = timedelta(days=2)  # after its upload


def of(image: SiteImage) -> dict:
    """Every size for pages, by its specification; those that aren't there yet are made now.

    Wagtail's ``get_renditions`` would write what it found in the cache back to it, nine files a picture and page.
    """
    filters = [Filter(spec=spec) for spec in SPECS]
    found = image.find_existing_renditions(*filters)
    if len(found) < len(filters):
        return image.get_renditions(*filters)
    return {wanted.spec: found[wanted] for wanted in filters}


def make(pk: int) -> bool:
    """Make what a picture lacks; by the worker. Nothing where it may not be shown, or can't be read."""
    image = SiteImage.objects.filter(pk=pk).first()
    if image is None or not image.consent_stands:
        return False
    try:
        of(image)
    except Exception as error:  # whatever a broken picture raises
        logger.warning("the sizes of picture %s can't be made: %s", pk, type(error).__name__)
        return False
    return True


def missing() -> list[int]:
    """Pictures of the last days that lack a size, such as those whose task was lost."""
    made = Count("renditions", filter=Q(renditions__filter_spec__in=SPECS))
    lately = SiteImage.objects.filter(created_at__gt=timezone.now() - TRIED_FOR).annotate(made=made)
    return [image.pk for image in lately.filter(made__lt=len(SPECS)) if image.consent_stands]
