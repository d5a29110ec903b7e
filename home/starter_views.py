"""Where a page starter is chosen and named."""

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.urls import path, reverse
from django.views.generic import FormView, TemplateView
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from home import starters


class Choose(WagtailAdminTemplateMixin, TemplateView):
    """The starters, for those who may use one."""

    page_title = "Start a page"
    header_icon = "plus"
    template_name = "home/admin/starters.html"

    def dispatch(self, request, *args, **kwargs):
        self.offered = starters.offered(request.user)
        if not self.offered:
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_breadcrumbs_items(self):
        return [*super().get_breadcrumbs_items(), {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs):
        return {**super().get_context_data(**kwargs), "starters": self.offered}


class StartForm(forms.Form):
    """What the page is called and where it goes."""

    title = forms.CharField(max_length=255, help_text="You can change it later.")
    section = forms.ModelChoiceField(None, empty_label=None, help_text="Where the page goes.")

    def __init__(self, *args, sections, **kwargs):
        super().__init__(*args, **kwargs)
        field = self.fields["section"]
        keys = [section.pk for section in sections]
        field.queryset = type(sections[0]).objects.filter(pk__in=keys).order_by("title")
        if len(keys) == 1:
            field.initial, field.widget = keys[0], forms.HiddenInput()
        self.fields["title"].error_messages["required"] = "Give the page a title."


class Start(WagtailAdminTemplateMixin, FormView):
    """Names a page and makes its draft; then the editor opens."""

    header_icon = "plus"
    form_class = StartForm
    template_name = "home/admin/starter.html"

    def dispatch(self, request, *args, **kwargs):
        self.starter = next((one for one in starters.STARTERS if one.slug == kwargs["slug"]), None)
        if self.starter is None:
            raise Http404("No such starter.")
        self.sections = starters.sections(self.starter, request.user)
        if not self.sections:
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_page_title(self):
        return f"Start: {self.starter.label}"

    def get_breadcrumbs_items(self):
        above = {"url": reverse("starters"), "label": "Start a page"}
        return [*super().get_breadcrumbs_items(), above, {"url": "", "label": self.starter.label}]

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "sections": self.sections}

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        return {**context, "starter": self.starter, "media": context["form"].media}

    def form_valid(self, form):
        page = starters.start(self.starter, form.cleaned_data["title"], form.cleaned_data["section"], self.request.user)
        return redirect("wagtailadmin_pages:edit", page.pk)


urls = [
    path("starters/", Choose.as_view(), name="starters"),
    path("starters/<slug:slug>/", Start.as_view(), name="starter"),
]
