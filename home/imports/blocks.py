"""Turns HTML from elsewhere into the blocks that editors write with here.

``story`` takes what an editor of WordPress wrote, blocks or classic, and returns stored blocks of StoryBlock.
Nothing is dropped: what no block of ours fits becomes a block "unconverted" with its source, which keeps the
page from being published until an editor has dealt with it. Where an address leads, and what a picture has
become, is asked of a ``Surroundings``, so that the conversion itself changes nothing.
"""

import re
from dataclasses import dataclass, field
from typing import Protocol

from bs4 import BeautifulSoup, Comment, NavigableString, Tag
from django.utils.html import escape

from dscp_cms.blocks import video_player
from home.imports import markup
from home.imports.inline import has_words, inline_html, plain
from home.imports.tables import table

MEDIA = {"img", "iframe", "video", "audio", "object", "embed", "table", "figure", "form", "svg", "canvas", "input"}
LISTS, HEADINGS = {"ul", "ol"}, {"h1", "h2", "h3", "h4", "h5", "h6"}
HOLDERS = {"div", "section", "article", "main", "aside", "header", "footer", "nav", "body", "html", "figure"}
HOLDERS |= {"center", "address", "fieldset", "picture", "noscript", "span", "font", "menu"}
PARAGRAPHS = {"p", "pre", "legend", "figcaption", "dd", "dt", "li", "summary"}
FOREIGN = {"form", "script", "style", "svg", "canvas", "object", "embed", "input", "select", "textarea", "map"}
FOREIGN |= {"button", "template", "math", "frameset", "applet"}
DEEPEST = 60  # nested elements; beyond it the source is kept as it is
FILE = re.compile(r"\.(pdf|docx?|xlsx?|pptx?|od[tsp]|rtf|csv|txt|zip|mp3|mp4|m4a|wav|mov|epub)$", re.IGNORECASE)


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


class _Writer:
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

    def content(self, content: str) -> None:
        parts = markup.block_parts(content) if markup.has_blocks(content) else [markup.autop(content)]
        for part in parts:
            if isinstance(part, markup.Dynamic):
                self.end_words()
                self.dynamic(part)
                continue
            for piece in markup.shortcodes(part):
                if isinstance(piece, markup.Shortcode):
                    self.shortcode(piece)
                else:
                    self.html(piece)
            self.end_words()

    def dynamic(self, block: markup.Dynamic) -> None:
        """A block that the export has no HTML of."""
        name = block.name.removeprefix("core/")
        if name in {"separator", "spacer", "more", "nextpage", "page-break"}:
            return
        if name == "block" and isinstance(number := block.attributes.get("ref"), int) and number not in self.reusing:
            content = self.around.reusable(number)
            if content is not None:
                self.reusing.add(number)
                self.content(content)
                self.reusing.discard(number)
                return
        self.keep(block.source, f"A block “{name}”, which WordPress filled by itself")

    def shortcode(self, code: markup.Shortcode) -> None:
        """Those of WordPress itself are converted; a plugin's is kept."""
        if code.name in {"caption", "wp_caption"}:
            self.html(f"<figure>{code.inner}</figure>")
        elif code.name == "embed" and code.inner.strip():
            self.embed(code.inner.strip(), "")
        elif code.name == "gallery" and code.attributes.get("ids"):
            self.gallery(code)
        elif code.name in {"audio", "video"} and (address := _source_of(code.attributes)):
            self.embed(address, "")
        else:
            self.keep(code.source, f"The shortcode “{code.name}” of a plugin")

    def gallery(self, code: markup.Shortcode) -> None:
        keys = [self.around.image("", int(n), "") for n in re.findall(r"\d{1,9}", code.attributes["ids"])]
        if not keys or not all(keys):
            self.keep(code.source, "A gallery whose pictures weren’t found")
            return
        for key in keys:
            self.add("image", {"image": key, "caption": ""})

    def html(self, html: str) -> None:
        soup = BeautifulSoup(html, "html.parser")
        for node in list(soup.children):
            self.node(node, 0)

    def node(self, node, depth: int) -> None:
        if isinstance(node, Comment):
            return
        if isinstance(node, NavigableString):
            self.words.append(node)
            return
        if {"wp-block-file__button", "wp-block-file__embed"} & set(_classes(node)):
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
        return not node.find(MEDIA | HEADINGS | LISTS | {"p", "div", "blockquote"}) and not _is_button(node)

    def element(self, node: Tag, depth: int) -> None:
        name = node.name
        if name in HEADINGS:
            self._heading(node, depth)
        elif name in LISTS:
            self._list(node, depth)
        elif name in FOREIGN and not _is_button(node):
            self.end_words()
            self.keep(str(node), {"form": "A form", "script": "A script"}.get(name, f"An element <{name}>"))
        elif _is_button(node):
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
        if "wp-block-embed" in _classes(node) and not node.find("iframe"):
            if address := _address_in(node):
                self.embed(address, _caption(node))
                return
        self.end_words()
        for child in list(node.children):
            self.node(child, depth + 1)
        self.end_words()

    def _p(self, node: Tag, depth: int) -> None:
        self.end_words()
        if node.find(MEDIA | FOREIGN | HEADINGS | LISTS | {"p", "div", "blockquote"}) or _has_button(node):
            self.holder(node, depth)
        elif address := _lone_address(node):
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
        if node.find(MEDIA | FOREIGN | HEADINGS | {"blockquote"}) or _has_button(node):
            self.holder(node, depth)
            return
        html = inline_html([node], self.around.link, lists=True)
        if has_words(html):
            self.paragraph(html)

    def _dl(self, node: Tag, depth: int) -> None:
        self.end_words()
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
            text = "\n\n".join(plain(p) for p in node.find_all("p") if plain(p)) or plain(node)
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

    # Pictures, films, files, buttons

    def _figure(self, node: Tag, depth: int) -> None:
        caption = _caption(node)
        images = [image for image in node.find_all("img")]
        if len(images) == 1 and not node.find(["iframe", "video", "audio", "table"]):
            self.picture(images[0], caption)
            self.picture_link(images[0].find_parent("a", href=True))
        elif not images and (inner := node.find("table")) is not None:
            self._table(inner, depth)
        elif not images and (frame := node.find("iframe")) is not None:
            self.embed(frame.get("src") or "", caption or frame.get("title") or "", str(frame))
        elif not images and (player := node.find(["video", "audio"])) is not None:
            self.embed(_player_source(player), caption, str(node))
        else:
            self.holder(node, depth)

    def _img(self, node: Tag, depth: int) -> None:
        self.picture(node, "")

    def picture(self, node: Tag, caption: str) -> None:
        """A picture, with where it leads if it leads somewhere else than to itself."""
        self.end_words()
        found = re.search(r"wp-image-(\d{1,9})", " ".join(_classes(node)))
        address = str(node.get("src") or "")
        key = self.around.image(address, int(found[1]) if found else 0, str(node.get("alt") or ""))
        if key is None:
            self.keep(str(node), "A picture whose file wasn’t found")
            if caption:
                self.paragraph(f"<p>{escape(caption)}</p>")
        else:
            self.add("image", {"image": key, "caption": caption if len(caption) <= 250 else ""})
            if len(caption) > 250:
                self.paragraph(f"<p>{escape(caption)}</p>")

    def picture_link(self, link: Tag | None) -> None:
        """Where a picture leads, unless that is itself."""
        if link is None or re.search(r"\.(jpe?g|png|gif|webp|avif)(\?|$)", link["href"], re.IGNORECASE):
            return
        image = link.find("img", alt=True)
        words = plain(link) or (image["alt"].strip() if image else "") or "Follow the picture’s link"
        self.paragraph(f"<p>{self.anchor(link['href'], words)}</p>")

    def _a(self, node: Tag, depth: int) -> None:
        """A link around more than words: what it holds, then the link."""
        self.end_words()
        for image in node.find_all("img"):
            self.picture(image, "")
        for media in node.find_all(MEDIA - {"img", "figure"}):
            self.node(media, depth + 1)
        if node.get("href"):
            self.picture_link(node)
        elif words := plain(node):
            self.paragraph(f"<p>{escape(words)}</p>")

    def anchor(self, address: str, words: str) -> str:
        """A link in running text; the words alone where it must not be followed."""
        link = BeautifulSoup("", "html.parser").new_tag("a", href=address)
        link.string = words
        return inline_html([link], self.around.link)

    def _iframe(self, node: Tag, depth: int) -> None:
        self.end_words()
        self.embed(str(node.get("src") or ""), str(node.get("title") or ""), str(node))

    def _video(self, node: Tag, depth: int) -> None:
        self.end_words()
        self.embed(_player_source(node), "", str(node))

    _audio = _video

    def embed(self, address: str, words: str, source: str = "") -> None:
        """Something shown from elsewhere: a film of a kind that we play, else a link."""
        self.end_words()
        target = self.around.link(address) if address else None
        if target is None:
            self.keep(source or address, "Something embedded without an address")
            return
        if video_player(address):
            self.add("video", {"title": (words or "Film")[:160], "url": address, "length": "", "transcript": ""})
            if not words:
                self.story.note("A film has no title: say what it shows.")
            return
        self.paragraph(f"<p>{self.anchor(address, words or _name_of(address))}</p>")
        if words == "" and target[0] == "url" and not FILE.search(address):
            self.story.note("Something embedded became a link: give it words that say where it leads.")

    def _button(self, node: Tag) -> None:
        self.end_words()
        link = node if node.name == "a" else node.find("a", href=True)
        words = plain(link or node)
        target = self.around.link(str(link.get("href") or "")) if link is not None else None
        if not words or target is None:
            self.keep(str(node), "A button that leads nowhere")
        elif len(words) > 60 or (target[0] == "url" and not str(target[1]).startswith(("http://", "https://"))):
            self.paragraph(f"<p>{self.anchor(link['href'], words)}</p>")
        else:
            style = "secondary" if self.has_main_button else "primary"
            self.has_main_button = True
            where = {"page": target[1], "url": ""} if target[0] == "page" else {"page": None, "url": target[1]}
            self.add("button", {"text": words, **where, "style": style})


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


def _classes(node: Tag) -> list[str]:
    found = node.get("class") or []
    return found if isinstance(found, list) else [found]


def _is_button(node: Tag) -> bool:
    classes = _classes(node)
    if node.name == "a":
        return bool({"wp-block-button__link", "wp-element-button", "button", "btn"} & set(classes)) and (
            "wp-block-file__button" not in classes
        )
    return False


def _has_button(node: Tag) -> bool:
    return any(_is_button(link) for link in node.find_all("a"))


def _caption(node: Tag) -> str:
    caption = node.find(["figcaption", "caption"])
    if caption:
        return plain(caption)
    # The shortcode "caption" puts the words behind the picture.
    return " ".join("".join(t for t in node.find_all(string=True) if not isinstance(t, Comment)).split())


def _address_in(node: Tag) -> str:
    found = re.search(r"https?://\S+", plain(node))
    return found[0] if found else ""


def _lone_address(node: Tag) -> str:
    """An address alone in a paragraph, which WordPress shows as an embed."""
    words = plain(node)
    return words if re.fullmatch(r"https?://\S+", words) and node.find("a") is None else ""


def _source_of(attributes: dict[str, str]) -> str:
    return next(
        (
            attributes[name]
            for name in ("src", "mp4", "m4v", "webm", "mp3", "m4a", "ogg", "wav")
            if attributes.get(name)
        ),
        "",
    )


def _player_source(node: Tag) -> str:
    source = node if node.get("src") else node.find("source", src=True)
    return str(source["src"]) if source else ""


def _name_of(address: str) -> str:
    """Words for an address that has none: the file's name, else the site's."""
    rest = address.split("?")[0].rstrip("/")
    if FILE.search(rest):
        return rest.rsplit("/", 1)[-1]
    return re.sub(r"^https?://(www\.)?", "", rest)[:120] or address[:120]
