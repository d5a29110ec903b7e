"""What the top adds to the admin."""

from django.urls import path, reverse
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail_modeladmin.options import modeladmin_register

from home import audit_admin as audit_admin  # registers itself, like those below
from home import dashboard, old_addresses, review_views, roles, starter_views
from home import help_views as help_views
from home import import_admin as import_admin
from home import leaving_admin as leaving_admin
from home import menu as menu
from home import pictures_admin as pictures_admin
from home import programme_admin as programme_admin
from home import search_admin as search_admin
from home import yearly_admin as yearly_admin
from home.contributions_admin import ContributionAdmin
from home.messages_admin import ContactMessageAdmin
from home.partners_admin import PartnerAdmin

modeladmin_register(ContactMessageAdmin)
modeladmin_register(ContributionAdmin)
modeladmin_register(PartnerAdmin)


@hooks.register("filter_form_submissions_for_user")
def hide_wagtails_list_of_submissions(user, editable_forms):
    """Messages are read, exported and kept in one place, with rights of their own."""
    return editable_forms.none()


@hooks.register("after_create_page")
def give_editors_their_section(request, page):
    """A section that the matrix of roles names gets its rights as soon as it is there."""
    if roles.is_section_of_editors(page):
        roles.sync()


@hooks.register("construct_homepage_panels")
def dashboard_panels(request, panels):
    """What is to be done, in place of Wagtail's own panels, whose queries grow with what waits."""
    panels[:] = [panel for panel in panels if not type(panel).__module__.startswith("wagtail.")]
    panels += dashboard.panels(request)


@hooks.register("construct_homepage_summary_items", order=1000)
def no_totals(request, items):
    """How many pages and pictures there are is nobody's work."""
    items.clear()


@hooks.register("register_admin_urls")
def register_dashboard_urls():
    """What the dashboard's buttons post to, and the lists behind its numbers."""
    return [
        path("send-held-mail/", dashboard.send_held_mail, name="send_held_mail"),
        path("to-do/<slug:name>/", dashboard.show_list, name="dashboard_list"),
    ]


@hooks.register("register_admin_urls")
def register_review_urls():
    """Pages that are due for review."""
    return [
        path("reviews/", review_views.due, name="reviews"),
        path("reviews/<int:pk>/done/", review_views.done, name="review_done"),
    ]


@hooks.register("register_reports_menu_item")
def reviews_in_menu():
    """The list stands with the reports."""
    return MenuItem("Pages to review", reverse("reviews"), name="reviews", icon_name="date", order=50)


@hooks.register("register_log_actions")
def name_log_actions(actions):
    """What the history of a page says of its reviews."""
    actions.register_action("home.reviewed", "Mark as reviewed", "Reviewed: found right as it is")


@hooks.register("register_admin_urls")
def register_starter_urls():
    """Page starters."""
    return starter_views.urls


@hooks.register("before_serve_page")
def lead_old_addresses_on(page, request, serve_args, serve_kwargs):
    """Numbered addresses of the old site would show the front page."""
    return old_addresses.of_front_page(request) if request.path == "/" and request.GET else None
