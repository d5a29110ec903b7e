"""What the foundations add to Wagtail's admin: protected pages, snippets, the end of consent, its look."""

from django.contrib import messages
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import path
from django.utils.html import format_html
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.models import Page
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet, SnippetViewSetGroup

from dscp_cms import consent_views, protection
from dscp_cms.models import Agency, Audience, GlossaryTerm, SiteAlert, Topic
from dscp_cms.pages import consent_complaint, pictures_without_consent


@hooks.register("before_delete_page")
def keep_pages_with_facts(request, page):
    """A page that facts refer to isn't deleted."""
    return protection.stop(request, [page], "deleted")


@hooks.register("before_unpublish_page")
def keep_pages_with_facts_live(request, page):
    """Nor unpublished."""
    pages = [page]
    if request.method == "POST" and request.POST.get("include_descendants"):
        pages = page.get_descendants(inclusive=True)
    return protection.stop(request, pages, "unpublished")


@hooks.register("before_bulk_action")
def keep_pages_with_facts_in_bulk(request, action_type, objects, action):
    """Nor any of many. Publishing in bulk also needs consent for every picture."""
    if not objects or not isinstance(objects[0], Page):
        return None
    if action_type in {"delete", "unpublish"}:
        pages = objects
        if action_type == "unpublish" and request.POST.get("include_descendants"):
            pages = [below for page in objects for below in page.get_descendants(inclusive=True)]
        return protection.stop(request, pages, f"{action_type.rstrip('e')}ed")
    if action_type == "publish" and request.method == "POST":
        return _stop_bulk_publishing(request, objects)
    return None


def _stop_bulk_publishing(request, pages):
    complaints = {
        consent_complaint(image)
        for page in pages
        for image in pictures_without_consent(page.get_latest_revision_as_object())
    }
    for complaint in sorted(complaints):
        messages.error(request, complaint)
    return redirect("wagtailadmin_explore", pages[0].get_parent().pk) if complaints else None


class TopicViewSet(SnippetViewSet):
    model = Topic
    icon = "tag"
    list_display = ["name", "description"]


class AudienceViewSet(SnippetViewSet):
    model = Audience
    icon = "group"
    list_display = ["name", "order"]


class AgencyViewSet(SnippetViewSet):
    model = Agency
    icon = "site"
    list_display = ["name", "kind", "active"]
    list_filter = ["kind", "active"]


class GlossaryViewSet(SnippetViewSet):
    model = GlossaryTerm
    icon = "openquote"
    list_display = ["term", "stands_for"]


class WordsGroup(SnippetViewSetGroup):
    """The lists that editors keep."""

    items = (TopicViewSet, AudienceViewSet, AgencyViewSet, GlossaryViewSet)
    menu_label = "Topics and lists"
    menu_icon = "tag"
    menu_order = 700


class SiteAlertViewSet(SnippetViewSet):
    """The alert banner."""

    model = SiteAlert
    icon = "warning"
    menu_label = "Alert banner"
    menu_order = 350
    add_to_admin_menu = True
    list_display = ["title", "level", "live", "go_live_at", "expire_at"]


register_snippet(WordsGroup)
register_snippet(SiteAlertViewSet)


@hooks.register("register_admin_urls")
def register_consent_urls():
    """The page that ends consent to a picture."""
    return [path("pictures/<int:pk>/end-consent/", consent_views.end_consent, name="end_consent")]


@hooks.register("insert_global_admin_css")
def admin_css():
    """The partnership's colours in the admin."""
    return format_html('<link rel="stylesheet" href="{}">', static("css/admin.css"))


@hooks.register("construct_main_menu")
def hide_snippets(request, menu_items):
    """Snippets stand under their own names, not under Wagtail's."""
    menu_items[:] = [item for item in menu_items if item.name != "snippets"]


@hooks.register("register_help_menu_item")
def view_site():
    """A way to the public site."""
    return MenuItem("View the site", "/", icon_name="view", order=1)

