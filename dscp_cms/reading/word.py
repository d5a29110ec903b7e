"""Word documents (.docx): paragraphs, with what was deleted, hidden or remarked kept apart."""

from dscp_cms.reading.facts import Reading
from dscp_cms.reading.package import Package, attribute, local

DOCUMENT = "word/document.xml"
ON = {"", "1", "true", "on"}


def read_docx(path: str, pages: int) -> Reading:
    """Read a Word document; page breaks are where Word last drew them."""
    reading = Reading(tagged=None)
    with Package(path) as package:
        package.properties(reading, "docProps/core.xml", "docProps/app.xml")
        kinds = package.related("")  # of the package itself
        main = next((name for kind, name in kinds.values() if kind == "officeDocument"), DOCUMENT)
        _Body(package, reading, pages).read(main)
        for part, label in (("word/footnotes.xml", "footnotes"), ("word/endnotes.xml", "endnotes")):
            if part in package.parts:
                notes = Reading()
                _Body(package, notes, pages).read(part)
                reading.texts[-1] += "\n" + "\n".join(notes.texts)
                for one in notes.hidden:
                    reading.hide(one.kind, label, one.text)
        for part in package.numbered(r"word/comments\d*\.xml"):
            package.remarks(reading, part, "")
        if reading.pages is None and len(reading.texts) > 1:
            reading.pages = len(reading.texts)
    return reading


class _Body:
    """Walks through the paragraphs of a part."""

    def __init__(self, package: Package, reading: Reading, pages: int):
        self.package, self.reading, self.most = package, reading, pages
        self.words: list[str] = []
        self.deleted = 0  # how many <w:del> or <w:moveFrom> are open
        self.inserted = 0
        self.hidden_run = False
        self.gone: list[str] = []
        self.added: list[str] = []
        self.secret: list[str] = []
        self.texts = [[]]

    def read(self, part: str) -> None:
        """Put the text of a part into the reading."""
        for event, element in self.package.events(part):
            name = local(element.tag)
            if event == "start":
                self._start(name)
            else:
                self._end(name, element)
                if name in {"p", "tbl", "sectPr"}:
                    element.clear()
            if len(self.texts) > self.most:
                self.texts.pop()
                self.reading.cut = True
                break
        self.reading.texts = ["\n".join(lines) for lines in self.texts]

    def _start(self, name: str) -> None:
        if name in {"del", "moveFrom"}:
            self.deleted += 1
        elif name == "ins":
            self.inserted += 1
        elif name == "r":
            self.hidden_run = False

    def _end(self, name: str, element) -> None:
        if name in {"del", "moveFrom"}:
            self.deleted -= 1
            self._note("deleted text in tracked changes", self.gone)
        elif name == "ins":
            self.inserted -= 1
            self._note("added text in tracked changes", self.added)
        elif name == "vanish":
            self.hidden_run = attribute(element, "val") in ON
        elif name in {"t", "delText"}:
            self._text(name, element.text or "")
        elif name in {"tab", "br", "cr", "noBreakHyphen"}:
            self.words.append("-" if name == "noBreakHyphen" else " ")
            if name == "br" and attribute(element, "type") == "page":
                self._turn()
        elif name == "lastRenderedPageBreak":
            self._turn()
        elif name == "p":
            self.texts[-1].append("".join(self.words))
            self.words = []
            self._note("hidden text", self.secret)

    def _text(self, name: str, text: str) -> None:
        if self.deleted or name == "delText":
            self.gone.append(text)
        elif self.hidden_run:
            self.secret.append(text)
        else:
            self.words.append(text)
            if self.inserted:
                self.added.append(text)

    def _note(self, kind: str, words: list[str]) -> None:
        if words:
            self.reading.hide(kind, f"page {len(self.texts)}" if len(self.texts) > 1 else "", "".join(words))
            words.clear()

    def _turn(self) -> None:
        """A new page, unless nothing stands on this one yet: Word marks a break twice."""
        self.texts[-1].append("".join(self.words))
        self.words = []
        if any(self.texts[-1]):
            self.texts.append([])
