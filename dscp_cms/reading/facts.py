"""What a reader of files finds."""

from dataclasses import dataclass, field

MOST_HIDDEN = 200  # findings that are shown; more are counted
MOST_OF_A_FINDING = 500  # characters


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

    def hide(self, kind: str, where: str, text: str) -> None:
        """Note something hidden, in a length that can be shown."""
        text = " ".join(text.split())
        if len(self.hidden) >= MOST_HIDDEN:
            self.more_hidden += 1
        elif text:
            self.hidden.append(Hidden(kind, where, text[:MOST_OF_A_FINDING]))
