"""What imports add to the admin: their addresses, their place in the menu, and the tables that people correct."""

from django.urls import path, reverse
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail_modeladmin.options import modeladmin_register

from dscp_cms.admin import FactAdmin, FactPermissionHelper
from home import import_file_views, import_views
from home.models import OldNewsletter, WordPressTerm


class TermPermissionHelper(FactPermissionHelper):
    """Terms come from exports; people say which topic stands for them."""

    def user_can_create(self, user):
        return False


class WordPressTermAdmin(FactAdmin):
    """Categories and tags of the old site, each with its topic here."""

    model = WordPressTerm
    permission_helper_class = TermPermissionHelper
    menu_label = "WordPress categories"
    menu_icon = "tag"
    menu_order = 700
    add_to_settings_menu = True
    list_display = ("name", "kind", "stands_for")
    list_select_related = ("topic",)
    search_fields = ("name", "slug")
    list_export = ("taxonomy", "slug", "name", "topic", "leave_out")

    def kind(self, obj):
        """Category or tag."""
        return obj.get_taxonomy_display()

    def stands_for(self, obj):
        """Its topic."""
        return obj.topic or ("Left out" if obj.left_out else "Nothing yet")

    def leave_out(self, obj):
        """For the file: yes, or empty."""
        return "yes" if obj.left_out else ""

    leave_out.short_description = "left_out"
    stands_for.short_description = "Topic"


class OldNewsletterAdmin(FactAdmin):
    """Newsletters of MailPoet, each with its issue here."""

    model = OldNewsletter
    menu_label = "MailPoet newsletters"
    menu_icon = "mail"
    menu_order = 710
    add_to_settings_menu = True
    list_display = ("number", "words", "leads_to")
    list_select_related = ("page",)
    search_fields = ("words",)

    def leads_to(self, obj):
        """The issue."""
        return obj.page.title if obj.page else "Nothing yet"

    leads_to.short_description = "Issue"


modeladmin_register(WordPressTermAdmin)
modeladmin_register(OldNewsletterAdmin)


@hooks.register("register_admin_urls")
def register_import_urls():
    """The runs, their reports, and the uploads."""
    return [
        path("imports/", import_views.imports, name="imports"),
        path("imports/wordpress/", import_views.wordpress, name="import_wordpress"),
        path("imports/newsletters/", import_file_views.newsletters, name="import_newsletters"),
        path("imports/documents/", import_file_views.documents, name="import_documents"),
        path("imports/<int:pk>/table/", import_file_views.table, name="import_table"),
        path("imports/<int:pk>/table/file/", import_file_views.table_file, name="import_table_file"),
        path("imports/<int:pk>/table/back/", import_file_views.table_back, name="import_table_back"),
        path("imports/<int:pk>/", import_views.import_report, name="import_report"),
        path("imports/<int:pk>/file/", import_views.import_file, name="import_file"),
        path("imports/<int:pk>/now/", import_views.import_now, name="import_now"),
    ]


class ImportsMenuItem(MenuItem):
    """For those who may see what was imported."""

    def is_shown(self, request):
        return request.user.has_perm(import_views.SEE)


@hooks.register("register_reports_menu_item")
def imports_in_menu():
    """The runs stand with the reports."""
    return ImportsMenuItem("Imports", reverse("imports"), name="imports", icon_name="download", order=800)
