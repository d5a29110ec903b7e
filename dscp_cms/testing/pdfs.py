"""Reads PDFs as a reader's software does: words, tags, headings, bookmarks."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

import pikepdf
import pypdfium2


@dataclass(frozen=True)
class Tag:
    """One element of the structure: what it is, and what is said where it can't be seen."""

    role: str
    alt: str = ""


def words_of(content: bytes) -> str:
    """The text of all pages; the places where a long word may break are taken out."""
    document = pypdfium2.PdfDocument(content)
    try:
        texts = []
        for page in document:
            text_page = page.get_textpage()
            texts.append(text_page.get_text_range())
            text_page.close()
            page.close()
    finally:
        document.close()
    text = " ".join(texts).replace("\u200b", "").replace("\ufffe", "").replace("\xad", "")
    return " ".join(text.split())


def tags_of(content: bytes) -> list[Tag]:
    """Every element of the structure tree, in reading order."""
    with pikepdf.open(BytesIO(content)) as document:
        roles = {str(key): str(value) for key, value in document.Root.StructTreeRoot.get("/RoleMap", {}).items()}
        return list(_walk(document.Root.StructTreeRoot, roles))


def _walk(node, roles: dict[str, str]) -> Iterator[Tag]:
    if not isinstance(node, pikepdf.Dictionary):
        return
    if "/S" in node:
        role = str(node.S)
        yield Tag(roles.get(role, role).lstrip("/"), str(node.get("/Alt", "")))
    children = node.get("/K", [])
    for child in children if isinstance(children, pikepdf.Array) else [children]:
        if isinstance(child, pikepdf.Dictionary) and ("/S" in child or "/K" in child):
            yield from _walk(child, roles)


def headers_of(content: bytes) -> list[tuple[str, int]]:
    """How many cells of tables head a column, and how many a row."""
    found = Counter()
    with pikepdf.open(BytesIO(content)) as document:
        for thing in document.objects:
            if isinstance(thing, pikepdf.Dictionary) and thing.get("/S") == pikepdf.Name.TH:
                said = thing.get("/A", [])
                for one in said if isinstance(said, pikepdf.Array) else [said]:
                    if "/Scope" in one:
                        found[str(one.Scope).lstrip("/")] += 1
    return sorted(found.items())


def headings_of(content: bytes) -> list[int]:
    """The levels of the headings, in order."""
    roles = [tag.role for tag in tags_of(content)]
    return [int(role[1]) for role in roles if len(role) == 2 and role[0] == "H" and role[1].isdigit()]


def bookmarks_of(content: bytes) -> list[str]:
    """The titles of all bookmarks."""
    with pikepdf.open(BytesIO(content)) as document, document.open_outline() as outline:
        return list(_titles(outline.root))


def _titles(items) -> Iterator[str]:
    for item in items:
        yield item.title
        yield from _titles(item.children)


def problems_of(content: bytes, title: str) -> list[str]:
    """What PDF/UA-1 (ISO 14289-1) asks of every file and this one hasn't, as far as it can be read here."""
    found = []
    with pikepdf.open(BytesIO(content)) as document:
        root = document.Root
        if not root.get("/MarkInfo", {}).get("/Marked", False):
            found.append("it isn't tagged")
        if str(root.get("/Lang", "")) != "en-GB":
            found.append(f"its language is {root.get('/Lang', 'missing')}")
        if not root.get("/ViewerPreferences", {}).get("/DisplayDocTitle", False):
            found.append("readers are shown its file name instead of its title")
        with document.open_metadata() as metadata:
            if metadata.get("pdfuaid:part") != "1":
                found.append("it doesn't say that it is PDF/UA-1")
            if metadata.get("dc:title") != title:
                found.append(f"its title is {metadata.get('dc:title')!r}")
        for number, page in enumerate(document.pages, start=1):
            if "/Annots" in page and str(page.get("/Tabs", "")) != "/S":
                found.append(f"page {number} has links out of reading order")
            for font in page.Resources.get("/Font", {}).values():
                found += [f"font {font.BaseFont} isn't embedded"] if not _is_embedded(font) else []
    levels = headings_of(content)
    steps = zip([0, *levels], levels, strict=False)
    found += [f"heading {after} follows {before}" for before, after in steps if after > before + 1]
    found += [f"a {tag.role} says nothing" for tag in tags_of(content) if tag.role == "Figure" and not tag.alt]
    return found


def _is_embedded(font) -> bool:
    inner = font.DescendantFonts[0] if "/DescendantFonts" in font else font
    descriptor = inner.get("/FontDescriptor", {})
    return any(name in descriptor for name in ("/FontFile", "/FontFile2", "/FontFile3"))
