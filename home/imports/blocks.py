"""Turns HTML from elsewhere into the blocks that editors write with here.

``story`` takes what an editor of WordPress wrote, blocks or classic, and returns stored blocks of StoryBlock.
Nothing is dropped: what no block of ours fits becomes a block "unconverted" with its source, which keeps the
page from being published until an editor has dealt with it. Where an address leads, and what a picture has
become, is asked of a ``Surroundings``, so that the conversion itself changes nothing.
"""

from dataclasses import dataclass, field
from typing import Protocol

from bs4 import BeautifulSoup, Comment, NavigableString, Tag
from django.utils.html import escape

from home.imports import elements
from home.imports.content_blocks import ContentWriter
from home.imports.inline import has_words, inline_html, plain
from home.imports.media_blocks import MEDIA, MediaWriter
from home.imports.tables import table

LISTS, HEADINGS = {"ul", "ol"}, {"h1", "h2", "h3", "h4", "h5", "h6"}
HOLDERS = {"div", "section", "article", "main", "aside", "header", "footer", "nav", "body", "html", "figure"}
HOLDERS |= {"center", "address", "fieldset", "picture", "noscript", "span", "font", "menu"}
PARAGRAPHS = {"p", "pre", "legend", "figcaption", "dd", "dt", "li", "summary"}
FOREIGN = {"form", "script", "style", "svg", "canvas", "object", "embed", "input", "select", "textarea", "map"}
FOREIGN |= {"button", "template", "math", "frameset", "applet"}
DEEPEST = 60  # nested elements; beyond it the source is kept as it is


class Surroundings(Protocol):
    """What the conversion asks about the rest of what is imported."""

    def link(self, address: str, words: str = "") -> tuple[str, str | int] | None:
        """("page", its key) or ("url", the address as it is here); None for what must not be followed."""

    def image(self, address: str, number: int, alt: str) -> int | None:
        """The key of the picture that has come of this one."""

    def reusable(self, number: int) -> str | None:
        """The content of a block that several posts share."""


@dataclass
class Story:
    """Stored blocks, and what an editor should look at."""

    blocks: list[dict] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def note(self, sentence: str) -> None:
        """Say it once."""
        if sentence not in self.notes:
            self.notes.append(sentence)


def story(content: str, around: Surroundings) -> Story:
    """Convert what an editor of WordPress wrote."""
    writer = _Writer(around)
    try:
        writer.content(content)
    except RecursionError:
        writer.story = Story()
        writer.keep(content, "A text that is nested too deeply")
    writer.end_text()
    return writer.story


class _Writer(ContentWriter, MediaWriter):
    """Walks the HTML and collects blocks; running text waits until something else ends it."""

    def __init__(self, around: Surroundings):
        self.around = around
        self.story = Story()
        self.text: list[str] = []
        self.words: list = []  # inline nodes that stand in no paragraph
        self.has_main_button = False
        self.reusing: set[int] = set()

    # What comes out

    def add(self, kind: str, value) -> None:
        """A block of its own."""
        self.end_text()
        self.story.blocks.append({"type": kind, "value": value})

    def paragraph(self, html: str) -> None:
        """A paragraph or list of running text."""
        self.text.append(html)

    def end_words(self) -> None:
        nodes, self.words = self.words, []
        html = inline_html(nodes, self.around.link)
        if has_words(html):
            self.paragraph(f"<p>{html}</p>")

    def end_text(self) -> None:
        self.end_words()
        if self.text:
            html, self.text = "".join(self.text), []
            self.story.blocks.append({"type": "text", "value": html})

    def keep(self, source: str, what: str) -> None:
        """Keep what no block fits, for an editor."""
        self.add("unconverted", {"what": what[:120], "source": source.strip()})
        self.story.note(f"{what} was kept as it was: replace it, then delete the marked part.")

    # What goes in

    def html(self, html: str) -> None:
        soup = BeautifulSoup(html, "html.parser")
        for icon in soup.select(".wp-block-accordion-heading__toggle-icon"):
            icon.decompose()  # a plus that stands for “open”
        for node in list(soup.children):
            self.node(node, 0)

    def node(self, node, depth: int) -> None:
        if isinstance(node, Comment):
            return
        if isinstance(node, NavigableString):
            self.words.append(node)
            return
        if {"wp-block-file__button", "wp-block-file__embed"} & set(elements.classes_of(node)):
            return  # leads where the link beside it leads
        if depth > DEEPEST:
            self.keep(str(node), "A text that is nested too deeply")
            return
        if node.name in {"span", "font", "a", "b", "strong", "i", "em", "u", "small", "mark", "label"}:
            if self.is_inline(node):
                self.words.append(node)
                return
        self.element(node, depth)

    def is_inline(self, node: Tag) -> bool:
        return not node.find(MEDIA | HEADINGS | LISTS | {"p", "div", "blockquote"}) and not elements.is_button(node)

    def element(self, node: Tag, depth: int) -> None:
        name = node.name
        if name in HEADINGS:
            self._heading(node, depth)
        elif name in LISTS:
            self._list(node, depth)
        elif name in FOREIGN and not elements.is_button(node):
            self.end_words()
            self.keep(str(node), {"form": "A form", "script": "A script"}.get(name, f"An element <{name}>"))
        elif elements.is_button(node):
            self._button(node)
        elif name in MAKERS:
            MAKERS[name](self, node, depth)
        elif name in PARAGRAPHS:
            self._p(node, depth)
        elif name in HOLDERS or node.find(MEDIA | HEADINGS | LISTS | {"p", "div"}):
            self.holder(node, depth)
        else:
            self.words.append(node)

    def holder(self, node: Tag, depth: int) -> None:
        """Something that only holds other things."""
        if elements.is_embed(node) and not node.find("iframe"):
            if address := elements.address_in(node):
                caption = node.find("figcaption")
                self.embed(address, plain(caption) if caption else "")
                return
        self.end_words()
        if background := elements.background_of(node):
            self.picture(background, "")
        for child in list(node.children):
            self.node(child, depth + 1)
        self.end_words()

    def _p(self, node: Tag, depth: int) -> None:
        self.end_words()
        if node.find(MEDIA | FOREIGN | HEADINGS | LISTS | {"p", "div", "blockquote"}) or elements.has_button(node):
            self.holder(node, depth)
        elif address := elements.lone_address(node):
            self.embed(address, "")
        else:
            if node.name == "pre":
                for words in node.find_all(string=True):
                    words.replace_with(BeautifulSoup(escape(words).replace("\n", "<br>"), "html.parser"))
            html = inline_html([node], self.around.link)
            if has_words(html):
                self.paragraph(f"<p>{html}</p>")

    def _br(self, node: Tag, depth: int) -> None:
        self.words.append(node)

    def _hr(self, node: Tag, depth: int) -> None:
        self.end_words()  # headings part what is written here

    def _heading(self, node: Tag, depth: int) -> None:
        self.end_words()
        words = plain(node)
        if len(words) > 120:
            self.paragraph(f"<p><b>{escape(words)}</b></p>")
            self.story.note(f"A heading of more than 120 characters became a paragraph: “{words[:60]}…”.")
        elif words:
            self.add("heading", {"text": words, "level": "h2" if node.name in {"h1", "h2"} else "h3"})
        for link in node.find_all("a", href=True) if words else []:
            if has_words(html := inline_html([link], self.around.link)) and "<a " in html:
                self.paragraph(f"<p>{html}</p>")  # headings hold no links here
        for media in node.find_all(MEDIA):
            self.node(media, depth + 1)

    def _list(self, node: Tag, depth: int) -> None:
        self.end_words()
        if node.find(MEDIA | FOREIGN | HEADINGS | {"blockquote"}) or elements.has_button(node):
            self.holder(node, depth)
            return
        html = inline_html([node], self.around.link, lists=True)
        if has_words(html):
            self.paragraph(html)

    def _dl(self, node: Tag, depth: int) -> None:
        self.end_words()
        if node.find(MEDIA | FOREIGN | HEADINGS | LISTS | {"blockquote", "details"}) or elements.has_button(node):
            self.holder(node, depth)
            return
        for child in node.find_all(["dt", "dd"]):
            html = inline_html([child], self.around.link)
            if has_words(html):
                self.paragraph(f"<p><b>{html}</b></p>" if child.name == "dt" else f"<p>{html}</p>")

    def _blockquote(self, node: Tag, depth: int) -> None:
        cite = node.find("cite")
        media = node.find(MEDIA | FOREIGN | HEADINGS | LISTS)
        said = plain(cite) if cite else ""
        if said and len(said) <= 160 and not media:
            cite.extract()
            text, every = "\n\n".join(plain(p) for p in node.find_all("p") if plain(p)), plain(node)
            text = text if text.split() == every.split() else every
            if text and not node.find("a", href=True):
                self.end_words()
                self.add("quotation", {"text": text, "attribution": said})
                return
            node.append(cite)
        self.holder(node, depth)
        self.story.note("A quotation doesn’t say whose words it is, or holds more than words. It stands as text.")

    def _table(self, node: Tag, depth: int) -> None:
        self.end_words()
        found = table(node, self.around.link)
        if found is None:
            self.story.note("A table was used for layout, and was taken apart.")
            if node.parent is not None and node.parent.name == "figure" and (caption := node.parent.find("figcaption")):
                self.paragraph(f"<p>{escape(plain(caption))}</p>")
            for cell in node.find_all(["td", "th", "caption"]):
                if cell.find_parent("table") is node:
                    self.holder(cell, depth + 1)
            return
        if found.note:
            self.story.note(found.note)
        self.add("table", found.value)

    def _details(self, node: Tag, depth: int) -> None:
        self.end_words()
        summary = node.find("summary")
        title = plain(summary) if summary else ""
        if summary:
            summary.extract()
        inner = _Writer(self.around)
        for media in summary.find_all(MEDIA) if summary else []:
            inner.node(media, depth + 1)  # titles are words only
        for child in list(node.children):
            inner.node(child, depth + 1)
        inner.end_text()
        kinds = {block["type"] for block in inner.story.blocks}
        if 0 < len(title) <= 160 and kinds == {"text"}:
            html = "".join(block["value"] for block in inner.story.blocks)
            sections = self.story.blocks[-1]["value"]["sections"] if self._follows_accordion() else None
            section = {"type": "item", "value": {"title": title, "text": html}}
            if sections is not None:
                sections.append(section)
            else:
                self.add("accordion", {"sections": [section]})
            return
        if title:
            self.paragraph(f"<p><b>{escape(title)}</b></p>")
        self.end_text()
        self.story.blocks += inner.story.blocks
        for note in inner.story.notes:
            self.story.note(note)

    def _follows_accordion(self) -> bool:
        return not self.text and bool(self.story.blocks) and self.story.blocks[-1]["type"] == "accordion"


MAKERS = {
    "p": _Writer._p,
    "br": _Writer._br,
    "hr": _Writer._hr,
    "a": _Writer._a,
    "dl": _Writer._dl,
    "blockquote": _Writer._blockquote,
    "table": _Writer._table,
    "details": _Writer._details,
    "figure": _Writer._figure,
    "img": _Writer._img,
    "iframe": _Writer._iframe,
    "video": _Writer._video,
    "audio": _Writer._audio,
}
