"""What issues add to the admin: the menu, their screens, their buttons."""

from django.urls import path, reverse
from wagtail import hooks
from wagtail.admin.menu import Menu, MenuItem, SubmenuMenuItem
from wagtail.admin.widgets import Button
from wagtail.log_actions import LogFormatter
from wagtail.models import Page

from dscp_cms.only_pages import only_page
from news import call_for_items, issue_views
from news.models import NewsletterIndexPage, NewsletterIssuePage

MENU_HOOK = "register_newsletter_menu_item"


@hooks.register("register_admin_urls")
def issue_urls():
    """The screens for issues and bulletins."""
    return [
        path("newsletter/new/", issue_views.NewIssue.as_view(), name="news_new_issue"),
        path("newsletter/bulletin/", issue_views.NewBulletin.as_view(), name="news_new_bulletin"),
        path("newsletter/<int:pk>/new/", issue_views.WhatsNew.as_view(), name="news_whats_new"),
        path("newsletter/<int:pk>/check/", issue_views.Preflight.as_view(), name="news_issue_preflight"),
        path("newsletter/<int:pk>/call/", issue_views.CallForItems.as_view(), name="news_call_for_items"),
    ]


@hooks.register("register_admin_menu_item")
def newsletter_menu():
    """The newsletter in one place; whatever else belongs to it registers with MENU_HOOK."""
    return SubmenuMenuItem("Newsletter", Menu(register_hook_name=MENU_HOOK), icon_name="doc-full-inverse", order=250)


def _archive(request) -> Page | None:
    return only_page(NewsletterIndexPage, request.user)


def _may_start(request) -> bool:
    archive = _archive(request)
    return archive is not None and archive.permissions_for_user(request.user).can_add_subpage()


class StartItem(MenuItem):
    """Shown to those who may add issues."""

    def is_shown(self, request):
        return _may_start(request)


class IssuesItem(MenuItem):
    """Leads to the archive in the explorer, where there is one."""

    def is_shown(self, request):
        return _may_start(request)

    def render_component(self, request):
        self.url = reverse("wagtailadmin_explore", args=[_archive(request).pk])
        return super().render_component(request)


@hooks.register(MENU_HOOK)
def new_issue_item():
    """Starts an issue."""
    return StartItem("New issue", reverse("news_new_issue"), icon_name="plus", order=10)


@hooks.register(MENU_HOOK)
def new_bulletin_item():
    """Starts an urgent bulletin."""
    return StartItem("Urgent bulletin", reverse("news_new_bulletin"), icon_name="warning", order=20)


@hooks.register(MENU_HOOK)
def issues_item():
    """Every issue."""
    return IssuesItem("Issues", "#", icon_name="folder-open-inverse", order=30)


@hooks.register("register_page_header_buttons")
def issue_buttons(page, user, view_name, next_url=None):
    """What can be done with an issue besides editing it."""
    if not isinstance(page, NewsletterIssuePage) or not page.permissions_for_user(user).can_edit():
        return
    yield Button(
        "Check before sending", reverse("news_issue_preflight", args=[page.pk]), icon_name="tasks", priority=60
    )
    if page.kind == NewsletterIssuePage.Kind.ISSUE:
        yield Button("Add what’s new", reverse("news_whats_new", args=[page.pk]), icon_name="plus", priority=61)
        yield Button("Call for items", reverse("news_call_for_items", args=[page.pk]), icon_name="mail", priority=62)


@hooks.register("register_log_actions")
def issue_log_actions(actions):
    """Calls for items stand in the issue's history."""

    @actions.register_action(call_for_items.ACTION)
    class CallForItems(LogFormatter):
        label = "Call for items"

        def format_message(self, entry):
            count = entry.data.get("count", 0)
            return f"Asked {count} {'agency' if count == 1 else 'agencies'} for items"
