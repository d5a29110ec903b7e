"""An issue as e-mail: HTML that any mail program can show, and plain text of the same content."""

import re
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape
from wagtail.images.tests.utils import get_test_image_file
from wagtail.models import PageViewRestriction

from dscp_cms import page_pdfs
from dscp_cms.blocks import StoryBlock
from dscp_cms.faces import render_block
from dscp_cms.models import PagePdf, SiteImage
from dscp_cms.testing import axe
from news.blocks import ItemsBlock
from news.freezing import freeze_words
from news.models import NewsletterIssuePage
from news.preflight import GMAIL_CLIP
from news.rendering import SLOT_GREETING, SLOT_MANAGE, SLOT_UNSUBSCRIBE, render_issue
from news.tests import factories

pytestmark = pytest.mark.django_db

# Facts of the newsletter of April 2025.
FACTS = (
    *(
        "2025 to 2027",
        "tenacity, curiosity and openness",
        "harm outside the home",
        "early identification and intervention",
    ),
    *(
        "trauma informed practice",
        "Working Together 2023",
        "2018 edition",
        "Stable Homes, Built on Love",
        "12 to 18 May",
    ),
    *("1 in 4", "community", "2025/26", "charging policy", "Anti-Racist Practice", "Being Part of a TAF"),
    *("Safeguarding Children Level 1 and 2", "Gypsy, Roma Traveller Cultural Awareness", "PAMIC", "LGBTQIA+ Awareness"),
    *("Neglect and Poverty", "Neglect Basics and Toolkit", "Parental Substance Misuse", "Trauma Informed Approaches"),
    *(
        "Understanding Gangs and Exploitation",
        "accredited",
        "46 sessions",
        "dscptraining@durham.gov.uk",
        "11 March 2025",
    ),
    *("53 Black, Asian and Mixed Heritage children", "27 of whom died", "three times as good practice"),
    *("DSCPSecure@durham.gov.uk", "03000 265770", "Green Lane", "Spennymoor", "DL16 6JQ"),
)


def words(html: str) -> str:
    return " ".join(BeautifulSoup(html, "html.parser").get_text(" ").split())


def section(*items) -> dict:
    return {"sections": [("section", {"kind": "latest_news", "title": "", "items": list(items)})]}


@pytest.fixture(scope="module")
def april(django_db_setup, django_db_blocker, tmp_path_factory, small_pictures):
    """The April 2025 issue of the example site, printed once, and its archive page."""
    from django.conf import settings
    from django.db import transaction
    from django.test import Client

    with django_db_blocker.unblock():
        before, settings.MEDIA_ROOT = settings.MEDIA_ROOT, tmp_path_factory.mktemp("media")
        try:
            with transaction.atomic():
                call_command("load_example_site", verbosity=0)
                issue = NewsletterIssuePage.objects.get(slug="april-2025")
                printed = render_issue(issue.get_latest_revision_as_object())
                web = Client().get(issue.url).content.decode()
                transaction.set_rollback(True)
        finally:
            settings.MEDIA_ROOT = before
    return printed, web


def test_the_april_issue_says_the_same_in_all_faces(april):
    printed, web = april
    text = " ".join(printed.text.split())
    for fact in FACTS:
        for name, face in {
            "web": words(web),
            "e-mail": words(printed.html),
            "text": re.sub(r" \[\d+\]", "", text),
        }.items():
            assert fact.lower() in face.lower(), f"{fact} is missing from the {name}"


def test_the_april_issue_is_below_gmails_limit(april):
    assert len(april[0].html.encode()) < GMAIL_CLIP


def test_the_plain_text_is_wrapped_and_lists_its_links(april):
    text = april[0].text
    listed = dict(re.findall(r"^(\[\d+\]) (http\S+)$", text, re.MULTILINE))
    used = set(re.findall(r"\[\d+\]", text.partition("\nLinks\n")[0]))
    assert used == set(listed) and len(listed) > 25
    assert all(len(line) <= 72 or re.match(r"\[\d+\] http|http", line) for line in text.splitlines())
    assert not re.search(r"</?[a-z]+|&\w+;", text)


def test_the_html_is_what_mail_programs_need(april):
    soup = BeautifulSoup(april[0].html, "html.parser")
    assert soup.html["lang"] == "en-GB" and soup.title.get_text() == april[0].subject
    assert all(table["role"] == "presentation" for table in soup.find_all("table"))
    assert [tag.name for tag in soup.find_all(re.compile("h[1-6]"))][:3] == ["h1", "h2", "h3"]
    assert not soup.find_all(["script", "link", "iframe", "form", "object", "svg", "video"])
    assert "@import" not in april[0].html and "url(" not in april[0].html
    assert {meta.get("name") for meta in soup.find_all("meta")} >= {
        "color-scheme",
        "supported-color-schemes",
        "viewport",
    }
    # Outlook's Word engine gets a table of a fixed width; nothing else is laid out by style alone.
    assert "<!--[if mso | IE]>" in april[0].html and 'width="600"' in april[0].html
    assert not re.search(r"display:\s*(flex|grid)|position:\s*absolute|float:", april[0].html)


def test_every_address_is_whole_and_nothing_is_fetched(april):
    soup = BeautifulSoup(april[0].html, "html.parser")
    for link in soup.find_all("a"):
        assert link["href"] in {SLOT_UNSUBSCRIBE, SLOT_MANAGE} or urlsplit(link["href"]).scheme in {
            "http",
            "https",
            "mailto",
            "tel",
        }
        assert "?" not in link["href"]  # no link tells who followed it
    assert soup.find_all("img") == []
    assert soup.find("a", string="View in your browser")["href"] == "http://testserver/newsletters/april-2025/"


def test_the_slots_stand_where_the_sender_fills_them_in(april):
    for part in (april[0].html, april[0].text):
        assert SLOT_UNSUBSCRIBE in part and SLOT_MANAGE in part and part.count(SLOT_GREETING) == 1
    assert f'href="{SLOT_UNSUBSCRIBE}"' in april[0].html


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_mail_passes_axe_and_fits_a_small_screen(april, page, scheme):
    page.emulate_media(color_scheme=scheme)
    page.set_content(april[0].html)
    assert axe.violations(page, (320, 375, 700)) == []
    for width in (320, 375, 700):
        page.set_viewport_size({"width": width, "height": 900})
        assert not axe.scrolls_sideways(page)


def test_printing_takes_few_queries_whatever_the_number_of_items():
    counts = []
    for number in (3, 12):
        pages = [factories.news_item(f"News {number} {place}") for place in range(number)]
        issue = NewsletterIssuePage.objects.get(pk=factories.issue(f"Issue {number}", pages, subject="x").pk)
        with CaptureQueriesContext(connection) as queries:
            render_issue(issue)
        counts.append(len(queries))
    assert counts[1] <= counts[0] <= 15


def test_words_of_editors_are_never_markup():
    evil = "</mj-text><mj-raw><script>alert(1)</script></mj-raw> & <b>"
    issue = factories.issue(
        title=evil,
        subject=f"{evil}\nBcc: x",
        preview_text=evil,
        introduction=f"<p>{escape(evil)}</p><mj-image src='http://evil.example/'></mj-image>",
        **section(("quotation", {"text": evil, "attribution": evil}), ("text", "<p>one<br>two <unknown>three</p>")),
    )
    mail = render_issue(issue)
    soup = BeautifulSoup(mail.html, "html.parser")
    assert not soup.find_all(["script", "mj-raw", "img"])
    assert soup.h1.get_text() == evil and soup.title.get_text() == mail.subject
    assert "\n" not in mail.subject
    assert mail.text.count("<script>") == 4  # plain text says it as it was written


def test_every_item_block_stands_in_both_parts():
    picture = SiteImage.objects.create(
        title="Bridge", description="A bridge", file=get_test_image_file(size=(1200, 600))
    )
    page = factories.news_item("A new plan")
    link = {"title": "The report", "page": None, "url": "https://example.org/r", "description": "PDF"}
    items = {
        "page": {"page": page, "title": "", "summary_here": "", "line": "A line of facts", "fixed": False},
        "text": "<p>Words of this issue</p>",
        "callout": {"kind": "action", "title": "Book early", "text": "<p>Places are few</p>"},
        "key_facts": {"title": "In figures", "facts": [{"figure": "53", "label": "children"}]},
        "quotation": {"text": "They listened", "attribution": "A parent"},
        "image": {"image": picture, "caption": "The bridge at noon"},
        "link_list": {"title": "Read more", "links": [link]},
        "button": {"text": "Read the plan", "page": None, "url": "https://example.org/plan", "style": "primary"},
    }
    assert set(items) == set(ItemsBlock().child_blocks)
    mail = render_issue(factories.issue(subject="x", **section(*items.items())))
    said = (
        *("A new plan", "A line of facts", "Words of this issue", "Book early", "Places are few", "In figures", "53"),
        *("They listened", "A parent", "The bridge at noon", "Read more", "The report", "PDF", "Read the plan"),
    )
    for each in said:
        assert each in words(mail.html)
        assert each in mail.text
    image = BeautifulSoup(mail.html, "html.parser").img
    assert (image["alt"], image["width"], image["height"]) == ("A bridge", "552", "276")
    assert image["src"].startswith("http://testserver/media/")
    assert "[Picture: A bridge]" in mail.text


def test_a_picture_without_consent_and_a_page_that_is_not_live_are_left_out_of_the_mail():
    picture = SiteImage.objects.create(
        title="Children", description="Two children", people=SiteImage.People.CHILDREN, file=get_test_image_file()
    )
    page = factories.news_item("Not yet", live=False)
    item = {"page": page, "title": "", "summary_here": "", "line": "", "fixed": False}
    mail = render_issue(
        factories.issue(subject="x", **section(("image", {"image": picture, "caption": "c"}), ("page", item)))
    )
    assert "<img" not in mail.html and "Two children" not in mail.text
    assert page.slug not in mail.html and page.slug not in mail.text


def test_items_that_not_everybody_may_read_are_left_out(client):
    closed = factories.news_item("Zebrafish plan", summary="Only for the zebrafish partners")
    draft = factories.news_item("Zebrafish draft", summary="Not yet zebrafish", live=False)
    PageViewRestriction.objects.create(page=closed, restriction_type="login")
    item = {"page": closed, "title": "The zebrafish, retold", "summary_here": "", "line": "", "fixed": False}
    issue = factories.issue(
        pages=[closed, draft], subject="x", **section(*(("page", {**item, "page": page, "title": title})
        for page, title in ((closed, ""), (closed, "The zebrafish, retold"), (draft, "")))),
    )  # fmt: skip
    issue = NewsletterIssuePage.objects.get(pk=issue.pk)
    mail = render_issue(issue)
    printed = page_pdfs.printed(issue, PagePdf.Kind.WHOLE).text + page_pdfs.printed(issue, PagePdf.Kind.BRIEFING).text
    web = client.get(issue.url).content.decode()
    for face in (mail.html, mail.text, printed, web):
        assert "zebrafish" not in face.lower()
    client.force_login(User.objects.create_superuser("editor"))
    web = client.get(issue.url).content.decode()
    assert "Only for the zebrafish partners" in web and "Zebrafish draft" not in web
    freeze_words(issue)
    PageViewRestriction.objects.all().delete()
    closed.delete()
    assert "zebrafish" not in Client().get(issue.url).content.decode().lower()


def test_cards_and_resources_that_not_everybody_may_read_are_left_out_of_mail():
    closed = factories.news_item("Zebrafish plan")
    opened = factories.news_item("Open plan")
    PageViewRestriction.objects.create(page=closed, restriction_type="login")
    story = StoryBlock()
    raw = [
        {"type": "pages", "value": {"title": "", "pages": [closed.pk, opened.pk]}},
        {"type": "resource", "value": {"page": closed.pk}},
        {"type": "link_list", "value": {"title": "", "links": [
            {"title": "", "page": closed.pk, "url": "", "description": "Zebrafish"},
            {"title": "", "page": opened.pk, "url": "", "description": ""},
            {"title": "Elsewhere", "page": None, "url": "https://example.org/", "description": ""}]}},
        {"type": "button", "value": {"text": "See the zebrafish", "page": closed.pk, "url": "", "style": "primary"}},
    ]  # fmt: skip
    for face in ("email", "text", "typst"):
        shown = "".join(str(render_block(block, face)) for block in story.to_python(raw))
        assert "Open plan" in shown and "Elsewhere" in shown and "zebrafish" not in shown.lower(), face


def test_a_draft_that_was_never_saved_can_be_printed():
    issue = NewsletterIssuePage(title="New", slug="new", date="2025-05-01")
    mail = render_issue(issue)
    assert mail.subject == "New" and "http://testserver/newsletters/new/" in mail.text
