"""The checks of a page in the editor: beside the form, on a page of their own, and after publishing."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.templatetags.static import static
from django.urls import path, reverse
from django.utils.html import format_html
from django.views.decorators.http import require_safe
from wagtail import hooks
from wagtail.admin.userbar import AccessibilityItem
from wagtail.models import Page

from dscp_cms.checking.run import check_page
from dscp_cms.pages import BasePage

# Rules of axe that Wagtail leaves out and that an editor can put right; with what to do.
AXE_RULES = {
    "td-headers-attr": (
        "A cell of a table names a header that isn't there",
        "Make the table anew with a “Table” block",
    ),
    "th-has-data-cells": ("A heading of a table has no cells", "Fill the column, or take it out"),
    "table-duplicate-name": ("A table has the same caption twice", "Say it once, in the caption"),
    "image-redundant-alt": ("A picture's description repeats the words beside it", "Say what only the picture shows"),
    "empty-table-header": ("A column of a table has no heading", "Say on top of each column what stands in it"),
}


@require_safe
def checks(request, pk: int):
    """What the check of the latest draft found; with ``?part=1`` without the page around it."""
    page = get_object_or_404(Page, pk=pk)
    if not page.permissions_for_user(request.user).can_edit():
        raise PermissionDenied
    draft = page.get_latest_revision_as_object()
    findings = check_page(draft) if isinstance(draft, BasePage) else []
    template = f"dscp_cms/admin/{'check_findings' if 'part' in request.GET else 'checks'}.html"
    context = {
        "checked": page,
        "title": page.get_admin_display_title(),
        "blocks": [finding for finding in findings if finding.level == "block"],
        "warnings": [finding for finding in findings if finding.level == "warn"],
        "page_title": "Checks",
        "header_icon": "glasses",
    }
    return TemplateResponse(request, template, context)


@hooks.register("register_admin_urls")
def register_check_urls():
    """The address that the editor asks after each save."""
    return [path("pages/<int:pk>/checks/", checks, name="page_checks")]


@hooks.register("insert_editor_js")
def check_script():
    """Keeps what the check found fresh while somebody edits."""
    return format_html('<script src="{}" defer></script>', static("js/checks.js"))


@hooks.register("after_publish_page")
def say_what_is_left(request, page):
    """Warnings don't stop a page; they are said once more when it is out."""
    page = page.specific
    count = len(check_page(page)) if isinstance(page, BasePage) else 0
    if count:
        said = f"“{page.title}” has {count} thing{'' if count == 1 else 's'} to look at."
        address = reverse("page_checks", args=[page.pk])
        messages.warning(request, format_html('{} <a href="{}">See the checks</a>', said, address))


@hooks.register("construct_wagtail_userbar")
def more_rules(request, items, page):
    """Wagtail's own checker, which looks at the page as it is drawn, has a few rules more."""
    for item in items:
        if isinstance(item, AccessibilityItem):
            item.axe_run_only = [*dict.fromkeys([*item.axe_run_only, *AXE_RULES])]
            ours = {name: {"error_name": error, "help_text": advice} for name, (error, advice) in AXE_RULES.items()}
            item.axe_messages = {**item.axe_messages, **ours}
