"""The one base ModelAdmin that fact tables are run by."""

import re

from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, SuspiciousOperation, ValidationError
from django.http import Http404, HttpResponseRedirect
from django.utils import timezone
from wagtail_modeladmin.helpers import PermissionHelper
from wagtail_modeladmin.options import ModelAdmin
from wagtail_modeladmin.views import HistoryView, IndexView

from dscp_cms import audit

FORMULA_START = re.compile(r"^\s*[=+\-@\t\r＝＋－＠]")


def harmless(value):
    """A cell that no spreadsheet takes for a formula; dates in local time."""
    if hasattr(value, "tzinfo") and value.tzinfo is not None:
        return timezone.localtime(value).replace(tzinfo=None)
    if isinstance(value, str) and FORMULA_START.match(value):
        return f"'{value}"
    return value


class FactIndexView(IndexView):
    """A list that stays calm about addresses it can't read, and exports only for those who may."""

    def dispatch(self, request, *args, **kwargs):
        try:
            return super().dispatch(request, *args, **kwargs)
        except (IncorrectLookupParameters, SuspiciousOperation, ValidationError, ValueError):
            messages.warning(request, "That address has a filter that this list doesn't know. Here is the whole list.")
            return HttpResponseRedirect(self.index_url)

    def get_filters(self, request):
        """Only the filters on the screen: what a column holds, also a related one, could be guessed by filtering."""
        found = super().get_filters(request)
        if found[2]:
            raise IncorrectLookupParameters
        return found

    def as_spreadsheet(self, queryset, spreadsheet_format):
        if not self.permission_helper.user_can_export(self.request.user):
            raise PermissionDenied
        audit.exported(self.request, str(self.opts.verbose_name_plural).capitalize())
        return super().as_spreadsheet(queryset, spreadsheet_format)

    def to_row_dict(self, item):
        empty = self.model_admin.empty_value_display
        row = super().to_row_dict(item)
        return {name: "" if value == empty else harmless(value) for name, value in row.items()}


class FactHistoryView(HistoryView):
    """The history of a row, for those who may see the list; stock shows it to everybody in the admin."""

    def check_action_permitted(self, user):
        return self.permission_helper.user_can_list(user)


class FactPermissionHelper(PermissionHelper):
    """Adds the right to export, which is not the right to list."""

    def user_can_export(self, user) -> bool:
        """Whether the user holds the model's own ``export_…`` permission."""
        return self.user_has_specific_permission(user, f"export_{self.opts.model_name}")


class ReadOnlyPermissionHelper(FactPermissionHelper):
    """For facts that only jobs write."""

    def user_can_create(self, user):
        return False

    def user_can_edit_obj(self, user, obj):
        return False

    def user_can_delete_obj(self, user, obj):
        return False


class AddOnlyPermissionHelper(FactPermissionHelper):
    """For facts that staff add and take away, but don't rewrite."""

    def user_can_edit_obj(self, user, obj):
        return False


class KeepingPermissionHelper(FactPermissionHelper):
    """For facts that staff add and correct, and nobody deletes."""

    def user_can_delete_obj(self, user, obj):
        return False


class FactAdmin(ModelAdmin):
    """Base of every ModelAdmin here.

    A model that may be exported declares a permission ``export_<model>`` in its Meta and lists the
    columns in ``list_export``.
    """

    index_view_class = FactIndexView
    history_view_class = FactHistoryView
    permission_helper_class = FactPermissionHelper
    inspect_view_enabled = True
    list_per_page = 50

    def inspect_view(self, request, instance_pk):
        return super().inspect_view(request, self._key(instance_pk))

    def edit_view(self, request, instance_pk):
        return super().edit_view(request, self._key(instance_pk))

    def delete_view(self, request, instance_pk):
        return super().delete_view(request, self._key(instance_pk))

    def history_view(self, request, instance_pk):
        return super().history_view(request, self._key(instance_pk))

    def _key(self, text: str) -> str:
        """The key in an address; what no row can have is not found."""
        try:
            self.model._meta.pk.to_python(unquote(text))
        except ValidationError as error:
            raise Http404("No such row.") from error
        return text

    def get_list_export(self, request):
        """The columns, for those who may export; otherwise no export buttons are shown."""
        return self.list_export if self.permission_helper.user_can_export(request.user) else ()
