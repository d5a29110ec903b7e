"""Learning reviews: what was learned, and the briefing and the course that answer each point."""

from django.db import models
from wagtail import blocks
from wagtail.admin.panels import FieldPanel, FieldRowPanel
from wagtail.models import Page, PageManager
from wagtail.search import index

from dscp_cms.blocks import TEXT_FEATURES, StoryBlock
from dscp_cms.fields import StreamField
from dscp_cms.pages import BasePage, BasePageQuerySet
from dscp_cms.printed import BriefingPage, Part, points_of_story, short
from dscp_cms.tree import specific_pages, unrestricted


class LearningPointValue(blocks.StructValue):
    """A learning point, and whether it has been answered."""

    @property
    def unanswered(self) -> list[str]:
        """What is still missing: “briefing”, “course”; a page that isn't published answers nothing yet."""
        return [name for name in ("briefing", "course") if not getattr(self.get(name), "live", False)]


class LearningPointBlock(blocks.StructBlock):
    """One thing that was learned, and where practitioners learn more of it."""

    point = blocks.CharBlock(max_length=200, help_text="In one sentence: what we do differently from now on.")
    text = blocks.RichTextBlock(
        features=TEXT_FEATURES, required=False, help_text="Why, and what it means in practice. Nobody is named."
    )
    briefing = blocks.PageChooserBlock(
        required=False,
        target_model=["resources.ResourcePage", "resources.PublicationPage", "news.NewsItemPage", "home.StandardPage"],
        help_text="The briefing that explains it. Leave it empty until there is one: staff see what is missing.",
    )
    course = blocks.PageChooserBlock(
        required=False,
        target_model="training.CoursePage",
        help_text="The course that teaches it. Leave it empty until there is one.",
    )

    class Meta:
        icon = "tick-inverse"
        label = "Learning point"
        template = "resources/blocks/learning_point.html"
        preview_value = {
            "point": "Ask whoever else knows the family before you decide.",
            "text": "<p>Each agency knew a part. Nobody had put the parts together.</p>",
        }
        description = "One thing that was learned, with the briefing and the course that answer it"
        value_class = LearningPointValue


class LearningReviewQuerySet(BasePageQuerySet):
    """Queries over learning reviews."""

    def latest(self):
        """The latest published first."""
        return self.order_by(models.F("published_on").desc(nulls_last=True), "title")


class LearningReviewPage(BriefingPage, BasePage):
    """What a review found, as learning points that lead on to a briefing and a course."""

    class Kind(models.TextChoices):
        REVIEW = "review", "Child safeguarding practice review"
        RAPID = "rapid", "Rapid review"
        NATIONAL = "national", "National review"

    kind_label = "Learning review"
    newsletter_section = "spotlight"
    parent_page_types = ["resources.ResourceLibraryPage"]
    subpage_types = []

    kind = models.CharField(
        max_length=10, choices=Kind.choices, verbose_name="type", help_text="What sort of review it is."
    )
    publisher = models.CharField(max_length=160, blank=True, help_text="Who wrote it, if not the partnership.")
    published_on = models.DateField(null=True, blank=True, help_text="When the review itself was published.")
    body = StreamField(
        StoryBlock(),
        blank=True,
        help_text="What the review looked at and found. Link the report with a “Resource” block. Nobody is named.",
    )
    learning_points = StreamField(
        [("point", LearningPointBlock())],
        blank=True,
        help_text="What was learned, the most important first. Each leads on to a briefing and a course.",
    )

    objects = PageManager.from_queryset(LearningReviewQuerySet)()

    content_panels = [
        *BasePage.content_panels,
        FieldPanel("kind"),
        FieldRowPanel([FieldPanel("publisher"), FieldPanel("published_on")]),
        FieldPanel("body"),
        FieldPanel("learning_points"),
        BriefingPage.briefing_panel,
    ]
    search_fields = [
        *BasePage.search_fields,
        index.SearchField("body"),
        index.SearchField("learning_points"),
        index.SearchField("publisher"),
        index.FilterField("kind"),
        index.FilterField("published_on"),
    ]

    class Meta:
        verbose_name = "learning review"

    @property
    def lead_date(self):
        return self.published_on

    @property
    def meta_line(self) -> str:
        count = len(self.learning_points)
        points = f"{count} learning point{'' if count == 1 else 's'}" if count else ""
        return " · ".join(part for part in (self.get_kind_display(), points, self.publisher) if part)

    def newsletter_notes(self, on) -> list[str]:
        notes = super().newsletter_notes(on)
        if not self.learning_points:
            notes.append(f"“{self.title}” has no learning points yet.")
        return notes

    def briefing_parts(self) -> list[Part]:
        learned = [(short(block.value["point"]), "") for block in self.learning_points][:8]
        parts = [Part("What was found", points_of_story(self.body, 3)), Part("Learning points", learned)]
        return [part for part in parts if part.points]

    def get_context(self, request, *args, **kwargs):
        context = super().get_context(request, *args, **kwargs)
        return {**context, "points": self.points_shown()}

    def points_shown(self) -> list[tuple[blocks.StructValue, BasePage | None, BasePage | None]]:
        """The learning points, each with the briefing and the course that everybody may open, in their own types."""
        values = [block.value for block in self.learning_points]
        keys = {value[name].pk for value in values for name in ("briefing", "course") if value.get(name)}
        answers = specific_pages(unrestricted(Page.objects.live().filter(pk__in=keys)))
        return [
            tuple([value, *(self._answer(value, name, answers) for name in ("briefing", "course"))]) for value in values
        ]

    @staticmethod
    def _answer(value, name: str, answers: dict[int, Page]) -> Page | None:
        page = value.get(name)
        return answers.get(page.pk) if page else None
