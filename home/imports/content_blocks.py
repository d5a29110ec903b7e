"""What WordPress wrote around and into its HTML, as blocks of ours: one part of the conversion in ``blocks``."""

import re

from home.imports import elements, markup


class ContentWriter:
    """The part of the writer that deals with block comments and shortcodes."""

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
        address = str(block.attributes.get("url") or "")
        words = str(block.attributes.get("label") or block.attributes.get("service") or "").strip()
        if name in {"social-link", "navigation-link"} and words and self.around.link(address) is not None:
            self.end_words()
            self.paragraph(f"<p>{self.anchor(address, words[:1].upper() + words[1:])}</p>")
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
        elif code.name in {"audio", "video"} and (address := elements.source_of(code.attributes)):
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
