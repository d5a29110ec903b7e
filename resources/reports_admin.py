"""Registers the reports on resources, and the list of those who are told of changes."""

from django.urls import path
from django.utils import timezone
from wagtail import hooks
from wagtail_modeladmin.options import modeladmin_register

from dscp_cms.admin import FactAdmin, FactPermissionHelper
from dscp_cms.link_views import RightfulMenuItem
from resources import reports
from resources.models import Watch


@hooks.register("register_admin_urls")
def register_report_urls():
    """The reports' addresses."""
    return [
        path("reports/downloads/", reports.Downloads.as_view(), name="resources_downloads"),
        path("reports/learning/", reports.Learning.as_view(), name="resources_learning"),
    ]


def _register(order: int, right: str, name: str, address: str, icon: str) -> None:
    hooks.register(
        "register_reports_menu_item",
        lambda: RightfulMenuItem(name, address(), icon_name=icon, order=order, right=right),
    )


for place, item in enumerate(reports.MENU):
    _register(310 + 10 * place, *item)


class WatchPermissionHelper(FactPermissionHelper):
    """Wishes are made by readers; staff may look, and delete them for somebody who writes in."""

    def user_can_create(self, user):
        return False

    def user_can_edit_obj(self, user, obj):
        return False


class WatchAdmin(FactAdmin):
    """Who is told when a resource or a library changes."""

    model = Watch
    menu_label = "Told of changes"
    menu_icon = "mail"
    menu_order = 330
    add_to_settings_menu = True
    list_display = ("email", "page", "asked", "state")
    list_select_related = ("page",)
    search_fields = ("email", "page__title")
    inspect_view_fields = ("email", "page", "asked_at", "confirmed_at", "told_at")
    permission_helper_class = WatchPermissionHelper
    history_view_enabled = False

    def asked(self, obj):
        """When somebody typed the address."""
        return f"{timezone.localtime(obj.asked_at):%d/%m/%Y}"

    asked.admin_order_field = "asked_at"

    def state(self, obj):
        """Whether the address confirmed it."""
        return "Told of changes" if obj.confirmed_at else "Not confirmed yet"


modeladmin_register(WatchAdmin)
