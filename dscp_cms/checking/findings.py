"""What a check says."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """One thing that a check found. What blocks keeps the page from readers; a warning asks.

    ``kind`` names the check in one word, such as ``alt``, for those who count.
    """

    level: Literal["block", "warn"]
    sentence: str
    where: str
    kind: str = ""


def block(sentence: str, where: str, kind: str = "") -> Finding:
    """What must be put right first."""
    return Finding("block", sentence, where, kind)


def warn(sentence: str, where: str, kind: str = "") -> Finding:
    """What a person may decide to leave as it is."""
    return Finding("warn", sentence, where, kind)
