"""Reads an export in WordPress's own format (WXR) piece by piece, whatever state it is in.

The file is only ever scanned as bytes: where each ``<item>`` begins and ends is noted, and an item is parsed
by itself when it is wanted. So memory doesn't grow with the file, one broken item costs only itself, and a
file that was cut is read up to the cut. Nothing outside an item but the head is parsed, by a parser that
refuses definitions of entities and of types: these are how XML is made to explode or to fetch files.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO
from xml.etree.ElementTree import Element, ParseError  # noqa: S405 - names only; defusedxml parses

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from home.imports.wordpress_pieces import DEFINITIONS, Entry, ExportError, Item, Term, pieces

MOST_ITEMS = 200_000
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
NUMBERED = re.compile(r"&#(?:x([0-9a-f]{1,7})|(\d{1,8}));", re.IGNORECASE)
BARE_AMPERSAND = re.compile(r"&(?!(?:#\d+|#x[0-9a-f]+|amp|lt|gt|quot|apos);)", re.IGNORECASE)
CDATA = re.compile(r"(<!\[CDATA\[.*?\]\]>)", re.DOTALL)
NAMESPACES = {
    "excerpt": "http://wordpress.org/export/1.2/excerpt/",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "wfw": "http://wellformedweb.org/CommentAPI/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "wp": "http://wordpress.org/export/1.2/",
}
# Only these encodings are read as they are declared; anything else is taken for UTF-8.
ENCODINGS = {"utf-8", "iso-8859-1", "latin-1", "windows-1252", "iso-8859-15", "us-ascii"}

# Kinds of posts that are brought over nowhere, by their status.
GONE = {"trash": "It is in WordPress’s bin.", "auto-draft": "It is a draft that nobody ever saved."}

NOT_AN_EXPORT = (
    "This isn’t an export of WordPress. In WordPress, choose Tools, Export, “All content”, and take the .xml file."
)
CUT = "The file ends in the middle of a part. What stands before was read; export it again for the rest."


@dataclass
class Export:
    """What was learnt of a file in one reading."""

    path: Path
    encoding: str = "utf-8"
    root: str = ""  # the start tag around every item, with its namespaces
    site_url: str = ""
    title: str = ""
    authors: dict[str, str] = field(default_factory=dict)
    terms: list[Term] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    broken: list[tuple[str, str]] = field(default_factory=list)  # what it was, why it isn't read
    message: str = ""  # where it ended early

    def items(self, entries: list[Entry]) -> Iterator[Item]:
        """Parse these items, one at a time."""
        with self.path.open("rb") as file:
            for entry in entries:
                yield self.item(entry, file)

    def item(self, entry: Entry, file: BinaryIO | None = None) -> Item:
        """Parse one item anew."""
        if file is None:
            with self.path.open("rb") as opened:
                return self.item(entry, opened)
        file.seek(entry.start)
        return _item(entry, _parsed(file.read(entry.end - entry.start), self), self)


def looks_like_one(file: BinaryIO) -> bool:
    """Whether a file begins as an export does; raise ExportError for what plainly isn't one."""
    file.seek(0)
    _encoding(file)
    file.seek(0)
    head = file.read(1 << 16)
    file.seek(0)
    return b"<rss" in head and b"wordpress.org/export/" in head


def read(path: Path) -> Export:
    """Read where everything stands; raise ExportError for what isn't an export or could do harm."""
    export = Export(path)
    with path.open("rb") as file:
        export.encoding = _encoding(file)
        file.seek(0)
        for what, start, end in pieces(file):
            if what == "head":
                _read_head(_bytes(path, start, end), export)
            elif what == "cut":
                export.message = CUT
            elif what == "large":
                export.broken.append((f"the part at byte {start:,}", "It is larger than 20 MB."))
            else:
                _note(path, start, end, export)
            if len(export.entries) > MOST_ITEMS:  # each costs some hundred bytes of memory
                raise ExportError(f"The file has more than {MOST_ITEMS:,} parts. Export it in several files.")
        file.seek(max(0, path.stat().st_size - 4096))
        if b"</rss>" not in file.read():
            export.message = CUT
    if not export.root:
        raise ExportError(NOT_AN_EXPORT)
    _part_twins(export)
    return export


def _part_twins(export: Export) -> None:
    """Give items that share a GUID, as copied posts do, one each; what stands in the file twice is taken once.

    Twice is what has the same words: in exports that were put together from several, numbers repeat too.
    """
    seen: dict[str, Entry] = {}
    kept = []
    for entry in export.entries:
        named, number = f"{entry.guid[:480]}#{entry.post_id}", 1
        while first := seen.get(entry.guid):
            if _bytes(export.path, entry.start, entry.end) == _bytes(export.path, first.start, first.end):
                export.broken.append((entry.guid, "It stands in the file twice; the first was taken."))
                break
            entry.guid, number = named if number == 1 else f"{named}-{number}", number + 1
        else:
            seen[entry.guid] = entry
            kept.append(entry)
    export.entries = kept


def _bytes(path: Path, start: int, end: int) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        return file.read(end - start)


def _encoding(file: BinaryIO) -> str:
    """The file's encoding; raise ExportError for what is no text that can be scanned by bytes."""
    head = file.read(4096)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ExportError("The file is in UTF-16. Export it from WordPress again, and don’t save it in between.")
    if head.startswith((b"\x1f\x8b", b"PK\x03\x04")):
        raise ExportError("The file is packed. Unpack it, and choose the .xml file that is inside.")
    if not head.strip():
        raise ExportError("The file is empty.")
    found = re.search(rb"<\?xml[^>]*encoding=[\"']([\w-]+)", head)
    declared = found[1].decode("ascii").lower() if found else "utf-8"
    return declared if declared in ENCODINGS else "utf-8"


def _text(raw: bytes, encoding: str) -> str:
    """The bytes as text that XML allows: what can't be decoded becomes �, control characters go."""
    text = CONTROL.sub("", raw.decode(encoding, "replace"))
    return NUMBERED.sub(lambda match: match[0] if _is_allowed(match) else "", text)


def _is_allowed(match: re.Match) -> bool:
    code = int(match[1], 16) if match[1] else int(match[2])
    return code in {9, 10, 13} or 32 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF


def _read_head(raw: bytes, export: Export) -> None:
    text = _text(raw, export.encoding)
    start = re.search(r"<rss\b[^>]{0,4000}>", text)
    if not start or "wordpress.org/export/" not in text[:20_000]:
        raise ExportError(NOT_AN_EXPORT)
    export.root = start[0]
    body = text[start.end() :]
    if "</rss>" not in body:
        body += "</channel></rss>"
    try:
        channel = _tree(f"{export.root}{body}").find("channel")
    except DefusedXmlException as error:
        raise ExportError(DEFINITIONS) from error
    except ParseError:
        # Items say which terms they have; only the names of authors are lost.
        export.broken.append(("the list of categories, tags and authors", "It is broken and was not read."))
        return
    if channel is None:
        raise ExportError(NOT_AN_EXPORT)
    export.site_url = _value(channel, "base_blog_url") or _value(channel, "link")
    export.title = _value(channel, "title")
    for child in channel:
        name = _name(child)
        if name == "author":
            export.authors[_value(child, "author_login")] = _value(child, "author_display_name")
        elif name == "category" and _value(child, "category_nicename"):
            export.terms.append(Term("category", _value(child, "category_nicename"), _value(child, "cat_name")))
        elif name == "tag" and _value(child, "tag_slug"):
            export.terms.append(Term("post_tag", _value(child, "tag_slug"), _value(child, "tag_name")))


def _tree(text: str) -> Element:
    return fromstring(text, forbid_dtd=True)


def _parsed(raw: bytes, export: Export) -> Element:
    """The item's element; raise ParseError for what can't be mended."""
    text = _text(raw, export.encoding)
    try:
        return _tree(f"{export.root}{text}</rss>")[0]
    except (ParseError, IndexError):
        # Lone ampersands and HTML's own entities outside CDATA are what plugins get wrong.
        parts = CDATA.split(text)
        mended = "".join(part if n % 2 else BARE_AMPERSAND.sub("&amp;", part) for n, part in enumerate(parts))
        namespaces = " ".join(f'xmlns:{name}="{address}"' for name, address in NAMESPACES.items())
        return _tree(f"<rss {namespaces}>{mended}</rss>")[0]


def _note(path: Path, start: int, end: int, export: Export) -> None:
    try:
        element = _parsed(_bytes(path, start, end), export)
    except (ParseError, IndexError, DefusedXmlException, RecursionError) as error:
        export.broken.append((f"the part at byte {start:,}", f"Its XML is broken ({error})."))
        return
    guid, link, post_id = _value(element, "guid"), _value(element, "link"), _number(element, "post_id")
    export.entries.append(
        Entry(
            start=start,
            end=end,
            post_id=post_id,
            kind=_value(element, "post_type") or "post",
            status=_value(element, "status") or "draft",
            guid=(guid or link or f"{export.site_url}/?p={post_id}")[:500],
            link=link[:2000],
            slug=_value(element, "post_name")[:500],
            parent=_number(element, "post_parent"),
            url=_value(element, "attachment_url")[:2000],
            order=_number(element, "menu_order"),
        )
    )


def _item(entry: Entry, element: Element, export: Export) -> Item:
    terms, meta = [], {}
    for child in element:
        name = _name(child)
        if name == "category" and child.get("domain") in {"category", "post_tag"}:
            words = html.unescape((child.text or "").strip())
            terms.append(Term(child.get("domain"), child.get("nicename") or words, words))
        elif name == "postmeta":
            meta[_value(child, "meta_key")] = _value(child, "meta_value")
    login = _value(element, "creator")
    return Item(
        entry=entry,
        title=_value(element, "title"),
        content=_value(element, "encoded", "content"),
        excerpt=_value(element, "encoded", "excerpt"),
        author=export.authors.get(login) or login,
        date=_value(element, "post_date"),
        date_gmt=_value(element, "post_date_gmt"),
        password=_value(element, "post_password"),
        terms=terms,
        meta=meta,
    )


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _value(element: Element, name: str, place: str = "") -> str:
    """The text of a child; ``place`` tells the two that are both called "encoded" apart."""
    for child in element:
        if _name(child) == name and (not place or place in child.tag.partition("}")[0]):
            return (child.text or "").strip()
    return ""


def _number(element: Element, name: str) -> int:
    text = _value(element, name)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
