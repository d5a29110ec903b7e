"""Subscribers and mailing lists in the admin. Only Newsletter managers see addresses."""

from django.contrib.admin import SimpleListFilter
from django.db import models
from django.db.models import Count, OuterRef, Subquery
from django.urls import path, reverse
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.panels import FieldPanel, ObjectList
from wagtail_modeladmin.helpers import ButtonHelper
from wagtail_modeladmin.views import CreateView, DeleteView, EditView, InspectView

from dscp_cms.admin import FactAdmin, FactPermissionHelper
from dscp_cms.models import Agency, Suppression
from news import subscriber_admin_views as views
from news.issue_hooks import MENU_HOOK
from news.models import MailingList, Subscriber
from news.subscriber_forms import AddForm, ChangeForm
from news.subscriber_records import erase
from news.subscribers import RefusedError


class MailingListPermissionHelper(FactPermissionHelper):
    """A list that people are on, or that something was sent to, isn't deleted."""

    def user_can_delete_obj(self, user, obj):
        in_use = obj.memberships.exists() or obj.campaigns.exists()
        return super().user_can_delete_obj(user, obj) and not in_use


class MailingListAdmin(FactAdmin):
    """The lists that people can be on."""

    model = MailingList
    menu_label = "Mailing lists"
    menu_icon = "list-ul"
    list_display = ("name", "description", "on_form", "people")
    inspect_view_enabled = False
    permission_helper_class = MailingListPermissionHelper
    panels = [FieldPanel("name"), FieldPanel("description"), FieldPanel("public"), FieldPanel("order")]

    def get_queryset(self, request):
        on_it = models.Q(memberships__subscriber__status=Subscriber.Status.SUBSCRIBED)
        return MailingList.objects.annotate(number=Count("memberships", filter=on_it)).order_by("order", "name")

    def on_form(self, obj):
        """Whether readers may choose it. As words: Django's ticks are pictures of an app that isn't installed."""
        return "Yes" if obj.public else "No"

    on_form.short_description = "On the sign-up form"
    on_form.admin_order_field = "public"

    def people(self, obj):
        """How many get it."""
        return obj.number

    people.short_description = "Subscribed"


class ListFilter(SimpleListFilter):
    """By list."""

    title = "list"
    parameter_name = "list"

    def lookups(self, request, model_admin):
        return list(MailingList.objects.values_list("slug", "name"))

    def queryset(self, request, queryset):
        return queryset.filter(memberships__mailing_list__slug=self.value()) if self.value() else queryset


class AgencyFilter(SimpleListFilter):
    """By agency, of those that somebody is of."""

    title = "agency"
    parameter_name = "agency"

    def lookups(self, request, model_admin):
        return list(Agency.objects.filter(subscribers__isnull=False).distinct().values_list("pk", "name"))

    def queryset(self, request, queryset):
        return queryset.filter(agency=int(self.value())) if self.value() else queryset


class SubscriberPermissionHelper(FactPermissionHelper):
    """Seeing addresses is a right of its own, and needed for all the others."""

    def user_can_list(self, user):
        return self.user_has_specific_permission(user, "view_subscriber")

    def user_can_inspect_obj(self, user, obj):
        return self.user_can_list(user)

    def user_can_create(self, user):
        return self.user_can_list(user) and super().user_can_create(user)

    def user_can_edit_obj(self, user, obj):
        return self.user_can_list(user) and super().user_can_edit_obj(user, obj)

    def user_can_delete_obj(self, user, obj):
        return self.user_can_list(user) and super().user_can_delete_obj(user, obj)

    def user_can_export(self, user):
        return self.user_can_list(user) and super().user_can_export(user)


class SubscriberButtons(ButtonHelper):
    """Says what the buttons do here."""

    def inspect_button(self, pk, classnames_add=None, classnames_exclude=None):
        button = super().inspect_button(pk, classnames_add, classnames_exclude)
        return {**button, "label": "History", "title": "What they agreed to, and what was sent"}

    def delete_button(self, pk, classnames_add=None, classnames_exclude=None):
        button = super().delete_button(pk, classnames_add, classnames_exclude)
        return {**button, "label": "Erase", "title": "Erase what is held about them"}


class CalmFormMixin:
    """Shows a job's refusal above the form."""

    def form_valid(self, form):
        try:
            return super().form_valid(form)
        except RefusedError as refused:
            form.add_error(None, str(refused))
            return self.form_invalid(form)

    def get_page_subtitle(self):
        subscriber = getattr(self, "instance", None)
        return subscriber.email if subscriber and subscriber.pk else ""

    def get_success_message(self, instance):
        return f"{instance.email} is saved."


class AddView(CalmFormMixin, CreateView):
    """Adding somebody by hand."""

    page_title = "Add a subscriber"

    def get_edit_handler(self):
        names = ("email", "name", "agency", "agency_name", "lists", "how")
        return _form(AddForm, names)


class ChangeView(CalmFormMixin, EditView):
    """Changing details and lists."""

    page_title = "Change a subscriber"

    def get_edit_handler(self):
        return _form(ChangeForm, ("name", "agency", "agency_name", "lists", "topics"))


def _form(form_class, names):
    panels = [FieldPanel(name) for name in names]
    return ObjectList(panels, base_form_class=form_class).bind_to_model(Subscriber)


class EraseView(DeleteView):
    """Erasing, as somebody asked."""

    page_title = "Erase"

    def get_page_subtitle(self):
        return self.instance.email

    def confirmation_message(self):
        return (
            "Erase the address, the name and the choices of this person, and what was noted as sent to them? "
            "It can't be undone. The dates of what they agreed to stay, under a code that nobody can read, and no "
            "import or member of staff can add the address again; they can, themselves. To only stop e-mails, untick "
            "their lists instead."
        )

    def delete_instance(self):
        erase(self.instance, by=self.request.user)


class HistoryOfConsent(InspectView):
    """Everything about one person, and the history of their consent."""

    def get_page_title(self):
        return "Subscriber"

    def get_page_subtitle(self):
        return self.instance.email

    def get_context_data(self, **kwargs):
        stopped = Suppression.objects.filter(digest=self.instance.digest).first()
        return super().get_context_data(
            consents=self.instance.consents.select_related("by").order_by("-pk"),
            deliveries=self.instance.deliveries.select_related("campaign").order_by("-pk")[:100],
            lists=self.instance.lists.all(),
            stopped=stopped,
            **kwargs,
        )


class SubscriberAdmin(FactAdmin):
    """Who gets our e-mails."""

    model = Subscriber
    menu_label = "Subscribers"
    menu_icon = "group"
    list_display = ("email", "who", "state", "on_lists")
    list_filter = (ListFilter, "status", AgencyFilter)
    search_fields = ("email", "name", "agency_name", "agency__name")
    list_export = ("email", "name", "where", "state", "on_lists", "about", "created_at", "confirmed_at", "left_at")
    export_filename = "subscribers"
    permission_helper_class = SubscriberPermissionHelper
    button_helper_class = SubscriberButtons
    create_view_class = AddView
    edit_view_class = ChangeView
    delete_view_class = EraseView
    inspect_view_class = HistoryOfConsent
    index_template_name = "news/admin/subscribers/index.html"
    inspect_template_name = "news/admin/subscribers/subscriber.html"
    panels = [FieldPanel("name")]

    def get_queryset(self, request):
        stopped = Suppression.objects.filter(digest=OuterRef("digest")).values("reason")[:1]
        found = Subscriber.objects.select_related("agency").prefetch_related("lists", "topics")
        return found.annotate(stopped=Subquery(stopped)).order_by("-created_at", "-pk")

    def where(self, obj):
        """The agency."""
        return obj.agency.name if obj.agency else obj.agency_name

    where.short_description = "Agency"
    where.admin_order_field = "agency__name"

    def state(self, obj):
        """The status, and whether mail is stopped."""
        status = obj.get_status_display()
        if not obj.stopped:
            return status
        return f"{status}. Mail stopped: {Suppression.Reason(obj.stopped).label.lower()}"

    state.short_description = "Status"
    state.admin_order_field = "status"

    def on_lists(self, obj):
        """The lists."""
        return ", ".join(each.name for each in obj.lists.all())

    on_lists.short_description = "Lists"

    def about(self, obj):
        """The topics."""
        return ", ".join(topic.name for topic in obj.topics.all())

    about.short_description = "Topics"

    def who(self, obj):
        """Name and agency."""
        return ", ".join(filter(None, [obj.name, self.where(obj)]))

    who.short_description = "Name and agency"
    who.admin_order_field = "name"


class AdminItem(MenuItem):
    """A list in the newsletter's menu, for those who may see it."""

    def __init__(self, admin, order):
        self.admin = admin
        super().__init__(admin.menu_label, admin.url_helper.index_url, icon_name=admin.menu_icon, order=order)

    def is_shown(self, request):
        return self.admin.permission_helper.user_can_list(request.user)


def _register(admin_class, order):
    admin_class.add_to_admin_menu = False  # it stands in the newsletter's menu
    admin = admin_class()
    admin.register_with_wagtail()
    hooks.register(MENU_HOOK, lambda: AdminItem(admin, order))


_register(SubscriberAdmin, 60)
_register(MailingListAdmin, 70)


class ImportItem(MenuItem):
    """The upload, for those who may."""

    def is_shown(self, request):
        return request.user.has_perm("news.import_subscriber")


@hooks.register(MENU_HOOK)
def import_item():
    """Uploads a list."""
    return ImportItem("Import subscribers", reverse("news_imports"), icon_name="upload", order=65)


@hooks.register("register_admin_urls")
def import_urls():
    """The screens of the import."""
    return [
        path("subscribers/import/", views.Imports.as_view(), name="news_imports"),
        path("subscribers/import/<uuid:key>/", views.OneImport.as_view(), name="news_import"),
        path("subscribers/import/<uuid:key>/report/", views.report, name="news_import_report"),
    ]
