"""What a page type gains that can be downloaded as PDF, or as a briefing pack for a team meeting."""

from django.db import models
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.contrib.routable_page.models import RoutablePageMixin, path

from dscp_cms import page_pdfs
from dscp_cms.models import PagePdf


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
        own = [line.strip() for line in self.discussion_questions.splitlines() if line.strip()]
        return own[:6] or list(page_pdfs.GENERAL_QUESTIONS)

    @path("briefing-pack/", name="briefing_pack")
    def briefing_pack(self, request):
        """The pack, equal to what the page says now."""
        return page_pdfs.answer(request, self, PagePdf.Kind.BRIEFING)
