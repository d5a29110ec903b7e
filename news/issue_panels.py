"""What stands above an issue's fields in the editor."""

from django.urls import reverse
from wagtail.admin.panels import Panel


class PreflightPanel(Panel):
    """The findings of the pre-flight check, beside the preview, and what else can be done with an issue."""

    class BoundPanel(Panel.BoundPanel):
        template_name = "news/admin/issue/preflight_panel.html"

        def is_shown(self):
            return bool(self.instance.pk)

        def get_context_data(self, parent_context=None):
            return {
                **super().get_context_data(parent_context),
                "issue": self.instance,
                "check_url": reverse("news_issue_preflight", args=[self.instance.pk]),
                "may_send": self.request.user.has_perm("news.send_campaign"),
            }
