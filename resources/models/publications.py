"""Publications read as pages: plans and reports in chapters."""

from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpResponseRedirect
from wagtail import blocks
from wagtail.admin.panels import FieldPanel, FieldRowPanel
from wagtail.contrib.routable_page.models import path
from wagtail.models import Page
from wagtail.search import index

from dscp_cms.approval_panels import ApprovalPanel
from dscp_cms.blocks import StoryBlock, anchor
from dscp_cms.fields import StreamField
from dscp_cms.pages import BasePage
from dscp_cms.printed import PrintedPage
from dscp_cms.tree import specific_pages
from dscp_cms.visibility import visible
from resources.listing import reader_of


class FacesValue(blocks.StructValue):
    """The chosen pages in their own types."""

    @property
    def live_pages(self) -> list[Page]:
        chosen = [page for page in self.get("pages") or [] if page and page.live]
        found = specific_pages(chosen)
        return [found[page.pk] for page in chosen if page.pk in found]


class PagesInFullBlock(blocks.StructBlock):
    """Pages of the site printed whole inside a publication, so that there is one text of each."""

    pages = blocks.ListBlock(
        blocks.PageChooserBlock(help_text="A page of this site, such as a priority."),
        min_num=1,
        max_num=12,
        help_text="Printed in this order; a change to the page changes the publication too.",
    )

    class Meta:
        icon = "copy"
        label = "Pages in full"
        template = "resources/blocks/pages_in_full.html"
        preview_template = "resources/blocks/pages_in_full_preview.html"
        description = "Other pages printed whole, such as the priorities in a plan"
        value_class = FacesValue


class PublicationStoryBlock(StoryBlock):
    """A story that may take in other pages whole."""

    pages_in_full = PagesInFullBlock(group="Links")


class ChapterValue(blocks.StructValue):
    """A chapter with its address."""

    @property
    def slug(self) -> str:
        return anchor(self.get("title") or "")


class ChapterBlock(blocks.StructBlock):
    """A chapter of a publication."""

    title = blocks.CharBlock(max_length=120, help_text="The chapter's heading; its address is made from it.")
    body = PublicationStoryBlock(help_text="What the chapter says.")

    class Meta:
        icon = "doc-full"
        label = "Chapter"
        value_class = ChapterValue
        template = "resources/blocks/chapter.html"
        description = "A chapter, with an address of its own"
        preview_value = {"title": "Our vision", "body": [("text", "<p>What we want for every child.</p>")]}


class PublicationIndexPage(BasePage):
    """Plans and publications."""

    kind_label = "Plans"
    max_count = 1
    parent_page_types = ["home.HomePage"]
    subpage_types = ["resources.PublicationPage"]

    class Meta:
        verbose_name = "plans and publications"

    def get_context(self, request, *args, **kwargs):
        context = super().get_context(request, *args, **kwargs)
        publications = visible(PublicationPage.objects.child_of(self), reader_of(request))
        return {**context, "publications": publications.order_by("-published_on", "title")}


class PublicationPage(PrintedPage, BasePage):
    """A publication in chapters, with contents, previous and next, and a whole view for print."""

    kind_label = "Publication"
    needs_second_person = True
    newsletter_section = "latest_news"
    parent_page_types = ["resources.PublicationIndexPage"]
    subpage_types = []
    kept_routes = ("whole", "chapter")

    published_on = models.DateField(help_text="The day it was published.")
    valid_until = models.DateField(null=True, blank=True, help_text="For a plan: the last day it covers.")
    publisher = models.CharField(max_length=160, blank=True, help_text="Who published it, if not the partnership.")
    chapters = StreamField(
        [("chapter", ChapterBlock())], blank=True, help_text="The chapters in order. Each has an address of its own."
    )

    content_panels = [
        ApprovalPanel(heading="Approval"),
        *BasePage.content_panels,
        FieldRowPanel([FieldPanel("published_on"), FieldPanel("valid_until")]),
        FieldPanel("publisher"),
        FieldPanel("chapters"),
    ]
    search_fields = [*BasePage.search_fields, index.SearchField("chapters"), index.FilterField("published_on")]

    class Meta:
        verbose_name = "publication"

    def clean(self):
        """Chapters' addresses are made from their titles, so no two may be alike."""
        super().clean()
        slugs = [block.value.slug for block in self.chapters]
        doubled = {slug for slug in slugs if slugs.count(slug) > 1 or slug in {"whole", "pdf"}}
        if doubled:
            raise ValidationError(
                {
                    "chapters": "Give these chapters other titles, so that each has its own address: "
                    f"{', '.join(sorted(doubled))}."
                }
            )

    preview_modes = [("", "Web page"), ("whole", "The whole text, on one page")]
    whole_preview_mode = "whole"

    def serve_preview(self, request, mode_name):
        return self.whole(request) if mode_name == "whole" else super().serve_preview(request, mode_name)

    @property
    def lead_date(self):
        return self.published_on

    @path("")
    def contents(self, request):
        """The first page, with the contents."""
        return self.render(request, context_overrides={"chapter": None})

    @path("whole/", name="whole")
    def whole(self, request):
        """All chapters on one page, for print."""
        return self.render(request, template="resources/publication_page_whole.html")

    pdf_file = PrintedPage.pdf_file  # named here too, since the chapters' addresses would come before it

    @path("<slug:slug>/", name="chapter")
    def chapter(self, request, slug: str):
        """One chapter; an address that no chapter has any more leads to the contents."""
        chapters = [block.value for block in self.chapters]
        place = next((number for number, chapter in enumerate(chapters) if chapter.slug == slug), None)
        if place is None:
            return HttpResponseRedirect(self.get_url(request))
        return self.render(
            request,
            context_overrides={
                "chapter": chapters[place],
                "number": place + 1,
                "previous": chapters[place - 1] if place else None,
                "next": chapters[place + 1] if place + 1 < len(chapters) else None,
            },
        )
