"""Standard pages: about, privacy, policies."""

from django.db import models
from wagtail.admin.panels import FieldPanel
from wagtail.search import index

from dscp_cms.blocks import StoryBlock, headings
from dscp_cms.fields import StreamField
from dscp_cms.pages import BasePage
from dscp_cms.tree import specific_pages, unrestricted

LONG = 3  # main headings from which a page gets contents


class StandardPage(BasePage):
    """A page of words, with contents when it is long."""

    parent_page_types = [
        "home.HomePage",
        "home.StandardPage",
        "home.WorriedPage",
        "home.YoungPeoplePage",
        "home.ParentsPage",
        "training.TrainingIndexPage",
    ]
    subpage_types = ["home.StandardPage"]

    body = StreamField(StoryBlock(), blank=True, help_text="The page's words.")
    offers_exit = models.BooleanField(
        "offer “Exit this page”",
        default=False,
        help_text="Tick on pages about abuse, or for children and parents. Not on pages for professionals.",
    )

    content_panels = [*BasePage.content_panels, FieldPanel("body"), FieldPanel("offers_exit")]
    search_fields = [*BasePage.search_fields, index.SearchField("body")]

    class Meta:
        verbose_name = "standard page"

    @property
    def exit_this_page(self) -> bool:
        """Whether the reader is offered a quick way out."""
        return self.offers_exit

    def get_context(self, request, *args, **kwargs):
        context = super().get_context(request, *args, **kwargs)
        contents = headings(self.body)
        children = list(specific_pages(unrestricted(self.get_children().live())).values())
        return {**context, "contents": contents if len(contents) >= LONG else [], "children": children}
