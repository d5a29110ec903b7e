"""What editors see and say of the search: pages put on top, and what is searched for."""

from django.contrib.admin import SimpleListFilter
from wagtail_modeladmin.options import ModelAdminGroup, modeladmin_register

from dscp_cms.admin import FactAdmin, ReadOnlyPermissionHelper
from home.models import PromotedResult, SearchTerm


class PromotedResultAdmin(FactAdmin):
    """Pages put on top of the results."""

    model = PromotedResult
    menu_label = "Promoted results"
    menu_icon = "pick"
    list_display = ("page", "answers", "order")
    list_select_related = ("page",)
    search_fields = ("terms", "page__title")
    inspect_view_enabled = False

    def answers(self, obj):
        """Its terms in a line."""
        return ", ".join(obj.terms.splitlines())

    answers.short_description = "For searches"


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


class SearchGroup(ModelAdminGroup):
    """The site's search."""

    menu_label = "Site search"
    menu_icon = "search"
    menu_order = 410
    items = (SearchTermAdmin, PromotedResultAdmin)


modeladmin_register(SearchGroup)
