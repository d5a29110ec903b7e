"""The guide in the admin: its list with a search, its pages and drawings, and where to begin."""

from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_safe
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.components import Component
from wagtail.admin.widgets import Button
from wagtail.permissions import page_permission_policy

from home import help as guide

BEGIN = "where-to-begin"


@require_safe
def index(request):
    """Every guide, or those with the words asked for."""
    query = request.GET.get("q", "")[:100].strip()
    context = {"found": guide.search(query), "query": query, "page_title": "Help", "header_icon": "help"}
    return render(request, "home/admin/guides.html", context)


@require_safe
def page(request, slug: str):
    """One guide."""
    one = guide.guides().get(slug)
    if one is None:
        raise Http404("No such guide.")
    others = [other for other in guide.guides().values() if other is not one]
    trail = [{"url": reverse("guides"), "label": "Help"}, {"url": "", "label": one.title}]
    context = {"guide": one, "others": others, "page_title": one.title, "header_icon": "help"}
    return render(request, "home/admin/guide.html", {**context, "breadcrumbs_items": trail})


@require_safe
def drawing(request, name: str):
    """A drawing of the guide."""
    path = guide.FOLDER / "img" / f"{name}.svg"
    if not path.is_file():
        raise Http404("No such drawing.")
    return HttpResponse(path.read_bytes(), content_type="image/svg+xml")


@require_safe
def here(request):
    """To the guide that goes with the screen somebody comes from."""
    slug = guide.guide_for_address(request.GET.get("at", ""))
    return redirect("guide", slug) if slug else redirect("guides")


@hooks.register("register_admin_urls")
def help_urls():
    """Below /admin/help/."""
    return [
        path("help/", index, name="guides"),
        path("help/here/", here, name="guide_here"),
        path("help/img/<slug:name>.svg", drawing, name="guide_drawing"),
        path("help/<slug:slug>/", page, name="guide"),
    ]


class HereItem(MenuItem):
    """Leads to the guide for the screen it is pressed on."""

    def render_component(self, request):
        component = super().render_component(request)
        component.url = f"{reverse('guide_here')}?{urlencode({'at': request.path})}"
        return component


@hooks.register("register_help_menu_item")
def help_here():
    """The first line under Help."""
    return HereItem("Help with this screen", "#", name="help-here", icon_name="help", order=10)


@hooks.register("register_help_menu_item")
def all_help():
    """The list."""
    return MenuItem("All help", reverse("guides"), name="all-help", icon_name="list-ul", order=20)


@hooks.register("register_page_header_buttons")
def help_with_page(page, user, view_name, next_url=None):
    """In the menu at the top of a page's screens."""
    slug = guide.guide_for_page(page)
    yield Button("Help with this page", reverse("guide", args=[slug]), icon_name="help", priority=90)


class BeginPanel(Component):
    """Where to begin, until the person it is shown to has put it away."""

    name, order = "begin", 1
    template_name = "home/admin/begin_panel.html"

    def get_context_data(self, parent_context):
        user = parent_context["request"].user
        may_start = page_permission_policy.user_has_permission(user, "add")  # no query
        return {
            "key": BEGIN,
            "may_start": may_start,
            "newsletter": user.has_perm("news.send_campaign"),
            "subscribers": user.has_perm("news.view_subscriber"),
            "training": user.has_perm("training.view_booking"),
            "partners": user.has_perm("dscp_cms.add_partnerprofile"),
        }


@hooks.register("construct_homepage_panels")
def where_to_begin(request, panels):
    """At the top of the dashboard."""
    profile = getattr(request.user, "wagtail_userprofile", None)
    if profile is None or not profile.dismissibles.get(BEGIN):
        panels.insert(0, BeginPanel())
