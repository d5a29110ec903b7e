"""Reports, Links: what is dead, since when, and where it stands; checking again, leaving alone."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.shortcuts import redirect
from django.urls import path, reverse
from django.views.decorators.http import require_POST
from django.views.generic import TemplateView
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from dscp_cms import link_report, links
from dscp_cms.models import LinkCheck

SEE, CHANGE = "dscp_cms.view_linkcheck", "dscp_cms.change_linkcheck"
ON_A_PAGE = 50


class Links(WagtailAdminTemplateMixin, TemplateView):
    """Addresses on other sites that don't work, each with the pages that link to it."""

    page_title = "Links"
    header_icon = "link-external"
    template_name = "dscp_cms/admin/links.html"

    def dispatch(self, request, *args, **kwargs):
        if not request.user.has_perm(SEE):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_breadcrumbs_items(self):
        return [*super().get_breadcrumbs_items(), {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs):
        leave_alone = "ignored" in self.request.GET
        only_dead = "dead" in self.request.GET
        shown = link_report.ignored() if leave_alone else link_report.dead() if only_dead else link_report.broken()
        link_report.refresh(shown)
        page_obj = Paginator(shown, ON_A_PAGE).get_page(self.request.GET.get("page"))
        uses = link_report.pages_by_check(list(page_obj))
        waiting = set(links.due().filter(pk__in=[check.pk for check in page_obj]).values_list("pk", flat=True))
        user = self.request.user
        rows = [
            {
                "check": check,
                "waiting": check.pk in waiting,
                "uses": [(use, use.page.permissions_for_user(user).can_edit()) for use in uses[check.pk]],
            }
            for check in page_obj
        ]
        return {
            **super().get_context_data(**kwargs),
            "rows": rows,
            "page_obj": page_obj,
            "ignored": leave_alone,
            "only_dead": only_dead,
            "number_ignored": link_report.ignored().count(),
            "last": LinkCheck.objects.exclude(checked_at=None).order_by("-checked_at").first(),
            "may_change": user.has_perm(CHANGE),
        }


def _keys(request) -> list[int]:
    return [int(key) for key in request.POST.getlist("link") if key.isascii() and key.isdigit() and len(key) < 12]


@require_POST
def check_again(request):
    """Have links looked at now."""
    if not request.user.has_perm(CHANGE):
        raise PermissionDenied
    keys = _keys(request)
    if "all" in request.POST:
        keys = list(link_report.broken().values_list("pk", flat=True))
    number = link_report.check_again(keys)
    if number:
        words = "1 link is" if number == 1 else f"{number} links are"
        messages.success(request, f"{words} being checked. Look again in a minute.")
    else:
        messages.info(request, "There was no link to check.")
    return redirect("dscp_cms_links")


@require_POST
def ignore(request):
    """Leave links out of the report."""
    if not request.user.has_perm(CHANGE):
        raise PermissionDenied
    number = sum(link_report.ignore(key) for key in _keys(request))
    if number:
        messages.success(request, "It is left out of the report until it works again or is checked again.")
    return redirect("dscp_cms_links")


@hooks.register("register_admin_urls")
def register_link_urls():
    """The report and its buttons."""
    return [
        path("reports/links/", Links.as_view(), name="dscp_cms_links"),
        path("reports/links/check/", check_again, name="dscp_cms_links_check"),
        path("reports/links/ignore/", ignore, name="dscp_cms_links_ignore"),
    ]


class RightfulMenuItem(MenuItem):
    """A menu item for those who hold a right."""

    def __init__(self, *args, right: str, **kwargs):
        self.right = right
        super().__init__(*args, **kwargs)

    def is_shown(self, request):
        return request.user.has_perm(self.right)


@hooks.register("register_reports_menu_item")
def links_in_the_menu():
    """Reports, Links."""
    return RightfulMenuItem("Links", reverse("dscp_cms_links"), icon_name=Links.header_icon, order=300, right=SEE)
