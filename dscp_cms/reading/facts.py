"""What a reader of files finds."""

from dataclasses import dataclass, field

MOST_HIDDEN = 200  # findings that are shown; more are counted
MOST_OF_A_FINDING = 500  # characters
MOST_LINKS = 1_000


class CannotRead(Exception):
    """The file can't be read; the message is a sentence for editors."""


@dataclass
class Hidden:
    """Something in a file that readers don't see at once, or weren't meant to see."""

    kind: str
    where: str
    text: str


@dataclass
class Reading:
    """What a file holds. ``texts`` is the visible text of each page, slide or sheet, from the first."""

    texts: list[str] = field(default_factory=list)
    pages: int | None = None
    title: str = ""
    author: str = ""
    language: str = ""
    properties: dict[str, str] = field(default_factory=dict)
    tagged: bool | None = None
    scanned: bool = False
    encrypted: bool = False
    cut: bool = False
    hidden: list[Hidden] = field(default_factory=list)
    more_hidden: int = 0
    links: list[tuple[str, str]] = field(default_factory=list)  # words and address, in a PDF

    def link(self, words: str, address: str) -> None:
        """Note a link to another place, as far as a file can be expected to have them."""
        if address and len(self.links) < MOST_LINKS:
            self.links.append((words[:MOST_OF_A_FINDING], address[:MOST_OF_A_FINDING]))

    def hide(self, kind: str, where: str, text: str) -> None:
        """Note something hidden, in a length that can be shown."""
        text = " ".join(text.split())
        if len(self.hidden) >= MOST_HIDDEN:
            self.more_hidden += 1
        elif text:
            self.hidden.append(Hidden(kind, where, text[:MOST_OF_A_FINDING]))
