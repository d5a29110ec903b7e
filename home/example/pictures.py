"""Pictures drawn for this site: calm landscapes like cut paper, in the colours of its stylesheet, with no people."""

from collections.abc import Callable
from contextlib import suppress
from io import BytesIO

from django.core.files.images import ImageFile
from wagtail.images.models import SourceImageIOError

from dscp_cms import renditions
from dscp_cms.models import SiteImage
from home.example import scenes
from home.example.paper import Paper

SOURCE = "Drawn for this site"

# name: (title, what a reader who can't see it is told, how it is drawn)
PICTURES: dict[str, tuple[str, str, Callable[[Paper], None]]] = {
    "bridge": (
        "A bridge over the river",
        "A stone bridge with three arches over a river, among green hills.",
        scenes.bridge,
    ),
    "houses": (
        "Houses on the hill",
        "A row of small houses on a hill at dusk, with light in the windows.",
        scenes.houses,
    ),
    "hills": ("Hills in many colours", "", scenes.hills),
    "arches": ("Arches", "", scenes.arches),
    "village": ("A village in the morning", "Houses and round trees close together around a green.", scenes.village),
    "coast": ("The coast", "Cliffs above a quiet sea, with the sun low over the water.", scenes.coast),
    "viaduct": ("A viaduct", "A long railway viaduct across a wooded valley.", scenes.viaduct),
    "lamps": ("Street lamps", "A path through a park at night, with three lamps that light it.", scenes.lamps),
}


def draw(name: str) -> bytes:
    """The picture as JPEG; the same each time."""
    paper = Paper()
    PICTURES[name][2](paper)
    buffer = BytesIO()
    paper.finished().save(buffer, "JPEG", quality=90, subsampling=0, optimize=True)
    return buffer.getvalue()


def picture(name: str) -> SiteImage:
    """The picture in the library, drawn when it isn't there. One without a description is decoration."""
    title, description, _scene = PICTURES[name]
    found = SiteImage.objects.filter(title=title, source=SOURCE).first()
    if found:
        return found
    image = SiteImage(
        title=title,
        description=description,
        is_decorative=not description,
        source=SOURCE,
        licence="Our own",
        people=SiteImage.People.NONE,
        file=ImageFile(BytesIO(draw(name)), name=f"{name}.jpg"),
    )
    image.save()
    return image


def make_sizes() -> None:
    """Make every size of the pictures now, so that no reader waits for them. A picture without its file is left out."""
    for image in SiteImage.objects.filter(source=SOURCE):
        with suppress(SourceImageIOError):
            renditions.of(image)
