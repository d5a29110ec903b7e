"""What the training team's screens have in common: a right, a form, a job, and a sentence about what was done."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from training.admin_forms import NothingForm
from training.people import Refused


def session_address(session) -> str:
    """The page of a session in the admin."""
    return reverse("training_trainingsession_modeladmin_inspect", args=[session.pk])


def booking_address(booking) -> str:
    """The page of a booking in the admin."""
    return reverse("training_booking_modeladmin_inspect", args=[booking.pk])


@method_decorator(never_cache, name="dispatch")
class Screen(WagtailAdminTemplateMixin):
    """A screen for those who hold a right."""

    right = "training.change_trainingsession"
    header_icon = "date"

    def dispatch(self, request, *args, **kwargs):
        if not request.user.has_perm(self.right):
            raise PermissionDenied
        self.find(**kwargs)
        return super().dispatch(request, *args, **kwargs)

    def find(self, pk: int) -> None:
        """Look up what the screen is about. Raises Http404."""

    def back(self) -> str:
        """Where the person came from."""
        raise NotImplementedError

    def get_breadcrumbs_items(self):
        top = {"url": reverse("training_trainingsession_modeladmin_index"), "label": "Sessions"}
        here = {"url": self.back(), "label": self.about()}
        return [*super().get_breadcrumbs_items(), top, here, {"url": "", "label": self.page_title}]

    def about(self) -> str:
        """What the screen is about, in a few words."""
        raise NotImplementedError


@method_decorator(sensitive_post_parameters(), name="dispatch")
class JobScreen(Screen, FormView):
    """A form whose button does one job. A job that is refused says so where the form has room for it."""

    template_name = "training/admin/form.html"
    form_class = NothingForm
    submit = "Go on"
    serious = False  # the button is red
    lead = ""

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        shared = {"submit": self.submit, "serious": self.serious, "lead": self.lead, "back": self.back()}
        return {**context, **shared, "about": self.about(), "media": context["form"].media}

    def form_valid(self, form):
        try:
            done = self.job(form)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
            return self.form_invalid(form)
        messages.success(self.request, done)
        return redirect(self.back())

    def job(self, form) -> str:
        """Do it; return what was done. Raises Refused."""
        raise NotImplementedError
