"""Venues and sessions in the admin: their lists, the form of a session, and its page with everybody in it."""

from django.contrib.admin import SimpleListFilter
from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone
from wagtail.admin.panels import FieldPanel, FieldRowPanel, ObjectList
from wagtail_modeladmin.helpers import ButtonHelper
from wagtail_modeladmin.views import CreateView, EditView, InspectView

from dscp_cms.admin import FactAdmin, FactPermissionHelper
from training import announcing, charging_policy, locking, needs, scheduling
from training.models import Attendance, Booking, CoursePage, TrainingSession, Venue
from training.session_form import panels
from training.standing import at_short_notice, standing

Status = TrainingSession.Status


class VenueAdmin(FactAdmin):
    """Where sessions are held."""

    model = Venue
    menu_label = "Venues"
    menu_icon = "site"
    list_display = ("name", "in_use")
    list_filter = ("active",)
    search_fields = ("name", "address")
    inspect_view_fields = ("name", "address", "access_notes", "map_url", "active")
    edit_handler = ObjectList(
        [FieldRowPanel([FieldPanel("name"), FieldPanel("active")]), FieldPanel("address"), FieldPanel("access_notes"),
         FieldPanel("map_url")]
    )  # fmt: skip

    def in_use(self, obj):
        """Yes or no."""
        return "Yes" if obj.active else "No"

    in_use.admin_order_field = "active"


class SessionPermissionHelper(FactPermissionHelper):
    """What is over or cancelled stays as it was, and what people have booked isn't deleted."""

    def user_can_edit_obj(self, user, obj):
        return obj.status in {Status.PLANNED, Status.OPEN} and super().user_can_edit_obj(user, obj)

    def user_can_delete_obj(self, user, obj):
        return super().user_can_delete_obj(user, obj) and not obj.bookings.exists()

    def user_can_inspect_obj(self, user, obj):
        return self.user_has_specific_permission(user, "view_trainingsession")


class OpenButton(ButtonHelper):
    """One button: to the page of the row, where everything else is."""

    def inspect_button(self, pk, classnames_add=None, classnames_exclude=None):
        button = super().inspect_button(pk, classnames_add, classnames_exclude)
        return {**button, "label": "Open", "title": f"Open this {self.verbose_name}"}

    def get_buttons_for_obj(self, obj, exclude=None, classnames_add=None, classnames_exclude=None):
        exclude = [*(exclude or []), "delete"]
        return super().get_buttons_for_obj(obj, exclude, classnames_add, classnames_exclude)


class WhenFilter(SimpleListFilter):
    """Sessions to come, unless others are asked for."""

    title = "when"
    parameter_name = "when"

    def lookups(self, request, model_admin):
        return [("past", "Past"), ("all", "All")]

    def choices(self, changelist):
        found = list(super().choices(changelist))
        return [{**found[0], "display": "To come"}, *found[1:]]

    def queryset(self, request, queryset):
        now = timezone.now()
        if self.value() == "past":
            return queryset.filter(ends_at__lte=now)
        if self.value() == "all":
            return queryset
        return queryset.exclude(ends_at__lte=now)


class NeedFilter(SimpleListFilter):
    """What the dashboard counts."""

    title = "needs a look"
    parameter_name = "need"

    def lookups(self, request, model_admin):
        return [
            ("soon", "In the next two weeks"),
            ("nearly_full", "Full, or three places left"),
            ("short", "Short of bookings"),
        ]

    def queryset(self, request, queryset):
        jobs = {"soon": "soon", "nearly_full": "nearly_full", "short": "short_of_bookings"}
        return getattr(queryset, jobs[self.value()])() if self.value() in jobs else queryset


class CourseFilter(SimpleListFilter):
    """Of one course."""

    title = "course"
    parameter_name = "course"
    field = "course"

    def lookups(self, request, model_admin):
        found = CoursePage.objects.filter(pk__in=TrainingSession.objects.values("course")).order_by("title")
        return [(str(key), title) for key, title in found.values_list("pk", "title")]

    def queryset(self, request, queryset):
        known = self.value() in {key for key, _title in self.lookup_choices}
        return queryset.filter(**{self.field: self.value()}) if known else queryset


class LockedEdit:
    """Saves a session while it is locked, so that nobody books what is being changed; then tells people."""

    def post(self, request, *args, **kwargs):
        with transaction.atomic():
            self.instance = locking.lock_session(self.instance.pk)
            self.before = announcing.snapshot(self.instance)
            self.staff_before = set(self.instance.staff.values_list("pk", flat=True))
            self.edit_handler = self.get_edit_handler()  # whether people have booked is known for sure only now
            return super().post(request, *args, **kwargs)

    def form_valid(self, form):
        response = super().form_valid(form)
        needs.write_down(self.instance, self.request.user, self.staff_before)
        announcing.announce(self.instance, self.before, by=self.request.user)
        scheduling.resize(self.instance.pk, self.instance.capacity)  # offers what was added
        return response


class NewSession(CreateView):
    """A new session."""

    def get_edit_handler(self):
        return panels(booked=False).bind_to_model(TrainingSession)

    def form_valid(self, form):
        response = super().form_valid(form)
        if not self.instance.staff.exists():
            self.instance.staff.add(self.request.user)
        needs.write_down(self.instance, self.request.user, set())
        return response

    def get_success_url(self):
        return self.url_helper.get_action_url("inspect", self.instance.pk)

    def get_success_message_buttons(self, instance):
        return []

    def get_success_message(self, instance):
        return f"{TrainingSession.objects.get(pk=instance.pk)} is planned."


class ChangeSession(LockedEdit, EditView):
    """An existing one."""

    def get_edit_handler(self):
        booked = self.instance.bookings.active().exists()
        return panels(booked=booked).bind_to_model(TrainingSession)

    get_success_url = NewSession.get_success_url
    get_success_message_buttons = NewSession.get_success_message_buttons

    def get_success_message(self, instance):
        return "The session is saved."


class OneSession(InspectView):
    """A session with everybody in it, and what can be done."""

    page_title = "Session"

    def get_meta_title(self):
        return str(self.instance)

    def get_context_data(self, **kwargs):
        session = self.instance
        people = list(session.bookings.select_related("agency").order_by("name", "pk"))
        user = self.request.user
        groups = [
            ("With a place", [each for each in people if each.status in Booking.TAKING]),
            ("Waiting, in line", sorted(_with(people, "waiting"), key=lambda each: (each.waiting_since, each.pk))),
            ("Waiting for your approval", _with(people, "approval")),
            ("Cancelled", _with(people, "cancelled")),
        ]
        return super().get_context_data(
            groups=[(words, found) for words, found in groups if found],
            days=session.days.select_related("venue", "session__venue"),
            registers=_registers(session),
            having=sum(each.status == Booking.Status.CONFIRMED for each in people),
            standing=standing(session),
            at_short_notice=at_short_notice(session),
            running=session.status in {Status.PLANNED, Status.OPEN},
            over=session.ends_at is not None and session.ends_at <= timezone.now(),
            may_change=user.has_perm("training.change_trainingsession"),
            may_see=user.has_perm("training.view_booking"),
            may_book=user.has_perm("training.change_booking"),
            staff=session.staff.order_by("last_name", "first_name", "pk"),
            stated=needs.stated(session),
            may_see_needs=needs.may_see(user, session),
            may_join=needs.may_join(user, session),
            policy=charging_policy.current(),
            **kwargs,
        )


def _registers(session: TrainingSession) -> list:
    """Its days with how many are marked; none while nobody can come."""
    if session.status not in {Status.OPEN, Status.DONE} or session.external_url:
        return []
    there = Count("attendances", filter=Q(attendances__mark__in=Attendance.THERE))
    return list(session.days.annotate(marked=Count("attendances"), there=there).order_by("starts_at", "pk"))


def _with(people: list[Booking], status: str) -> list[Booking]:
    return [each for each in people if each.status == status]


class SessionAdmin(FactAdmin):
    """Every session, those to come first."""

    model = TrainingSession
    menu_label = "Sessions"
    menu_icon = "date"
    list_display = ("when", "course", "how_it_stands", "places_taken", "waiting")
    list_filter = (WhenFilter, NeedFilter, "status", "delivery_method", CourseFilter)
    list_export = ("when", "course", "status", "delivery_method", "venue", "capacity", "taken", "waiting")
    list_select_related = ("course", "venue")
    search_fields = ("course__title", "venue__name", "facilitator")
    ordering = ("starts_at", "pk")
    permission_helper_class = SessionPermissionHelper
    button_helper_class = OpenButton
    create_view_class = NewSession
    edit_view_class = ChangeSession
    inspect_view_class = OneSession
    inspect_template_name = "training/admin/session.html"

    def get_queryset(self, request):
        in_line = Count("bookings", filter=Q(bookings__status=Booking.Status.WAITING))
        return super().get_queryset(request).annotate(in_line=in_line)

    def when(self, obj):
        """Its first day."""
        return f"{timezone.localtime(obj.starts_at):%d/%m/%Y %H:%M}" if obj.starts_at else "No day yet"

    when.admin_order_field = "starts_at"

    def how_it_stands(self, obj):
        """As readers see it."""
        return "Planned" if obj.status == Status.PLANNED else standing(obj).label

    how_it_stands.short_description = "state"

    def places_taken(self, obj):
        """12 of 20."""
        return f"{obj.taken} of {obj.places}"

    places_taken.admin_order_field = "taken"

    def waiting(self, obj):
        """How many are in line."""
        return obj.in_line

    waiting.admin_order_field = "in_line"
