"""Shared passwords of pages and collections: Wagtail's own, with a limit on guessing and a page that tells nothing."""

from django.template.response import TemplateResponse
from wagtail.documents.views.serve import authenticate_with_password as open_files
from wagtail.models import CollectionViewRestriction, PageViewRestriction
from wagtail.views import authenticate_with_password as open_page

from dscp_cms import limits
from dscp_cms.visibility import keep_private

TEMPLATE = "account/page_password.html"
MOST, QUARTER = 30, 15 * 60  # a school is one network, and some of its people type it wrong


def for_page(request, restriction_id: int, page_id: int):
    """Take the password of a page."""
    return _limited(request, PageViewRestriction, restriction_id, lambda: open_page(request, restriction_id, page_id))


def for_files(request, restriction_id: int):
    """Take the password of a collection of files."""
    return _limited(request, CollectionViewRestriction, restriction_id, lambda: open_files(request, restriction_id))


def _limited(request, model, key: int, view):
    subject = f"{model.__name__} {key} from {limits.client_network(request)}"
    if request.method != "POST":
        return keep_private(view())
    if not limits.within("shared password", subject, most=MOST, seconds=QUARTER):
        sentence = "There were too many tries from your network. Wait a quarter of an hour and try again."
        return keep_private(TemplateResponse(request, TEMPLATE, {"refusal": sentence, "noindex": True}, status=429))
    response = view()
    if response.status_code == 302:
        limits.forget("shared password", subject, seconds=QUARTER)
    return keep_private(response)
