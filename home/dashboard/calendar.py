"""The calendar: what comes out, ends or is sent by itself, and the days that an issue of the newsletter is planned by.

On the dashboard it has six weeks from this Monday; on a screen of its own a month at a time, from this month on.
"""

from calendar import MONDAY, Calendar
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.core.exceptions import PermissionDenied
from django.db.models import CharField, Q, Value
from django.db.models.functions import Concat
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_safe
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.models import Page, Revision

from dscp_cms.models import SiteAlert
from home.dashboard import gather
from home.dashboard.gather import Row, listed
from home.dashboard.newsletter import as_drafted, day_of
from home.dashboard.panel import AHEAD, Panel, edit_address, may_edit_pages
from news.models import Campaign, NewsletterIssuePage
from resources.models import FileVersion

AT_ONCE = 3  # on a day of the dashboard; the month shows all
MONTHS = 12  # that can be leafed through
PLANNED = 30  # issues, the latest, whose dates are looked at
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class Entry:
    """What happens on a day: to what, at what time (none for a whole day), and where it can be changed."""

    day: date
    time: str
    title: str
    what: str
    link: str

    @property
    def when(self) -> str:
        """The day and the time in words, as everywhere in the admin."""
        return f"{self.day:%a %d/%m/%Y} {self.time}".strip()


@dataclass(frozen=True)
class Day:
    """A square of the calendar."""

    day: date
    entries: list[Entry]
    is_today: bool = False
    is_outside: bool = False  # of the month that is shown

    @property
    def shown(self) -> list[Entry]:
        """As many as the dashboard has room for."""
        return self.entries if len(self.entries) <= AT_ONCE else self.entries[: AT_ONCE - 1]

    @property
    def left_out(self) -> int:
        """How many more there are."""
        return len(self.entries) - len(self.shown)


def concerns(user) -> bool:
    """Whether the calendar is this person's matter."""
    return may_edit_pages(user) or user.has_perm("news.send_campaign")


def wanted(user, first: date, last: date) -> Iterable:
    """Lists of what happens from the one day to the other, as far as this person may open it.

    ``more`` is a model's label or what else tells where it is changed, ``extra`` what happens. The plans of issues
    come whole, since their days stand in drafts.
    """
    since, until = (timezone.make_aware(datetime.combine(day, time())) for day in (first, last + timedelta(days=1)))
    if may_edit_pages(user):
        label = Concat("content_type__app_label", Value("."), "content_type__model", output_field=CharField())
        going_live = Revision.objects.filter(approved_go_live_at__gte=since, approved_go_live_at__lt=until)
        yield listed("moments", going_live, key="object_id", text="object_str", more=label,
                     extra=_words("is published"), at="approved_go_live_at")  # fmt: skip
        for model in (Page, SiteAlert):
            ending = model.objects.filter(expire_at__gte=since, expire_at__lt=until, live=True)
            yield listed("moments", ending, text="title", more=_words(model._meta.label), extra=_words("ends"),
                         at="expire_at")  # fmt: skip
        files = FileVersion.objects.filter(
            published_on__gt=timezone.localdate(), published_on__range=(first, last), withdrawn_at=None
        ).exclude(checked_at=None)
        yield listed("files", files, text="resource__title", more="label", extra="published_on")
    if user.has_perm("news.send_campaign"):
        sendings = Campaign.objects.filter(status=Campaign.Status.SCHEDULED, send_at__gte=since, send_at__lt=until)
        yield listed(
            "moments", sendings, text="subject", more=_words("campaign"), extra=_words("is sent"), at="send_at"
        )
    unsent = NewsletterIssuePage.objects.filter(Q(live=False) | Q(campaigns=None), expired=False)
    latest = NewsletterIssuePage.objects.filter(pk__in=unsent.order_by("-date", "-pk").values("pk")[:PLANNED])
    yield listed("planned", latest, text="draft_title", more=as_drafted("copy_date"), extra=as_drafted("send_date"))


def _words(text: str) -> Value:
    return Value(text, output_field=CharField())


def entries(user, rows: Mapping[str, list[Row]], first: date, last: date) -> list[Entry]:
    """What happens from the one day to the other, in the order of time."""
    found = []
    for row in rows["moments"]:
        at = timezone.localtime(row.at)
        link = reverse("news_campaign", args=[row.key]) if row.more == "campaign" else edit_address(row.more, row.key)
        found.append(Entry(at.date(), f"{at:%H:%M}", row.text or "Untitled", row.extra, link))
    for row in rows["files"]:
        link = reverse("resources_fileversion_modeladmin_inspect", args=[row.key])
        found.append(Entry(day_of(row.extra), "", row.text, f"has its version {row.more}", link))
    edit = "wagtailadmin_pages:edit" if may_edit_pages(user) else "news_send_issue"
    for row in rows["planned"]:
        for text, what in ((row.more, "has its copy date"), (row.extra, "is planned to be sent")):
            if day := day_of(text):
                found.append(Entry(day, "", row.text, what, reverse(edit, args=[row.key])))
    return sorted(
        (entry for entry in found if first <= entry.day <= last), key=lambda one: (one.day, one.time, one.title)
    )


def weeks(found: Iterable[Entry], first: date, last: date, today: date, month: int = 0) -> list[list[Day]]:
    """The squares from one Monday to a Sunday, week by week."""
    by_day = defaultdict(list)
    for entry in found:
        by_day[entry.day].append(entry)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    squares = [Day(day, by_day[day], day == today, bool(month) and day.month != month) for day in days]
    return [squares[start : start + 7] for start in range(0, len(squares), 7)]


class CalendarPanel(Panel):
    """Six weeks from this Monday."""

    name, order, title = "schedule", 90, "The next six weeks"
    template_name = "home/admin/dashboard/calendar_panel.html"
    wide = True

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.first = self.today - timedelta(days=self.today.weekday())
        self.last = self.first + AHEAD - timedelta(days=1)

    @classmethod
    def concerns(cls, user):
        return concerns(user)

    def lists(self):
        return wanted(self.user, self.first, self.last)

    def has_anything(self):
        self.found = entries(self.user, self.rows, self.first, self.last)
        return bool(self.found)

    def get_context_data(self, parent_context):
        squares = weeks(self.found, self.first, self.last, self.today)
        caption = f"{_said(self.first)} to {_said(self.last)}"
        return {"panel": self, "weeks": squares, "found": self.found, "caption": caption, "days": DAYS, "short": True}


def _said(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


@require_safe
def show_month(request):
    """A month with everything in it; what is no month, or too far away, is this month."""
    if not concerns(request.user):
        raise PermissionDenied
    today = timezone.localdate()
    now = _number(today)
    shown = _asked(request.GET.get("month", ""), now)
    begins = _first_of(shown)
    days = list(Calendar(MONDAY).itermonthdates(begins.year, begins.month))
    rows = gather.rows(wanted(request.user, days[0], days[-1]))
    found = entries(request.user, rows, days[0], days[-1])
    title = f"{begins:%B %Y}"
    here = [{"url": reverse("wagtailadmin_home"), "label": "Home"}, {"url": "", "label": "Calendar"}]
    context = {
        "weeks": weeks(found, days[0], days[-1], today, begins.month),
        "found": [entry for entry in found if entry.day.month == begins.month],
        "caption": title,
        "days": DAYS,
        "before": _first_of(shown - 1) if shown > now else None,
        "after": _first_of(shown + 1) if shown < now + MONTHS else None,
        "page_title": "Calendar",
        "page_subtitle": title,
        "header_icon": "date",
        "breadcrumbs_items": here,
    }
    return render(request, "home/admin/dashboard/calendar.html", context)


def _number(day: date) -> int:
    """Months since the year 0, so that they can be counted."""
    return day.year * 12 + day.month - 1


def _first_of(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)


def _asked(text: str, now: int) -> int:
    try:
        asked = _number(datetime.strptime(text, "%Y-%m").date())
    except ValueError:
        return now
    return asked if now <= asked <= now + MONTHS else now


@hooks.register("register_admin_urls")
def calendar_urls():
    """The month by month screen."""
    return [path("calendar/", show_month, name="calendar")]


class CalendarItem(MenuItem):
    """For those whose matter it is."""

    def is_shown(self, request):
        return concerns(request.user)


@hooks.register("register_reports_menu_item")
def calendar_in_menu():
    """The calendar stands with the reports."""
    return CalendarItem("Calendar", reverse("calendar"), name="calendar", icon_name="date", order=40)
