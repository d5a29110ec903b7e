"""What agencies sent in, in the admin: the queue, and the buttons to accept and decline."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Case, Value, When
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_POST
from wagtail import hooks
from wagtail.log_actions import LogFormatter
from wagtail_modeladmin.helpers import ButtonHelper
from wagtail_modeladmin.views import InspectView

from dscp_cms.admin import FactAdmin, ReadOnlyPermissionHelper
from home import contributions
from home.contribution_forms import DeclineForm
from home.models import Contribution

INDEX, INSPECT = "home_contribution_modeladmin_index", "home_contribution_modeladmin_inspect"


class ContributionPermissionHelper(ReadOnlyPermissionHelper):
    """Seeing the queue is one right, deciding another."""

    def user_can_list(self, user):
        return self.user_has_specific_permission(user, "view_contribution")

    def user_can_inspect_obj(self, user, obj):
        return self.user_can_list(user)

    def user_can_decide(self, user) -> bool:
        """Whether the user may accept and decline."""
        return self.user_can_list(user) and self.user_has_specific_permission(user, "change_contribution")


class ContributionButtons(ButtonHelper):
    """One button: to look at it."""

    def inspect_button(self, pk, classnames_add=None, classnames_exclude=None):
        button = super().inspect_button(pk, classnames_add, classnames_exclude)
        return {**button, "label": "Look at it", "title": "Look at what was sent in"}


class ContributionView(InspectView):
    """One contribution, who sent it, and what can be done."""

    def get_page_title(self):
        return "Sent in"

    def get_meta_title(self):
        return f"Sent in: {self.instance}"

    def get_context_data(self, **kwargs):
        may = self.permission_helper.user_can_decide(self.request.user)
        waiting = self.instance.status == Contribution.Status.WAITING
        return super().get_context_data(may_decide=may and waiting, waiting=waiting, **kwargs)


class ContributionAdmin(FactAdmin):
    """What was sent in, what waits first, the newest on top."""

    model = Contribution
    menu_label = "Sent in"
    menu_icon = "download"
    menu_order = 175
    list_display = ("title", "source", "state")
    list_filter = ("status", "kind")
    ordering = ("decided", "-received_at", "-pk")
    search_fields = ("title", "agency")
    permission_helper_class = ContributionPermissionHelper
    button_helper_class = ContributionButtons
    inspect_view_class = ContributionView
    inspect_template_name = "home/admin/contribution.html"
    history_view_enabled = False

    def get_queryset(self, request):
        waiting = Case(When(status=Contribution.Status.WAITING, then=Value(0)), default=Value(1))
        return Contribution.objects.annotate(decided=waiting).order_by(*self.ordering)

    def source(self, obj):
        """What it is, and from whom."""
        return f"{obj.get_kind_display()} from {obj.agency}"

    source.admin_order_field = "agency"

    def state(self, obj):
        """Waiting, or what became of it and when."""
        if obj.status == Contribution.Status.WAITING:
            return format_html("<strong>{}</strong>", f"Waiting since {timezone.localtime(obj.received_at):%d/%m/%Y}")
        return f"{obj.get_status_display()} on {timezone.localtime(obj.decided_at):%d/%m/%Y}"

    def get_admin_urls_for_registration(self):
        own = (
            path("contributions/<int:pk>/accept/", accept, name="contribution_accept"),
            path("contributions/<int:pk>/decline/", decline, name="contribution_decline"),
        )
        return (*super().get_admin_urls_for_registration(), *own)


def _contribution(request, pk: int) -> Contribution:
    if not ContributionPermissionHelper(Contribution).user_can_decide(request.user):
        raise PermissionDenied
    return get_object_or_404(Contribution.objects.select_related("page", "document"), pk=pk)


@require_POST
def accept(request, pk: int):
    """Take it on, and go to its draft in the editor, where it is finished and published as any page."""
    contribution = _contribution(request, pk)
    if not contributions.accept(contribution, request.user):
        messages.info(request, "Somebody has decided on it already.")
        return redirect(INSPECT, pk)
    if contribution.page_id is None:
        messages.warning(request, "It is accepted, but its draft was deleted.")
        return redirect(INSPECT, pk)
    messages.success(request, "It is accepted. Check the draft, change what you like, and publish it.")
    return redirect("wagtailadmin_pages:edit", contribution.page_id)


def decline(request, pk: int):
    """Ask for the words that the sender is told; a POST declines."""
    contribution = _contribution(request, pk)
    form = DeclineForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            new = contributions.decline(contribution, request.user, form.cleaned_data["words"])
        except ValidationError as error:
            form.add_error(None, error)
        else:
            said = "It is declined, its draft is deleted, and the sender is told." if new else "It was decided already."
            messages.success(request, said)
            return redirect(INDEX)
    context = {"contribution": contribution, "form": form}
    return TemplateResponse(request, "home/admin/contribution_decline.html", context)


@hooks.register("before_edit_page")
def say_where_it_came_from(request, page):
    """The source stands above the editor of a draft that was sent in."""
    if request.method != "GET" or page.live or page.owner_id:
        return
    contribution = Contribution.objects.filter(page_id=page.pk).first()
    if contribution is None or not ContributionPermissionHelper(Contribution).user_can_list(request.user):
        return
    address = reverse(INSPECT, args=[contribution.pk])
    words = "Sent in by {}. <a href='{}'>Who sent it, and its file</a>"
    messages.info(request, format_html(words, contribution.agency, address))


@hooks.register("register_log_actions")
def contribution_log_actions(actions):
    """The source stands in the page's history."""

    @actions.register_action("home.contributed")
    class Contributed(LogFormatter):
        label = "Sent in"

        def format_message(self, entry):
            return f"Sent in by {entry.data.get('agency', 'an agency')}"
