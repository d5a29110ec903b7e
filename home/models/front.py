"""The front page."""

from django.db import models
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.search import index

from dscp_cms.blocks import StoryBlock
from dscp_cms.fields import StreamField
from dscp_cms.models import SiteImage
from dscp_cms.pages import BasePage
from home.models.priorities import PriorityPage
from news.models import EventPage, NewsItemPage, NewsletterIssuePage
from resources.models import ResourcePage
from training.models import CoursePage


class HomePage(BasePage):
    """The way in for everybody: where to turn first, then what is new."""

    kind_label = "Home"
    max_count = 1
    parent_page_types = ["wagtailcore.Page"]
    reserved_slugs = (
        *("admin", "documents", "media", "static", "outbox", "search", "healthz", "readyz", "subscribe"),
        *("sitemap.xml", "robots.txt", "favicon.ico", ".well-known"),
    )

    headline = models.CharField(max_length=120, help_text="The large words at the top: what the partnership is for.")
    image = models.ForeignKey(
        SiteImage, null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        verbose_name="picture", help_text="Beside the headline. Choose one that works without explanation.",
    )  # fmt: skip
    body = StreamField(StoryBlock(), blank=True, help_text="Anything to say below the news, such as who we are.")

    content_panels = [
        *BasePage.content_panels,
        MultiFieldPanel([FieldPanel("headline"), FieldPanel("image")], heading="Top of the page"),
        FieldPanel("body"),
    ]
    search_fields = [*BasePage.search_fields, index.SearchField("body")]

    class Meta:
        verbose_name = "front page"

    def get_context(self, request, *args, **kwargs):
        context = super().get_context(request, *args, **kwargs)
        return {
            **context,
            "priorities": PriorityPage.objects.readable().current().order_by("number"),
            "news": NewsItemPage.objects.readable().select_related("image").order_by("-date", "-pk")[:3],
            "events": EventPage.objects.readable().dated().upcoming()[:3],
            "courses": CoursePage.objects.readable().newest()[:4],
            "latest_issue": NewsletterIssuePage.objects.readable().order_by("-date", "-pk").first(),
            "resources": ResourcePage.objects.readable().with_files().newest()[:3],
        }

    def structured_data(self, request):
        return {"@type": "WebSite", "name": self.title, "url": request.build_absolute_uri("/")}
