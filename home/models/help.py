"""The pages people turn to when they are worried, and those for children and for parents."""

from wagtail.admin.panels import FieldPanel
from wagtail.search import index

from dscp_cms.blocks import StoryBlock, headings
from dscp_cms.fields import StreamField
from dscp_cms.pages import BasePage
from dscp_cms.tree import specific_pages, unrestricted


class HelpPage(BasePage):
    """Shared by the three: words in blocks, helplines from the settings, a quick way out."""

    exit_this_page = True

    content_panels = [*BasePage.content_panels, FieldPanel("body")]
    search_fields = [*BasePage.search_fields, index.SearchField("body")]

    class Meta:
        abstract = True

    def get_context(self, request, *args, **kwargs):
        context = super().get_context(request, *args, **kwargs)
        children = list(specific_pages(unrestricted(self.get_children().live())).values())
        return {**context, "contents": headings(self.body), "children": children}


class WorriedPage(HelpPage):
    """Worried about a child: who to call now, and what happens after you tell us."""

    kind_label = "Worried about a child?"
    max_count = 1
    parent_page_types = ["home.HomePage"]
    subpage_types = ["home.StandardPage"]

    body = StreamField(StoryBlock(), blank=True, help_text="The signs to look for, and what to do.")
    after_you_tell_us = StreamField(
        StoryBlock(), blank=True, help_text="What happens next, step by step, so that people dare to call."
    )

    content_panels = [*HelpPage.content_panels, FieldPanel("after_you_tell_us")]
    search_fields = [*HelpPage.search_fields, index.SearchField("after_you_tell_us")]

    class Meta:
        verbose_name = "“Worried about a child?” page"


class YoungPeoplePage(HelpPage):
    """For children and young people, in words for a 12-year-old. It has no forms."""

    kind_label = "For children and young people"
    max_count = 1
    parent_page_types = ["home.HomePage"]
    subpage_types = ["home.StandardPage"]

    body = StreamField(StoryBlock(), blank=True, help_text="Short sentences and everyday words, for a 12-year-old.")

    class Meta:
        verbose_name = "children and young people page"


class ParentsPage(HelpPage):
    """For parents and carers."""

    kind_label = "For parents and carers"
    max_count = 1
    parent_page_types = ["home.HomePage"]
    subpage_types = ["home.StandardPage"]

    body = StreamField(StoryBlock(), blank=True, help_text="What parents and carers ask, and where they get help.")

    class Meta:
        verbose_name = "parents and carers page"
