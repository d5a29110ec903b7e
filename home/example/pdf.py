"""A small tagged PDF written by hand: headings and paragraphs that can be read out, searched and copied."""

from textwrap import wrap

PAGE_WIDTH, PAGE_HEIGHT, MARGIN = 595, 842, 64
HEADING, TEXT = ("H1", "F2", 20, 26, 44), ("P", "F1", 12, 18, 78)  # tag, font, size, leading, characters a line


def pdf(title: str, pages: list[list[str]]) -> bytes:
    """Return a PDF with that title. Each page is a list: its heading, then its paragraphs."""
    return _Writer(title, pages).write()


def _string(words: str) -> bytes:
    plain = words.encode("cp1252", "replace")
    return b"(" + plain.replace(b"\\", rb"\\").replace(b"(", rb"\(").replace(b")", rb"\)") + b")"


def _references(numbers: list[int]) -> str:
    return " ".join(f"{number} 0 R" for number in numbers)


class _Writer:
    """Collects numbered objects, then writes them with the table that says where each begins."""

    def __init__(self, title: str, pages: list[list[str]]):
        self.title, self.pages = title, pages
        self.objects: dict[int, bytes] = {}

    def _add(self, body: str | bytes, number: int | None = None) -> int:
        number = number or max(self.objects, default=0) + 1
        self.objects[number] = body.encode("latin-1") if isinstance(body, str) else body
        return number

    def write(self) -> bytes:
        catalogue, tree, structure, document = (self._add("", number) for number in (1, 2, 3, 4))
        fonts = [
            self._add(f"<< /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding >>")
            for name in ("Helvetica", "Helvetica-Bold")
        ]
        leaves, parts, owners = [], [], []
        for number, words in enumerate(self.pages):
            leaf, elements = self._page(number, words, tree, document, fonts)
            leaves.append(leaf)
            parts.extend(elements)
            owners.append(f"{number} [{_references(elements)}]")
        parents = self._add(f"<< /Nums [{' '.join(owners)}] >>")
        self._add(f"<< /Type /Pages /Kids [{_references(leaves)}] /Count {len(leaves)} >>", tree)
        self._add(f"<< /Type /StructElem /S /Document /P {structure} 0 R /K [{_references(parts)}] >>", document)
        self._add(
            f"<< /Type /StructTreeRoot /K [{document} 0 R] /ParentTree {parents} 0 R "
            f"/ParentTreeNextKey {len(leaves)} >>",
            structure,
        )
        self._add(
            f"<< /Type /Catalog /Pages {tree} 0 R /Lang (en-GB) /MarkInfo << /Marked true >> "
            f"/StructTreeRoot {structure} 0 R /ViewerPreferences << /DisplayDocTitle true >> >>",
            catalogue,
        )
        title = self.title.encode("utf-16-be").hex()
        information = self._add(f"<< /Title <FEFF{title}> >>")
        return self._file(catalogue, information)

    def _page(self, number: int, words: list[str], tree: int, document: int, fonts: list[int]) -> tuple[int, list[int]]:
        """Add a page, its text and its tags; return its number and those of its tags."""
        y, stream, tags = PAGE_HEIGHT - MARGIN, [], []
        for place, paragraph in enumerate(words):
            tag, font, size, leading, length = TEXT if place else HEADING
            lines = wrap(paragraph, length)
            y -= leading
            shown = b"".join(_string(line) + b" Tj T* " for line in lines)
            stream.append(
                f"/{tag} << /MCID {place} >> BDC BT /{font} {size} Tf {leading} TL {MARGIN} {y} Td ".encode()
                + shown
                + b"ET EMC"
            )
            y -= leading * (len(lines) - 1) + 12
            tags.append(tag)
        text = b"\n".join(stream)
        content = self._add(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text))
        leaf = self._add(
            f"<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 {PAGE_WIDTH} {PAGE_HEIGHT}] /Contents {content} 0 R "
            f"/Resources << /Font << /F1 {fonts[0]} 0 R /F2 {fonts[1]} 0 R >> >> /StructParents {number} /Tabs /S >>"
        )
        elements = [
            self._add(f"<< /Type /StructElem /S /{tag} /P {document} 0 R /Pg {leaf} 0 R /K {place} >>")
            for place, tag in enumerate(tags)
        ]
        return leaf, elements

    def _file(self, catalogue: int, information: int) -> bytes:
        whole, places = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", []
        for number in sorted(self.objects):
            places.append(len(whole))
            whole += b"%d 0 obj\n%s\nendobj\n" % (number, self.objects[number])
        table = b"".join(b"%010d 00000 n \n" % place for place in places)
        count = len(places) + 1
        trailer = b"trailer\n<< /Size %d /Root %d 0 R /Info %d 0 R >>" % (count, catalogue, information)
        return whole + b"xref\n0 %d\n0000000000 65535 f \n%s%s\nstartxref\n%d\n%%%%EOF\n" % (
            count,
            table,
            trailer,
            len(whole),
        )
