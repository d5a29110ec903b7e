"""What is read inside files, and what is kept apart."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import typst

from dscp_cms.reading import Limits, Unreadable, read
from dscp_cms.testing.scale import size
from resources.tests.made_files import W, docx, line, opendocument, paragraph, pdf, pptx, xlsx

pytestmark = pytest.mark.once
ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def reading(tmp_path):
    def read_it(content: bytes, extension: str, **limits):
        path = tmp_path / f"file.{extension}"
        path.write_bytes(content)
        found, picture = read(str(path), extension, Limits(**limits))
        read_it.picture = picture
        return found

    return read_it


def hidden(found) -> set[tuple[str, str, str]]:
    return {(one.kind, one.where, one.text) for one in found.hidden}


def test_a_pdf_page_by_page(reading):
    info = "/Title (Threshold guide) /Author (Delegate One)"
    found = reading(
        pdf(
            line("Early help first"),
            line("Page two (here)"),
            info=info,
            extra={"Lang": "(en-GB)", "MarkInfo": "<< /Marked true >>"},
        ),
        "pdf",
    )
    assert found.texts == ["Early help first", "Page two (here)"]
    assert (found.pages, found.title, found.author, found.language) == (2, "Threshold guide", "Delegate One", "en-GB")
    assert found.tagged and not found.scanned and not found.encrypted and not found.hidden
    assert reading.picture.startswith(b"RIFF")


BLACK = b"0 0 0 rg 70 695 160 16 re f\n"
SHADES = b"0.9 0.9 0.9 rg 60 690 300 30 re f\n"


@pytest.mark.parametrize(
    ("stream", "shown", "secret"),
    [
        (line("The child is Jo Bloggs") + BLACK, "", "The child is Jo Bloggs"),
        (SHADES + line("On a ground"), "On a ground", ""),
        (line("Seen", y=500) + line("Secret") + BLACK + line("Over it"), "Seen Over it", "Secret"),
        (line("One", y=700) + line("Two", y=600) + b"0 g 70 695 40 16 re 70 595 40 16 re f\n", "", "One Two"),
        (line("Struck") + b"0 0 0 RG 14 w 70 704 m 200 704 l S\n", "", "Struck"),
        (line("Outlined") + b"0 0 0 RG 1 w 70 695 160 16 re S\n", "Outlined", ""),
        (b"q 2 0 0 2 0 0 cm\n" + line("Big", x=36, y=350) + b"0 g 35 347 100 16 re f\nQ\n", "", "Big"),
        (b"q 1 0 0 1 0 -100 cm 0 g 70 795 160 16 re f Q\n" + line("After"), "After", ""),
    ],
)
def test_text_under_black_boxes_is_kept_apart(reading, stream, shown, secret):
    found = reading(pdf(stream), "pdf")
    assert " ".join("".join(found.texts).split()) == shown
    assert " ".join(one.text for one in found.hidden) == secret


def test_boxes_drawn_as_remarks_cover_too(reading):
    square = (
        "<< /Type /Annot /Subtype /Square /Rect [70 695 230 711] /IC [0 0 0] /Contents (cover it) /T (Delegate One) >>"
    )
    found = reading(pdf(line("Jo Bloggs") + line("Open", y=300), annotations=square), "pdf")
    assert "Bloggs" not in found.texts[0] and "Open" in found.texts[0]
    assert hidden(found) == {
        ("text under an opaque shape", "page 1", "Jo Bloggs"),
        ("comment", "page 1", "Delegate One: cover it"),
    }


def test_a_word_document(reading):
    body = (
        paragraph("What we learned")
        + "<w:p><w:del w:author='D'><w:r><w:delText>Jo Bloggs</w:delText></w:r></w:del>"
        + "<w:ins w:author='D'><w:r><w:t>The child</w:t></w:r></w:ins><w:r><w:t> was seen</w:t></w:r></w:p>"
        + paragraph("whispered", "<w:rPr><w:vanish/></w:rPr>")
        + "<w:p><w:r><w:br w:type='page'/><w:t>Second page</w:t></w:r></w:p>"
    )
    comments = f"<w:comments {W}><w:comment w:author='Ann'><w:p><w:r><w:t>Is that right?</w:t></w:r></w:p></w:comment></w:comments>"
    found = reading(docx(body, comments=comments), "docx")
    assert found.texts == ["What we learned\nThe child was seen", "Second page"]
    assert (found.title, found.author, found.language) == ("A briefing", "Delegate One", "en-GB")
    assert found.properties["Last changed by"] == "Delegate Two"
    assert hidden(found) == {
        ("deleted text in tracked changes", "", "Jo Bloggs"),
        ("added text in tracked changes", "", "The child"),
        ("hidden text", "", "whispered"),
        ("comment", "", "Ann: Is that right?"),
    }


def test_a_presentation(reading):
    found = reading(pptx("First", "Not shown", "Third", hidden=(2,), notes={3: "say his name"}), "pptx")
    assert found.texts == ["First", "", "Third"] and found.pages == 3
    assert hidden(found) == {("hidden slide", "slide 2", "Not shown"), ("speaker's notes", "slide 3", "say his name")}


def test_a_workbook(reading):
    found = reading(
        xlsx({"Plan": [["Goal", "Owner"], ["Secret row"]], "Names": [["Jo Bloggs"]]}, ("Names",), 2), "xlsx"
    )
    assert found.texts == ["Plan\nGoal · Owner"]
    assert hidden(found) == {
        ("hidden rows or columns", "sheet “Plan”", "Secret row"),
        ("hidden sheet", "sheet “Names”", "Jo Bloggs"),
    }


def test_open_documents(reading):
    text = (
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>Gone</text:p></text:deletion></text:changed-region>"
        "</text:tracked-changes><text:p>Read<office:annotation><dc:creator>Ann</dc:creator><text:p>Why?</text:p>"
        "</office:annotation> this</text:p>"
    )
    found = reading(opendocument("text", text), "odt")
    assert found.texts == ["Read this"] and (found.title, found.author) == ("Open", "Delegate One")
    assert hidden(found) == {("deleted text in tracked changes", "", "Gone"), ("comment", "", "Why?")}
    styles = "<style:style style:name='h'><style:table-properties table:display='false'/></style:style>"
    cells = "<table:table-row><table:table-cell><text:p>{}</text:p></table:table-cell></table:table-row>"
    sheets = f"<table:table table:name='A'>{cells.format('Seen')}</table:table>"
    sheets += f"<table:table table:name='B' table:style-name='h'>{cells.format('Unseen')}</table:table>"
    found = reading(opendocument("spreadsheet", sheets, styles), "ods")
    assert found.texts == ["A\nSeen"] and found.pages == 2
    assert hidden(found) == {("hidden sheet", "page 2", "B: Unseen")}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_plain_text_in_the_usual_encodings(reading, encoding):
    words = "A café’s menu, déjà vu: crème brûlée for every child, and a naïve façade. " * 3
    assert reading(words.encode(encoding), "txt").texts == [words.strip()]


def test_limits_cut_or_end_the_reading(reading):
    many = pdf(*[line(f"Page {n}") for n in range(1, 9)])
    found = reading(many, "pdf", pages=3)
    assert len(found.texts) == 3 and found.pages == 8 and found.cut
    found = reading(many, "pdf", text=10)
    assert sum(map(len, found.texts)) == 10 and found.cut
    with pytest.raises(Unreadable, match="too long"):
        reading(pdf(*[b"0 0 m 1 1 l S " * 200_000] * 30, compress=True), "pdf", cpu=1)
    with pytest.raises(Unreadable, match=r"memory|can't be read|could not be"):
        reading(docx(paragraph("x" * 1000) * 100_000), "docx", memory=120 * 1024 * 1024)


@pytest.mark.scale
def test_a_long_pdf_within_five_seconds_and_300_megabytes(tmp_path):
    """Three hundred pages of text, tables and boxes, as typst sets them."""
    pages = size(300, 60)
    words = "Early help is for every family that asks for it, and safeguarding is everybody's business. "
    source = f'#set document(title: "Long")\n#for n in range({pages}) [= Chapter #n\n#lorem(250)\n{words}\n'
    source += "#table(columns: 3, ..range(30).map(n => [Cell #n]))\n#rect(fill: black)[x]\n#pagebreak()]"
    path = tmp_path / "long.pdf"
    path.write_bytes(typst.compile(source.encode(), format="pdf"))
    # Asked of a small program: what a child takes is counted from what its parent had.
    code = "import json, resource, sys; from dscp_cms.reading import read; found, picture = read(sys.argv[1], 'pdf');"
    code += "used = resource.getrusage(resource.RUSAGE_CHILDREN);"
    code += "print(json.dumps([found.texts, bool(picture), used.ru_utime + used.ru_stime, used.ru_maxrss]))"
    done = subprocess.run([sys.executable, "-c", code, path], cwd=ROOT, capture_output=True, check=True, text=True)
    texts, picture, cpu, memory = json.loads(done.stdout)
    assert len(texts) >= pages and picture
    assert sum("safeguarding is everybody" in " ".join(text.split()) for text in texts) == pages
    assert cpu < 5 and memory < 300_000  # kB
    print(f"{len(texts)} pages: {cpu:.1f} s of CPU, {memory / 1000:.0f} MB")
