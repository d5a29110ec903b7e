"""Files as people really upload them, in sixty shapes; each with words that reading must find, if it is read."""

import io

import typst
from PIL import Image

from resources.tests.made_files import W, docx, line, opendocument, paragraph, pdf, pptx, rels, xlsx, zipped

WORDS = "Early help"
USUAL: dict[str, tuple[str, bytes, str]] = {}


def _add(what: str, name: str, content: bytes, words: str = WORDS) -> None:
    USUAL[what] = (name, content, words)


def _pdfs() -> None:
    plain = pdf(line(WORDS))
    _add("pdf", "plan.pdf", plain)
    for version in ("1.3", "1.4", "2.0"):
        _add(f"pdf {version}", "plan.pdf", plain.replace(b"%PDF-1.7", b"%PDF-" + version.encode()))
    _add("pdf with an end in capitals", "PLAN.PDF", plain)
    _add("pdf with a dotted name", "plan v1.2 (final).pdf", plain)
    _add("pdf with letters of other languages", "Plan działań – Śląsk.pdf", plain)
    _add("pdf with a very long name", f"{'plan ' * 40}.pdf", plain)
    _add("pdf behind a line feed", "plan.pdf", b"\r\n" + plain)
    _add("pdf followed by spaces", "plan.pdf", plain + b" \r\n" * 50)
    _add("pdf uncompressed", "plan.pdf", pdf(line(WORDS), compress=False))
    _add("pdf with a damaged table", "plan.pdf", plain.replace(b"startxref\n", b"startxref\n1"))
    _add("pdf of many pages", "plan.pdf", pdf(*[line(f"{WORDS} {n}") for n in range(60)]))
    _add(
        "pdf of pictures only", "scan.pdf", pdf(b"q 500 0 0 700 50 50 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \xff EI Q\n"), ""
    )
    _add(
        "pdf with remarks",
        "plan.pdf",
        pdf(line(WORDS), annotations="<< /Subtype /Text /Rect [1 1 9 9] /Contents (why?) >>"),
    )
    _add("pdf with a form", "form.pdf", pdf(line(WORDS), extra={"AcroForm": "<< /Fields [] >>"}))
    for standard in (None, "ua-1", "a-2b"):
        source = f'#set document(title: "Plan")\n#set text(lang: "en")\n= Plan\n{WORDS} is for every family.\n#table(columns: 2)[a][b]'
        options = {"pdf_standards": [standard]} if standard else {}
        _add(f"pdf by typst {standard}", "plan.pdf", typst.compile(source.encode(), format="pdf", **options))


def _words() -> None:
    body = paragraph(WORDS)
    _add("docx", "notes.docx", docx(body))
    table = f"<w:tbl><w:tr><w:tc>{body}</w:tc></w:tr></w:tbl>"
    _add("docx with a table", "notes.docx", docx(table))
    _add(
        "docx with a text box",
        "notes.docx",
        docx(f"<w:p><w:r><w:pict><w:txbxContent>{body}</w:txbxContent></w:pict></w:r></w:p>"),
    )
    _add(
        "docx split into runs",
        "notes.docx",
        docx("<w:p><w:r><w:t xml:space='preserve'>Early </w:t></w:r><w:r><w:t>help</w:t></w:r></w:p>"),
    )
    _add(
        "docx with footnotes",
        "notes.docx",
        docx(paragraph("x"), footnotes=f"<w:footnotes {W}><w:footnote>{body}</w:footnote></w:footnotes>"),
    )
    _add("docx with tracked changes", "notes.docx", docx(f"<w:p><w:ins><w:r><w:t>{WORDS}</w:t></w:r></w:ins></w:p>"))
    _add("docx of many pages", "notes.docx", docx(body + "<w:p><w:r><w:br w:type='page'/></w:r></w:p>" * 80))
    _add("docx with a template on a drive", "notes.docx", _with_template("file:///C:/Templates/Council.dotx"))
    _add("docx with an embedded workbook", "notes.docx", _embedding(body))
    _add("docx without properties", "notes.docx", _without(docx(body), "docProps/core.xml"))
    for level in (0, 8):
        _add(f"docx stored {level}", "notes.docx", _packed(docx(body), level))


def _with_template(address: str) -> bytes:
    part = rels(("attachedTemplate", address)).replace("/>", ' TargetMode="External"/>')
    return _adding(
        docx(paragraph(WORDS)), {"word/settings.xml": f"<w:settings {W}/>", "word/_rels/settings.xml.rels": part}
    )


def _embedding(body: str) -> bytes:
    return _adding(docx(body), {"word/embeddings/Microsoft_Excel_Worksheet.xlsx": xlsx({"A": [["1"]]})})


def _adding(content: bytes, parts: dict) -> bytes:
    from resources.tests.hostile_files import changed

    return changed(content, parts)


def _without(content: bytes, name: str) -> bytes:
    import zipfile

    with zipfile.ZipFile(io.BytesIO(content)) as old:
        return zipped({part: old.read(part) for part in old.namelist() if part != name})


def _packed(content: bytes, compression: int) -> bytes:
    import zipfile

    with zipfile.ZipFile(io.BytesIO(content)) as old:
        return zipped({part: old.read(part) for part in old.namelist()}, compression=compression)


def _others() -> None:
    _add("pptx", "talk.pptx", pptx(WORDS, "Next"))
    _add("pptx with notes", "talk.pptx", pptx(WORDS, notes={1: "breathe"}))
    _add("pptx with a hidden slide", "talk.pptx", pptx(WORDS, "Not now", hidden=(2,)))
    _add("pptx of many slides", "talk.pptx", pptx(*[f"{WORDS} {n}" for n in range(50)]))
    _add("xlsx", "list.xlsx", xlsx({"List": [[WORDS]]}))
    _add("xlsx of many rows", "list.xlsx", xlsx({"List": [[f"{WORDS} {n}", "x"] for n in range(2000)]}))
    _add("xlsx with a hidden sheet", "list.xlsx", xlsx({"List": [[WORDS]], "Old": [["x"]]}, hidden=("Old",)))
    _add("xlsx of many sheets", "list.xlsx", xlsx({f"Month {n}": [[WORDS]] for n in range(12)}))
    _add("odt", "notes.odt", opendocument("text", f"<text:p>{WORDS}</text:p>"))
    _add(
        "odt with a heading", "notes.odt", opendocument("text", f"<text:h>{WORDS}</text:h><text:p>is for all</text:p>")
    )
    _add(
        "odt with a table",
        "notes.odt",
        opendocument(
            "text",
            f"<table:table><table:table-row><table:table-cell><text:p>{WORDS}</text:p></table:table-cell></table:table-row></table:table>",
        ),
    )
    _add(
        "odp",
        "talk.odp",
        opendocument(
            "presentation", f"<draw:page draw:name='1'><draw:frame><text:p>{WORDS}</text:p></draw:frame></draw:page>"
        ),
    )
    _add(
        "ods",
        "list.ods",
        opendocument(
            "spreadsheet",
            f"<table:table table:name='A'><table:table-row><table:table-cell><text:p>{WORDS}</text:p></table:table-cell></table:table-row></table:table>",
        ),
    )
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1", "ascii"):
        _add(f"txt in {encoding}", "notes.txt", f"{WORDS} for every child.\r\n".encode(encoding))
    _add("txt of one letter", "notes.txt", b"x", "")
    _add("txt in Arabic", "notes.txt", "مساعدة مبكرة Early help".encode())
    _add("txt with angles", "notes.txt", b"<- Early help ->")
    _add("csv", "list.csv", f"Name,Phone\n{WORDS},0\n".encode())
    _add("csv with semicolons", "list.csv", f"Name;Café\r\n{WORDS};1\r\n".encode("cp1252"))
    _add("csv of many rows", "list.csv", f"{WORDS},1\n".encode() * 20_000)
    _add("csv with tabs", "list.csv", f"Name\tPhone\n{WORDS}\t0\n".encode())
    _add("csv in utf-16", "list.csv", f"Name,Phone\r\n{WORDS},0\r\n".encode("utf-16"))
    buffer = io.BytesIO()
    Image.new("RGB", (60, 40), "white").save(buffer, "JPEG")
    _add("zip of pictures", "pictures.zip", zipped({f"{n}.jpg": buffer.getvalue() for n in range(20)}), "")
    _add(
        "zip of documents in folders",
        "pack.zip",
        zipped({"pack/a.docx": docx(paragraph("x")), "pack/sub/b.pdf": pdf(line("x"))}),
        "",
    )
    _add(
        "zip made on a Mac", "pack.zip", zipped({"a.docx": docx(paragraph("x")), "__MACOSX/._a.docx": b"\0\5\x16"}), ""
    )
    _add("zip with accents in names", "pack.zip", zipped({"Dépliant – été.txt": b"x"}), "")


_pdfs()
_words()
_others()
