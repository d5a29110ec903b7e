"""What the edit screen of a resource shows of its files."""

from django.urls import reverse
from django.utils import timezone
from wagtail.admin.panels import Panel

from resources.models.versions import FileVersion


class VersionsPanel(Panel):
    """The versions of the resource's file, to look at; they are added on a screen of their own."""

    class BoundPanel(Panel.BoundPanel):
        """The list for one resource."""

        template_name = "resources/admin/versions_panel.html"

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
            return context
