"""News items and their index."""

from django.db import models
from django.db.models.functions import ExtractYear
from django.utils import timezone
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel
from wagtail.contrib.routable_page.models import RoutablePageMixin, path
from wagtail.fields import RichTextField
from wagtail.search import index

from dscp_cms.blocks import StoryBlock
from dscp_cms.fields import StreamField
from dscp_cms.listing import chosen, facet, numbered_page
from dscp_cms.models import SiteImage, Topic
from dscp_cms.pages import BasePage, BasePageForm
from dscp_cms.printed import BriefingPage, Part, points_of, points_of_story
from news.feeds import NewsFeed


class NewsIndexPage(RoutablePageMixin, BasePage):
    """All news, newest first, filtered by topic and year."""

    kind_label = "News"
    max_count = 1
    parent_page_types = ["home.HomePage"]
    subpage_types = ["news.NewsItemPage"]
    reserved_slugs = ("feed",)

    def get_context(self, request, *args, **kwargs):
        context = super().get_context(request, *args, **kwargs)
        items = NewsItemPage.objects.child_of(self).readable().listed()
        years = items.annotate(year=ExtractYear("date")).order_by("-year").values_list("year", flat=True).distinct()
        facets = [
            facet(request, "topic", "Topic", Topic.objects.values_list("slug", "name")),
            facet(request, "year", "Year", [(str(year), str(year)) for year in years]),
        ]
        wanted = chosen(facets)
        if "topic" in wanted:
            items = items.filter(topics__slug=wanted["topic"])
        if "year" in wanted:
            items = items.filter(date__year=wanted["year"])
        page_obj = numbered_page(request, items.order_by("-date", "-pk").distinct())
        return {**context, "facets": facets, "filtered": bool(wanted), "page_obj": page_obj}

    @path("")
    def listing(self, request):
        """The list itself."""
        return self.render(request)

    @path("feed/", name="feed")
    def feed(self, request):
        """The newest items for feed readers."""
        return NewsFeed(self)(request)


class SpotlightPanel(MultiFieldPanel):
    """What only a spotlight has: open for one, shut for other news."""

    class BoundPanel(MultiFieldPanel.BoundPanel):
        """For one page."""

        def classes(self):
            return super().classes() + ([] if self.instance.is_spotlight else ["collapsed"])


class NewsItemForm(BasePageForm):
    """A new item is of today, unless somebody says otherwise."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk is None and "date" in self.fields:
            self.initial["date"] = self.initial.get("date") or timezone.localdate()


class NewsItemPage(BriefingPage, BasePage):
    """A piece of news, or a spotlight on a report."""

    class Kind(models.TextChoices):
        NEWS = "news", "News"
        SPOTLIGHT = "spotlight", "Spotlight on a report"

    kind_label = "News"
    social_kind = "article"
    parent_page_types = ["news.NewsIndexPage"]
    subpage_types = []
    base_form_class = NewsItemForm

    kind = models.CharField(
        max_length=10,
        choices=Kind.choices,
        default=Kind.NEWS,
        help_text="A spotlight sums up a report: fill in its findings, recommendations and source below.",
    )
    date = models.DateField(help_text="The day of the news, as readers see it.")
    image = models.ForeignKey(
        SiteImage, null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        verbose_name="picture", help_text="Shown at the top and on cards. Not needed.",
    )  # fmt: skip
    body = StreamField(StoryBlock(), blank=True, help_text="The story itself. Lead with what matters most.")
    key_findings = RichTextField(
        features=["bold", "ul", "link"],
        blank=True,
        help_text="For a spotlight: what the report found, as a short list.",
    )
    recommendations = RichTextField(
        features=["bold", "ul", "link"], blank=True, help_text="For a spotlight: what the report asks for."
    )
    source_title = models.CharField(max_length=250, blank=True, help_text="For a spotlight: the title of the report.")
    source_publisher = models.CharField(max_length=160, blank=True, help_text="Who published the report.")
    source_date = models.DateField(null=True, blank=True, help_text="The day the report was published.")
    source_url = models.URLField(blank=True, help_text="The report's own address, if it is on the web.")

    content_panels = [
        *BasePage.content_panels,
        FieldRowPanel([FieldPanel("kind"), FieldPanel("date")]),
        FieldPanel("image"),
        FieldPanel("body"),
        SpotlightPanel(
            [
                FieldPanel("key_findings"),
                FieldPanel("recommendations"),
                FieldPanel("source_title"),
                FieldRowPanel([FieldPanel("source_publisher"), FieldPanel("source_date")]),
                FieldPanel("source_url"),
            ],
            heading="For a spotlight: the report",
        ),
        BriefingPage.briefing_panel,
    ]
    search_fields = [
        *BasePage.search_fields,
        index.SearchField("body"),
        index.SearchField("key_findings"),
        index.SearchField("recommendations"),
        index.SearchField("source_title"),
        index.FilterField("date"),
    ]

    class Meta:
        verbose_name = "news item"

    @property
    def newsletter_section(self) -> str:
        """Spotlights have a section of their own."""
        return "spotlight" if self.kind == self.Kind.SPOTLIGHT else "latest_news"

    @classmethod
    def newsletter_candidates(cls, since, until):
        """All news published in the time."""
        return cls.objects.readable().filter(first_published_at__gte=since, first_published_at__lt=until).newest()

    @property
    def is_spotlight(self) -> bool:
        """Whether this sums up a report."""
        return self.kind == self.Kind.SPOTLIGHT

    @property
    def printed_kind(self) -> str:
        """What stands over its title as PDF."""
        return "Spotlight" if self.is_spotlight else self.kind_label

    @property
    def offers_briefing(self) -> bool:
        """Spotlights are for team meetings; other news isn't."""
        return self.is_spotlight

    def briefing_parts(self) -> list[Part]:
        report = ", ".join(part for part in (self.source_title, self.source_publisher) if part)
        parts = [
            Part("Key findings", points_of(self.key_findings) or points_of_story(self.body)),
            Part("Recommendations", points_of(self.recommendations)),
            Part("The report", [(report, "")] if report else []),
        ]
        return [part for part in parts if part.points]

    @property
    def card_image(self):
        return self.image

    @property
    def lead_date(self):
        return self.date

    @property
    def meta_line(self) -> str:
        return self.get_kind_display() if self.is_spotlight else ""

    def structured_data(self, request):
        return {
            "@type": "NewsArticle",
            "headline": self.title[:110],
            "description": self.summary,
            "datePublished": self.date.isoformat(),
            "dateModified": self.last_published_at.isoformat() if self.last_published_at else self.date.isoformat(),
            "url": self.get_full_url(request),
        }
