"""Certificates in the admin: their list, and the page of each."""

from django.contrib.admin import SimpleListFilter
from wagtail_modeladmin.views import InspectView

from dscp_cms.admin import FactAdmin, ReadOnlyPermissionHelper
from training import certificates
from training.models import Booking, Certificate
from training.session_admin import OpenButton


class CertificatePermissionHelper(ReadOnlyPermissionHelper):
    """Certificates are never changed, but replaced; reading them is a right of its own."""

    def user_can_list(self, user):
        return self.user_has_specific_permission(user, "view_certificate")

    def user_can_inspect_obj(self, user, obj):
        return self.user_can_list(user)


class StateFilter(SimpleListFilter):
    """In force, waiting, replaced or revoked."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [
            ("current", "In force"),
            ("waiting", "Not given yet"),
            ("replaced", "Replaced"),
            ("revoked", "Revoked"),
            ("doubtful", "Attendance taken back"),
        ]

    def queryset(self, request, queryset):
        if self.value() == "current":
            return queryset.current().released()
        if self.value() == "waiting":
            return queryset.unreleased()
        if self.value() == "replaced":
            return queryset.exclude(replaced_at=None)
        if self.value() == "revoked":
            return queryset.exclude(revoked_at=None)
        if self.value() == "doubtful":
            attended = Booking.Outcome.ATTENDED
            return queryset.current().exclude(booking=None).exclude(booking__outcome=attended)
        return queryset


class OneCertificate(InspectView):
    """A certificate, and what can be done."""

    page_title = "Certificate"

    def get_meta_title(self):
        return self.instance.code

    def get_context_data(self, **kwargs):
        found, user = self.instance, self.request.user
        current = not found.replaced_at and not found.revoked_at
        return super().get_context_data(
            state=state_in_words(found),
            dates=certificates.dates_of(found),
            hours=certificates.hours_in_words(found.minutes),
            doubtful=current and found.booking is not None and found.booking.outcome != Booking.Outcome.ATTENDED,
            earlier=Certificate.objects.filter(replaced_by=found).first(),
            may_change=user.has_perm("training.change_certificate"),
            may_see_booking=found.booking_id and user.has_perm("training.view_booking"),
            may_correct=not found.replaced_at,
            may_revoke=current,
            may_give=current and not found.released_at and found.booking_id,
            **kwargs,
        )


def state_in_words(certificate: Certificate) -> str:
    """What the list says."""
    if certificate.replaced_at:
        return "Replaced"
    if certificate.revoked_at:
        return "Revoked"
    return "In force" if certificate.released_at else "Not given yet"


class CertificateAdmin(FactAdmin):
    """Every certificate."""

    model = Certificate
    menu_label = "Certificates"
    menu_icon = "doc-full"
    list_display = ("name", "course_title", "ended", "code", "state")
    list_filter = (StateFilter, "ended_on")
    list_export = ("code", "name", "course_title", "level", "ended_on", "minutes", "facilitator", "issued_at", "state")
    search_fields = ("code", "name", "course_title")
    permission_helper_class = CertificatePermissionHelper
    button_helper_class = OpenButton
    inspect_view_class = OneCertificate
    inspect_template_name = "training/admin/certificate.html"

    def ended(self, obj):
        """The last day attended."""
        return f"{obj.ended_on:%d/%m/%Y}"

    ended.short_description = "attended until"
    ended.admin_order_field = "ended_on"

    def state(self, obj):
        """Whether it is in force."""
        return state_in_words(obj)
