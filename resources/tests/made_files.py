"""Writes small files of every kind for tests: PDFs by hand, offices' files as zips of XML."""

import io
import zipfile
import zlib

CONTENT_TYPES = {
    "docx": "wordprocessingml.document.main",
    "pptx": "presentationml.presentation.main",
    "xlsx": "spreadsheetml.sheet.main",
}
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
A = (
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
X = (
    'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
RELS = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"


def zipped(parts: dict[str, str | bytes], **options) -> bytes:
    """A zip of these parts."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", options.pop("compression", zipfile.ZIP_DEFLATED), **options) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return buffer.getvalue()


def line(words: str, x: int = 72, y: int = 700, size: int = 12, font: str = "F1") -> bytes:
    """A line of text as a content stream paints it."""
    words = words.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    return f"BT /{font} {size} Tf {x} {y} Td ({words}) Tj ET\n".encode("cp1252", "replace")


def pdf(
    *pages: bytes, extra: dict[str, str] | None = None, info: str = "", annotations: str = "", compress=True
) -> bytes:
    """A PDF of these content streams; ``extra`` goes into the catalogue, ``annotations`` onto every page."""
    objects: list[bytes] = [
        b"",
        b"",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    kids = []
    for stream in pages:
        packed, how = (zlib.compress(stream), b" /Filter /FlateDecode") if compress else (stream, b"")
        objects.append(b"<< /Length %d%s >>\nstream\n%s\nendstream" % (len(packed), how, packed))
        content = len(objects)
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> /Annots [%s] >>" % (content, annotations.encode())
        )
        kids.append(len(objects))
    more = " ".join(f"/{key} {value}" for key, value in (extra or {}).items())
    objects[0] = f"<< /Type /Catalog /Pages 2 0 R {more} >>".encode()
    objects[1] = f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(f'{k} 0 R' for k in kids)}] >>".encode()
    trailer = ""
    if info:
        objects.append(f"<< {info} >>".encode("cp1252"))
        trailer = f" /Info {len(objects)} 0 R"
    out, places = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R%s >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        trailer.encode(),
        start,
    )
    return bytes(out)


def _types(kind: str, part: str) -> str:
    return (
        '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/{part}" ContentType="application/vnd.openxmlformats-officedocument.{CONTENT_TYPES[kind]}+xml"/>'
        "</Types>"
    )


def rels(*targets: tuple[str, str]) -> str:
    """A part that says what another refers to: (kind, target)."""
    rows = (f'<Relationship Id="rId{n}" Type="{KIND}{kind}" Target="{to}"/>' for n, (kind, to) in enumerate(targets, 1))
    return f'<?xml version="1.0"?><Relationships {RELS}>{"".join(rows)}</Relationships>'


CORE = (
    '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title><dc:creator>{author}</dc:creator>'
    "<cp:lastModifiedBy>Delegate Two</cp:lastModifiedBy><dc:language>en-GB</dc:language></cp:coreProperties>"
)


def docx(body: str, title="A briefing", author="Delegate One", **more: str) -> bytes:
    """A Word document with this body; further parts by name, dots written as double underscores."""
    return zipped(
        {
            "[Content_Types].xml": _types("docx", "word/document.xml"),
            "_rels/.rels": rels(("officeDocument", "word/document.xml")),
            "word/document.xml": f'<?xml version="1.0"?><w:document {W}><w:body>{body}</w:body></w:document>',
            "docProps/core.xml": CORE.format(title=title, author=author),
            **{f"word/{name}.xml": content for name, content in more.items()},
        }
    )


def paragraph(words: str, properties: str = "") -> str:
    """A paragraph of a Word document."""
    return f"<w:p><w:r>{properties}<w:t xml:space='preserve'>{words}</w:t></w:r></w:p>"


def pptx(*slides: str, hidden: tuple[int, ...] = (), notes: dict[int, str] | None = None) -> bytes:
    """A presentation with a line a slide."""
    parts = {
        "[Content_Types].xml": _types("pptx", "ppt/presentation.xml"),
        "_rels/.rels": rels(("officeDocument", "ppt/presentation.xml")),
        "ppt/_rels/presentation.xml.rels": rels(
            *[("slide", f"slides/slide{n}.xml") for n in range(1, len(slides) + 1)]
        ),
        "docProps/core.xml": CORE.format(title="Slides", author="Delegate One"),
    }
    ids = "".join(f'<p:sldId id="{255 + n}" r:id="rId{n}"/>' for n in range(1, len(slides) + 1))
    parts["ppt/presentation.xml"] = f"<p:presentation {A}><p:sldIdLst>{ids}</p:sldIdLst></p:presentation>"
    text = "<p:cSld><p:spTree><p:sp><p:txBody><a:p><a:r><a:t>{}</a:t></a:r></a:p></p:txBody></p:sp></p:spTree></p:cSld>"
    for number, words in enumerate(slides, 1):
        show = ' show="0"' if number in hidden else ""
        parts[f"ppt/slides/slide{number}.xml"] = f"<p:sld {A}{show}>{text.format(words)}</p:sld>"
        if notes and number in notes:
            parts[f"ppt/slides/_rels/slide{number}.xml.rels"] = rels(("notesSlide", f"../notesSlides/n{number}.xml"))
            parts[f"ppt/notesSlides/n{number}.xml"] = f"<p:notes {A}>{text.format(notes[number])}</p:notes>"
    return zipped(parts)


def xlsx(sheets: dict[str, list[list[str]]], hidden: tuple[str, ...] = (), hidden_row: int = 0) -> bytes:
    """A workbook of text cells."""
    parts = {
        "[Content_Types].xml": _types("xlsx", "xl/workbook.xml"),
        "_rels/.rels": rels(("officeDocument", "xl/workbook.xml")),
        "xl/_rels/workbook.xml.rels": rels(
            *[("worksheet", f"worksheets/sheet{n}.xml") for n in range(1, len(sheets) + 1)]
        ),
    }
    entries = ""
    for number, (name, rows) in enumerate(sheets.items(), 1):
        state = ' state="hidden"' if name in hidden else ""
        entries += f'<sheet name="{name}" sheetId="{number}"{state} r:id="rId{number}"/>'
        lines = ""
        for row, cells in enumerate(rows, 1):
            inner = "".join(
                f'<c r="{chr(65 + i)}{row}" t="inlineStr"><is><t>{text}</t></is></c>' for i, text in enumerate(cells)
            )
            lines += f'<row r="{row}"{" hidden=" + chr(34) + "1" + chr(34) if row == hidden_row else ""}>{inner}</row>'
        parts[f"xl/worksheets/sheet{number}.xml"] = f"<worksheet {X}><sheetData>{lines}</sheetData></worksheet>"
    parts["xl/workbook.xml"] = f"<workbook {X}><sheets>{entries}</sheets></workbook>"
    return zipped(parts)


ODF = (
    " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "text", "table", "style", "meta", "presentation")
    )
    + ' xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" xmlns:dc="http://purl.org/dc/elements/1.1/"'
)


def opendocument(kind: str, body: str, styles: str = "", manifest: str = "") -> bytes:
    """A document of kind text, presentation or spreadsheet."""
    return zipped(
        {
            "mimetype": f"application/vnd.oasis.opendocument.{kind}",
            "content.xml": f"<office:document-content {ODF}><office:automatic-styles>{styles}</office:automatic-styles>"
            f"<office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>",
            "meta.xml": f"<office:document-meta {ODF}><office:meta><dc:title>Open</dc:title><meta:initial-creator>Delegate"
            " One</meta:initial-creator></office:meta></office:document-meta>",
            "META-INF/manifest.xml": f'<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">{manifest}</m:manifest>',
        },
    )
