"""Blocks and pages in e-mail and as plain text."""

import mrml
import pytest
from django.template.loader import get_template
from wagtail import blocks
from wagtail.images.tests.utils import get_test_image_file
from wagtail.models import get_page_models
from wagtail.rich_text import RichText

from dscp_cms import faces
from dscp_cms.blocks import StoryBlock
from dscp_cms.faces import Footnotes
from dscp_cms.models import SiteImage
from dscp_cms.pages import BasePage
from home.tests.factories import every_page_type
from resources.tests import factories as resources

pytestmark = pytest.mark.django_db

STORY = StoryBlock()


def all_stored() -> dict:
    """A value for each kind of block, as it is stored; its words are told from those of other kinds."""
    page = resources.resource("A toolkit for talks").pk
    image = SiteImage.objects.create(title="Bridge", description="A bridge over the river", file=get_test_image_file())
    return {
        "heading": {"text": "What we want to change", "level": "h3"},
        "text": '<p>Say what you <b>saw</b> & heard.</p><ul><li>one <a href="https://example.org/a?b=1&amp;c=2">guide</a></li></ul>',
        "callout": {"kind": "important", "title": "Before you book", "text": "<p>Ask your manager.</p>"},
        "quotation": {"text": "They <listened> to me.", "attribution": "A young person"},
        "accordion": {"sections": [{"title": "Who can come?", "text": "<p>Anyone who works with children.</p>"}]},
        "image": {"image": image.pk, "caption": "The bridge at noon"},
        "video": {
            "title": "A film on trust",
            "url": "https://vimeo.com/76979871",
            "length": "4 minutes",
            "transcript": "<p>Hello you.</p>",
        },
        "key_facts": {"title": "In figures", "facts": [{"figure": "1 in 4", "label": "of us"}]},
        "table": {
            "columns": [{"type": "text", "heading": "Day"}, {"type": "rich_text", "heading": "Place"}],
            "rows": [{"values": ["Monday", "<p>Durham</p>"]}],
            "caption": "Where we meet",
        },
        "contact_card": {
            "name": "Training team",
            "role": "Bookings",
            "email": "team@example.org",
            "telephone": "0808 800 5000",
        },
        "link_list": {
            "title": "Read more",
            "links": [{"title": "The report", "url": "https://example.org/r", "description": "PDF"}],
        },
        "resource": {"page": page},
        "pages": {"title": "See also", "pages": [page]},
        "button": {"text": "Read the plan", "url": "https://example.org/plan", "style": "secondary"},
        "unconverted": {"what": "A form", "source": "<form><p>Your name</p></form><script>alert(1)</script>"},
    }


def stored(kind: str):
    """The value of one kind."""
    return all_stored()[kind]


SAID = {
    "heading": ["What we want to change"],
    "text": ["Say what you", "saw", "& heard", "one", "guide"],
    "callout": ["Before you book", "Ask your manager."],
    "quotation": ["They <listened> to me.", "A young person"],
    "accordion": ["Who can come?", "Anyone who works with children."],
    "image": ["A bridge over the river", "The bridge at noon"],
    "video": ["A film on trust", "4 minutes", "Vimeo", "Hello you."],
    "key_facts": ["In figures", "1 in 4", "of us"],
    "table": ["Where we meet", "Day", "Place", "Monday", "Durham"],
    "contact_card": ["Training team", "Bookings", "team@example.org", "0808 800 5000"],
    "link_list": ["Read more", "The report", "PDF"],
    "resource": ["A toolkit for talks"],
    "pages": ["See also", "A toolkit for talks"],
    "button": ["Read the plan"],
    "unconverted": ["Your name"],
}


def bound(kind: str) -> blocks.BoundBlock:
    """A block of a stored story."""
    return STORY.to_python([{"type": kind, "value": stored(kind)}])[0]


def as_html(mjml: str) -> str:
    """The fragment as a mail would print it."""
    return mrml.to_html(
        f"<mjml><mj-body><mj-section><mj-column>{mjml}</mj-column></mj-section></mj-body></mjml>"
    ).content


@pytest.mark.parametrize("kind", list(STORY.child_blocks))
def test_every_block_of_a_story_says_all_it_has_to_say_in_a_mail_and_as_plain_text(kind):
    html = as_html(faces.render_block(bound(kind), "email"))
    words = (
        " ".join(faces.BeautifulSoup(html, "html.parser").get_text(" ").split())
        + html.partition('alt="')[2].partition('"')[0]
    )
    notes = Footnotes()
    text = faces.render_block(bound(kind), "text", {"notes": notes})
    for said in SAID[kind]:
        assert said in words
        if not (kind == "table" and said == "Day"):  # the first column heads its row without its name
            assert said in text
    assert "<p>" not in text and "&amp;" not in text
    for tag in faces.BeautifulSoup(html, "html.parser").find_all(["a", "img"]):
        assert tag.get("href", tag.get("src")).startswith(("http", "mailto:", "tel:"))


def test_a_new_kind_of_block_must_have_its_faces():
    """The two tables above name every block of a story, and every block has its two templates."""
    assert set(SAID) == set(STORY.child_blocks)
    for block in STORY.child_blocks.values():
        for face in faces.BLOCK_FACES:
            get_template(faces.face_template(block, face))


def test_blocks_have_no_other_face():
    with pytest.raises(ValueError, match="sculpture"):
        faces.face_template(STORY, "sculpture")


def test_every_page_type_has_a_mail_and_a_text_face():
    pages = every_page_type()
    assert {type(page) for page in pages.values()} == page_types()
    for page in pages.values():
        page = page.specific
        assert page.title in faces.BeautifulSoup(as_html(page.render_face("email")), "html.parser").get_text()
        text = page.render_face("text", {"notes": (notes := Footnotes())})
        assert page.title in text and notes.addresses == [f"http://testserver{page.url}"]
        if page.summary:
            assert page.summary in text


def page_types():
    return {model for model in get_page_models() if issubclass(model, BasePage)}


def test_a_mail_keeps_only_what_mail_can_show():
    html = faces.email_html(
        '<p onclick="x()" class="c">One<script>alert(1)</script> <span style="color:red">two</span><br></p>'
        "<mj-raw>three</mj-raw>"
    )
    assert html == '<p style="margin:0">One two<br/></p>three'


def test_links_to_pages_are_whole_addresses():
    page = resources.resource("A toolkit for talks")
    rich = RichText(f'<p><a linktype="page" id="{page.pk}">the toolkit</a></p>')
    assert f'href="http://testserver{page.url}"' in faces.email_html(rich)
    notes = Footnotes()
    assert faces.plain_text(rich, notes) == "the toolkit\N{NO-BREAK SPACE}[1]"
    assert notes.listed() == f"[1] http://testserver{page.url}"


@pytest.mark.parametrize(
    ("rich", "plain"),
    [
        ("<p>One<br>two</p><p>three</p>", "One\ntwo\n\nthree"),
        ("<ol><li>a</li><li>b<ul><li>c</li></ul></li></ol>", "1. a\n2. b\n   - c"),
        ('<p>Write to <a href="mailto:a@example.org">a@example.org</a>.</p>', "Write to a@example.org."),
        ('<p><a href="mailto:a@example.org">Write</a></p>', "Write (a@example.org)"),
        ('<p><a href="tel:+448088005000">0808 800 5000</a></p>', "0808 800 5000"),
        ("<p>5 &lt; 6 &amp; 7</p><!-- no -->", "5 < 6 & 7"),
        ("", ""),
        (None, ""),
    ],
)
def test_rich_text_becomes_plain(rich, plain):
    assert faces.plain_text(rich) == plain


def test_an_address_that_stands_twice_has_one_number():
    notes = Footnotes()
    words = [
        faces.link_in_text(words, address, notes)[-3:] for words, address in [("a", "/x/"), ("b", "/y/"), ("c", "/x/")]
    ]
    assert words == ["[1]", "[2]", "[1]"]


def test_lines_are_wrapped_at_72_and_addresses_stay_whole():
    address = "https://example.org/" + "long-" * 20
    text = faces.wrap(
        f"- {'word ' * 40}\n\n\n\n"
        f"See the very long title of a page that nearly fills a whole line now\N{NO-BREAK SPACE}[1]\n\n[1] {address}"
    )
    lines = text.splitlines()
    assert all(len(line) <= 72 for line in lines if address not in line)
    assert f"[1] {address}" in lines
    assert lines[1].startswith("  word")  # below the item's words, not below its mark
    assert "" in lines and "\n\n\n" not in text
    assert not any(line == "[1]" for line in lines)  # a number isn't left alone on a line
