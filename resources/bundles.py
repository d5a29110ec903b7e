"""Several files as one zip, made while it is sent.

Nothing is written to disk and no file is held in memory: each is read in small pieces when its turn comes.
Files are stored as they are (PDFs and Office files are compressed already), so the length is known from the
start and browsers show how far they are. Only what the reader may open today goes in: current versions, of
pages and files that no restriction keeps from this reader.
"""

import contextlib
import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from django.db.models import OuterRef, Prefetch, Subquery
from django.utils import timezone
from django.utils.text import slugify
from wagtail.models import Collection
from zipstream import ZipStream

from dscp_cms.faces import absolute
from dscp_cms.visibility import Reader, visible
from resources.models.versions import FileVersion

if TYPE_CHECKING:
    from resources.models.library import ResourcePage  # whose pages call this module

logger = logging.getLogger(__name__)

PIECE = 64 * 1024  # bytes read at a time
LIST_NAME = "contents.txt"
MOST = 500  # files of one zip; a larger library comes in parts


@dataclass(frozen=True)
class Entry:
    """A file of a bundle: which version of which resource, and what it is called inside."""

    resource: "ResourcePage"
    version: FileVersion
    name: str
    size: int


def open_resources(resources, reader: Reader):
    """Those of some resources whose file this reader may open, with it and its size (``weight``)."""
    current = FileVersion.objects.published().filter(resource=OuterRef("pk"))
    found = visible(resources, reader).annotate(
        place=Subquery(current.values("document__collection__path")[:1]),
        weight=Subquery(current.values("document__file_size")[:1]),
    )
    found = found.exclude(place=None)
    for path in _hidden_collections(reader):
        found = found.exclude(place__startswith=path)
    versions = FileVersion.objects.published().select_related("document")
    return found.prefetch_related(Prefetch("versions", queryset=versions, to_attr="published_versions"))


def _hidden_collections(reader: Reader) -> list[str]:
    """The paths of collections whose restriction keeps this reader out."""
    restrictions = Collection.objects.exclude(view_restrictions=None).prefetch_related("view_restrictions__groups")
    return [
        collection.path
        for collection in restrictions
        if not all(reader.passes(restriction) for restriction in collection.view_restrictions.all())
    ]


def entries(resources: Iterable["ResourcePage"]) -> tuple[list[Entry], list["ResourcePage"]]:
    """What goes into a bundle of resources, and those whose file is missing from the disk.

    Names are made of letters, digits and hyphens, are safe on every system and are all different,
    also where upper and lower case are the same.
    """
    found, missing, taken = [], [], {LIST_NAME}
    for resource in resources:
        version = resource.current_version
        try:
            size = version.document.file.size
        except OSError:
            logger.warning("the file of version %s is missing, so it stands in no bundle", version.pk)
            missing.append(resource)
            continue
        name = _name(resource, version, taken)
        taken.add(name)
        found.append(Entry(resource, version, name, size))
    return found, missing


def _name(resource: "ResourcePage", version: FileVersion, taken: set[str]) -> str:
    ending = slugify(PurePosixPath(version.document.filename).suffix.lstrip("."))[:8]
    label = slugify(version.label.replace(".", "-"))[:20] or version.pk
    stem = f"{slugify(resource.title)[:80].strip('-') or 'resource'}-{label}"
    dot = f".{ending}" if ending else ""
    name, number = f"{stem}{dot}", 1
    while name in taken:
        number += 1
        name = f"{stem}-{number}{dot}"
    return name


def bundle(
    files: list[Entry], missing: Iterable["ResourcePage"], title: str, sent: Callable[[int], object] | None = None
) -> ZipStream:
    """The zip of these files and a list of them; iterate over it to send it, ``len`` is its exact size.

    ``sent`` is called with the key of each version whose last piece was handed on. A file that changes its
    size meanwhile ends the stream early, so that the reader's program sees that it isn't whole.
    """
    stream = ZipStream(sized=True)
    stream.comment = title[:200]
    stream.add(_contents(files, missing, title), LIST_NAME)
    for entry in files:
        stream.add(_pieces(entry, sent), entry.name, size=entry.size)
    return stream


def _pieces(entry: Entry, sent: Callable[[int], object] | None) -> Iterator[bytes]:
    file = entry.version.document.file
    with contextlib.closing(file.storage.open(file.name)) as opened:
        yield from opened.chunks(PIECE)
    if sent:
        sent(entry.version.pk)


def _contents(files: list[Entry], missing: Iterable["ResourcePage"], title: str, now: datetime | None = None) -> str:
    """The list inside: what each file is and where its newest version is always found."""
    day = timezone.localtime(now)
    lines = [title, f"As of {day.day} {day:%B %Y}. The site always has the newest version of each.", ""]
    for entry in files:
        lines += [
            entry.name,
            f"  {entry.resource.title}",
            f"  {entry.version.note}",
            f"  {absolute(entry.resource.url)}",
            "",
        ]
    for resource in missing:
        lines += [f"Left out, since its file can't be read just now: {resource.title}", ""]
    return "\r\n".join(lines)
