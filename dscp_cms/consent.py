"""Ending consent to a picture: what uses it, and taking it down everywhere at once."""

import logging
from dataclasses import dataclass
from io import BytesIO

from django.core.files.base import ContentFile
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from PIL import Image, ImageDraw
from wagtail.fields import StreamField
from wagtail.models import Page, get_page_models

from dscp_cms.models import SiteImage

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Use:
    """Something that shows a picture."""

    title: str
    kind: str
    public: bool
    link: str


def uses(image: SiteImage) -> list[Use]:
    """Every page that shows the picture, as readers see it or in its latest draft; each once.

    Looked up in the pages themselves: Wagtail's own index of references lags behind when no worker runs.
    """
    found = {page.pk: page for page in _pages_showing(image)}
    drafts = Page.objects.filter(has_unpublished_changes=True).exclude(pk__in=found)
    for page in drafts.specific().iterator():
        if image.pk in picture_keys(page.get_latest_revision_as_object()):
            found[page.pk] = page
    return [
        Use(
            page.get_admin_display_title(),
            page.specific_class.get_verbose_name(),
            page.live,
            reverse("wagtailadmin_pages:edit", args=[page.pk]),
        )
        for page in sorted(found.values(), key=lambda page: page.get_admin_display_title().lower())
    ]


def _pages_showing(image: SiteImage):
    for model in get_page_models():
        wanted = Q()
        for field in model._meta.get_fields():
            if isinstance(field, models.ForeignKey) and field.related_model is SiteImage:
                wanted |= Q(**{field.name: image})
            elif isinstance(field, StreamField):
                wanted |= Q(**{f"{field.name}__icontains": str(image.pk)})  # a first sieve
        if wanted:
            yield from (page for page in model._default_manager.filter(wanted) if image.pk in picture_keys(page))


def picture_keys(page: Page) -> set[int]:
    """The keys of the pictures that a page uses itself, in fields and blocks."""
    keys = set()
    for field in page._meta.get_fields():
        if isinstance(field, models.ForeignKey) and field.related_model is SiteImage:
            keys.add(getattr(page, field.attname))
        elif isinstance(field, StreamField):
            references = field.extract_references(field.value_from_object(page))
            keys.update(int(key) for model, key, *_ in references if model is SiteImage)
    return keys - {None}


def end_consent(image: SiteImage) -> None:
    """Take a picture down: the file and every rendition are replaced by a plain drawing, for good.

    Whatever shows the picture, also e-mails already sent that link to it, then shows the drawing or
    nothing. The original is deleted. A second call changes nothing.
    """
    with transaction.atomic():
        image = SiteImage.objects.select_for_update().get(pk=image.pk)
        old, storage = image.file.name, image.file.storage
        if image.consent_ended_at is not None:
            return
        for rendition in image.renditions.all():
            rendition.delete()
        name = f"picture-taken-down-{image.pk}.png"
        image.file.save(name, ContentFile(_placeholder(), name), save=False)  # without a name, width is lost
        image.consent_given, image.consent_ended_at = False, timezone.now()
        image.people, image.is_decorative, image.description = SiteImage.People.NONE, True, ""
        image.focal_point_x = image.focal_point_y = image.focal_point_width = image.focal_point_height = None
        image._set_file_hash()
        image.file_size = image.file.size
        image.save()
        transaction.on_commit(lambda: storage.delete(old))
    logger.info("consent to picture %s ended", image.pk)


def end_lapsed_consents() -> int:
    """End every consent whose last day has passed; return how many there were."""
    today = timezone.localdate()
    ended = 0
    for key in list(SiteImage.objects.with_lapsed_consent(today).values_list("pk", flat=True)):
        with transaction.atomic():
            # Looked at again under the lock: an editor may have prolonged it just now.
            image = SiteImage.objects.with_lapsed_consent(today).select_for_update().filter(pk=key).first()
            if image:
                end_consent(image)
                ended += 1
    return ended


def _placeholder() -> bytes:
    """A quiet drawing in place of the picture: two hills and a sky, nobody in it."""
    picture = Image.new("RGB", (1200, 800), "#e6ece8")
    draw = ImageDraw.Draw(picture)
    draw.ellipse((-200, 480, 800, 1300), fill="#c5d5cd")
    draw.ellipse((450, 540, 1500, 1400), fill="#aec4ba")
    buffer = BytesIO()
    picture.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
