"""Pictures, films, files and buttons as blocks of ours: one half of the conversion in ``blocks``."""

import re

from bs4 import BeautifulSoup, Tag
from django.utils.html import escape

from dscp_cms.blocks import video_player
from home.imports import elements
from home.imports.inline import inline_html, plain

MEDIA = {"img", "iframe", "video", "audio", "object", "embed", "table", "figure", "form", "svg", "canvas", "input"}


class MediaWriter:
    """The part of the writer that deals with what isn't text."""

    def _figure(self, node: Tag, depth: int) -> None:
        caption = elements.caption_of(node)
        images = node.find_all("img")
        if node.find("figure") or elements.has_words_beside(node):
            self.holder(node, depth)  # a gallery, say, with words of its own
        elif len(images) == 1 and not node.find(["iframe", "video", "audio", "table"]):
            self.picture(images[0], caption)
            self.picture_link(images[0].find_parent("a", href=True))
        elif not images and (inner := node.find("table")) is not None:
            self._table(inner, depth)
        elif not images and (frame := node.find("iframe")) is not None:
            self.embed(frame.get("src") or "", caption or frame.get("title") or "", str(frame))
        elif not images and (player := node.find(["video", "audio"])) is not None:
            self.embed(elements.player_source(player), caption, str(node))
        else:
            self.holder(node, depth)

    def _img(self, node: Tag, depth: int) -> None:
        self.picture(node, "")

    def picture(self, node: Tag, caption: str) -> None:
        """A picture, with where it leads if it leads somewhere else than to itself."""
        self.end_words()
        found = re.search(r"wp-image-(\d{1,9})", " ".join(elements.classes_of(node)))
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
        self.embed(elements.player_source(node), "", str(node))

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
        self.paragraph(f"<p>{self.anchor(address, words or elements.name_for(address))}</p>")
        if words == "" and target[0] == "url" and not elements.FILE.search(address):
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
