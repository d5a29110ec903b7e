"""Running text: what rich text here may hold, and nothing else."""

import re
from collections.abc import Callable

from bs4 import BeautifulSoup, Comment, NavigableString, Tag
from django.utils.html import escape

# As Wagtail stores them.
NAMES = {"strong": "b", "b": "b", "em": "i", "i": "i", "cite": "i", "a": "a", "br": "br"}
IN_LISTS = {"ul": "ul", "ol": "ol", "li": "li"}
PARTS = {"p", "div", "section", "li", "td", "tr", "dd", "dt"}
Link = Callable[..., tuple[str, str | int] | None]  # of the address, and the words it stands under


def plain(node: Tag | None) -> str:
    """The words of an element on one line."""
    return " ".join(node.get_text(" " if node.find(["br", "p", "div", "li"]) else "").split()) if node else ""


def words_of(html: str) -> str:
    """The words of some HTML on one line, without scripts and styles."""
    soup = BeautifulSoup(html, "html.parser")
    for node in soup.find_all(["script", "style"]):
        node.decompose()
    return " ".join(soup.get_text(" ").split())


def has_words(html: str) -> bool:
    """Whether anything can be read in it."""
    return bool(re.sub(r"<[^>]*>|&nbsp;|\s|\xa0|\u200b", "", html))


def inline_html(nodes: list, link: Link, *, lists: bool = False) -> str:
    """The nodes as stored rich text of one paragraph, or of a list with ``lists``."""
    names = {**NAMES, **IN_LISTS} if lists else NAMES
    html = "".join(_inline(node, link, names, 0) for node in nodes)
    html = re.sub(r"^(\s|<br/>)+|(\s|<br/>)+$", "", re.sub(r"[ \t\r\n]+", " ", html))
    html = re.sub(r"\s+(?=</?(?:ul|ol|li)>)|(?<=</li>)\s+", "", html)
    return re.sub(r"<(b|i)>(\s*)</\1>", r"\2", html)


def _inline(node, link: Link, names: dict[str, str], depth: int) -> str:
    if isinstance(node, Comment):
        return ""
    if isinstance(node, NavigableString):
        return escape(str(node))
    if node.name == "br":
        return "<br/>"
    inner = "".join(_inline(child, link, names, depth + 1) for child in node.children) if depth < 200 else ""
    name = names.get(node.name)
    if name == "a":
        return _anchor(node, inner, link)
    if name in {"ul", "ol"} and depth == 0 or name in {"ul", "ol", "li"}:
        return f"<{name}>{inner.strip()}</{name}>" if has_words(inner) else ""
    if name:
        return f"<{name}>{inner}</{name}>" if inner else ""
    # A paragraph inside a cell or an item ends in a line break of its own.
    return f"{inner}<br/>" if node.name in PARTS and depth and node.find_next_sibling() is not None else inner


def _anchor(node: Tag, inner: str, link: Link) -> str:
    target = link(str(node["href"]), plain(node)) if node.get("href") else None
    if target is None or not has_words(inner):
        return inner
    kind, where = target
    if kind == "page":
        return f'<a linktype="page" id="{where}">{inner}</a>'
    return f'<a href="{escape(where)}">{inner}</a>'
