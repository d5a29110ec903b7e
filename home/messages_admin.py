"""Messages from the contact page, in the admin."""

from django.contrib import messages
from django.contrib.admin import SimpleListFilter
from django.core.exceptions import PermissionDenied
from django.db.models import Case, Value, When
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_POST
from wagtail_modeladmin.helpers import ButtonHelper
from wagtail_modeladmin.views import InspectView

from dscp_cms.admin import FactAdmin, ReadOnlyPermissionHelper
from home.models import ContactMessage


class MessagePermissionHelper(ReadOnlyPermissionHelper):
    """Reading is a right of its own; marking as dealt with is another."""

    def user_can_list(self, user):
        return self.user_has_specific_permission(user, "view_contactmessage")

    def user_can_inspect_obj(self, user, obj):
        return self.user_can_list(user)

    def user_can_export(self, user):
        return self.user_can_list(user) and super().user_can_export(user)

    def user_can_deal_with(self, user) -> bool:
        """Whether the user may mark messages as dealt with."""
        return self.user_can_list(user) and self.user_has_specific_permission(user, "change_contactmessage")


class MessageButtons(ButtonHelper):
    """One button: to read it."""

    def inspect_button(self, pk, classnames_add=None, classnames_exclude=None):
        button = super().inspect_button(pk, classnames_add, classnames_exclude)
        return {**button, "label": "Read", "title": "Read this message"}


class MessageView(InspectView):
    """One message as questions and answers."""

    def get_meta_title(self):
        return str(self.instance)

    def get_page_title(self):
        return "Message"

    def get_context_data(self, **kwargs):
        may = self.permission_helper.user_can_deal_with(self.request.user)
        waiting = self.instance.handled_at is None
        return super().get_context_data(
            answers=answers(self.instance), waiting=waiting, may_deal_with=may and waiting, **kwargs
        )


class StateFilter(SimpleListFilter):
    """What somebody has to do something about."""

    title = "what is to be done"
    parameter_name = "todo"

    def lookups(self, request, model_admin):
        return [("waiting", "Waiting"), ("urgent", "Urgent, and waiting"), ("done", "Dealt with")]

    def queryset(self, request, queryset):
        if self.value() == "done":
            return queryset.exclude(handled_at=None)
        if self.value() in {"waiting", "urgent"}:
            waiting = queryset.waiting()
            return waiting.filter(urgent=True) if self.value() == "urgent" else waiting
        return queryset


class ContactMessageAdmin(FactAdmin):
    """Messages from the contact page, those that wait first, and the urgent ones before the others."""

    model = ContactMessage
    menu_label = "Messages"
    menu_icon = "mail"
    menu_order = 180
    list_display = ("received", "state", "page")
    list_filter = (StateFilter, "submit_time")
    list_export = ("submit_time", "urgent", "handled_at", "answers")
    list_select_related = ("page",)
    ordering = ("-waiting", "-urgent", "-submit_time")
    permission_helper_class = MessagePermissionHelper
    button_helper_class = MessageButtons
    inspect_view_class = MessageView
    inspect_template_name = "home/admin/message.html"
    history_view_enabled = False

    def get_queryset(self, request):
        waiting = Case(When(handled_at=None, then=Value(1)), default=Value(0))
        return ContactMessage.objects.annotate(waiting=waiting).order_by(*self.ordering)

    def received(self, obj):
        """When it came."""
        return f"{timezone.localtime(obj.submit_time):%d/%m/%Y %H:%M}"

    received.admin_order_field = "submit_time"

    def state(self, obj):
        """Urgent, waiting, or dealt with and when."""
        if obj.handled_at:
            return f"Dealt with on {timezone.localtime(obj.handled_at):%d/%m/%Y}"
        urgent = format_html('<span class="dscp-urgent-word">{}</span>', "Urgent: read it now")
        return urgent if obj.urgent else "Waiting"

    def answers(self, obj):
        """For the export: every question with its answer."""
        return "\n".join(f"{question}: {answer}" for question, answer in answers(obj))

    def get_extra_attrs_for_row(self, obj, context):
        return {"class": "dscp-urgent"} if obj.urgent and not obj.handled_at else {}

    def get_admin_urls_for_registration(self):
        mark = path("messages/<int:pk>/dealt-with/", mark_dealt_with, name="contact_message_dealt_with")
        return (*super().get_admin_urls_for_registration(), mark)


def answers(message: ContactMessage) -> list[tuple[str, str]]:
    """The questions of the page with what was answered, then answers to questions that it no longer asks."""
    data = dict(message.form_data) if isinstance(message.form_data, dict) else {}
    pairs = []
    form = getattr(message.page.specific, "form_fields", None)
    for field in form.all() if form is not None else ():
        if field.clean_name in data:
            pairs.append((field.label, _words(data.pop(field.clean_name))))
    return pairs + [(name.replace("_", " ").capitalize(), _words(value)) for name, value in data.items()]


def _words(value) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "–" if value in (None, "") else str(value)


@require_POST
def mark_dealt_with(request, pk: int):
    """Write down that somebody dealt with a message; a second press changes nothing."""
    if not MessagePermissionHelper(ContactMessage).user_can_deal_with(request.user):
        raise PermissionDenied
    message = get_object_or_404(ContactMessage, pk=pk)
    if ContactMessage.objects.filter(pk=pk, handled_at=None).update(handled_at=timezone.now()):
        messages.success(request, f"{message} is marked as dealt with.")
    return redirect(reverse("home_contactmessage_modeladmin_index"))
