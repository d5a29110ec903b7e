"""The panel of charts: subscribers, downloads and bookings over twelve months, for those who see each list."""

from django.urls import reverse

from dscp_cms.charts import Chart, chart
from home.dashboard.panel import Panel
from news.figures import subscribers_by_month
from resources.counting import by_month as downloads_by_month
from training.reports_months import bookings_by_month

CHARTS = (
    ("news.view_subscriber", "Subscribers at the end of each month", "Subscribers", subscribers_by_month,
     "news_subscriber_modeladmin_index"),
    ("resources.view_downloadcount", "Downloads", "Downloads", downloads_by_month, "resources_downloads"),
    ("training.view_reports", "Bookings made", "Bookings", bookings_by_month, "training_reports"),
)  # fmt: skip


class ChartsPanel(Panel):
    """A chart each, with its table beneath."""

    name, order, title = "charts", 110, "The last twelve months"
    template_name = "home/admin/dashboard/charts.html"
    wide = True

    @classmethod
    def concerns(cls, user):
        return any(user.has_perm(right) for right, *_rest in CHARTS)

    def charts(self) -> list[tuple[Chart, str]]:
        """The charts with the address of what stands behind each; those with nothing in them are left out."""
        found = []
        for right, title, unit, count, address in CHARTS:
            if self.user.has_perm(right):
                months = [(f"{first:%b %y}", number) for first, number in count(self.today)]
                found.append((chart(title, unit, months), reverse(address)))
        return [(drawn, address) for drawn, address in found if drawn.total]

    def has_anything(self):
        self.drawn = self.charts()
        return bool(self.drawn)

    def get_context_data(self, parent_context):
        return {"panel": self, "charts": self.drawn}
