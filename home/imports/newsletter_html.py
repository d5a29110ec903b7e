"""Reads a newsletter's HTML, also that of e-mails with their tables inside tables, into paragraphs with links."""

import re
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, Comment, NavigableString, Tag

from home.imports.inline import inline_html, plain
from home.imports.newsletter_parts import BOLD, Newsletter, NotANewsletterError, Paragraph

UNSEEN = ["script", "style", "head", "template", "noscript", "svg", "object", "iframe", "form", "button"]
BLOCKS = {
    "address", "article", "aside", "blockquote", "body", "center", "dd", "details", "div", "dl", "dt", "fieldset",
    "figure", "figcaption", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "li", "main", "nav",
    "ol", "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
}  # fmt: skip
DEEPEST = 150  # elements inside each other
# Addresses that were made for one subscriber: whoever follows them acts in that person's name.
PERSONAL = re.compile(
    r"mailpoet_router|mailpoet_page|unsubscribe|list-manage|\[link:|\*\|[A-Z_:]+\|\*|/track/click|[?&](token|uid|subscriber)=",
    re.IGNORECASE,
)


def read_html(source: str) -> Newsletter:
    """Read a page or an e-mail's HTML. Raises NotANewsletterError where nothing stands in it."""
    found = _Reader()
    try:
        soup = BeautifulSoup(source, "html.parser")
        found.title = plain(soup.title)
        for node in soup.find_all(UNSEEN):
            node.decompose()
        found.take_preview(soup)
        found.walk(soup, 0)
    except RecursionError as error:
        raise NotANewsletterError("The HTML is nested too deeply to be read. Save it again as plain text.") from error
    found.flush()
    if not found.paragraphs:
        raise NotANewsletterError("The file has no words in it.")
    newsletter = Newsletter(found.paragraphs, title=found.title, preview=found.preview)
    newsletter.notes = found.notes()
    return newsletter


class _Reader:
    """Walks through the elements and gathers what runs on into paragraphs."""

    def __init__(self):
        self.paragraphs: list[Paragraph] = []
        self.run: list = []
        self.level, self.list = 0, ""
        self.title = self.preview = ""
        self.pictures: list[str] = []
        self.personal = 0

    def take_preview(self, soup: BeautifulSoup) -> None:
        """Words that only mail programs show in their lists stand hidden at the top."""
        for node in soup.find_all(style=re.compile(r"display\s*:\s*none", re.IGNORECASE)):
            if node.decomposed:
                continue
            words = plain(node).strip("\u200c\u00a0\u200b ")
            if words and not self.preview and not self.paragraphs:
                self.preview = words[:200]
            node.decompose()

    def link(self, href: str, _words: str = "") -> tuple[str, str] | None:
        """The address of a link that is kept; None for those that lead nowhere or were one person's own."""
        href = href.strip()
        if PERSONAL.search(href):
            self.personal += 1
            return None
        if urlsplit_scheme(href) in {"http", "https", "mailto", "tel"}:
            return "url", href
        return None

    def walk(self, node: Tag, depth: int) -> None:
        for child in list(node.children):
            if isinstance(child, Comment) or (not isinstance(child, Tag) and not isinstance(child, NavigableString)):
                continue
            if isinstance(child, NavigableString):
                self.run.append(child)
            elif child.name == "img":
                self._picture(child)
            elif child.name in BLOCKS or child.find(list(BLOCKS)):
                self._block(child, depth)
            else:
                for image in child.find_all("img"):
                    self._picture(image, inside=child)
                self.run.append(child)

    def _block(self, node: Tag, depth: int) -> None:
        if depth > DEEPEST:
            self.run.append(NavigableString(plain(node)))
            return
        self.flush()
        before = (self.level, self.list)
        if re.fullmatch("h[1-6]", node.name):
            self.level = int(node.name[1])
        elif node.name == "li":
            self.list = "ol" if node.parent and node.parent.name == "ol" else "ul"
        elif node.name in {"table", "div"} and not self.list:
            self.level = 0
        self.walk(node, depth + 1)
        self.flush()
        self.level, self.list = before

    def _picture(self, image: Tag, inside: Tag | None = None) -> None:
        words = " ".join(str(image.get("alt") or "").split())
        self.pictures.append(words)
        link = image.find_parent("a")
        if link is not None and not plain(link):  # the picture was all there was to press
            image.replace_with(NavigableString(words or "Picture"))
        elif inside is None:
            image.extract()

    def flush(self) -> None:
        """What ran on so far is a paragraph; two line breaks in it divide it."""
        nodes, self.run = self.run, []
        if not nodes:
            return
        html = inline_html(nodes, self.link)
        for part in re.split(r"(?:\s*<br/>\s*){2,}", html):
            words = BeautifulSoup(part.replace("<br/>", " "), "html.parser").get_text("")
            words = " ".join(words.split())
            if not words.strip("\u200b\u200c\xa0 "):
                continue
            # A tag that the division cut open is closed by the parser.
            part = str(BeautifulSoup(part, "html.parser")) if part != html else part
            bold = bool(re.fullmatch(r"<b>(?:(?!</?b>).)*</b>:?", part)) and len(words) <= 100
            level = self.level or (BOLD if bold and not self.list else 0)
            self.paragraphs.append(Paragraph(words, part, level=level, list=self.list))

    def notes(self) -> list[str]:
        found = []
        if self.pictures:
            named = ", ".join(f"“{words[:60]}”" for words in dict.fromkeys(filter(None, self.pictures)))
            found.append(
                f"{len(self.pictures)} picture{'s' if len(self.pictures) > 1 else ''} stayed behind"
                f"{f' ({named[:400]})' if named else ''}. Add what readers need."
            )
        if self.personal:
            found.append(
                f"{self.personal} link{'s were' if self.personal > 1 else ' was'} made for one subscriber, such as to "
                "unsubscribe. The words are kept without it."
            )
        return found


def urlsplit_scheme(href: str) -> str:
    """The scheme of an address; empty for what is none."""
    try:
        return urlsplit(href).scheme.lower()
    except ValueError:
        return ""
