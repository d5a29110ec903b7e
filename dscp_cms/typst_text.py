"""Words, rich text, headings and pictures as Typst source, for everything that is printed as PDF.

Whatever somebody typed reaches Typst as a string literal, never as markup: inside one only the
backslash and the quotation mark mean anything, and both are escaped.
"""

import re
import unicodedata
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup, NavigableString, Tag
from django.conf import settings
from django.utils.safestring import SafeString
from wagtail.images.models import Filter
from wagtail.rich_text import RichText, expand_db_html

from dscp_cms.tree import closed_collections

SCHEMES = {"http", "https", "mailto", "tel"}
LONGEST_ADDRESS = 2000
BLOCKS = {"p", "ul", "ol", "div", "h2", "h3", "h4", "h5", "h6", "blockquote", "hr"}
DROPPED = {"script", "style", "iframe", "object", "embed", "img", "template"}
INLINE = {"b": "strong", "strong": "strong", "i": "emph", "em": "emph", "sub": "sub", "sup": "super"}
LONG_WORD = re.compile(r"\S{31,}")
PICTURE = "max-1400x1400|format-jpeg|jpegquality-82|bgcolor-ffffff"  # twice as sharp as the column is wide


def clean(text) -> str:
    """The text without what no PDF may hold: control characters, lone surrogates, non-characters."""
    kept = []
    for letter in str(text if text is not None else ""):
        category = unicodedata.category(letter)
        if letter in "\n\t" or category in {"Zl", "Zp"}:
            kept.append("\n" if letter != "\t" else " ")
        elif category in {"Cs", "Co"} or ord(letter) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(letter) <= 0xFDEF:
            kept.append("\N{WHITE SQUARE}")
        elif category != "Cc" and letter != "\ufeff":
            kept.append(letter)
    return "".join(kept)


def literal(text) -> SafeString:
    """A Typst string that holds exactly this text, for an argument."""
    quoted = clean(text).replace("\\", "\\\\").replace('"', '\\"')
    return SafeString(f'"{quoted}"')


def words(text) -> SafeString:
    """Text to stand in Typst markup, on one line; nothing in it is markup."""
    shown = " ".join(clean(text).split())
    return _shown(shown) if shown else SafeString("")


def lines(text) -> SafeString:
    """Text to stand in Typst markup, its line breaks kept."""
    return SafeString("#linebreak();".join(words(line) for line in clean(text).strip().split("\n")))


def _shown(text: str) -> SafeString:
    # The semicolon ends the expression, whatever the template has after it.
    return SafeString(f"#{literal(LONG_WORD.sub(_breakable, text))};")


def _breakable(match: re.Match) -> str:
    """Let a very long word, such as an address, break: after a mark inside it, or every twelve letters."""
    broken = re.sub(r"([/\-.@_?&=])(?=\w)", "\\1\N{ZERO WIDTH SPACE}", match[0])
    return re.sub(r"([^\u200b]{12})(?=[^\u200b]{8})", "\\1\N{ZERO WIDTH SPACE}", broken)


def address(target: str | None) -> str:
    """The address as a PDF may link to it, or nothing for one that it may not."""
    target = clean(target).strip()
    if not target or target.startswith("#"):
        return ""
    whole = urljoin(f"{settings.PUBLIC_URL}/", target)
    try:
        scheme = urlsplit(whole).scheme
    except ValueError:
        return ""
    return whole if scheme in SCHEMES and len(whole) <= LONGEST_ADDRESS else ""


def link(shown, target: str | None) -> SafeString:
    """A link with these words, or the words alone where there is nowhere to lead."""
    return _linked(words(shown), target)


def _linked(content: str, target: str | None) -> SafeString:
    whole = address(target)
    return SafeString(f"#link({literal(whole)})[{content}];" if whole and content else content)


class Outline:
    """The headings of a document, in an order without gaps: PDF/UA allows no jump from 1 to 3.

    ``base`` is the level of the heading that the present blocks stand under; 1 is the title.
    """

    def __init__(self, base: int = 1):
        self.base = self.last = base

    def heading(self, content: str, depth: int = 1) -> SafeString:
        """A heading ``depth`` levels below the base, or as deep as the headings before it allow."""
        if not content:
            return SafeString("")
        self.last = min(self.base + depth, self.last + 1, 6)
        return SafeString(f"\n#heading(level: {self.last})[{content}]\n")


class Pictures:
    """The pictures that a document needs, as files to be typeset with it."""

    def __init__(self):
        self.files: dict[str, bytes] = {}
        self._closed: set[int] | None = None

    def _is_closed(self, image) -> bool:
        """Whether the picture's collection is restricted; asked once a document."""
        if self._closed is None:
            self._closed = set(closed_collections().values_list("pk", flat=True))
        return image.collection_id in self._closed

    def add(self, image) -> str:
        """The name of the file that holds a picture.

        Nothing if nobody agreed to it, if it isn't for everybody, or if its file is broken.
        """
        if image is None or not image.consent_stands or self._is_closed(image):
            return ""
        name = f"picture-{image.pk}.jpg"
        if name not in self.files:
            try:
                with image.get_rendition(Filter(spec=PICTURE)).file.open("rb") as file:
                    self.files[name] = file.read()
            except Exception:  # a missing or broken file must not keep a page from being printed
                return ""
        return name


def rich(value: RichText | str | None, outline: Outline | None = None) -> SafeString:
    """A rich text as Typst: paragraphs, lists, headings, links, bold and italic; all else as plain words."""
    source = value.source if isinstance(value, RichText) else str(value or "")
    soup = BeautifulSoup(expand_db_html(source), "html.parser")
    return SafeString(_blocks(soup, outline or Outline()))


def _blocks(node: Tag, outline: Outline) -> str:
    parts, inline = [], ""
    for child in node.children:
        if isinstance(child, Tag) and child.name in BLOCKS:
            parts.append(inline)
            inline = ""
            parts.append(_block(child, outline))
        else:
            inline += _inline(child)
    parts.append(inline)
    return "\n\n".join(part.strip() for part in parts if part.strip())


def _block(tag: Tag, outline: Outline) -> str:
    if tag.name in {"ul", "ol"}:
        items = "".join(f"[{_blocks(item, outline)}]" for item in tag.find_all("li", recursive=False))
        return f"#{'list' if tag.name == 'ul' else 'enum'}{items};" if items else ""
    if tag.name == "hr":
        return ""
    if tag.name == "blockquote":
        return f"#quote(block: true)[{_blocks(tag, outline)}];"
    if tag.name.startswith("h"):
        return outline.heading("".join(_inline(child) for child in tag.children), int(tag.name[1]) - 1)
    return _blocks(tag, outline)


def _inline(node) -> str:
    if isinstance(node, NavigableString):
        if type(node) is not NavigableString:  # comments and the like
            return ""
        text = re.sub(r"[ \t\r\n]+", " ", clean(node))
        return _shown(text) if text else ""
    if node.name in DROPPED:
        return ""
    if node.name == "br":
        return "#linebreak();"
    inside = "".join(_inline(child) for child in node.children)
    if node.name == "a":
        return _linked(inside, node.get("href"))
    return f"#{INLINE[node.name]}[{inside}];" if node.name in INLINE and inside else inside
