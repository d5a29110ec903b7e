"""The admin page on which consent to a picture is ended."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse

from dscp_cms import consent
from dscp_cms.models import SiteImage


def end_consent(request, pk: int):
    """Show every use of the picture first; a POST takes it down."""
    if not request.user.has_perm("dscp_cms.end_consent"):
        raise PermissionDenied
    image = get_object_or_404(SiteImage, pk=pk)
    if request.method == "POST":
        consent.end_consent(image)
        messages.success(request, f"“{image.title}” has been taken down everywhere. The original file is deleted.")
        return redirect("wagtailimages:edit", image.pk)
    return TemplateResponse(request, "dscp_cms/admin/end_consent.html", {"image": image, "uses": consent.uses(image)})
