"""What stands above a page's fields in the editor: who has approved the draft."""

from django.urls import reverse
from wagtail.admin.panels import Panel

from dscp_cms import approvals


class ApprovalPanel(Panel):
    """Whether the latest draft is approved, by whom, and the way to ask somebody."""

    class BoundPanel(Panel.BoundPanel):
        template_name = "dscp_cms/approval/panel.html"

        def is_shown(self):
            return bool(self.instance.pk and self.instance.latest_revision_id)

        def get_context_data(self, parent_context=None):
            return {
                **super().get_context_data(parent_context),
                "state": approvals.state(self.instance),
                "address": reverse("dscp_cms_approval", args=[self.instance.pk]),
            }
