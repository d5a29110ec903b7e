"""What resources add to the admin: the versions of their files."""

from django.contrib import messages
from django.contrib.admin import SimpleListFilter
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from wagtail import hooks
from wagtail.admin.panels import FieldPanel, ObjectList
from wagtail_modeladmin.options import modeladmin_register
from wagtail_modeladmin.views import CreateView, EditView, InspectView

from dscp_cms.admin import FactAdmin, KeepingPermissionHelper
from dscp_cms.link_views import RightfulMenuItem
from resources import (
    bulk_views,
    check_views,
    reports_admin,  # noqa: F401 - it registers itself
)
from resources.forms import CorrectVersionForm, NewVersionForm
from resources.models import FileFacts, FileVersion, ResourcePage
from resources.versions import withdraw


class BackToResource:
    """After the form, the editor is where they came from."""

    def get_success_url(self):
        return reverse("wagtailadmin_pages:edit", args=[self.instance.resource_id])


class AddVersionView(CreateView):
    """A new version, its resource filled in when the editor comes from there; then it is looked into."""

    def get_success_url(self):
        return check_views.address_after_adding(self.instance)

    def get_edit_handler(self):
        panels = [FieldPanel(name) for name in NewVersionForm.Meta.fields]
        return ObjectList(panels, base_form_class=NewVersionForm).bind_to_model(FileVersion)

    def get_instance(self):
        key = self.request.GET.get("resource", "")
        resource = ResourcePage.objects.filter(pk=key).first() if key.isascii() and key.isdigit() else None
        return FileVersion(resource=resource)

    def get_success_message(self, instance):
        return f"Version {instance.label} of “{instance.resource.title}” was added. Look into it before readers get it."


class CorrectVersionView(BackToResource, EditView):
    """What may be put right afterwards."""

    def get_edit_handler(self):
        panels = [FieldPanel(name) for name in CorrectVersionForm.Meta.fields]
        return ObjectList(panels, base_form_class=CorrectVersionForm).bind_to_model(FileVersion)

    def get_success_message(self, instance):
        return f"Version {instance.label} of “{instance.resource.title}” is put right."


class VersionView(InspectView):
    """One version, with the way to withdraw it."""

    def get_context_data(self, **kwargs):
        may = self.permission_helper.user_can_edit_obj(self.request.user, self.instance)
        return super().get_context_data(may_withdraw=may and self.instance.withdrawn_at is None, may_look=may, **kwargs)


class StateFilter(SimpleListFilter):
    """What somebody has to do something about."""

    title = "to do"
    parameter_name = "todo"

    def lookups(self, request, model_admin):
        return [("check", "To be looked into"), ("failed", "Could not be read")]

    def queryset(self, request, queryset):
        if self.value() == "check":
            return queryset.waiting()
        if self.value() == "failed":
            return queryset.filter(withdrawn_at=None, document__facts__state=FileFacts.State.FAILED)
        return queryset


class FileVersionAdmin(FactAdmin):
    """The versions of all resources' files."""

    model = FileVersion
    menu_label = "File versions"
    menu_icon = "doc-full"
    menu_order = 320
    list_display = ("resource", "label", "from_day", "state")
    list_filter = (StateFilter, "published_on")
    list_select_related = ("resource", "document")
    search_fields = ("resource__title", "label", "document__title")
    list_export = ("resource", "label", "published_on", "document", "what_changed", "added_at", "withdrawn_at")
    inspect_view_fields = (
        *("resource", "label", "document", "published_on", "what_changed", "added_by", "added_at", "withdrawn_at"),
    )
    permission_helper_class = KeepingPermissionHelper
    create_view_class = AddVersionView
    edit_view_class = CorrectVersionView
    inspect_view_class = VersionView
    inspect_template_name = "resources/admin/version.html"

    def get_queryset(self, request):
        return super().get_queryset(request).with_corrections()

    def from_day(self, obj):
        """From which day readers get it."""
        return f"{obj.published_on:%d/%m/%Y}"

    from_day.short_description = "From"
    from_day.admin_order_field = "published_on"

    def state(self, obj):
        """Whether readers get it."""
        if obj.put_right:
            return "Put right by another row"
        if obj.withdrawn_at:
            return f"Withdrawn on {timezone.localtime(obj.withdrawn_at):%d/%m/%Y}"
        if obj.checked_at is None:
            return "To be looked into"
        return "To come" if obj.published_on > timezone.localdate() else "Published"

    def get_admin_urls_for_registration(self):
        address = path("file-versions/<int:pk>/withdraw/", withdraw_version, name="withdraw_file_version")
        return (*super().get_admin_urls_for_registration(), address, *check_views.urls)


def withdraw_version(request, pk: int):
    """Take a version away from readers."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    version = get_object_or_404(FileVersion.objects.select_related("resource"), pk=pk)
    if not KeepingPermissionHelper(FileVersion).user_can_edit_obj(request.user, version):
        raise PermissionDenied
    if withdraw(version, request.user):
        messages.success(request, f"{version} is withdrawn. Readers get the version before it, if there is one.")
    return redirect("wagtailadmin_pages:edit", version.resource_id)


modeladmin_register(FileVersionAdmin)


@hooks.register("before_serve_document")
def hide_files_of_hidden_versions(document, request):
    """A file is as open as its versions: one must be published, not withdrawn, and on a page that may be read."""
    versions = FileVersion.objects.filter(document=document).select_related("resource")
    if not versions:
        return None
    for version in versions.published():
        restrictions = version.resource.get_view_restrictions()
        if version.resource.live and all(one.accept_request(request) for one in restrictions):
            return None
    if request.user.has_perm("wagtailadmin.access_admin"):
        return None
    raise Http404("No such file.")


@hooks.register("register_admin_urls")
def register_bulk_urls():
    """Uploading many files at once."""
    return bulk_views.urls


@hooks.register("register_admin_menu_item")
def upload_in_menu():
    """Beside the file versions."""
    address, right = reverse("bulk_upload"), "resources.add_fileversion"
    return RightfulMenuItem(
        "Upload many files", address, name="bulk-upload", icon_name="upload", order=321, right=right
    )
