"""The newsletter's archive and its issues. Subscribers and sending are elsewhere."""

from itertools import groupby

from django.db import models
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel
from wagtail.contrib.routable_page.models import RoutablePageMixin, path
from wagtail.fields import RichTextField
from wagtail.search import index

from dscp_cms.approval_panels import ApprovalPanel
from dscp_cms.blocks import TEXT_FEATURES
from dscp_cms.fields import StreamField
from dscp_cms.pages import BasePage
from dscp_cms.printed import BriefingPage, Part, points_of, short
from dscp_cms.tree import specific_pages
from dscp_cms.visibility import open_pages
from news.blocks import CorrectionBlock, IssueBlock, Section
from news.feeds import NewsletterFeed
from news.issue_panels import PreflightPanel


class NewsletterIndexPage(RoutablePageMixin, BasePage):
    """Every issue, by year."""

    kind_label = "Newsletter"
    max_count = 1
    parent_page_types = ["home.HomePage"]
    subpage_types = ["news.NewsletterIssuePage"]
    reserved_slugs = ("feed",)

    def get_context(self, request, *args, **kwargs):
        context = super().get_context(request, *args, **kwargs)
        issues = NewsletterIssuePage.objects.child_of(self).readable().listed().order_by("-date", "-pk")
        years = [(year, list(group)) for year, group in groupby(issues, key=lambda issue: issue.date.year)]
        return {**context, "years": years, "latest": years[0][1][0] if years else None}

    @path("")
    def archive(self, request):
        """The archive."""
        return self.render(request)

    @path("feed/", name="feed")
    def feed(self, request):
        """The newest issues for feed readers."""
        return NewsletterFeed(self)(request)


class NewsletterIssuePage(BriefingPage, BasePage):
    """One issue of the newsletter, as it stands in the archive."""

    kind_label = "Newsletter"
    social_kind = "article"
    needs_second_person = True
    parent_page_types = ["news.NewsletterIndexPage"]
    subpage_types = []

    class Kind(models.TextChoices):
        ISSUE = "issue", "Issue"
        BULLETIN = "bulletin", "Bulletin"

    kind = models.CharField(
        max_length=10,
        choices=Kind.choices,
        default=Kind.ISSUE,
        help_text="A bulletin tells one story to any list, and doesn't count as the last issue.",
    )
    subject = models.CharField(
        max_length=150, blank=True, help_text="The e-mail's subject line. Under 60 characters shows whole on a phone."
    )
    preview_text = models.CharField(
        max_length=200, blank=True, help_text="The words that mail programs show after the subject. One sentence."
    )
    copy_date = models.DateField(null=True, blank=True, help_text="The last day for agencies to send items in.")
    send_date = models.DateField(
        null=True, blank=True, help_text="The day you plan to send it. Nothing is sent by itself."
    )
    planned_list = models.ForeignKey(
        "news.MailingList", null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        help_text="The list you plan to send it to. Who gets it is decided, and counted, when it is sent.",
    )  # fmt: skip
    date = models.DateField(help_text="The day, or the first day of the month, that the issue is for.")
    introduction = RichTextField(features=TEXT_FEATURES, blank=True, help_text="A few words of welcome.")
    sections = StreamField(
        IssueBlock(), blank=True, help_text="Add sections in the order that readers should see them."
    )
    corrections = StreamField(
        [("correction", CorrectionBlock())],
        blank=True,
        help_text="Notes on what was wrong, shown on top of the archive page. What was sent stays as it was.",
    )

    content_panels = [
        ApprovalPanel(heading="Approval"),
        PreflightPanel(heading="Before it is sent"),
        *BasePage.content_panels,
        FieldRowPanel([FieldPanel("kind"), FieldPanel("date")]),
        MultiFieldPanel([FieldPanel("subject"), FieldPanel("preview_text")], heading="The e-mail"),
        FieldRowPanel([FieldPanel("copy_date"), FieldPanel("send_date"), FieldPanel("planned_list")]),
        FieldPanel("introduction"),
        FieldPanel("sections"),
        FieldPanel("corrections"),
        BriefingPage.briefing_panel,
    ]
    search_fields = [
        *BasePage.search_fields,
        index.SearchField("introduction"),
        index.SearchField("sections"),
        index.FilterField("date"),
    ]

    class Meta:
        verbose_name = "newsletter issue"

    preview_modes = [
        ("", "Web page"),
        ("email", "E-mail on a computer"),
        ("phone", "E-mail on a phone"),
        ("text", "E-mail as plain text"),
    ]

    def serve_preview(self, request, mode_name):
        from news import previews  # prints issues, so it needs this model

        if mode_name in previews.MODES:
            return previews.show(self, request, mode_name)
        return super().serve_preview(request, mode_name)

    @property
    def lead_date(self):
        return self.date

    def get_context(self, request, *args, **kwargs):
        context = super().get_context(request, *args, **kwargs)
        load_item_pages(self.sections)
        contents = [{"id": block.value.anchor, "title": block.value.heading} for block in self.sections]
        return {**context, "contents": contents}

    def briefing_parts(self) -> list[Part]:
        """The first items of each section, in a few words; what is only for subscribers is left out."""
        load_item_pages(self.sections)
        parts = [
            Part(block.value.heading, _points(block.value["items"]))
            for block in self.sections
            if block.value["kind"] not in {Section.CONTACT, Section.SUBSCRIPTIONS}
        ]
        return [part for part in parts if part.points][:8]

    def structured_data(self, request):
        return {
            "@type": "NewsArticle",
            "headline": self.title[:110],
            "datePublished": self.date.isoformat(),
            "url": self.get_full_url(request),
        }


def _points(items) -> list[tuple[str, str]]:
    """What a section has, for a team's meeting: its first two items."""
    found = []
    for item in items:
        if item.block_type == "page" and item.value.words_for_all:
            found.append((short(item.value.words), short(item.value.summary, 16)))
        elif item.block_type == "text":
            found += points_of(item.value.source, 2)
    return found[:2]


def load_item_pages(sections) -> None:
    """Fetch the pages of all items, and which everybody may open, in two queries, whatever their number and types."""
    items = [item.value for block in sections for item in block.value["items"] if item.block_type == "page"]
    pages = specific_pages(item["page"] for item in items if item.get("page"))
    open_to_all = {page.pk for page in open_pages(list(pages.values()))}
    for item in items:
        item._target = pages.get(item["page"].pk) if item.get("page") else None
        item._open_to_all = item._target is None or item._target.pk in open_to_all
