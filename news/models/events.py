"""Events: conferences, awareness days and weeks. Training sessions are elsewhere."""

from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpResponse
from django.utils import timezone
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel
from wagtail.contrib.routable_page.models import RoutablePageMixin, path
from wagtail.models import PageManager
from wagtail.search import index

from dscp_cms.blocks import StoryBlock
from dscp_cms.fields import StreamField
from dscp_cms.listing import chosen, facet, numbered_page
from dscp_cms.models import SiteImage, Topic
from dscp_cms.pages import BasePage, BasePageQuerySet
from news import calendar


class EventQuerySet(BasePageQuerySet):
    """Queries over events."""

    def upcoming(self, today: date | None = None):
        """Events that haven't ended, the next first."""
        return self.filter(last_day__gte=today or timezone.localdate()).order_by("start_date", "start_time", "pk")

    def past(self, today: date | None = None):
        """Events that are over, the latest first."""
        return self.filter(last_day__lt=today or timezone.localdate()).order_by("-start_date", "-pk")

    def dated(self):
        """Events whose date somebody has confirmed."""
        return self.filter(date_to_confirm=False)


class EventIndexPage(RoutablePageMixin, BasePage):
    """What is coming; what is over falls away by itself and can still be looked up."""

    kind_label = "Events"
    max_count = 1
    parent_page_types = ["home.HomePage"]
    subpage_types = ["news.EventPage"]
    reserved_slugs = ("calendar.ics", "past")
    kept_routes = ("past",)

    def get_context(self, request, *args, **kwargs):
        context = super().get_context(request, *args, **kwargs)
        past = kwargs.get("past", False)
        events = EventPage.objects.child_of(self).readable().listed().dated()
        events = events.past() if past else events.upcoming()
        facets = [
            facet(request, "topic", "Topic", Topic.objects.values_list("slug", "name")),
            facet(request, "kind", "Kind", EventPage.Kind.choices),
        ]
        wanted = chosen(facets)
        if "topic" in wanted:
            events = events.filter(topics__slug=wanted["topic"])
        if "kind" in wanted:
            events = events.filter(kind=wanted["kind"])
        page_obj = numbered_page(request, events.distinct())
        return {**context, "facets": facets, "filtered": bool(wanted), "past": past, "page_obj": page_obj}

    @path("")
    def listing(self, request):
        """What is coming."""
        return self.render(request)

    @path("past/", name="past")
    def past_events(self, request):
        """What is over."""
        return self.render(request, context_overrides=self.get_context(request, past=True))

    @path("calendar.ics/", name="calendar")
    def all_events(self, request):
        """Every coming event, for calendars to follow."""
        events = EventPage.objects.child_of(self).readable().dated().upcoming()
        return _calendar_response(request, events, "events.ics")


class EventPage(RoutablePageMixin, BasePage):
    """A day, or several, worth knowing about."""

    class Kind(models.TextChoices):
        EVENT = "event", "Event or conference"
        AWARENESS = "awareness", "Awareness day or week"

    kind_label = "Event"
    newsletter_section = "events"
    parent_page_types = ["news.EventIndexPage"]
    subpage_types = []
    reserved_slugs = ("event.ics",)

    kind = models.CharField(
        max_length=10,
        choices=Kind.choices,
        default=Kind.EVENT,
        help_text="Awareness days and weeks come back each year.",
    )
    start_date = models.DateField(help_text="The first day.")
    end_date = models.DateField(null=True, blank=True, help_text="The last day, if it is longer than one.")
    start_time = models.TimeField(null=True, blank=True, help_text="Leave empty if it lasts all day.")
    end_time = models.TimeField(null=True, blank=True, help_text="When it ends, if it has a start time.")
    last_day = models.DateField(editable=False, db_index=True)
    date_to_confirm = models.BooleanField(
        default=False, help_text="Ticked when the date was only carried over from last year. Check it, then untick."
    )
    repeats_yearly = models.BooleanField(
        default=False, help_text="Tick for an annual day: when it is over, a draft for next year is made by itself."
    )
    repeated_from = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="repeated_as", editable=False
    )
    place = models.CharField(max_length=200, blank=True, help_text="Where it is, with town and postcode.")
    is_online = models.BooleanField(
        default=False, verbose_name="online", help_text="Tick if people can join from anywhere."
    )
    organiser = models.CharField(max_length=160, blank=True, help_text="Who runs it.")
    website = models.URLField(blank=True, help_text="The event's own page elsewhere.")
    image = models.ForeignKey(
        SiteImage, null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        verbose_name="picture", help_text="Shown at the top and on cards. Not needed.",
    )  # fmt: skip
    body = StreamField(StoryBlock(), blank=True, help_text="What it is about and how to take part.")

    objects = PageManager.from_queryset(EventQuerySet)()

    content_panels = [
        *BasePage.content_panels,
        FieldPanel("kind"),
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("start_date"), FieldPanel("end_date")]),
                FieldRowPanel([FieldPanel("start_time"), FieldPanel("end_time")]),
                FieldRowPanel([FieldPanel("date_to_confirm"), FieldPanel("repeats_yearly")]),
            ],
            heading="When",
        ),
        MultiFieldPanel(
            [FieldPanel("place"), FieldPanel("is_online"), FieldPanel("organiser"), FieldPanel("website")],
            heading="Where and who",
        ),
        FieldPanel("image"),
        FieldPanel("body"),
    ]
    search_fields = [
        *BasePage.search_fields,
        index.SearchField("body"),
        index.SearchField("place"),
        index.SearchField("organiser"),
        index.FilterField("start_date"),
    ]

    class Meta:
        verbose_name = "event"

    def clean(self):
        """Dates and times that make sense together."""
        super().clean()
        errors = {}
        if self.start_date and self.end_date and self.end_date < self.start_date:
            errors["end_date"] = "The last day can't be before the first."
        if self.end_time and not self.start_time:
            errors["start_time"] = "Give the start as well, or leave both times empty."
        one_day = not self.end_date or self.end_date == self.start_date
        if self.start_time and self.end_time and one_day and self.end_time <= self.start_time:
            errors["end_time"] = "The end can't be before the start."
        if errors:
            raise ValidationError(errors)

    def full_clean(self, *args, **kwargs):
        self._set_last_day()
        super().full_clean(*args, **kwargs)

    def save(self, *args, **kwargs):
        self._set_last_day()
        super().save(*args, **kwargs)

    def _set_last_day(self) -> None:
        self.last_day = self.end_date or self.start_date

    @classmethod
    def newsletter_candidates(cls, since, until):
        """Events to come in the ten weeks after the issue, the next first, whenever they were published."""
        day = timezone.localtime(until).date() if timezone.is_aware(until) else until.date()
        coming = cls.objects.readable().dated().upcoming(day)
        return coming.filter(start_date__lte=day + timedelta(weeks=10))

    def newsletter_notes(self, on: date) -> list[str]:
        notes = super().newsletter_notes(on)
        if self.last_day < on:
            notes.append(f"“{self.title}” will be over by {on:%d/%m/%Y}.")
        if self.date_to_confirm:
            notes.append(f"The date of “{self.title}” is still to be confirmed.")
        return notes

    @property
    def is_over(self) -> bool:
        """Whether its last day has passed."""
        return self.last_day < timezone.localdate()

    @property
    def when(self) -> str:
        """12 to 18 May 2025; 30 April to 2 May 2025; 15 May 2025, 9:30am to 12pm."""
        return calendar.in_words(self.start_date, self.end_date, self.start_time, self.end_time)

    @property
    def where(self) -> str:
        """The place, or that it is online, or both."""
        if self.place and self.is_online:
            return f"{self.place} and online"
        return self.place or ("Online" if self.is_online else "")

    @property
    def meta_line(self) -> str:
        return " · ".join(part for part in (self.when, self.where) if part)

    @property
    def card_image(self):
        return self.image

    @property
    def lead_date(self):
        return self.start_date

    @path("")
    def detail(self, request):
        """The event's page."""
        return self.render(request)

    @path("event.ics/", name="calendar")
    def one_event(self, request):
        """The event for a calendar."""
        return _calendar_response(request, [self], f"{self.slug}.ics")

    def structured_data(self, request):
        start: date | datetime = self.start_date
        if self.start_time:
            start = timezone.make_aware(datetime.combine(self.start_date, self.start_time))
        where: dict = {"@type": "Place", "name": self.place, "address": self.place}
        if self.is_online and not self.place:
            where = {"@type": "VirtualLocation", "url": self.website or self.get_full_url(request)}
        facts = {
            "@type": "Event",
            "name": self.title,
            "description": self.summary,
            "startDate": start.isoformat(),
            "endDate": self.last_day.isoformat(),
            "url": self.get_full_url(request),
        }
        return {**facts, "location": where} if self.place or self.is_online else facts


def _calendar_response(request, events, name: str) -> HttpResponse:
    response = HttpResponse(calendar.as_ics(events, request), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
