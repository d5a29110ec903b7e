"""The partnership's priorities, each gathering what the site has on its topics."""

from functools import partial

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from wagtail.admin.panels import FieldPanel, FieldRowPanel
from wagtail.fields import RichTextField
from wagtail.models import PageManager
from wagtail.search import index

from dscp_cms import frame
from dscp_cms.blocks import LinkListBlock, StoryBlock
from dscp_cms.fields import StreamField
from dscp_cms.pages import BasePage, BasePageQuerySet
from dscp_cms.printed import BriefingPage, Part, PrintedPage, points_of, points_of_story
from news.models import EventPage, NewsItemPage
from resources.models import ResourcePage
from training.models import CoursePage

GATHERED = 6  # of each kind
MAX_YEARS = 10


class PriorityQuerySet(BasePageQuerySet):
    """Queries over priorities."""

    def current(self):
        """Priorities whose period hasn't ended."""
        return self.filter(period_end__gte=timezone.localdate().year)


class PriorityIndexPage(BasePage):
    """The priorities of the present period, then those of earlier ones."""

    kind_label = "Priorities"
    max_count = 1
    parent_page_types = ["home.HomePage"]
    subpage_types = ["home.PriorityPage"]

    body = StreamField(StoryBlock(), blank=True, help_text="A few words above the priorities.")

    content_panels = [*BasePage.content_panels, FieldPanel("body")]
    search_fields = [*BasePage.search_fields, index.SearchField("body")]

    def get_context(self, request, *args, **kwargs):
        context = super().get_context(request, *args, **kwargs)
        priorities = list(PriorityPage.objects.child_of(self).readable().listed().order_by("-period_start", "number"))
        year = timezone.localdate().year
        return {
            **context,
            "priorities": [priority for priority in priorities if priority.period_end >= year],
            "earlier": [priority for priority in priorities if priority.period_end < year],
        }


class PriorityPage(PrintedPage, BriefingPage, BasePage):
    """A priority: why it is one, what it wants to reach, and everything on its topics."""

    kind_label = "Priority"
    newsletter_section = "priorities"
    pdf_kinds = (*PrintedPage.pdf_kinds, *BriefingPage.pdf_kinds)
    gathers_topics = True
    parent_page_types = ["home.PriorityIndexPage"]
    subpage_types = []

    number = models.PositiveSmallIntegerField(help_text="Its number among the priorities, such as 1.")
    period_start = models.PositiveSmallIntegerField("from year", help_text="The first year, such as 2025.")
    period_end = models.PositiveSmallIntegerField("to year", help_text="The last year, such as 2027.")
    why = StreamField(
        StoryBlock(), blank=True, verbose_name="why it is a priority", help_text="The reasons, in plain words."
    )
    national_picture = StreamField(
        StoryBlock(), blank=True, help_text="What is happening in the country. May stay empty."
    )
    outcomes = RichTextField(
        features=["bold", "ul", "link"], blank=True, help_text="What should be different at the end, as a list."
    )
    publications = StreamField(
        [("links", LinkListBlock())], blank=True, verbose_name="key publications", help_text="What to read on it."
    )

    objects = PageManager.from_queryset(PriorityQuerySet)()

    content_panels = [
        *BasePage.content_panels,
        FieldRowPanel([FieldPanel("number"), FieldPanel("period_start"), FieldPanel("period_end")]),
        FieldPanel("why"),
        FieldPanel("national_picture"),
        FieldPanel("outcomes"),
        FieldPanel("publications"),
        BriefingPage.briefing_panel,
    ]
    search_fields = [
        *BasePage.search_fields,
        index.SearchField("why"),
        index.SearchField("national_picture"),
        index.SearchField("outcomes"),
        index.SearchField("publications"),
    ]

    class Meta:
        verbose_name = "priority"
        verbose_name_plural = "priorities"

    def clean(self):
        """A period that runs forward, and not for ever."""
        super().clean()
        if self.period_start and self.period_end and not 0 <= self.period_end - self.period_start <= MAX_YEARS:
            raise ValidationError({"period_end": "The last year must be the first one or a few years after it."})

    @property
    def period(self) -> str:
        """2025 to 2027."""
        return (
            str(self.period_start)
            if self.period_start == self.period_end
            else f"{self.period_start} to {self.period_end}"
        )

    @property
    def numbered(self) -> str:
        """“Priority 1”, where other pages say their kind."""
        return f"Priority {self.number}"

    @property
    def printed_kind(self) -> str:
        """What stands over its title as PDF."""
        return self.numbered

    @property
    def meta_line(self) -> str:
        return self.period

    def get_context(self, request, *args, **kwargs):
        context = super().get_context(request, *args, **kwargs)
        return {**context, "gathered": self.gather(request)}

    def briefing_parts(self) -> list[Part]:
        parts = [
            Part("Why it is a priority", points_of_story(self.why, 3)),
            Part("What we want to reach", points_of(self.outcomes)),
        ]
        return [part for part in parts if part.points]

    def gather(self, request) -> list[dict]:
        """What the site has on the topics of this priority, newest first; kinds with nothing are left out."""
        topics = tuple(topic.pk for topic in self.topics.all())
        look_up = partial(_gathered, request, topics)
        return frame.remembered(request, ("gathered", topics, timezone.localdate()), look_up)


def _gathered(request, topics: tuple[int, ...]) -> list[dict]:
    """It changes with a publication or with the day."""
    kinds = [
        ("News", NewsItemPage.objects.readable(request).about(topics).order_by("-date", "-pk")),
        ("Courses", CoursePage.objects.readable(request).about(topics).order_by("title")),
        ("Events", EventPage.objects.readable(request).dated().upcoming().about(topics)),
        ("Resources", ResourcePage.objects.readable(request).about(topics).with_files().newest()),
    ]
    found = [{"title": title, "pages": list(pages.listed()[:GATHERED])} for title, pages in kinds]
    return [kind for kind in found if kind["pages"]]
