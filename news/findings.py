"""What a check says."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """One thing that a check found. What blocks keeps the issue from being sent; a warning asks."""

    level: Literal["block", "warn"]
    sentence: str
    where: str


def block(sentence: str, where: str) -> Finding:
    """What keeps the issue from being sent."""
    return Finding("block", sentence, where)


def warn(sentence: str, where: str) -> Finding:
    """What a person may decide to leave as it is."""
    return Finding("warn", sentence, where)
