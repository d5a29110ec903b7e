"""What the top adds to the admin."""

from wagtail_modeladmin.options import modeladmin_register

from dscp_cms.admin import FactAdmin, ReadOnlyPermissionHelper
from home.models import ContactMessage


class ContactMessageAdmin(FactAdmin):
    """Messages from the contact page."""

    model = ContactMessage
    menu_label = "Messages"
    menu_icon = "mail"
    menu_order = 380
    list_display = ("__str__", "urgent", "handled_at")
    list_filter = ("urgent",)
    list_export = ("submit_time", "urgent", "handled_at", "form_data")
    inspect_view_fields = ("submit_time", "urgent", "form_data", "handled_at")
    permission_helper_class = ReadOnlyPermissionHelper


modeladmin_register(ContactMessageAdmin)
