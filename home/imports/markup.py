"""What WordPress wrote around and into its HTML: block comments, shortcodes, and paragraphs that are only blank lines.

Everything here turns text into text or plain data; ``blocks`` makes blocks of ours from it.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

# https://developer.wordpress.org/block-editor/: <!-- wp:name {json} --> … <!-- /wp:name -->, or … /-->
DELIMITER = re.compile(
    r"<!--\s+(?P<closer>/)?wp:(?P<name>[a-z][a-z0-9_-]*(?:/[a-z][a-z0-9_-]*)?)\s+"
    r"(?P<attributes>\{[^<>]*\}\s+)?(?P<void>/)?-->",  # WordPress escapes < and > in the JSON
    re.IGNORECASE,
)
BLOCK_TAGS = (
    "address|article|aside|blockquote|caption|center|dd|details|div|dl|dt|fieldset|figcaption|figure|footer|form|h[1-6]|"
    "header|hr|iframe|legend|li|main|menu|nav|ol|p|pre|script|section|style|summary|table|tbody|td|tfoot|th|thead|"
    "tr|ul|video|audio|object|embed"
)
OPENING = re.compile(rf"(<(?:{BLOCK_TAGS})\b[^>]*>)", re.IGNORECASE)
CLOSING = re.compile(rf"(</(?:{BLOCK_TAGS})\s*>|<hr\b[^>]*>)", re.IGNORECASE)
KEPT = re.compile(r"(<(pre|script|style|textarea|svg)\b.*?</\2\s*>)", re.IGNORECASE | re.DOTALL)
# Around what stands inside these, paragraphs are made too.
HOLDERS = re.compile(r"(</?(?:blockquote|div|section|article|aside|main|center|details)\b[^>]*>)", re.IGNORECASE)
PARTED = re.compile(r"<!--(?:more.*?|nextpage)-->", re.IGNORECASE)  # where a list of posts ended its piece of the text
IS_BLOCK = re.compile(rf"^</?(?:{BLOCK_TAGS})\b", re.IGNORECASE)
SHORTCODE = re.compile(
    r"\[(?P<name>[a-z][\w-]{1,40})"
    r"(?P<attributes>(?:\s[^\[\]]*?)?)(?P<void>/)?\]"
    r"(?:(?P<inner>(?:(?!\[(?P=name)\b).){0,20000}?)\[/(?P=name)\])?",
    re.IGNORECASE | re.DOTALL,
)
ATTRIBUTE = re.compile(r"([\w-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"']+))")


@dataclass(frozen=True)
class Dynamic:
    """A block that held no HTML in the export, since WordPress made it anew for each reader."""

    name: str
    attributes: dict
    source: str


@dataclass(frozen=True)
class Shortcode:
    """``[name attribute="…"]inner[/name]``."""

    name: str
    attributes: dict[str, str]
    inner: str
    source: str


def has_blocks(content: str) -> bool:
    """Whether WordPress's block editor wrote it."""
    return "<!-- wp:" in content


def block_parts(content: str) -> Iterator[str | Dynamic]:
    """HTML without the comments around it, and the blocks that have none, in order.

    HTML outside any block (the “classic” block) gets its paragraphs as classic posts do.
    """
    depth, at, html, classic = 0, 0, [], []

    def flush_classic():
        words = "".join(classic)
        classic.clear()
        if words.strip():
            html.append(autop(words))

    for match in DELIMITER.finditer(content):
        (html if depth else classic).append(content[at : match.start()])
        at = match.end()
        if match["void"]:
            flush_classic()
            if html:
                yield "".join(html)
                html.clear()
            yield Dynamic(match["name"].lower(), _json(match["attributes"]), match[0])
        elif match["closer"]:
            depth = max(0, depth - 1)
        else:
            flush_classic()
            depth += 1
            # Pieces of a list or a column stay together; a block at the top begins anew.
            if depth == 1 and html:
                yield "".join(html)
                html.clear()
            if match["name"].lower() in {"freeform", "core/freeform"}:
                depth -= 1
    (html if depth else classic).append(content[at:])
    flush_classic()
    if html:
        yield "".join(html)


def _json(text: str | None) -> dict:
    try:
        found = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def autop(text: str) -> str:
    """Classic HTML with its paragraphs: blank lines part them, single line ends are line breaks.

    After the behaviour of WordPress's editor, which stores no ``<p>``; written anew.
    """
    pieces = []
    text = PARTED.sub("\n\n", text)
    for number, part in enumerate(KEPT.split(text.replace("\r\n", "\n").replace("\r", "\n"))):
        if number % 3 == 0:
            pieces.append(_paragraphs(part))
        elif number % 3 == 1:
            pieces.append(part)
    return "".join(pieces)


def _paragraphs(text: str) -> str:
    text = CLOSING.sub(r"\1\n\n", OPENING.sub(r"\n\n\1", text))
    text = HOLDERS.sub(r"\n\n\1\n\n", text)
    out = []
    for part in re.split(r"\n\s*\n", text):
        part = part.strip()
        if not part:
            continue
        if IS_BLOCK.match(part):
            # <li>, <td>, <p> and the like hold their own words; line ends in them are layout of the source.
            out.append(part if not re.match(r"^<(p|li|td|th|dd|dt)\b", part, re.I) else part.replace("\n", "<br>"))
        elif re.search(rf"</(?:{BLOCK_TAGS})\s*>$", part, re.IGNORECASE):
            out.append(part.replace("\n", " "))  # the end of a block whose beginning stands before
        else:
            out.append("<p>" + re.sub(r"(<br\s*/?>)?\n", "<br>", part) + "</p>")
    return "\n".join(out)


def shortcodes(text: str) -> Iterator[str | Shortcode]:
    """The text cut at its shortcodes. Words in brackets, such as “[sic]”, are words."""
    at = 0
    for match in SHORTCODE.finditer(text):
        if not _is_shortcode(match):
            continue
        yield text[at : match.start()]
        at = match.end()
        attributes = {name: a or b or c for name, a, b, c in ATTRIBUTE.findall(match["attributes"] or "")}
        yield Shortcode(match["name"].lower(), attributes, match["inner"] or "", match[0])
    yield text[at:]


WORDPRESS_OWN = {"caption", "wp_caption", "gallery", "embed", "audio", "video", "playlist"}


def _is_shortcode(match: re.Match) -> bool:
    name = match["name"].lower()
    closed = match["inner"] is not None or match["void"]
    return bool(name in WORDPRESS_OWN or closed or "=" in match["attributes"] or "_" in name or "-" in name)
