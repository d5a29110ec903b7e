"""What an HTML element of WordPress's says of itself: its classes, caption, address."""

import re

from bs4 import BeautifulSoup, Comment, Tag

from home.imports.inline import plain

FILE = re.compile(r"\.(pdf|docx?|xlsx?|pptx?|od[tsp]|rtf|csv|txt|zip|mp3|mp4|m4a|wav|mov|epub)$", re.IGNORECASE)


def classes_of(node: Tag) -> list[str]:
    """Its classes."""
    found = node.get("class") or []
    return found if isinstance(found, list) else [found]


def is_button(node: Tag) -> bool:
    """Whether it is a link that looks like a button."""
    classes = classes_of(node)
    if node.name == "a":
        return bool({"wp-block-button__link", "wp-element-button", "button", "btn"} & set(classes)) and (
            "wp-block-file__button" not in classes
        )
    return False


def has_button(node: Tag) -> bool:
    """Whether a button stands somewhere inside."""
    return any(is_button(link) for link in node.find_all("a"))


def caption_of(node: Tag) -> str:
    """Its caption, or the words beside its picture."""
    caption = node.find(["figcaption", "caption"])
    if caption:
        return plain(caption)
    # The shortcode "caption" puts the words behind the picture.
    return " ".join("".join(t for t in node.find_all(string=True) if not isinstance(t, Comment)).split())


def has_words_beside(node: Tag) -> bool:
    """Whether a figure holds more words than its caption, and its table's where it holds only that."""
    captions = node.find_all("figcaption")
    only_table = not node.find(["img", "iframe", "video", "audio"]) and len(node.find_all("table")) == 1
    held = [*captions, *(node.find_all("table") if only_table else [])]
    said = [word for each in held for word in each.get_text(" ").split()]
    every = [word for word in node.get_text(" ").split() if not word.startswith(("http://", "https://"))]
    return len(captions) > 1 or bool(captions) and sorted(every) != sorted(said)


def is_embed(node: Tag) -> bool:
    """Whether WordPress shows something from elsewhere in it; older versions named the kind in the class."""
    return any(name == "wp-block-embed" or name.startswith("wp-block-embed-") for name in classes_of(node))


def background_of(node: Tag) -> Tag | None:
    """The picture behind the words of a cover, as older versions put it."""
    found = re.search(r"background-image:\s*url\([\"']?([^\"')]+)", str(node.get("style") or ""))
    if not found or "wp-block-cover" not in classes_of(node):
        return None
    return BeautifulSoup("", "html.parser").new_tag("img", src=found[1], alt="")


def address_in(node: Tag) -> str:
    """The first web address in its words."""
    found = re.search(r"https?://\S+", plain(node))
    return found[0] if found else ""


def lone_address(node: Tag) -> str:
    """An address alone in a paragraph, which WordPress shows as an embed."""
    words = plain(node)
    return words if re.fullmatch(r"https?://\S+", words) and node.find("a") is None else ""


def source_of(attributes: dict[str, str]) -> str:
    """Where a player of a shortcode takes its film or sound from."""
    return next(
        (
            attributes[name]
            for name in ("src", "mp4", "m4v", "webm", "mp3", "m4a", "ogg", "wav")
            if attributes.get(name)
        ),
        "",
    )


def player_source(node: Tag) -> str:
    """Where a film or sound comes from."""
    source = node if node.get("src") else node.find("source", src=True)
    return str(source["src"]) if source else ""


def name_for(address: str) -> str:
    """Words for an address that has none: the file's name, else the site's."""
    rest = address.split("?")[0].rstrip("/")
    if FILE.search(rest):
        return rest.rsplit("/", 1)[-1]
    return re.sub(r"^https?://(www\.)?", "", rest)[:120] or address[:120]
