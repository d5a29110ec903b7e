"""What editors see and say of the search: pages put on top, and what is searched for."""

from django.contrib.admin import SimpleListFilter
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet
from wagtail_modeladmin.options import modeladmin_register

from dscp_cms.admin import FactAdmin, ReadOnlyPermissionHelper
from home.models import PromotedResult, SearchTerm


class PromotedResultViewSet(SnippetViewSet):
    """Pages put on top of the results."""

    model = PromotedResult
    icon = "pick"
    menu_label = "Promoted results"
    menu_order = 410
    add_to_admin_menu = True
    list_display = ["page", "terms", "order"]


class TermPermissionHelper(ReadOnlyPermissionHelper):
    """Terms are read by those who may promote pages."""

    def user_can_list(self, user):
        return self.user_has_specific_permission(user, "view_searchterm")

    def user_can_inspect_obj(self, user, obj):
        return self.user_can_list(user)


class FoundFilter(SimpleListFilter):
    """What readers looked for and didn't find."""

    title = "found"
    parameter_name = "found"

    def lookups(self, request, model_admin):
        return [("nothing", "Nothing was found")]

    def queryset(self, request, queryset):
        return queryset.filter(found=0) if self.value() == "nothing" else queryset


class SearchTermAdmin(FactAdmin):
    """Terms that were searched for on three days or more."""

    model = SearchTerm
    menu_label = "Search terms"
    menu_icon = "search"
    menu_order = 420
    list_display = ("term", "days", "found", "last")
    list_filter = (FoundFilter,)
    search_fields = ("term",)
    list_export = ("term", "days", "found", "first_on", "last_on")
    inspect_view_fields = ("term", "days", "found", "first_on", "last_on")
    permission_helper_class = TermPermissionHelper
    history_view_enabled = False

    def last(self, obj):
        """The last day."""
        return f"{obj.last_on:%d/%m/%Y}"

    last.short_description = "Last searched for"
    last.admin_order_field = "last_on"


register_snippet(PromotedResultViewSet)
modeladmin_register(SearchTermAdmin)
