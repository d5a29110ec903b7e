"""Consent in the admin: the page that ends it, and the checks before a page is published without its form."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from wagtail.admin.modal_workflow import render_modal_workflow
from wagtail.models import Page

from dscp_cms import consent, protection
from dscp_cms.checking.run import what_blocks
from dscp_cms.models import SiteImage
from dscp_cms.pages import BasePage


def may_end_consent(user, image: SiteImage) -> bool:
    """Whether the user may take this picture down, and there is still something to take down."""
    return user.has_perm("dscp_cms.end_consent") and image.people != SiteImage.People.NONE


def end_consent(request, pk: int):
    """Show every use of the picture first; a POST takes it down."""
    if not request.user.has_perm("dscp_cms.end_consent"):
        raise PermissionDenied
    image = get_object_or_404(SiteImage, pk=pk)
    if not may_end_consent(request.user, image):
        messages.warning(request, f"“{image.title}” shows nobody, so there is no consent to end.")
        return redirect("wagtailimages:edit", image.pk)
    if request.method == "POST":
        consent.end_consent(image)
        messages.success(request, f"“{image.title}” has been taken down everywhere. The original file is deleted.")
        return redirect("wagtailimages:edit", image.pk)
    return TemplateResponse(request, "dscp_cms/admin/end_consent.html", {"image": image, "uses": consent.uses(image)})


def complaints(pages) -> list[str]:
    """What keeps the latest drafts of these pages from being published, each sentence once."""
    drafts = [page.get_latest_revision_as_object() for page in pages]
    found = {f.sentence for draft in drafts if isinstance(draft, BasePage) for f in what_blocks(draft)}
    return sorted(found)


def stop_publishing(request, pages):
    """Return a redirect with the reasons when something keeps one of the pages from being published, else None."""
    pages = list(pages)
    found = complaints(pages)
    for complaint in found:
        messages.error(request, complaint)
    return redirect("wagtailadmin_explore", pages[0].get_parent().pk) if found else None


@protection.before("wagtailadmin_pages:workflow_action")
def before_approval(request, page_id: int, action_name: str, **kwargs):
    """Approving publishes, and this view of Wagtail's checks no form."""
    page = Page.objects.filter(pk=page_id).first()
    if action_name != "approve" or page is None:
        return None
    found = complaints([page])
    if not found:
        return None
    for complaint in found:
        messages.error(request, complaint)
    address = reverse("wagtailadmin_pages:edit", args=[page.pk])
    if request.headers.get("x-requested-with") == "XMLHttpRequest":  # it is a dialogue
        return render_modal_workflow(request, "", None, {}, json_data={"step": "success", "redirect": address})
    return redirect(address)
