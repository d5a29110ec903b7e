"""Makes every size of a picture ahead, so that no reader waits for it: nine files of a picture take seconds."""

import logging
from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Count, Q
from django.utils import timezone

from dscp_cms.models import SiteImage

logger = logging.getLogger(__name__)

WIDTHS = (400, 800, 1200)
FORMATS = ("avif", "webp", "jpeg")
SPECS = [f"width-{width}|format-{kind}" for kind in FORMATS for width in WIDTHS]
TRIED_FOR = timedelta(days=2)  # after its upload


def look_up(images: Iterable[SiteImage | None]) -> None:
    """Find the sizes of several pictures at once, for ``of``; one query."""
    by_key: dict[int, list[SiteImage]] = {}
    for image in images:
        if image is not None:
            by_key.setdefault(image.pk, []).append(image)
    found = {pk: {} for pk in by_key}
    # None of these sizes is cut out of the picture, so that none has a focal point.
    made = SiteImage.get_rendition_model().objects.filter(filter_spec__in=SPECS, focal_point_key="")
    for rendition in made.filter(image__in=by_key) if by_key else ():
        found[rendition.image_id][rendition.filter_spec] = rendition
    for pk, same in by_key.items():
        for image in same:
            image.sizes = found[pk]


def of(image: SiteImage) -> dict:
    """Every size for pages, by its specification; those that aren't there yet are made now.

    Wagtail's ``get_renditions`` asks the cache for each, and writes what it found there back to it.
    """
    if "sizes" not in image.__dict__:
        look_up([image])
    if len(image.sizes) < len(SPECS):
        image.sizes = image.get_renditions(*SPECS)
    return image.sizes


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
