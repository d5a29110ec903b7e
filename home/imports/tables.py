"""Tables of facts as table blocks; tables that only lay a page out are told apart."""

from dataclasses import dataclass

from bs4 import Tag

from home.imports.inline import Link, inline_html, plain

MOST_COLUMNS, MOST_ROWS = 30, 2_000
NOT_IN_CELLS = ["table", "img", "iframe", "video", "audio", "form", "h1", "h2", "h3", "h4", "figure", "object"]


@dataclass
class Found:
    """A stored table block, and what an editor should look at."""

    value: dict
    note: str = ""


def table(node: Tag, link: Link) -> Found | None:
    """The table as a block, or None where its cells hold more than words, so that it is a layout."""
    rows = [row for row in node.find_all("tr") if row.find_parent("table") is node]
    if not rows or node.find(NOT_IN_CELLS):
        return None
    grid, spans = _grid(rows)
    width = max(len(row) for row in grid)
    if width == 0 or width > MOST_COLUMNS or len(grid) > MOST_ROWS:
        return None
    if width == 1 and len(grid) == 1:
        return None
    grid = [row + [None] * (width - len(row)) for row in grid]
    headings = [""] * width
    if _is_head(rows[0], node):
        headings = [plain(cell) for cell in grid.pop(0)]
    linked = any(cell is not None and cell.find(["a", "b", "strong", "em", "i"]) for row in grid for cell in row)
    kind = "rich_text" if linked else "text"
    caption = node.find("caption") or (
        node.parent.find("figcaption") if node.parent and node.parent.name == "figure" else None
    )
    value = {
        "columns": [{"type": kind, "heading": heading} for heading in headings],
        "rows": [{"values": [_cell(cell, kind, link) for cell in row]} for row in grid],
        "caption": plain(caption),
    }
    note = "A table had cells across several rows or columns: look at where their words stand now." if spans else ""
    return Found(value, note)


def _grid(rows: list[Tag]) -> tuple[list[list[Tag | None]], bool]:
    """The cells by row and column, with gaps where one cell reaches over several."""
    grid: list[list[Tag | None]] = []
    waiting: dict[int, int] = {}  # by column, rows that a cell above still covers
    spans = False
    for row in rows:
        line: list[Tag | None] = []
        for cell in row.find_all(["td", "th"], recursive=False):
            while waiting.get(len(line), 0) > 0:
                waiting[len(line)] -= 1
                line.append(None)
            wide, high = _span(cell, "colspan"), _span(cell, "rowspan")
            spans = spans or wide > 1 or high > 1
            for column in range(len(line), len(line) + wide):
                waiting[column] = high - 1
            line += [cell] + [None] * (wide - 1)
        while waiting.get(len(line), 0) > 0:
            waiting[len(line)] -= 1
            line.append(None)
        grid.append(line)
    return grid, spans


def _span(cell: Tag, name: str) -> int:
    text = str(cell.get(name) or "1")
    return min(MOST_COLUMNS, max(1, int(text))) if text.isascii() and text.isdigit() and len(text) < 4 else 1


def _is_head(row: Tag, node: Tag) -> bool:
    in_head = row.parent.name == "thead" and row.find_parent("table") is node
    return in_head or (row.find("th") is not None and row.find("td") is None)


def _cell(cell: Tag | None, kind: str, link: Link) -> str:
    if cell is None:
        return ""
    return f"<p>{inline_html([cell], link)}</p>" if kind == "rich_text" else plain(cell)
