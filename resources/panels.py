"""What the edit screen of a resource shows of its files."""

import re

from django.conf import settings
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils import timezone
from wagtail.admin.panels import Panel
from wagtail.admin.widgets import AdminDateInput

from dscp_cms.upload_checks import SAVE_AS
from resources.models.versions import FileVersion

FORM = "replace-file"  # what ties the fields to their form, which stands outside of the page's own


class VersionsPanel(Panel):
    """The versions of the resource's file, and the form that adds one: the file is looked into on the next screen."""

    class BoundPanel(Panel.BoundPanel):
        """The list for one resource."""

        template_name = "resources/admin/versions_panel.html"

        class Media:
            js = ["js/replace_file.js"]  # found when it is printed: collectstatic imports this file too

        def get_context_data(self, parent_context=None):
            context = super().get_context_data(parent_context)
            if self.instance.pk:
                versions = FileVersion.objects.filter(resource_id=self.instance.pk).select_related("document")
                context["versions"] = list(versions.with_corrections())
                context["current"] = FileVersion.objects.published().filter(resource_id=self.instance.pk).first()
            context["today"] = timezone.localdate()
            user = self.request.user
            add = reverse("resources_fileversion_modeladmin_create")
            context["add"] = f"{add}?resource={self.instance.pk}" if user.has_perm("resources.add_fileversion") else ""
            context["form_name"], context["address"] = FORM, add
            context["csrf_token"] = get_token(self.request)  # panels are rendered without what a request adds
            context["kinds"] = ",".join(f".{kind}" for kind in settings.WAGTAILDOCS_EXTENSIONS if kind not in SAVE_AS)
            context["next_label"] = next_label([version.label for version in context.get("versions", ())])
            day = AdminDateInput().render("published_on", context["today"], {"form": FORM, "id": f"{FORM}-day"})
            context["day"] = day
            return context


def next_label(labels: list[str]) -> str:
    """The label that would come after these, where they count: “3” after “2”, “1” for the first; else none."""
    if not labels:
        return "1"
    numbers = [re.fullmatch(r"(\d{1,3})(?:\.\d{1,3})*", label) for label in labels]
    return str(max(int(number[1]) for number in numbers) + 1) if all(numbers) else ""
