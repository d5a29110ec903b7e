"""The front page."""

from functools import partial

from django.db import models
from django.utils import timezone
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.models import Page, PageManager
from wagtail.search import index

from dscp_cms import frame, renditions
from dscp_cms.blocks import StoryBlock
from dscp_cms.fields import StreamField
from dscp_cms.models import SiteImage
from dscp_cms.pages import BasePage, BasePageQuerySet
from home.models.priorities import PriorityPage
from news.models import EventPage, NewsItemPage, NewsletterIssuePage
from resources.models import ResourcePage
from training.models import CoursePage


class FrontPageQuerySet(BasePageQuerySet):
    """Lets the front page be locked, as it is whenever a page is added below it."""

    def select_for_update(self, *args, **kwargs):
        """Without the picture: PostgreSQL locks no row that an outer join may leave empty."""
        locking = super().select_for_update(*args, **kwargs)
        return locking.select_related(None)


class FrontPageManager(PageManager.from_queryset(FrontPageQuerySet)):
    """Fetches the front page with its picture: every visit to it needs both."""

    def get_queryset(self):
        """The front page and its picture in one query."""
        return super().get_queryset().select_related("image")


def _published(request) -> dict:
    """The lists that change with a publication only, or with the day."""
    news = NewsItemPage.objects.readable(request).listed().select_related("image").order_by("-date", "-pk")[:3]
    renditions.look_up(item.image for item in news)
    return {
        "priorities": list(PriorityPage.objects.readable(request).listed().current().order_by("number")),
        "news": list(news),
        "latest_issue": NewsletterIssuePage.objects.readable(request).listed().order_by("-date", "-pk").first(),
        "resources": list(ResourcePage.objects.readable(request).listed().newest()[:3]),
    }


class HomePage(BasePage):
    """The way in for everybody: where to turn first, then what is new."""

    kind_label = "Home"
    max_count = 1
    parent_page_types = ["wagtailcore.Page"]
    reserved_slugs = (
        *("admin", "documents", "media", "static", "outbox", "search", "healthz", "readyz", "subscribe", "u"),
        *("approve", "contribute", "drafts"),
        *("sitemap.xml", "robots.txt", "favicon.ico", ".well-known"),
    )

    headline = models.CharField(max_length=120, help_text="The large words at the top: what the partnership is for.")
    image = models.ForeignKey(
        SiteImage, null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        verbose_name="picture", help_text="Beside the headline. Choose one that works without explanation.",
    )  # fmt: skip
    body = StreamField(StoryBlock(), blank=True, help_text="Anything to say below the news, such as who we are.")

    objects = FrontPageManager()

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
            **frame.remembered(request, ("front page", timezone.localdate()), partial(_published, request)),
            "events": EventPage.objects.readable(request).listed().dated().upcoming()[:3],
            "courses": CoursePage.objects.readable(request).listed().soonest()[:4],
        }

    def route(self, request, path_components):
        """Find the page that an address names with one query, however deep it lies.

        Wagtail asks level by level. The pages passed on the way are left with the page found, for
        its breadcrumbs.
        """
        chain = self._chain(path_components)
        if not chain:
            return super().route(request, path_components)
        page = chain[-1].specific
        page.pages_above = [self, *chain[:-1]]
        return page.route(request, path_components[len(chain) :])

    def _chain(self, slugs: list[str]) -> list[Page]:
        """The pages that the slugs name one below the other, as far as there are such pages."""
        below = Page.objects.filter(path__startswith=self.path, depth__gt=self.depth, slug__in=slugs)
        below = below.only("title", "slug", "path", "depth", "url_path", "content_type").order_by()
        by_place = {(page.path[: -Page.steplen], page.slug): page for page in below} if slugs else {}
        chain: list[Page] = []
        for slug in slugs:
            page = by_place.get((chain[-1].path if chain else self.path, slug))
            if page is None:
                break
            chain.append(page)
        return chain

    def structured_data(self, request):
        return {"@type": "WebSite", "name": self.title, "url": request.build_absolute_uri("/")}
