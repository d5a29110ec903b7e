"""What every panel of the dashboard is: whom it concerns, what it asks for, and what it then says."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.apps import apps
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from wagtail.admin.ui.components import Component
from wagtail.models import Page
from wagtail.permissions import page_permission_policy

from home.dashboard.gather import Row

AHEAD = timedelta(weeks=6)  # how far the dashboard looks


@dataclass(frozen=True)
class Line:
    """A line of a panel: words that lead somewhere, and a note."""

    words: str
    link: str = ""
    note: str = ""
    urgent: bool = False


class Panel(Component):
    """A panel. Those whom it doesn't concern never get one; one without anything to say isn't shown.

    What it needs from the database it names in ``counts`` and ``lists``: they are asked for with those of all
    other panels at once, and given as ``numbers`` and ``rows``.
    """

    name, order, title, lead = "", 0, "", ""
    wide = False
    template_name = "home/admin/dashboard/panel.html"

    def __init__(self, user, now: datetime | None = None):
        self.user, self.now = user, now or timezone.now()
        self.today = timezone.localtime(self.now).date()
        self.numbers: dict[str, int] = {}
        self.rows: dict[str, list[Row]] = {}

    @classmethod
    def concerns(cls, user) -> bool:
        """Whether it is this person's matter."""
        raise NotImplementedError

    def counts(self) -> dict[str, QuerySet]:
        """What to count, by name."""
        return {}

    def lists(self) -> Iterable[QuerySet]:
        """What to fetch, made by ``gather.listed``."""
        return ()

    def lines(self) -> list[Line]:
        """What it says."""
        return []

    @cached_property
    def said(self) -> list[Line]:
        """Its lines, made once."""
        return self.lines()

    def has_anything(self) -> bool:
        """Whether it has something to say today."""
        return bool(self.said)

    def get_context_data(self, parent_context):
        return {"panel": self, "request": parent_context["request"], "csrf_token": parent_context.get("csrf_token")}


def may_edit_pages(user) -> bool:
    """Whether the person changes pages of others, so that the state of the site is their matter."""
    return user.has_perm("wagtailadmin.access_admin") and page_permission_policy.user_has_permission(user, "change")


def counted(number: int, one: str, many: str = "") -> str:
    """“1 draft”, “2 drafts”."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"


def some(lines: list[Line], link: str, most: int = 5) -> list[Line]:
    """The first lines, and a line that leads to all where there are more."""
    return lines if len(lines) <= most else [*lines[:most], Line(f"All {len(lines)}", link)]


def on_day(moment: datetime) -> str:
    """Monday 4 May 2026, 9:30am is written Mon 04/05/2026 09:30, as everywhere in the admin."""
    return f"{timezone.localtime(moment):%a %d/%m/%Y %H:%M}"


def edit_address(label: str, key: int) -> str:
    """The editor of a page, or of a snippet, by its model’s label."""
    model = apps.get_model(label)
    if issubclass(model, Page):
        return reverse("wagtailadmin_pages:edit", args=[key])
    return reverse(model.snippet_viewset.get_url_name("edit"), args=[key])


def list_address(name: str) -> str:
    """One of the dashboard's own lists."""
    return reverse("dashboard_list", args=[name])
