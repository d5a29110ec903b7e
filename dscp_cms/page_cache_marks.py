"""What a page says of itself while it is rendered, for those who keep it."""

from contextvars import ContextVar

SITE = "site"  # everything: any page may show a card of any other, and the menu and the footer show on all
PLACES = "places"  # pages that tell how many places are left, which each booking changes
SECTIONS = (SITE, PLACES)

KEPT_MARK = "dscp.kept"  # in a request's META, which is the server's own dictionary: a section and a page's type

_section: ContextVar[str] = ContextVar("section", default=SITE)


def begin_page() -> None:
    """Forget what the page before said."""
    _section.set(SITE)


def tells_places() -> None:
    """Note that places are told of; called by whatever counts them, so that no page can forget it."""
    _section.set(PLACES)


def section_of_page() -> str:
    """The section whose editions the page belongs to."""
    return _section.get()
