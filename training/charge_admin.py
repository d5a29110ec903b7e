"""Charging rules and charges in the admin: their lists, the page of each, and who may do what."""

from datetime import date

from django.contrib.admin import SimpleListFilter
from django.db.models.functions import TruncMonth
from wagtail.admin.panels import FieldPanel, FieldRowPanel, ObjectList
from wagtail_modeladmin.views import EditView, InspectView

from dscp_cms.admin import FactAdmin, FactPermissionHelper, ReadOnlyPermissionHelper
from training import charges
from training.charge_rules import pounds
from training.finance_export import state_of
from training.models import Charge, ChargeRule
from training.session_admin import OpenButton


class RulePermissionHelper(FactPermissionHelper):
    """A rule that a charge was made by stays as it is; it can only be ended."""

    def user_can_edit_obj(self, user, obj):
        return super().user_can_edit_obj(user, obj) and not obj.is_used

    def user_can_delete_obj(self, user, obj):
        return super().user_can_delete_obj(user, obj) and not obj.is_used

    def user_can_inspect_obj(self, user, obj):
        return self.user_has_specific_permission(user, "view_chargerule")


class ChangeRule(EditView):
    """An unused rule."""

    def get_success_message(self, instance):
        return "The rule is changed. It counts for everybody who has booked already, too."


class OneRule(InspectView):
    """A rule, and what can be done."""

    page_title = "Charging rule"

    def get_context_data(self, **kwargs):
        user, rule = self.request.user, self.instance
        helper = self.permission_helper
        return super().get_context_data(
            number=rule.charges.count(),
            may_end=user.has_perm("training.change_chargerule"),
            may_edit=helper.user_can_edit_obj(user, rule),
            may_delete=helper.user_can_delete_obj(user, rule),
            **kwargs,
        )


class ChargeRuleAdmin(FactAdmin):
    """The rules. None is shipped."""

    model = ChargeRule
    menu_label = "Charging rules"
    menu_icon = "tasks"
    list_display = ("event", "whom", "pounds", "in_force", "in_use")
    list_filter = ("event", "agency_kind")
    ordering = ("event", "agency_kind", "length", "-valid_from")
    permission_helper_class = RulePermissionHelper
    button_helper_class = OpenButton
    edit_view_class = ChangeRule
    inspect_view_class = OneRule
    inspect_template_name = "training/admin/charge_rule.html"
    edit_handler = ObjectList(
        [
            FieldPanel("event", help_text="What is charged. Each has rules of its own."),
            FieldRowPanel([FieldPanel("agency_kind"), FieldPanel("length")]),
            FieldPanel("amount"),
            FieldRowPanel([FieldPanel("valid_from"), FieldPanel("valid_until")]),
        ]
    )

    def get_queryset(self, request):
        return super().get_queryset(request).with_use()

    def whom(self, obj):
        """The kind of agency, and the length of the session."""
        return f"{obj.get_agency_kind_display() or 'Any agency'}, {(obj.get_length_display() or 'any length').lower()}"

    whom.short_description = "agency and session"
    whom.admin_order_field = "agency_kind"

    def pounds(self, obj):
        """The amount."""
        return pounds(obj.amount)

    pounds.short_description = "amount"
    pounds.admin_order_field = "amount"

    def in_force(self, obj):
        """The first and the last day."""
        return f"From {obj.valid_from:%d/%m/%Y}" + (f" until {obj.valid_until:%d/%m/%Y}" if obj.valid_until else "")

    in_force.admin_order_field = "valid_from"

    def in_use(self, obj):
        """Whether charges were made by it."""
        return "Yes" if obj.is_used else "Not yet"

    in_use.short_description = "used"


class ChargedAgencyFilter(SimpleListFilter):
    """Of one agency, by the name that the lines have."""

    title = "agency"
    parameter_name = "agency"

    def lookups(self, request, model_admin):
        names = Charge.objects.order_by("agency_name").values_list("agency_name", flat=True).distinct()
        return [(name, name) for name in names]

    def queryset(self, request, queryset):
        return queryset.filter(agency_name=self.value()) if self.value() else queryset


class ChargedMonthFilter(SimpleListFilter):
    """Of the sessions that began in one month."""

    title = "month of the session"
    parameter_name = "month"

    def lookups(self, request, model_admin):
        months = Charge.objects.order_by().annotate(month=TruncMonth("session_date")).values_list("month", flat=True)
        return [(f"{month:%Y-%m}", f"{month:%B %Y}") for month in sorted(set(months.distinct()), reverse=True)]

    def queryset(self, request, queryset):
        if not self.value():
            return queryset
        month = date.fromisoformat(f"{self.value()}-01")  # a ValueError leads back to the whole list
        return queryset.filter(session_date__year=month.year, session_date__month=month.month)


class ChargePermissionHelper(ReadOnlyPermissionHelper):
    """Charges are changed by their jobs only; reading them is a right of its own."""

    def user_can_list(self, user):
        return self.user_has_specific_permission(user, "view_charge")

    def user_can_inspect_obj(self, user, obj):
        return self.user_can_list(user)


class OneCharge(InspectView):
    """A charge, what is known of it, and what can be done."""

    page_title = "Charge"

    def get_meta_title(self):
        return self.instance.line

    def get_context_data(self, **kwargs):
        user, charge = self.request.user, self.instance
        Status = Charge.Status
        standing, status = charge.is_standing, charge.status
        return super().get_context_data(
            state=state_of(charge),
            reversal=Charge.objects.filter(reverses=charge).first(),
            events=charge.booking.events.filter(kind="charge").select_related("by"),
            may_change=user.has_perm("training.change_charge"),
            may_see_booking=user.has_perm("training.view_booking"),
            may_confirm=standing and status in {Status.PROPOSED, Status.DISPUTED},
            may_invoice=status == Status.CONFIRMED and not charge.reversed_at,
            may_waive=standing and status in {Status.PROPOSED, Status.CONFIRMED, Status.DISPUTED}
            and not charge.is_with_finance,
            may_dispute=standing and status in {Status.PROPOSED, Status.CONFIRMED, Status.INVOICED},
            may_reverse=standing and (charge.is_with_finance or status == Status.CONFIRMED),
            may_propose=not charge.is_reversal and (charge.reversed_at is not None or status == Status.WAIVED),
            unseen=status == Status.PROPOSED and not charges.was_shown(charge),
            **kwargs,
        )  # fmt: skip


class ChargeAdmin(FactAdmin):
    """Every line, the newest first."""

    model = Charge
    menu_label = "Charges"
    menu_icon = "doc-full-inverse"
    list_display = ("line", "agency_name", "what", "state")
    list_filter = ("status", "event", ChargedAgencyFilter, ChargedMonthFilter)
    search_fields = ("agency_name", "course_title", "order_number")
    ordering = ("-pk",)
    permission_helper_class = ChargePermissionHelper
    button_helper_class = OpenButton
    inspect_view_class = OneCharge
    index_template_name = "training/admin/charges.html"
    inspect_template_name = "training/admin/charge.html"

    def line(self, obj):
        """Its number for finance, and the amount."""
        return f"{obj.line}: {pounds(obj.amount)}"

    line.admin_order_field = "pk"

    def what(self, obj):
        """What for, the course, and the session's first day."""
        return f"{obj.get_event_display()}, {obj.course_title}, {obj.session_date:%d/%m/%Y}"

    what.short_description = "charged for"
    what.admin_order_field = "session_date"

    def state(self, obj):
        """The status, with what a reversal makes of it, and whether finance has it."""
        return f"{state_of(obj)}; finance has it" if obj.export_id else state_of(obj)

    state.admin_order_field = "status"
