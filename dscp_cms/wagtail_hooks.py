"""What the foundations add to Wagtail's admin: protected pages, snippets, the end of consent, its look."""

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


def _with_those_below(pages):
    return {page.pk: page for parent in pages for page in parent.get_descendants(inclusive=True)}.values()


@hooks.register("register_log_actions")
def name_log_actions(actions):
    """What the history of a page says of the clock's work."""
    actions.register_action(
        "dscp_cms.keep_published", "Keep published", "Kept published after its end date, because records refer to it"
    )


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

