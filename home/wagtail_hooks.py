"""What the top adds to the admin."""

from django.urls import path
from wagtail import hooks
from wagtail_modeladmin.options import modeladmin_register

from home import dashboard, roles
from home.messages_admin import ContactMessageAdmin
from home.partners_admin import PartnerAdmin

modeladmin_register(ContactMessageAdmin)
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
    """What is to be done, above Wagtail's own panels."""
    panels[:0] = dashboard.panels(request)


@hooks.register("register_admin_urls")
def register_dashboard_urls():
    """What the dashboard's buttons post to."""
    return [path("send-held-mail/", dashboard.send_held_mail, name="send_held_mail")]
