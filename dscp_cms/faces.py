"""How pages and blocks are printed where there is no site around them: in e-mail and as plain text.

A block whose web template is ``blocks/callout.html`` has its e-mail face in ``blocks/email/callout.html``
(MJML elements that stand in a column), its text face in ``blocks/text/callout.txt`` and its Typst face, for
PDFs, in ``blocks/typst/callout.typ``.
"""

import re
from textwrap import TextWrapper
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup, NavigableString, Tag
from django.conf import settings
from django.template import Context
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe
from wagtail.blocks import BoundBlock
from wagtail.rich_text import RichText, expand_db_html

BLOCK_FACES = {"email": "html", "text": "txt", "typst": "typ"}
# What faces hand on to the faces inside them.
SHARED = (
    *("notes", "conf", "issue", "slot_manage", "slot_unsubscribe", "settings", "request"),
    *("outline", "pictures", "printed_page"),
)
TEXT_WIDTH = 72
# What a rich text of ours may hold; anything else, such as pasted layout, is unwrapped.
TAGS = {"p", "a", "b", "strong", "i", "em", "ul", "ol", "li", "br", "h2", "h3", "h4", "hr", "sub", "sup", "blockquote"}
DROPPED = {"script", "style", "iframe", "object", "embed", "img", "template"}
# Mail programs read little but inline styles. Colours that change in the dark stand in the mail's head.
EMAIL_STYLES = {
    "p": "margin:0 0 14px",
    "ul": "margin:0 0 14px;padding:0 0 0 22px",
    "ol": "margin:0 0 14px;padding:0 0 0 26px",
    "li": "margin:0 0 6px",
    "a": "color:#0b4a4f;text-decoration:underline",
    "h2": "margin:0 0 10px;font-size:24px;line-height:30px",
    "h3": "margin:0 0 8px;font-size:20px;line-height:26px",
    "h4": "margin:0 0 8px;font-size:17px;line-height:24px",
    "blockquote": "margin:0 0 14px;padding:0 0 0 16px",
}


def absolute(address: str | None) -> str:
    """The address as it works from outside the site; e-mail and telephone links stay as they are."""
    return urljoin(f"{settings.PUBLIC_URL}/", address) if address else ""


def is_ours(address: str) -> bool:
    """Whether an absolute address leads to this site."""
    return urlsplit(address).netloc == urlsplit(settings.PUBLIC_URL).netloc


def face_template(block, face: str) -> str:
    """The template of a block's face; raise ValueError for a face that blocks don't have."""
    if face not in BLOCK_FACES:
        raise ValueError(f"a block has no face called {face!r}")
    folder, _, name = (block.meta.template or "blocks/rich_text.html").rpartition("/")
    return f"{folder}/{face}/{name.removesuffix('.html')}.{BLOCK_FACES[face]}"


def render_block(bound: BoundBlock, face: str, context: dict | None = None) -> SafeString:
    """Print a block's face. In plain text and Typst nothing is escaped for HTML: neither ever becomes it."""
    template = get_template(face_template(bound.block, face)).template
    return template.render(
        Context({**(context or {}), "value": bound.value, "block": bound}, autoescape=face == "email")
    )


def email_html(value: RichText | str) -> SafeString:
    """A rich text for an e-mail: absolute links, styles on each element, nothing that mail can't show."""
    soup = _soup(value)
    for tag in soup.find_all(True):
        if tag.name in DROPPED:
            tag.decompose()
        elif tag.name not in TAGS:
            tag.unwrap()
        else:
            href = tag.get("href")
            tag.attrs = {"style": EMAIL_STYLES[tag.name]} if tag.name in EMAIL_STYLES else {}
            if tag.name == "a" and href:
                tag["href"] = absolute(href)
    _trim_last_margin(soup)
    return mark_safe(soup.decode(formatter="minimal"))  # noqa: S308 - only known elements are left


def _soup(value: RichText | str) -> BeautifulSoup:
    source = value.source if isinstance(value, RichText) else str(value or "")
    return BeautifulSoup(expand_db_html(source), "html.parser")


def _trim_last_margin(soup: BeautifulSoup) -> None:
    last = next((child for child in reversed(soup.contents) if isinstance(child, Tag)), None)
    if last is not None and "style" in last.attrs:
        last["style"] = last["style"].replace("0 0 14px", "0", 1)


class Footnotes:
    """The links of a plain text: each address once, numbered, listed at its end."""

    def __init__(self):
        self.addresses: list[str] = []

    def mark(self, address: str) -> str:
        """The number that stands behind the link's words, such as ``[3]``."""
        if address not in self.addresses:
            self.addresses.append(address)
        return f"[{self.addresses.index(address) + 1}]"

    def listed(self) -> str:
        """A line for each address."""
        return "\n".join(f"[{number}] {address}" for number, address in enumerate(self.addresses, start=1))


def link_in_text(words: str, address: str | None, notes: Footnotes | None) -> str:
    """A link in plain text: its words and a number, or the address where there are no footnotes."""
    words = " ".join(str(words).split())
    if not address:
        return words
    if address.startswith(("mailto:", "tel:")):
        bare = address.partition(":")[2].partition("?")[0]
        shown = (
            re.sub(r"\D", "", words) == re.sub(r"\D", "", bare).replace("44", "0", 1) if "tel:" in address else False
        )
        return words if bare.lower() in words.lower() or shown else f"{words} ({bare})"
    address = absolute(address)
    return f"{words}\N{NO-BREAK SPACE}{notes.mark(address)}" if notes is not None else f"{words} ({address})"


def plain_text(value: RichText | str, notes: Footnotes | None = None) -> str:
    """A rich text as plain text: paragraphs parted by empty lines, lists with their marks. Not wrapped."""
    return re.sub(r"\n{3,}", "\n\n", _blocks_as_text(_soup(value), notes, "")).strip("\n")


def _blocks_as_text(node: Tag, notes: Footnotes | None, indent: str) -> str:
    parts, inline = [], ""
    for child in node.children:
        if isinstance(child, Tag) and child.name in {"p", "ul", "ol", "div", "h2", "h3", "h4", "blockquote", "hr"}:
            if inline.strip():
                parts.append(indent + _tidy(inline))
            inline = ""
            if child.name in {"ul", "ol"}:
                parts.append(_list_as_text(child, notes, indent))
            elif child.name != "hr":
                parts.append(_blocks_as_text(child, notes, indent))
        else:
            inline += _inline_as_text(child, notes)
    if inline.strip():
        parts.append(indent + _tidy(inline))
    return "\n\n".join(part for part in parts if part.strip())


def _list_as_text(node: Tag, notes: Footnotes | None, indent: str) -> str:
    lines = []
    for number, item in enumerate(node.find_all("li", recursive=False), start=1):
        mark = f"{number}. " if node.name == "ol" else "- "
        inner = _blocks_as_text(item, notes, indent + " " * len(mark)).replace("\n\n", "\n")
        lines.append(f"{indent}{mark}{inner.lstrip()}")
    return "\n".join(lines)


def _inline_as_text(node, notes: Footnotes | None) -> str:
    if isinstance(node, NavigableString):
        return re.sub(r"[ \t\r\n]+", " ", node) if type(node) is NavigableString else ""  # not comments and the like
    if node.name in DROPPED:
        return ""
    if node.name == "br":
        return "\n"
    inside = "".join(_inline_as_text(child, notes) for child in node.children)
    return link_in_text(inside, node.get("href"), notes) if node.name == "a" else inside


def _tidy(text: str) -> str:
    """Runs of spaces as one; the line breaks that the editor made are kept, and spaces that hold words together."""
    return "\n".join(re.sub(r" +", " ", line).strip(" ") for line in text.strip(" \n").split("\n"))


def wrap(text: str, width: int = TEXT_WIDTH) -> str:
    """Wrap each line at ``width`` characters, list items below their words.

    Addresses stay whole, with their number; never more than one empty line stands between others.
    """
    lines = []
    for line in text.replace("\r", "").split("\n"):
        body = line.rstrip(" \t")
        if re.fullmatch(r"\[\d+\] \S+", body):
            lines.append(body)
            continue
        hanging = re.match(r" *(?:- |\d+\. )?", body)[0]
        wrapper = TextWrapper(
            width, subsequent_indent=" " * len(hanging), break_long_words=False, break_on_hyphens=False
        )
        lines += wrapper.wrap(body) or [""]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).replace("\N{NO-BREAK SPACE}[", " [").strip("\n") + "\n"
