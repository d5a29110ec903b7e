"""Takes a page apart into what can be checked: words, links, headings, pictures, tables, and where each stands."""

from dataclasses import dataclass, field
from typing import Any

from bs4 import BeautifulSoup, Tag
from django.db import models
from wagtail import blocks
from wagtail.contrib.typed_table_block.blocks import TypedTable, TypedTableBlock
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page

from dscp_cms.blocks import HeadingValue, LinkValue, UnconvertedBlock
from dscp_cms.models import SiteImage

# Words of a page that readers don't see as a text.
NOT_READ = {"search_description", "draft_title", "url_path", "comment_notifications"}
TELEPHONE = "telephone"


@dataclass(frozen=True)
class Line:
    """Some words, and what they are: a title, a heading, a label, a paragraph, an item of a list, a number."""

    text: str
    where: str
    role: str


@dataclass(frozen=True)
class Link:
    """A link: its words, its address (empty for a page of ours), whether it leads to a file."""

    words: str
    address: str
    where: str
    to_file: bool = False


@dataclass
class Parts:
    """What a page holds, in the order of reading."""

    lines: list[Line] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    headings: list[tuple[int, str, str]] = field(default_factory=list)  # level, words, where; 1 begins a field
    images: list[tuple[SiteImage, str]] = field(default_factory=list)
    tables: list[tuple[TypedTable, str]] = field(default_factory=list)
    unconverted: list[str] = field(default_factory=list)  # where an import left something

    def prose(self) -> str:
        """The running text, without titles and labels."""
        return "\n\n".join(line.text for line in self.lines if line.role in {"paragraph", "item"})


def parts_of(page: Page) -> Parts:
    """Take a page apart: its title, its summary, and every field that an editor writes words into."""
    parts = Parts([Line(page.title, "Title", "title")])
    for one in page._meta.get_fields():
        if getattr(one, "name", "") in NOT_READ or not isinstance(one, models.Field):
            continue
        where = str(one.verbose_name).capitalize()
        value = one.value_from_object(page) if one.concrete else None
        if isinstance(one, StreamField):
            # The template writes a heading above every stream but the main one.
            parts.headings.append((1 if one.name == "body" else 2, "", where))
            _stream(parts, value, where, numbered=True)
        elif isinstance(one, RichTextField):
            parts.headings.append((2, "", where))
            _rich(parts, value or "", where)
        elif isinstance(one, models.TextField) and value:
            parts.lines.append(Line(value, where, "summary" if one.name == "summary" else "paragraph"))
        elif isinstance(one, models.ForeignKey) and one.related_model is SiteImage and value:
            parts.images.append((getattr(page, one.name), where))
    return parts


def _stream(parts: Parts, value, where: str, *, numbered: bool = False) -> None:
    for number, child in enumerate(value, start=1):
        place = f"{where}, block {number} ({child.block.label})" if numbered else where
        walk(parts, child.block, child.value, place)


def walk(parts: Parts, block: blocks.Block, value: Any, where: str) -> None:
    """Add what a block's value holds."""
    if value is None:
        return
    if isinstance(block, UnconvertedBlock):
        parts.unconverted.append(where)
    elif isinstance(value, HeadingValue):
        level, text = int(value.get("level", "h2")[1:]), value.get("text") or ""
        parts.headings.append((level, text, where))
        parts.lines.append(Line(text, where, "heading"))
    elif isinstance(block, TypedTableBlock):
        parts.tables.append((value, where))
        for row in value.rows:
            for cell in row:
                walk(parts, cell.block, cell.value, where)
    elif isinstance(block, blocks.StructBlock):
        if isinstance(value, LinkValue) and value.words:
            parts.links.append(Link(value.words, value.get("url") or "", where, is_file(value.get("url") or "")))
        for name, child in block.child_blocks.items():
            _field(parts, name, child, value.get(name), where)
    elif isinstance(block, blocks.StreamBlock):
        parts.headings.append((1, "", where))  # a chapter begins anew
        _stream(parts, value, where)
    elif isinstance(block, blocks.ListBlock):
        for child in value:
            walk(parts, block.child_block, child, where)
    else:
        _field(parts, "", block, value, where)


def _field(parts: Parts, name: str, block: blocks.Block, value: Any, where: str) -> None:
    if isinstance(block, blocks.RichTextBlock):
        _rich(parts, value.source if value else "", where)
    elif isinstance(block, blocks.TextBlock) and value:
        parts.lines.append(Line(value, where, "paragraph"))
    elif isinstance(block, blocks.CharBlock) and value:
        parts.lines.append(Line(value, where, TELEPHONE if name == TELEPHONE else "label"))
    elif isinstance(value, SiteImage):
        parts.images.append((value, where))
    elif isinstance(block, (blocks.StructBlock, blocks.BaseStreamBlock, blocks.ListBlock, TypedTableBlock)):
        walk(parts, block, value, where)


def _rich(parts: Parts, source: str, where: str) -> None:
    soup = BeautifulSoup(source, "html.parser")
    for link in soup.find_all("a"):
        address = link.get("href", "")
        to_file = link.get("linktype") == "document" or is_file(address)
        parts.links.append(Link(_words(link), address, where, to_file))
    for tag in soup.find_all(["p", "li", "h2", "h3", "h4", "h5", "h6", "blockquote"]):
        if tag.find(["p", "li"]):
            continue
        words = _words(tag)
        if tag.name.startswith("h"):
            parts.headings.append((int(tag.name[1]), words, where))
            parts.lines.append(Line(words, where, "heading"))
        elif words:
            parts.lines.append(Line(words, where, _role(tag, words)))
    if not soup.find(["p", "li"]) and (words := _words(soup)):
        parts.lines.append(Line(words, where, "paragraph"))


def _role(tag: Tag, words: str) -> str:
    if tag.name == "li":
        return "item"
    bold = " ".join(part.get_text(" ") for part in tag.find_all(["b", "strong"]))
    looks = " ".join(bold.split()) == words and len(words) < 80 and not words.endswith((".", "!", "?"))
    return "false heading" if looks else "paragraph"


def _words(tag: Tag) -> str:
    return " ".join(tag.get_text("").split())


FILES = (".pdf", ".doc", ".docx", ".ppt", ".pptx", ".xls", ".xlsx", ".odt")


def is_file(address: str) -> bool:
    """Whether an address looks like a document's rather than a page's."""
    return address.partition("?")[0].partition("#")[0].lower().endswith(FILES)
