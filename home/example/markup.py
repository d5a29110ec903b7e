"""A few marks for writing pages as plain words: paragraphs, lists, headings, bold, links."""

import re
from html import escape
from textwrap import dedent

LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")
BOLD = re.compile(r"\*\*(.+?)\*\*")
ITEM = re.compile(r"(?:-|\d+\.) +")


def rich(words: str) -> str:
    """Turn marked words into rich text.

    Empty lines part paragraphs. Lines that begin with "- " or "1. " are lists, ``**bold**`` is bold,
    and ``[words](/address/)`` is a link; an address of this site becomes a link to its page later.
    """
    return "".join(_part(part) for part in _parts(words))


def _parts(words: str) -> list[str]:
    return [part.strip("\n") for part in re.split(r"\n\s*\n", dedent(words).strip()) if part.strip()]


def _part(part: str) -> str:
    if not ITEM.match(part):
        return f"<p>{_inline(part)}</p>"
    tag = "ul" if part.startswith("-") else "ol"
    items = [item for item in re.split(r"^(?:-|\d+\.) +", part, flags=re.MULTILINE) if item.strip()]
    return f"<{tag}>{''.join(f'<li>{_inline(item)}</li>' for item in items)}</{tag}>"


def _inline(words: str) -> str:
    line = escape(" ".join(words.split()), quote=False)
    line = BOLD.sub(r"<b>\1</b>", line)
    return LINK.sub(r'<a href="\2">\1</a>', line)


def story(*parts: str | dict) -> list[dict]:
    """Turn words and blocks into the body of a page. Lines that begin with ``## `` or ``### `` are headings."""
    body: list[dict] = []
    for part in parts:
        body.extend(_blocks(part) if isinstance(part, str) else [part])
    return body


def _blocks(words: str) -> list[dict]:
    found: list[dict] = []
    for part in _parts(words):
        mark, _, rest = part.partition(" ")
        if mark in {"##", "###"}:
            found.append({"type": "heading", "value": {"text": rest.strip(), "level": f"h{len(mark)}"}})
        elif found and found[-1]["type"] == "text":
            found[-1]["value"] += _part(part)
        else:
            found.append({"type": "text", "value": _part(part)})
    return found
