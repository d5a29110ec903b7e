"""Courses and the catalogue that lists them."""

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from modelcluster.fields import ParentalManyToManyField
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel
from wagtail.fields import RichTextField
from wagtail.models import PageManager
from wagtail.search import index

from dscp_cms import frame
from dscp_cms.blocks import TEXT_FEATURES, StoryBlock
from dscp_cms.fields import StreamField
from dscp_cms.listing import chosen, facet, numbered_page
from dscp_cms.models import Audience, Topic
from dscp_cms.pages import BasePage, BasePageQuerySet
from training.models.routes import SessionRoutes


class DeliveryMethod(models.TextChoices):
    """How a course reaches people."""

    FACE_TO_FACE = "face_to_face", "Face to face"
    VIRTUAL = "virtual", "Virtual"
    ELEARNING = "elearning", "eLearning"
    BRIEFING = "briefing", "Recorded briefing"


class Level(models.TextChoices):
    """The level of a safeguarding course."""

    ONE = "1", "Level 1"
    ONE_TWO = "1-2", "Levels 1 and 2"
    TWO = "2", "Level 2"
    THREE = "3", "Level 3"
    THREE_FOUR = "3-4", "Levels 3 and 4"
    FOUR = "4", "Level 4"

    @property
    def numbers(self) -> set[str]:
        """The single levels that it covers."""
        return set(self.value.split("-"))


class CountsAsAttended(models.TextChoices):
    """How many of a session's days somebody must have been there to have attended it."""

    ALL_DAYS = "all_days", "All days"
    MOST_DAYS = "most_days", "More than half of the days"
    ANY_DAY = "any_day", "At least one day"


class CourseQuerySet(BasePageQuerySet):
    """Queries over courses."""

    def delivered_by(self, method: str):
        """Courses that can be taken that way."""
        field = {value: f"is_{value}" for value in DeliveryMethod.values}[method]
        return self.filter(**{field: True})

    def at_level(self, number: str):
        """Courses that cover the level."""
        return self.filter(level__in=[level.value for level in Level if number in level.numbers])

    def matching(self, words: str):
        """Courses whose title or summary has each of the words."""
        found = self
        for word in words.replace("\x00", " ").split()[:8]:
            found = found.filter(models.Q(title__icontains=word) | models.Q(summary__icontains=word))
        return found

    def with_next_date(self):
        """With ``next_starts_at``: when the next session of each begins, or None. No query more."""
        sessions = self.model.sessions.rel.related_model.objects.upcoming().filter(course=models.OuterRef("pk"))
        return self.annotate(next_starts_at=models.Subquery(sessions.values("starts_at")[:1]))

    def soonest(self):
        """With their next date, those that have one first, the soonest before the others."""
        return self.with_next_date().order_by(models.F("next_starts_at").asc(nulls_last=True), "title")


class TrainingIndexPage(SessionRoutes, BasePage):
    """The catalogue."""

    kind_label = "Training"
    max_count = 1
    parent_page_types = ["home.HomePage"]
    subpage_types = ["training.CoursePage", "home.StandardPage"]
    reserved_slugs = ("sessions", "my-bookings", "register", "certificates")
    kept_routes = ("sessions", "session")
    protected_links = ("charging_policy",)  # the page chosen there is neither deleted nor unpublished

    body = StreamField(StoryBlock(), blank=True, help_text="A few words above the list of courses.")
    charging_policy = models.ForeignKey(
        "wagtailcore.Page",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,  # a revision that names a deleted page must still open
        related_name="+",
        help_text="The page with the charging policy. Every course and booking form links to it.",
    )

    content_panels = [*BasePage.content_panels, FieldPanel("body"), FieldPanel("charging_policy")]
    search_fields = [*BasePage.search_fields, index.SearchField("body")]

    class Meta:
        verbose_name = "training catalogue"

    def get_context(self, request, *args, **kwargs):
        context = super().get_context(request, *args, **kwargs)
        facets = [
            facet(request, "method", "How it is delivered", DeliveryMethod.choices),
            facet(request, "level", "Level", [(number, f"Level {number}") for number in "1234"]),
            facet(request, "audience", "Audience", Audience.objects.values_list("slug", "name")),
            facet(request, "topic", "Topic", Topic.objects.values_list("slug", "name")),
        ]
        wanted, words = chosen(facets), request.GET.get("q", "")[:100].strip()
        courses = CoursePage.objects.child_of(self).readable().listed().with_next_date()
        if "method" in wanted:
            courses = courses.delivered_by(wanted["method"])
        if "level" in wanted:
            courses = courses.at_level(wanted["level"])
        if "audience" in wanted:
            courses = courses.filter(audiences__slug=wanted["audience"])
        if "topic" in wanted:
            courses = courses.filter(topics__slug=wanted["topic"])
        if words:
            courses = courses.matching(words)
        return {
            **context,
            "facets": facets,
            "words": words,
            "filtered": bool(wanted or words),
            "page_obj": numbered_page(request, courses.order_by("title").distinct(), size=24),
        }


class CoursePage(BasePage):
    """A course in the catalogue; its dated sessions are facts, kept elsewhere."""

    kind_label = "Course"
    newsletter_section = "training"
    newsletter_repeats = True
    coming_sessions = ()  # see prepare_faces
    next_starts_at = None  # see with_next_date
    noted_sessions = None  # see prepare_notes
    parent_page_types = ["training.TrainingIndexPage"]
    subpage_types = []

    level = models.CharField(
        max_length=5,
        choices=Level.choices,
        blank=True,
        help_text="Leave empty if the course has no safeguarding level.",
    )
    is_face_to_face = models.BooleanField("face to face", default=False, help_text="In a room together.")
    is_virtual = models.BooleanField("virtual", default=False, help_text="Live, by MS Teams or Zoom.")
    is_elearning = models.BooleanField("eLearning", default=False, help_text="On an eLearning platform, at any time.")
    is_briefing = models.BooleanField("recorded briefing", default=False, help_text="A recording to watch at any time.")
    duration = models.CharField(max_length=80, blank=True, help_text="Such as “half a day” or “two mornings”.")
    facilitator = models.CharField(max_length=160, blank=True, help_text="Who usually runs it.")
    accreditation = models.CharField(max_length=160, blank=True, help_text="Who accredits it, if anybody does.")
    body = StreamField(StoryBlock(), blank=True, verbose_name="description", help_text="What the course is about.")
    learning_outcomes = RichTextField(
        features=["bold", "ul"], blank=True, help_text="What people will know or be able to do, as a list."
    )
    who_should_attend = RichTextField(features=TEXT_FEATURES, blank=True, help_text="Whom it is for.")
    take_another = RichTextField(
        features=TEXT_FEATURES, blank=True, verbose_name="who should take another course",
        help_text="For whom another course is right, with a link to that course.",
    )  # fmt: skip
    related_courses = ParentalManyToManyField(
        "self", blank=True, symmetrical=False, related_name="related_from", help_text="What to take before or after."
    )
    external_url = models.URLField(
        blank=True,
        verbose_name="external address",
        help_text="Where it is booked or taken, if that is not on this site.",
    )
    external_label = models.CharField(
        max_length=80, blank=True, help_text="The words of that link, such as “Register or sign in to Me-Learning”."
    )

    counts_as_attended = models.CharField(
        max_length=20,
        choices=CountsAsAttended.choices,
        default=CountsAsAttended.ALL_DAYS,
        help_text="On how many days of a session somebody must have been there to have attended it. Coming late "
        "and leaving early count as being there.",
    )
    certificate_after_evaluation = models.BooleanField(
        default=False,
        help_text="Tick to send the certificate of attendance only after the delegate has filled in the evaluation.",
    )

    objects = PageManager.from_queryset(CourseQuerySet)()

    content_panels = [
        *BasePage.content_panels,
        FieldRowPanel([FieldPanel("level"), FieldPanel("duration")]),
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("is_face_to_face"), FieldPanel("is_virtual")]),
                FieldRowPanel([FieldPanel("is_elearning"), FieldPanel("is_briefing")]),
            ],
            heading="How it is delivered",
        ),
        FieldPanel("body"),
        FieldPanel("learning_outcomes"),
        MultiFieldPanel([FieldPanel("who_should_attend"), FieldPanel("take_another")], heading="Who it is for"),
        FieldRowPanel([FieldPanel("facilitator"), FieldPanel("accreditation")]),
        FieldPanel("counts_as_attended"),
        FieldPanel("certificate_after_evaluation"),
        FieldPanel("related_courses", widget=forms.CheckboxSelectMultiple),
        MultiFieldPanel(
            [FieldPanel("external_url"), FieldPanel("external_label")], heading="Booked or taken elsewhere"
        ),
    ]
    search_fields = [
        *BasePage.search_fields,
        index.SearchField("body"),
        index.SearchField("learning_outcomes"),
        index.SearchField("who_should_attend"),
        index.SearchField("facilitator"),
        index.FilterField("level"),
    ]

    class Meta:
        verbose_name = "course"

    def clean(self):
        """A link elsewhere needs words, and words a link."""
        super().clean()
        if self.external_url and not self.external_label:
            raise ValidationError({"external_label": "Write the words of the link, such as “Register or sign in”."})
        if self.external_label and not self.external_url:
            raise ValidationError({"external_url": "Fill in the address that the link leads to."})

    @property
    def delivery_methods(self) -> list[str]:
        """How it can be taken, in words."""
        return [method.label for method in DeliveryMethod if getattr(self, f"is_{method.value}")]

    @property
    def meta_line(self) -> str:
        """Its next dates too, where they were fetched with it (``prepare_faces``): a list must not ask for each."""
        from training.newsletter import dates_line  # which needs the sessions, which need this model

        level = self.get_level_display() if self.level else ""
        parts = (dates_line(self.coming_sessions), " or ".join(self.delivery_methods), level, self.duration)
        return " · ".join(part for part in parts if part)

    @classmethod
    def prepare_faces(cls, pages):
        from training.newsletter import attach_dates

        attach_dates(pages)

    @classmethod
    def newsletter_candidates(cls, since, until):
        """Courses that can be booked in the ten weeks after the issue, the next date first; then new ones."""
        from training.newsletter import candidates

        return candidates(since, until)

    @classmethod
    def prepare_notes(cls, pages):
        """Fetch what ``newsletter_notes`` needs for all of them at once."""
        from training.newsletter import attach_all

        attach_all(pages)

    def newsletter_notes(self, on):
        from training.newsletter import notes

        return super().newsletter_notes(on) + notes(self, on)

    def get_context(self, request, *args, **kwargs):
        from training import charging_policy, listing  # which need the sessions, which need this model

        context = super().get_context(request, *args, **kwargs)
        related = self.related_courses.values_list("id", flat=True) if self.pk else []  # a preview's aren't saved
        return {
            **context,
            "charging_policy": frame.remembered(request, "charging policy", charging_policy.current),
            "related": CoursePage.objects.filter(pk__in=related).readable().listed().with_next_date(),
            "upcoming": listing.coming(self) if self.pk else [],
        }

    def structured_data(self, request):
        return {
            "@type": "Course",
            "name": self.title,
            "description": self.summary or self.title,
            "url": self.get_full_url(request),
            "provider": {"@type": "Organization", "name": "Durham Safeguarding Children Partnership"},
        }
