"""Partners in the admin: who is invited, for which agency, and whose access ended."""

from django import forms
from django.contrib import messages
from django.contrib.admin import SimpleListFilter
from django.core.exceptions import PermissionDenied, ValidationError
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_POST
from wagtail.admin.forms.models import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, ObjectList
from wagtail_modeladmin.helpers import ButtonHelper
from wagtail_modeladmin.views import CreateView, EditView, InspectView

from dscp_cms.accounts import partners
from dscp_cms.admin import FactAdmin, KeepingPermissionHelper
from dscp_cms.models import Agency, PartnerProfile

LIST = "dscp_cms_partnerprofile_modeladmin_index"


class InvitationForm(WagtailAdminModelForm):
    """Whom to invite, for which agency."""

    email = forms.EmailField(label="E-mail address", help_text="The person signs in with it; a code is sent to it.")
    first_name = forms.CharField(max_length=150, required=False)
    last_name = forms.CharField(max_length=150, required=False)
    agency = forms.ModelChoiceField(Agency.objects.filter(active=True))

    class Meta:
        model = PartnerProfile
        fields = ["email", "first_name", "last_name", "agency"]

    def clean(self):
        cleaned = super().clean()
        if not self.errors:
            names = ("email", "first_name", "last_name", "agency")
            try:
                self.instance = partners.invite(by=self.for_user, **{name: cleaned[name] for name in names})
            except ValidationError as error:
                self.add_error(None, error)
        return cleaned

    def save(self, commit=True):
        return self.instance  # invited in clean(), so that what stands in the way is said beside the field


class ChangePartnerForm(WagtailAdminModelForm):
    """The agency that somebody is of, after a change of job."""

    class Meta:
        model = PartnerProfile
        fields = ["agency"]

    def save(self, commit=True):
        partners.move(self.instance, self.cleaned_data["agency"])
        return self.instance


class InviteView(CreateView):
    """Invite a partner."""

    page_title = "Invite"

    def get_edit_handler(self):
        panels = [FieldPanel(name) for name in InvitationForm.Meta.fields]
        return ObjectList(panels, base_form_class=InvitationForm).bind_to_model(PartnerProfile)

    def get_success_message(self, instance):
        return f"{instance} is invited for {instance.agency}. The invitation is on its way."


class ChangeView(EditView):
    """Another agency for a partner."""

    def get_edit_handler(self):
        return ObjectList([FieldPanel("agency")], base_form_class=ChangePartnerForm).bind_to_model(PartnerProfile)


class PartnerView(InspectView):
    """One partner, with the ways to send the invitation again and to end the access."""

    def get_context_data(self, **kwargs):
        may = self.permission_helper.user_can_edit_obj(self.request.user, self.instance)
        return super().get_context_data(may_change=may, **kwargs)


class StateFilter(SimpleListFilter):
    """Whose access stands."""

    title = "access"
    parameter_name = "access"

    def lookups(self, request, model_admin):
        return [("current", "May sign in"), ("ended", "Ended")]

    def queryset(self, request, queryset):
        if self.value() == "current":
            return queryset.current()
        if self.value() == "ended":
            return queryset.exclude(pk__in=PartnerProfile.objects.current().values("pk"))
        return queryset


class AgencyFilter(SimpleListFilter):
    """Partners of one agency."""

    title = "agency"
    parameter_name = "agency"

    def lookups(self, request, model_admin):
        return Agency.objects.exclude(partners=None).values_list("pk", "name").distinct()

    def queryset(self, request, queryset):
        key = self.value() or ""
        return queryset.filter(agency_id=key) if key.isascii() and key.isdigit() else queryset


class PartnerButtons(ButtonHelper):
    """“Invite” says what happens better than “Add”."""

    def add_button(self, classnames_add=None, classnames_exclude=None):
        return {**super().add_button(classnames_add, classnames_exclude), "label": "Invite a partner"}


class PartnerAdmin(FactAdmin):
    """Partners of all agencies."""

    model = PartnerProfile
    menu_label = "Partners"
    menu_icon = "group"
    menu_order = 195
    list_display = ("__str__", "address", "agency", "state", "last_here")
    list_filter = (StateFilter, AgencyFilter)
    list_select_related = ("user", "agency")
    search_fields = ("user__first_name", "user__last_name", "user__email", "agency__name")
    inspect_view_fields = ("user", "agency", "invited_by", "invited_at", "sent_at", "ended_at", "ended_by")
    permission_helper_class = KeepingPermissionHelper
    button_helper_class = PartnerButtons
    create_view_class = InviteView
    edit_view_class = ChangeView
    inspect_view_class = PartnerView
    create_template_name = "home/admin/partner_invite.html"
    inspect_template_name = "home/admin/partner.html"
    history_view_enabled = False

    def address(self, obj):
        """The e-mail address."""
        return obj.user.email

    address.short_description = "E-mail address"

    def state(self, obj):
        """Whether they may sign in."""
        if obj.ended_at:
            return f"Ended on {timezone.localtime(obj.ended_at):%d/%m/%Y}"
        if not obj.user.is_active:
            return "Account closed"
        return "May sign in" if obj.agency.active else "The agency left"

    def last_here(self, obj):
        """When they last signed in."""
        return f"{timezone.localtime(obj.user.last_login):%d/%m/%Y}" if obj.user.last_login else "Never"

    last_here.short_description = "Last signed in"

    def get_admin_urls_for_registration(self):
        return (
            *super().get_admin_urls_for_registration(),
            path("partners/<int:pk>/invite-again/", invite_again, name="invite_partner_again"),
            path("partners/<int:pk>/end/", end, name="end_partner_access"),
        )


def _partner(request, pk: int) -> PartnerProfile:
    if not KeepingPermissionHelper(PartnerProfile).user_has_specific_permission(request.user, "change_partnerprofile"):
        raise PermissionDenied
    return get_object_or_404(PartnerProfile.objects.select_related("user", "agency"), pk=pk)


@require_POST
def invite_again(request, pk: int):
    """Send the invitation once more; whose access ended gets it back."""
    profile = _partner(request, pk)
    if profile.ended_at is None:
        partners.send_invitation(profile)
    else:
        user = profile.user
        try:
            partners.invite(
                email=user.email,
                first_name=user.first_name,
                last_name=user.last_name,
                agency=profile.agency,
                by=request.user,
            )
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return redirect(LIST)
    messages.success(request, f"The invitation to {profile} is on its way.")
    return redirect(LIST)


@require_POST
def end(request, pk: int):
    """End somebody's access at once."""
    profile = _partner(request, pk)
    if partners.end_access(profile, request.user):
        messages.success(request, f"{profile} may no longer sign in, and is signed out everywhere.")
    return redirect(LIST)
