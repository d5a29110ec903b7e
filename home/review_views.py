"""The list of pages that are due for review, and the button that says that one was reviewed."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from wagtail.models import Page

from dscp_cms.pages import BasePage
from home import reviews


@require_safe
def due(request):
    """Pages that are due, everybody's or one's own."""
    mine = request.GET.get("mine") == "1"
    found = reviews.due(owner=request.user if mine else None)
    rows = [(one, reviews.may_mark(request.user, one.page, one.owner)) for one in found[:200]]
    context = {"rows": rows, "mine": mine, "more": max(0, len(found) - 200), "ahead": reviews.AHEAD.days}
    header = {"page_title": "Pages to review", "header_icon": "date", "breadcrumbs_items": []}
    return render(request, "home/admin/reviews.html", {**context, **header})


@require_POST
def done(request, pk: int):
    """Note that a page was reviewed."""
    page = get_object_or_404(Page, pk=pk).specific
    if not isinstance(page, BasePage) or not reviews.may_mark(request.user, page, page.review_owner):
        raise PermissionDenied
    following = reviews.mark_reviewed(page, request.user)
    messages.success(request, f"“{page.title}” was reviewed. It is asked about again on {following:%d/%m/%Y}.")
    return redirect(f"{reverse('reviews')}{'?mine=1' if request.POST.get('mine') else ''}")
