"""Blocks as they are stored, each from a short call; ``At`` and ``Drawn`` stand for a page and a picture."""

from dataclasses import dataclass

from home.example.markup import rich, story


@dataclass(frozen=True)
class At:
    """The page at an address of this site."""

    address: str


@dataclass(frozen=True)
class Drawn:
    """The picture of that name, drawn for this site."""

    name: str


def callout(kind: str, title: str, words: str) -> dict:
    """Kind is information, important or action."""
    return {"type": "callout", "value": {"kind": kind, "title": title, "text": rich(words)}}


def key_facts(title: str, *facts: tuple[str, str]) -> dict:
    """Figures, each with what it counts."""
    return {
        "type": "key_facts",
        "value": {"title": title, "facts": [{"figure": figure, "label": label} for figure, label in facts]},
    }


def accordion(*sections: tuple[str, str]) -> dict:
    """Questions and answers that open one by one."""
    return {
        "type": "accordion",
        "value": {"sections": [{"title": title, "text": rich(words)} for title, words in sections]},
    }


def table(caption: str, heads: tuple[str, ...], *rows: tuple[str, ...]) -> dict:
    """A table of plain words with a head row."""
    return {
        "type": "table",
        "value": {
            "columns": [{"type": "text", "heading": head} for head in heads],
            "rows": [{"values": list(row)} for row in rows],
            "caption": caption,
        },
    }


def links(title: str, *entries: tuple[str, str] | tuple[str, str, str]) -> dict:
    """Links to pages of this site: (address, a line on it, words instead of the page's title)."""
    return {
        "type": "link_list",
        "value": {
            "title": title,
            "links": [
                {"title": (words or [""])[0], "page": At(address), "url": "", "description": line}
                for address, line, *words in entries
            ],
        },
    }


def publications(*entries: tuple[str, str] | tuple[str, str, str]) -> list[dict]:
    """The key publications of a priority."""
    return [{**links("", *entries), "type": "links"}]


def cards(title: str, *addresses: str) -> dict:
    """Pages of this site as cards."""
    return {"type": "pages", "value": {"title": title, "pages": [At(address) for address in addresses]}}


def button(words: str, address: str, style: str = "primary") -> dict:
    """The one thing to do next."""
    return {"type": "button", "value": {"text": words, "page": At(address), "url": "", "style": style}}


def contact(name: str, role: str, email: str = "", telephone: str = "", hours: str = "") -> dict:
    """Whom to ask."""
    return {
        "type": "contact_card",
        "value": {"name": name, "role": role, "email": email, "telephone": telephone, "hours": hours},
    }


def resource(address: str) -> dict:
    """A resource with its type and size."""
    return {"type": "resource", "value": {"page": At(address)}}


def picture(name: str, caption: str = "") -> dict:
    """A picture with a caption."""
    return {"type": "image", "value": {"image": Drawn(name), "caption": caption}}


def in_full(*addresses: str) -> dict:
    """Pages printed whole inside a publication."""
    return {"type": "pages_in_full", "value": {"pages": [At(address) for address in addresses]}}


def chapter(title: str, *parts: str | dict) -> dict:
    """A chapter of a publication."""
    return {"type": "chapter", "value": {"title": title, "body": story(*parts)}}


def section(kind: str, *items: dict | str, title: str = "") -> dict:
    """A section of a newsletter issue."""
    return {"type": "section", "value": {"kind": kind, "title": title, "items": story(*items)}}


def item(address: str, title: str = "", summary: str = "") -> dict:
    """A page as an item of an issue, with words for that issue."""
    words = {"page": At(address), "title": title, "summary_here": " ".join(summary.split())}
    return {"type": "page", "value": words}
