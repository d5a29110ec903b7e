"""Brings the versions of files and the people who want to hear of them together."""

from resources import changes, watching


def tell() -> int:
    """Note what changed in the libraries since the last time, and write to those who asked; return how many.

    Level-triggered: each version is noted once whenever it is found public, and each address is told of all
    that it hasn't heard of.
    """
    changes.note()
    return watching.tell_due()
