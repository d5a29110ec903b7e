"""The order of the admin's menu: it follows the work, and everything in it has a place in one table.

Whoever adds a menu item gives it its place here by name; what has none stands between People and Reports,
and a test says so. Menus inside menus are opened up, so that there are never more than two levels.
"""

from dataclasses import dataclass

from wagtail import hooks
from wagtail.admin.menu import Menu, MenuItem, SubmenuMenuItem


@dataclass(frozen=True)
class Section:
    """A line of the menu that opens: its label, and the names of what stands in it, in order.

    A name of a menu takes everything in that menu. What is named by itself leaves the menu it was in.
    """

    label: str
    icon: str
    names: tuple[str, ...]


SECTIONS = (
    Section(
        "Newsletter",
        "mail",
        ("new-issue", "urgent-bulletin", "alert-banner", "issues", "newsletter"),
    ),
    Section("Training", "calendar-check", ("training", "programme")),
    Section(
        "Resources",
        "folder-open-inverse",
        ("images", "documents", "file-versions", "bulk-upload", "topics-and-lists"),
    ),
    Section("People", "group", ("messages", "sent-in", "partners", "e-mail", "users", "groups")),
    Section("Reports", "clipboard-list", ("reports", "search-terms", "promoted-results")),
    Section("Settings", "cogs", ("settings",)),
    Section("Help", "help", ("help",)),
)
FIRST, LAST = ("explorer",), ("view-site",)
# Wagtail's own that nobody needs here: submissions are read under Messages, snippets under their own names,
# and the guide takes the place of Wagtail's.
HIDDEN = ("snippets", "forms", "editor-guide", "whats-new-in-wagtail")


def _opened(items: list[MenuItem], request) -> list[tuple[str, MenuItem]]:
    """Every item that leads somewhere, with the name of the menu it comes from (its own, if from none)."""
    found = []
    for item in sorted(items, key=lambda item: item.order):
        if isinstance(item, SubmenuMenuItem) or hasattr(item, "menu"):
            inside = _opened(item.menu.menu_items_for_request(request), request)
            found += [(item.name, inner) for _name, inner in inside]
        else:
            found.append((item.name, item))
    return found


def arrange(items: list[MenuItem], request) -> list[MenuItem]:
    """The menu as it is shown: the sections that hold something for this user, and what leads there by itself."""
    alone = {item.name: item for item in items if item.name in {*FIRST, *LAST}}
    opened = _opened([item for item in items if item.name not in {*alone, *HIDDEN}], request)
    pool = [(menu, item) for menu, item in opened if not item.name.startswith(HIDDEN)]
    named = {name for section in SECTIONS for name in section.names}
    sections = []
    for section in SECTIONS:
        chosen = []
        for name in section.names:
            chosen += [
                item
                for menu, item in pool
                if item not in chosen and (item.name == name or (menu == name and item.name not in named))
            ]
        if chosen:
            sections.append((section, chosen))
    placed = {id(item) for _section, chosen in sections for item in chosen}
    strays = [item for _menu, item in pool if id(item) not in placed]
    menu = [alone[name] for name in FIRST if name in alone]
    built = {section.label: _build(section, chosen) for section, chosen in sections}
    front = [built[s.label] for s, _chosen in sections if s.label not in {"Reports", "Settings", "Help"}]
    back = [built[s.label] for s, _chosen in sections if s.label in {"Reports", "Settings", "Help"}]
    menu += [*front, *strays, *back, *(alone[name] for name in LAST if name in alone)]
    return menu


class _Placed(MenuItem):
    """An item at its place; the item itself is shared by all requests and keeps its own order."""

    def __init__(self, item: MenuItem, order: int):
        self.item, self.order, self.name, self.label = item, order, item.name, item.label

    def is_shown(self, request):
        return True  # who may see it was asked when the menu was opened

    def render_component(self, request):
        return self.item.render_component(request)


def _build(section: Section, items: list[MenuItem]) -> SubmenuMenuItem:
    placed = [_Placed(item, order) for order, item in enumerate(items)]
    return SubmenuMenuItem(section.label, Menu(items=placed), name=section.label.lower(), icon_name=section.icon)


@hooks.register("construct_main_menu", order=1000)
def order_menu(request, menu_items):
    """Put the menu into the order of the work."""
    menu_items[:] = [_Placed(item, order) for order, item in enumerate(arrange(menu_items, request))]
