"""OpenDocument text, presentations and spreadsheets (.odt, .odp, .ods)."""

from dscp_cms.reading.facts import CannotRead, Reading
from dscp_cms.reading.package import Package, attribute, local

CONTENT, MANIFEST = "content.xml", "META-INF/manifest.xml"
APART = {"annotation": "comment", "tracked-changes": "deleted text in tracked changes", "notes": "speaker's notes"}


def read_opendocument(path: str, pages: int) -> Reading:
    """Read a document: each slide or sheet is a page, a text is one."""
    reading = Reading()
    with Package(path) as package:
        if MANIFEST in package.parts:
            if any(local(element.tag) == "encryption-data" for element in package.elements(MANIFEST)):
                raise CannotRead("The file is protected by a password.")
        if CONTENT not in package.parts:
            raise CannotRead("The file is no document that can be read.")
        package.properties(reading, "meta.xml")
        if "meta.xml" in package.parts:
            for element in package.elements("meta.xml"):
                count = attribute(element, "page-count") if local(element.tag) == "document-statistic" else ""
                if count.isdecimal() and len(count) < 6:
                    reading.pages = int(count)
        _Content(package, reading, pages).read()
    return reading


class _Content:
    """Walks through content.xml."""

    def __init__(self, package: Package, reading: Reading, pages: int):
        self.package, self.reading, self.most = package, reading, pages
        self.hidden_styles: set[str] = set()
        self.style = ""
        self.apart: list[tuple[str, list[str]]] = []  # the open things that aren't to be read as text
        self.lines: list[list[str]] = [[]]
        self.open: list[str] = []  # hidden slide or sheet that is open
        self.units = 0

    def read(self) -> None:
        for event, element in self.package.events(CONTENT):
            name = local(element.tag)
            if event == "start":
                self._start(name, element)
            else:
                self._end(name, element)
            if self.units > self.most:
                self.reading.cut = True
                break
        self.reading.texts = ["\n".join(lines) for lines in self.lines]
        if self.units:
            self.reading.pages = self.units

    def _start(self, name: str, element) -> None:
        if name == "style":
            self.style = attribute(element, "name")
        elif name in {"table-properties", "drawing-page-properties"}:
            if attribute(element, "display") == "false" or attribute(element, "visibility") == "hidden":
                self.hidden_styles.add(self.style)
        elif name in {"table", "page"} and self._is_unit(element):
            self.units += 1
            if self.units > 1:
                self.lines.append([])
            label = attribute(element, "name")
            if attribute(element, "style-name") in self.hidden_styles:
                self.apart.append(("hidden sheet" if name == "table" else "hidden slide", [f"{label}:"]))
            elif name == "table" and label:
                self.lines[-1].append(label)
        elif name in APART:
            self.apart.append((APART[name], []))

    def _is_unit(self, element) -> bool:
        """A sheet or a slide; a table inside a text isn't one."""
        space = element.tag.rsplit("}", 1)[0]
        return "drawing" in space or self.package.filename.endswith(".ods") or self._is_spreadsheet()

    def _is_spreadsheet(self) -> bool:
        if not hasattr(self, "_kind"):
            mimetype = self.package.read("mimetype") if "mimetype" in self.package.parts else b""
            self._kind = b"spreadsheet" in mimetype[:100]
        return self._kind

    def _end(self, name: str, element) -> None:
        if name in {"p", "h"}:
            text = "".join(_texts(element))
            (self.apart[-1][1] if self.apart else self.lines[-1]).append(text)
            element.clear()
        elif self.apart and (APART.get(name) == self.apart[-1][0] or self._closes(name, element)):
            kind, words = self.apart.pop()
            where = f"page {self.units}" if self.units else ""
            self.reading.hide(kind, where, " ".join(words))
        elif name in {"table-row", "frame"} and not self.apart:
            element.clear()

    def _closes(self, name: str, element) -> bool:
        kind = self.apart[-1][0]
        hidden = attribute(element, "style-name") in self.hidden_styles
        return hidden and {"hidden sheet": "table", "hidden slide": "page"}.get(kind) == name


def _texts(element):
    """The text of a paragraph, without what stands in remarks inside it, which were taken out when they ended."""
    yield element.text or ""
    for child in element:
        name = local(child.tag)
        if name in {"s", "tab", "line-break"}:
            yield " "
        elif name != "annotation":
            yield from _texts(child)
        yield child.tail or ""
