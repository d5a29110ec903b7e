"""What staff read about resources: how often files are downloaded, and what learning is still to be answered."""

from datetime import date, timedelta
from functools import partial

from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone
from django.views.generic import TemplateView
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from dscp_cms.charts import chart
from resources import counting, learning

SHOWN = 50
PERIODS = (("year", "This year"), ("12months", "The last twelve months"), ("30days", "The last thirty days"))


class Report(WagtailAdminTemplateMixin, TemplateView):
    """A screen for those who hold a right."""

    right = ""

    def dispatch(self, request, *args, **kwargs):
        if not request.user.has_perm(self.right):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_breadcrumbs_items(self):
        return [*super().get_breadcrumbs_items(), {"url": "", "label": self.page_title}]


class Downloads(Report):
    """How often files are downloaded, by month and by resource."""

    right = "resources.view_downloadcount"
    page_title = "Downloads"
    header_icon = "download"
    template_name = "resources/admin/downloads.html"

    def get_context_data(self, **kwargs):
        today = timezone.localdate()
        asked = self.request.GET.get("period")
        period = asked if asked in dict(PERIODS) else "year"
        ranking = counting.ranking(since(period, today), today)
        months = [(f"{first:%b %Y}", number) for first, number in counting.by_month(today)]
        return {
            **super().get_context_data(**kwargs),
            "chart": chart("Downloads in the last twelve months", "Downloads", months),
            "periods": [(key, label, key == period) for key, label in PERIODS],
            "period": dict(PERIODS)[period].lower(),
            "ranking": ranking[:SHOWN],
            "more": max(0, len(ranking) - SHOWN),
            "total": sum(row.total for row in ranking),
        }


def since(period: str, today: date) -> date:
    """The first day of a period that ends today."""
    if period == "30days":
        return today - timedelta(days=29)
    return counting.month_starts(today, 12)[0] if period == "12months" else today.replace(month=1, day=1)


class Learning(Report):
    """Learning points without a briefing or a course."""

    right = "resources.view_learningreviewpage"
    page_title = "Learning points"
    header_icon = "tick-inverse"
    template_name = "resources/admin/learning.html"

    def get_context_data(self, **kwargs):
        return {**super().get_context_data(**kwargs), "loop": learning.learning_loop()}


# In the menu: right, name, where it is (asked for once the addresses are known), icon.
MENU = tuple(
    (report.right, report.page_title, partial(reverse, address), report.header_icon)
    for report, address in ((Downloads, "resources_downloads"), (Learning, "resources_learning"))
)
