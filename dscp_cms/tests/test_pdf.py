"""PDFs of templates: words stay words, every file is PDF/UA-1, nothing keeps one from being made."""

import re
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from django.apps import apps
from wagtail.images.tests.utils import get_test_image_file

from dscp_cms import faces, pdf, typst_text
from dscp_cms.models import SiteImage
from dscp_cms.testing import pdfs
from dscp_cms.tests.test_faces import SAID, STORY, all_stored
from home.models import StandardPage
from home.tests.factories import every_page_type
from news.models import NewsletterIssuePage

pytestmark = pytest.mark.django_db

HOSTILE = [
    '"; #panic("caught") //',
    '#read("/etc/passwd")',
    r"\ \\ \u{41} \" #",
    "$x$ *bold* _it_ @ref <label> = Heading",
    '] #eval("1+1") [',
    "```raw``` `x` /* */ // --- ~ ' -",
    '#import "@preview/example:0.1.0": *',
    "a\nb\r\nc\td\u2028e\u2029f",
    "nul \x00 bell \x07 escape \x1b",
    "lone \ud800 surrogate",
    "\ufeffmark \ufffe \uffff \ufdd0 \U0001ffff",
    "private \ue000 use",
    "bidi \u202e override \u2066 isolate",
    "{{ conf.email }} {% debug %}",
    "漢字 ไทย 한국어 ਪੰਜਾਬੀ 😀 👨‍👩‍👧 🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "e\u0301" * 30 + "\u0301" * 300,
]


def document(**fields) -> bytes:
    """A page of the site as PDF."""
    page = StandardPage(**{"title": "A page", "slug": "a-page", "path": "000100010001", "depth": 3, **fields})
    return pdf.typeset("typst/page.typ", {"page": page, "kind": "Page"}, title=page.title)


def test_nothing_typed_becomes_markup_or_keeps_a_document_from_being_made():
    body = STORY.to_python([block for typed in HOSTILE for block in (
        {"type": "heading", "value": {"text": typed, "level": "h2"}},
        {"type": "callout", "value": {"kind": typed, "title": typed, "text": f"<p>{typed}</p>"}},
        {"type": "quotation", "value": {"text": typed, "attribution": typed}},
        {"type": "button", "value": {"text": typed, "url": f"https://example.org/{typed}"}},
        {"type": "contact_card", "value": {"name": typed, "email": typed, "telephone": typed}},
    )])  # fmt: skip
    content = document(title=" ".join(HOSTILE), summary=HOSTILE[0], body=body)
    said = pdfs.words_of(content).replace(" ", "")
    for typed in HOSTILE:
        plain = "".join(typst_text.clean(typed).split())
        if plain.isascii():
            # Title, heading, call-out, quotation and its source, button, card: each exactly as it was typed.
            assert said.count(plain) >= 6, typed


def test_letters_that_no_font_has_become_squares_and_the_others_stay():
    said = pdfs.words_of(document(title="Before 漢 after", summary="Zażółć gęślą jaźń, Ελλάδα, Україна, שלום, محمد"))
    assert "Before □ after" in said
    for kept in ("Zażółć gęślą jaźń", "Ελλάδα", "Україна"):
        assert kept in said
    assert said.count("□") == 1


def test_every_file_is_what_pdf_ua_asks_for():
    image = SiteImage.objects.create(title="Bridge", description="A bridge over the river", file=get_test_image_file())
    plain = SiteImage.objects.create(title="Line", is_decorative=True, file=get_test_image_file())
    body = STORY.to_python([
        {"type": "heading", "value": {"text": "Deep at once", "level": "h3"}},
        {"type": "text", "value": '<p>Words and <a href="https://example.org/">a link</a></p><ul><li>one</li></ul>'},
        {"type": "heading", "value": {"text": "Then higher", "level": "h2"}},
        {"type": "image", "value": {"image": image.pk, "caption": "At noon"}},
        {"type": "image", "value": {"image": plain.pk, "caption": ""}},
        {"type": "table", "value": {
            "columns": [{"type": "text", "heading": "Day"}, {"type": "text", "heading": "Place"}],
            "rows": [{"values": ["Monday", "Durham"]}], "caption": "Where"}},
    ])  # fmt: skip
    content = document(title="A “page” – with marks", body=body)
    assert pdfs.problems_of(content, "A “page” – with marks") == []
    roles = [tag.role for tag in pdfs.tags_of(content)]
    assert {"H1", "H2", "P", "L", "LI", "Link", "Figure", "Table", "TR", "TH", "TD"} <= set(roles)
    assert roles.count("TH") == 3 and roles.count("Figure") == 1  # decoration is an artifact
    assert [tag.alt for tag in pdfs.tags_of(content) if tag.role == "Figure"] == ["A bridge over the river"]
    assert pdfs.headings_of(content) == [1, 2, 2]
    assert pdfs.bookmarks_of(content) == ["A “page” – with marks", "Deep at once", "Then higher"]
    assert pdfs.headers_of(content) == [("Column", 2), ("Row", 1)]
    with pikepdf.open(BytesIO(content)) as made:
        links = [note.A.URI for page in made.pages for note in page.get("/Annots", []) if "/A" in note]
    assert "https://example.org/" in [str(link) for link in links]


def test_only_our_own_fonts_and_those_of_typst_are_used():
    with pikepdf.open(BytesIO(document(summary="Latin, Ελλάδα, محمد, ☎"))) as made:
        names = {str(font.BaseFont).partition("+")[2] for page in made.pages for font in page.Resources.Font.values()}
    assert names and all(
        re.match("AtkinsonHyperlegibleNext|NotoSansArabic|Libertinus|DejaVuSansMono|NewCM", n) for n in names
    )


def test_what_is_too_long_is_refused_with_a_sentence():
    with pytest.raises(pdf.PdfError, match="too long"):
        pdf.compile_source(pdf.Source("word " * 1_000_000, "T"))
    with pytest.raises(pdf.PdfError, match="name of a picture"):
        pdf.compile_source(pdf.Source("words", "T", {"../outside.png": b""}))


def test_a_document_reads_no_file_and_no_package_of_the_machine():
    for source in ('#read("/etc/passwd")', '#read("../../etc/passwd")', '#import "@preview/example:0.1.0": *'):
        with pytest.raises(pdf.PdfError, match="can't be printed"):
            pdf.compile_source(pdf.Source(source, "T"))


def test_one_that_never_ends_is_given_up(monkeypatch):
    monkeypatch.setattr(pdf, "SECONDS", 1)
    with pytest.raises(pdf.PdfError, match="too much time"):
        pdf.compile_source(pdf.Source("#let f(n) = { for i in range(99999999) { n += i }; n }\n#f(1)", "T"))


def test_every_block_of_a_story_says_all_it_has_to_say():
    kinds, values = list(STORY.child_blocks), all_stored()
    content = document(body=STORY.to_python([{"type": kind, "value": values[kind]} for kind in kinds]))
    said = pdfs.words_of(content) + " ".join(tag.alt for tag in pdfs.tags_of(content))
    assert [(kind, words) for kind in kinds for words in SAID[kind] if words not in said] == []
    assert pdfs.problems_of(content, "A page") == []
    for block in STORY.child_blocks.values():  # and each by itself, as a preview has it
        assert faces.render_block(block.bind(block.get_preview_value()), "typst").strip() or block.name in {
            "image", "resource", "pages",
        }  # fmt: skip


def text_of_value(value) -> list[str]:
    """The words of a field that an editor wrote in."""
    return faces.BeautifulSoup(str(value), "html.parser").get_text(" ").split()


def test_every_page_type_prints_whatever_an_editor_wrote():
    for page in (page.specific for page in every_page_type().values()):
        content = pdf.typeset("typst/page.typ", {"page": page, "kind": page.kind_label}, title=page.title)
        assert pdfs.problems_of(content, page.title) == [], page
        said = set(pdfs.words_of(content).split())
        assert set(f"{page.title} {page.summary}".split()) <= said, page
        for name in ("body", "why", "outcomes", "chapters", "introduction", "sections", "learning_outcomes"):
            if isinstance(page, NewsletterIssuePage) and name == "sections":
                continue  # held against the page itself in its own test
            missing = set(text_of_value(getattr(page, name, ""))) - said
            assert not missing, (page, name, missing)


def test_every_value_in_a_template_goes_through_the_library():
    """A value printed without a filter of ours would be markup."""
    templates = [path for app in apps.get_app_configs() for path in Path(app.path).glob("templates/**/*.typ")
                 if "site-packages" not in str(path)]  # fmt: skip
    assert len(templates) > 25
    filters = ("|typst", "|typst_lines", "|typst_string")
    allowed = {"name", "forloop.counter"}  # what typst_picture gave, and a number
    for path in templates:
        for value in re.findall(r"{{\s*(.*?)\s*}}", path.read_text()):
            assert value.endswith(filters) or value in allowed, (path, value)
