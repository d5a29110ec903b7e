"""What the foundations add to Wagtail's admin: protected pages, snippets, the end of consent, its look."""

from django import forms
from django.contrib import messages
from django.contrib.admin import SimpleListFilter
from django.contrib.auth.models import Permission
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import path
from django.utils import timezone
from django.utils.html import format_html
from wagtail import hooks
from wagtail.admin.forms.models import WagtailAdminModelForm
from wagtail.admin.menu import MenuItem
from wagtail.admin.panels import FieldPanel, ObjectList
from wagtail.models import Page
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet, SnippetViewSetGroup
from wagtail_modeladmin.options import ModelAdminGroup, modeladmin_register

from dscp_cms import approval_views, check_views, consent_views, link_views, protection  # noqa: F401 - two register themselves
from dscp_cms.admin import AddOnlyPermissionHelper, FactAdmin, ReadOnlyPermissionHelper
from dscp_cms.link_handler import LivePageLinkHandler
from dscp_cms.mail import HELD_AFTER
from dscp_cms.models import Agency, Audience, GlossaryTerm, OutgoingMail, SiteAlert, Suppression, Topic
from dscp_cms.suppression import suppress


@hooks.register("before_delete_page")
def keep_pages_with_facts(request, page):
    """A page that facts refer to isn't deleted."""
    return protection.stop(request, [page], "deleted")


@hooks.register("before_unpublish_page")
def keep_pages_with_facts_live(request, page):
    """Nor unpublished."""
    pages = page.get_descendants(inclusive=True).live() if request.POST.get("include_descendants") else [page]
    return protection.stop(request, pages, "unpublished")


@hooks.register("before_delete_snippet")
def keep_snippets_with_facts(request, instances):
    """Nor a topic, an audience or an agency."""
    return protection.stop(request, instances, "deleted")


@hooks.register("before_delete_user")
def keep_users_with_facts(request, user):
    """Nor an account."""
    return protection.stop(request, [user], "deleted")


@hooks.register("before_bulk_action")
def keep_what_facts_need_in_bulk(request, action_type, objects, action):
    """Nor any of many. Publishing pages in bulk also needs consent for every picture."""
    if not objects:
        return None
    if action_type == "delete":
        return protection.stop(request, objects, "deleted")
    if not isinstance(objects[0], Page):
        return None
    below = bool(request.POST.get("include_descendants"))
    if action_type == "unpublish":
        return protection.stop(request, _with_those_below(objects) if below else objects, "unpublished")
    if action_type == "publish":
        return consent_views.stop_publishing(request, _with_those_below(objects) if below else objects)
    return None


@protection.before("wagtail_bulk_action")
def refuse_odd_choices(request, **kwargs):
    """Wagtail answers a key that is no number with an error of the server."""
    keys = [*request.GET.getlist("id"), request.GET.get("childOf") or "0"]
    if all(key == "all" or (key.isascii() and key.isdigit() and len(key) < 10) for key in keys):
        return None
    messages.error(request, "That address doesn't say what was chosen. Go back to the list and choose again.")
    return redirect("wagtailadmin_home")


def _with_those_below(pages):
    return {page.pk: page for parent in pages for page in parent.get_descendants(inclusive=True)}.values()


@hooks.register("register_log_actions")
def name_log_actions(actions):
    """What the history of a page says of the clock's work."""
    actions.register_action(
        "dscp_cms.keep_published", "Keep published", "Kept published after its end date, because records refer to it"
    )


@hooks.register("register_rich_text_features", order=100)
def link_to_live_pages_only(features):
    """Our own handling of links to pages in place of Wagtail's."""
    features.register_link_type(LivePageLinkHandler)


class TopicViewSet(SnippetViewSet):
    """What pages are about."""

    model = Topic
    icon = "tag"
    list_display = ["name", "description"]


class AudienceViewSet(SnippetViewSet):
    """Whom pages are for."""

    model = Audience
    icon = "group"
    list_display = ["name", "order"]


class AgencyViewSet(SnippetViewSet):
    """Who our partners are."""

    model = Agency
    icon = "site"
    list_display = ["name", "kind", "active"]
    list_filter = ["kind", "active"]


class GlossaryViewSet(SnippetViewSet):
    """Words of the field, explained."""

    model = GlossaryTerm
    icon = "openquote"
    list_display = ["term", "stands_for"]


class WordsGroup(SnippetViewSetGroup):
    """The lists that editors keep."""

    items = (TopicViewSet, AudienceViewSet, AgencyViewSet, GlossaryViewSet)
    menu_label = "Topics and lists"
    menu_icon = "tag"
    menu_order = 400


class SiteAlertViewSet(SnippetViewSet):
    """The alert banner."""

    model = SiteAlert
    icon = "warning"
    menu_label = "Alert banner"
    menu_order = 170
    add_to_admin_menu = True
    list_display = ["title", "level", "live", "go_live_at", "expire_at"]


register_snippet(WordsGroup)
register_snippet(SiteAlertViewSet)


class DeliveryFilter(SimpleListFilter):
    """What staff should look at."""

    title = "delivery"
    parameter_name = "delivery"

    def lookups(self, request, model_admin):
        return [("undelivered", "Not delivered, or not known to be"), ("held", "Held: more than six hours late")]

    def queryset(self, request, queryset):
        if self.value() == "undelivered":
            return queryset.undelivered()
        if self.value() == "held":
            return queryset.due().filter(not_before__lte=timezone.now() - HELD_AFTER)
        return queryset


class OutgoingMailPermissionHelper(ReadOnlyPermissionHelper):
    """Whose address it is may be seen by fewer people than what became of the message."""

    def user_can_see_recipients(self, user) -> bool:
        """Whether the user may read the addresses and subjects, which name people."""
        return user.has_perm("dscp_cms.see_recipients")

    def user_can_inspect_obj(self, user, obj):
        return super().user_can_inspect_obj(user, obj) and self.user_can_see_recipients(user)


class OutgoingMailAdmin(FactAdmin):
    """Messages that the site sent to single people. Their words aren't shown: they may hold personal links."""

    model = OutgoingMail
    menu_label = "E-mails sent"
    menu_icon = "mail"
    list_display = ("written", "kind", "to", "status")
    list_filter = (DeliveryFilter, "status")
    search_fields = ("to", "subject")
    inspect_view_fields = (
        *("created_at", "kind", "to", "subject", "status", "attempts", "error", "not_before", "sent_at"),
    )
    permission_helper_class = OutgoingMailPermissionHelper
    history_view_enabled = False

    def get_list_display(self, request):
        seen = self.permission_helper.user_can_see_recipients(request.user)
        return [column for column in self.list_display if seen or column != "to"]

    def get_search_fields(self, request):
        return self.search_fields if self.permission_helper.user_can_see_recipients(request.user) else ()

    def written(self, obj):
        """When the site wrote it."""
        return f"{timezone.localtime(obj.created_at):%d/%m/%Y %H:%M}"

    written.admin_order_field = "created_at"


class SuppressionForm(WagtailAdminModelForm):
    """An address goes onto the list through the job, which keeps its rules."""

    email = forms.EmailField(label="E-mail address", help_text="No newsletter is sent to it any more.")

    def save(self, commit=True):
        data = self.cleaned_data
        self.instance = suppress(data["email"], data["reason"], data["note"])
        return self.instance


class SuppressionAdmin(FactAdmin):
    """Addresses that must not be written to."""

    model = Suppression
    menu_label = "Do not write to"
    menu_icon = "cross"
    list_display = ("__str__", "email", "note")
    list_filter = ("reason",)
    search_fields = ("email", "note")
    permission_helper_class = AddOnlyPermissionHelper
    history_view_enabled = False
    inspect_view_fields = ("email", "reason", "note", "created_at")

    def get_edit_handler(self):
        panels = [
            FieldPanel("email"),
            FieldPanel("reason", help_text="Why nothing is sent there any more."),
            FieldPanel("note"),
        ]
        return ObjectList(panels, base_form_class=SuppressionForm).bind_to_model(self.model)


class MailGroup(ModelAdminGroup):
    """Mail to single people."""

    menu_label = "E-mail"
    menu_icon = "mail"
    menu_order = 190
    items = (OutgoingMailAdmin, SuppressionAdmin)


modeladmin_register(MailGroup)


@hooks.register("register_admin_urls")
def register_consent_urls():
    """The page that ends consent to a picture."""
    return [path("pictures/<int:pk>/end-consent/", consent_views.end_consent, name="end_consent")]


@hooks.register("register_permissions")
def offer_rights_of_our_own():
    """Rights that no list of Wagtail's shows, for groups that administrators make."""
    return Permission.objects.filter(content_type__app_label="dscp_cms", codename="end_consent")


@hooks.register("insert_global_admin_css")
def admin_css():
    """The partnership's colours in the admin."""
    return format_html('<link rel="stylesheet" href="{}">', static("css/admin.css"))


@hooks.register("construct_main_menu")
def whole_address_of_the_site(request, menu_items):
    """A bare “/” would be marked as the present place on every screen."""
    for item in menu_items:
        if item.name == "view-site":
            item.url = request.build_absolute_uri("/")


@hooks.register("register_admin_menu_item")
def view_site():
    """A way to the public site."""
    return MenuItem("View the site", "/", icon_name="view", order=1200, name="view-site", attrs={"target": "_blank"})
