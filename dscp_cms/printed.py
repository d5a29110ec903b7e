"""What a page type gains that can be downloaded as PDF, or as a briefing pack for a team meeting."""

import re
from dataclasses import dataclass, field

from bs4 import BeautifulSoup
from django.db import models
from django.utils.text import Truncator
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.contrib.routable_page.models import RoutablePageMixin, path

from dscp_cms import page_pdfs
from dscp_cms.models import PagePdf

MOST_POINTS = 6
MOST_LETTERS = 220
MOST_WORDS = 34  # of one point, so that the pack stays on one sheet


@dataclass(frozen=True)
class Part:
    """A part of a briefing pack: a heading and a few points, each with words that may follow it."""

    title: str
    points: list[tuple[str, str]] = field(default_factory=list)


def short(text: str, words: int = MOST_WORDS) -> str:
    """The beginning of a text on one line: whole sentences, or where even the first is too long, so many words."""
    whole = " ".join(str(text or "").split())
    kept = ""
    for sentence in re.split(r"(?<=[.!?]) ", whole):
        if len(f"{kept} {sentence}".split()) > words:
            break
        kept = f"{kept} {sentence}".strip()
    return kept[:MOST_LETTERS] or Truncator(whole[:MOST_LETTERS]).words(words, truncate=" …")


def points_of(html: str, most: int = MOST_POINTS) -> list[tuple[str, str]]:
    """The first paragraphs and list items of a rich text; only the items where it is a list with an introduction."""
    soup = BeautifulSoup(str(html or ""), "html.parser")
    items = soup.find_all("li")
    tags = items if len(items) > 1 and len(soup.find_all("p")) < 2 else soup.find_all(["p", "li"])
    return [(short(text), "") for text in (tag.get_text().strip() for tag in tags) if text and text[-1] != ":"][:most]


def points_of_story(story, most: int = MOST_POINTS) -> list[tuple[str, str]]:
    """The first paragraphs or list items of a story."""
    found = []
    for block in story:
        if block.block_type == "text":
            found += points_of(block.value.source, most)
    return found[:most]


class PrintedPage(RoutablePageMixin):
    """Offers the whole page as PDF at ``pdf/``, with its restrictions."""

    pdf_kinds = (PagePdf.Kind.WHOLE,)

    @path("pdf/", name="pdf")
    def pdf_file(self, request):
        """The page as PDF, equal to what the page says now."""
        return page_pdfs.answer(request, self, PagePdf.Kind.WHOLE)


class BriefingPage(RoutablePageMixin, models.Model):
    """Offers one printable A4 for a team meeting at ``briefing-pack/``."""

    pdf_kinds = (PagePdf.Kind.BRIEFING,)

    discussion_questions = models.TextField(
        max_length=1200,
        blank=True,
        help_text="For the briefing pack that teams print for their meetings: one question a line, three to five of "
        "them. Left empty, the pack asks general questions.",
    )

    briefing_panel = MultiFieldPanel(
        [FieldPanel("discussion_questions")], heading="Briefing pack for team meetings", classname="collapsed"
    )

    class Meta:
        abstract = True

    @property
    def offers_briefing(self) -> bool:
        """Whether this very page offers a pack."""
        return True

    @property
    def questions(self) -> list[str]:
        """The questions to talk about."""
        own = [short(line) for line in self.discussion_questions.splitlines() if line.strip()]
        return own[:6] or list(page_pdfs.GENERAL_QUESTIONS)

    def briefing_parts(self) -> list[Part]:
        """What the pack says before its questions; each type gives its own."""
        return []

    @path("briefing-pack/", name="briefing_pack")
    def briefing_pack(self, request):
        """The pack, equal to what the page says now."""
        return page_pdfs.answer(request, self, PagePdf.Kind.BRIEFING)
