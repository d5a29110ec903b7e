"""What somebody without an account sees by a link: a draft to read, or a draft with its faces and an answer to give.

Nothing here is kept by browsers, caches or search engines, and reading changes nothing.
"""

from functools import wraps

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe
from wagtail.models import Page

from dscp_cms import draft_links, page_pdfs, pdf
from dscp_cms.approval_forms import AnswerForm
from dscp_cms.models import DraftLink, PagePdf
from dscp_cms.visibility import keep_private

NOTICE = "Draft, not published. Please don’t pass it on."
PDF = "pdf"
PDF_LABELS = {PagePdf.Kind.WHOLE: "PDF", PagePdf.Kind.BRIEFING: "Briefing pack as PDF"}


def unseen(view):
    """Keep an answer out of every cache and every search engine."""

    @wraps(view)
    def inner(request, *args, **kwargs):
        response = keep_private(view(request, *args, **kwargs))
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return inner


def _gone(request, link: DraftLink | None):
    return render(request, "dscp_cms/approval/gone.html", {"link": link, "noindex": True}, status=410 if link else 404)


def modes_of(page: Page) -> list[tuple[str, str, str]]:
    """The ways in which a page is read: key, words, and how it is asked for."""
    modes = [(mode or "web", label, mode) for mode, label in page.preview_modes]
    if len(modes) == 1:
        modes = [("web", "Web page", modes[0][2])]
    kinds = [kind for kind in getattr(page, "pdf_kinds", ()) if getattr(page, f"offers_{kind.name.lower()}", True)]
    return modes + [(f"{PDF}-{kind.name.lower()}", PDF_LABELS[kind], "") for kind in kinds]


def _draft(link: DraftLink) -> Page:
    return link.revision.as_object()


def _show(request, page: Page, mode: str) -> HttpResponse:
    response = page.make_preview_request(request, mode, extra_request_attrs={"draft_notice": NOTICE})
    response.cookies.clear()
    return response


@require_safe
@unseen
def shared(request, token: str):
    """A draft to read."""
    link = draft_links.find(DraftLink.Kind.SHARE, token)
    if link is None or not link.is_open:
        return _gone(request, link)
    page = _draft(link)
    return _show(request, page, getattr(page, "whole_preview_mode", page.default_preview_mode))


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
@unseen
def approve(request, token: str):
    """The draft's faces, and a form that takes one answer."""
    link = draft_links.find(DraftLink.Kind.APPROVE, token)
    if link is None or not link.is_open:
        return _gone(request, link)
    page = _draft(link)
    if refused := draft_links.may_not_answer(link, request.user):
        return render(request, "dscp_cms/approval/refused.html", {"refused": refused, "noindex": True}, status=403)
    form = AnswerForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        given = draft_links.answer(link, **form.cleaned_data)
        return redirect("draft_answered", token) if given else _gone(request, draft_links.find(link.kind, token))
    context = {"draft": page, "link": link, "token": token, "form": form, "faces": modes_of(page), "noindex": True}
    return render(request, "dscp_cms/approval/approve.html", context)


@require_safe
@unseen
def answered(request, token: str):
    """Thanks, after the answer; it says nothing of the draft."""
    link = draft_links.find(DraftLink.Kind.APPROVE, token)
    if link is None:
        return _gone(request, None)
    return render(request, "dscp_cms/approval/answered.html", {"noindex": True})


@require_safe
@unseen
def face(request, token: str, name: str):
    """One face of the draft that is to be approved."""
    link = draft_links.find(DraftLink.Kind.APPROVE, token)
    if link is None or not link.is_open:
        return _gone(request, link)
    page = _draft(link)
    known = {key: mode for key, _label, mode in modes_of(page)}
    if name not in known:
        raise Http404("This page has no such face.")
    if not name.startswith(f"{PDF}-"):
        return _show(request, page, known[name])
    try:
        content = pdf.compile_source(page_pdfs.printed(page, PagePdf.Kind[name.removeprefix(f"{PDF}-").upper()]))
    except pdf.PdfError:
        return render(request, "dscp_cms/pdf_later.html", {"page": page, "failed": True, "noindex": True}, status=503)
    headers = {"Content-Disposition": f'inline; filename="{page.slug}-draft.pdf"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)
