"""What people agree to, word for word. The version is kept with each consent.

To reword it, add a version below and make it current; old versions stay, for the record.
"""

VERSIONS = {
    "1": (
        "E-mail me the lists I have ticked. I can stop at any time, with the link in every e-mail, "
        "and it makes no difference to training I have booked."
    ),
}
CURRENT = "1"


def wording(version: str = CURRENT) -> str:
    """The words of a version; empty for one that never was."""
    return VERSIONS.get(version, "")
