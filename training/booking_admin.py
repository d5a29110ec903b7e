"""Bookings in the admin: their list, and the page of each with its history."""

from django.contrib.admin.filters import DateFieldListFilter
from django.urls import reverse
from django.utils import timezone
from wagtail.admin.menu import MenuItem
from wagtail_modeladmin.options import ModelAdminGroup
from wagtail_modeladmin.views import InspectView

from dscp_cms.admin import FactAdmin, ReadOnlyPermissionHelper
from training import charging_policy, needs
from training.certificate_admin import CertificateAdmin
from training.charge_admin import ChargeAdmin, ChargeRuleAdmin
from training.evaluation_admin import EvaluationQuestionAdmin
from training.models import Booking, TrainingSession
from training.outcomes import has_come
from training.session_admin import CourseFilter, OpenButton, SessionAdmin, VenueAdmin


class BookingCourseFilter(CourseFilter):
    """Of one course's sessions."""

    field = "session__course"


class BookedFilter(DateFieldListFilter):
    """By the day on which it was booked."""

    def __init__(self, *arguments, **more):
        super().__init__(*arguments, **more)
        self.title = "day of booking"


class BookingPermissionHelper(ReadOnlyPermissionHelper):
    """Bookings are changed by their jobs only; reading them is a right of its own."""

    def user_can_list(self, user):
        return self.user_has_specific_permission(user, "view_booking")

    def user_can_inspect_obj(self, user, obj):
        return self.user_can_list(user)


class OneBooking(InspectView):
    """A booking with its history, and what can be done."""

    page_title = "Booking"

    def get_meta_title(self):
        return self.instance.name

    def get_context_data(self, **kwargs):
        user, booking = self.request.user, self.instance
        return super().get_context_data(
            session=booking.session,
            events=booking.events.select_related("by", "mail"),
            may_see_needs=needs.may_see(user, booking.session),
            policy_missing=charging_policy.is_missing(booking, charging_policy.current()),
            may_change=user.has_perm("training.change_booking"),
            marks=booking.attendances.select_related("day", "by").order_by("day__starts_at"),
            may_decide=user.has_perm("training.change_booking")
            and booking.status == "confirmed"
            and has_come(booking.session),
            running=booking.session.status == TrainingSession.Status.OPEN and not booking.session.has_begun,
            **kwargs,
        )


class BookingAdmin(FactAdmin):
    """Every booking."""

    model = Booking
    menu_label = "Bookings"
    menu_icon = "group"
    list_display = ("name", "agency_label", "session", "status", "booked")
    list_filter = ("status", ("created_at", BookedFilter), BookingCourseFilter)
    list_export = (
        *("session", "status", "name", "email", "agency_label", "job_title", "manager_name", "manager_email"),
        *("created_at", "confirmed_at", "cancelled_at", "cancelled_by", "late", "booker_name", "policy_version"),
    )
    list_select_related = ("session__course", "agency")
    search_fields = ("name", "email", "session__course__title", "agency_name", "agency__name")
    permission_helper_class = BookingPermissionHelper
    button_helper_class = OpenButton
    inspect_view_class = OneBooking
    inspect_template_name = "training/admin/booking.html"

    def agency_label(self, obj):
        """The agency's name."""
        return obj.agency_label

    agency_label.short_description = "agency"

    def booked(self, obj):
        """When it was made."""
        return f"{timezone.localtime(obj.created_at):%d/%m/%Y}"

    booked.admin_order_field = "created_at"


class TrainingGroup(ModelAdminGroup):
    """The training team's part of the menu."""

    menu_label = "Training"
    menu_icon = "date"
    menu_order = 160
    items = (
        SessionAdmin,
        BookingAdmin,
        VenueAdmin,
        CertificateAdmin,
        ChargeAdmin,
        ChargeRuleAdmin,
        EvaluationQuestionAdmin,
    )

    def get_submenu_items(self):
        return [*super().get_submenu_items(), ReportsItem(order=len(self.items) + 1)]


class ReportsItem(MenuItem):
    """The way to the reports, for those who may see them."""

    def __init__(self, order: int):
        super().__init__("Reports", reverse("training_reports"), icon_name="list-ul", order=order)

    def is_shown(self, request):
        return request.user.has_perm("training.view_reports")
