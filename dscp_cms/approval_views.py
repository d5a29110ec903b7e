"""The editors' screen on which a draft is shared, approval is asked for, and a deadline is met alone."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from wagtail import hooks
from wagtail.admin.modal_workflow import render_modal_workflow
from wagtail.admin.widgets import Button
from wagtail.log_actions import LogFormatter
from wagtail.models import Page

from dscp_cms import approvals, draft_links, protection
from dscp_cms.approval_forms import AloneForm, AskForm, ShareForm
from dscp_cms.checking.run import check_page
from dscp_cms.consent_views import complaints
from dscp_cms.models import DraftLink
from dscp_cms.pages import BasePage

Kind = DraftLink.Kind


def screen(request, pk: int):
    """Links to the latest draft, answers to them, and what else leads to its publication; each button posts."""
    page = get_object_or_404(Page, pk=pk).specific
    rights = page.permissions_for_user(request.user)
    if not rights.can_edit():
        raise PermissionDenied
    may_publish = rights.can_publish() and getattr(page, "needs_second_person", False)
    forms = {"ask": AskForm(prefix="ask"), "share": ShareForm(prefix="share"), "alone": AloneForm(prefix="alone")}
    if request.method == "POST":
        name = request.POST.get("do", "")
        if name in forms:
            known = {"not_these": draft_links.not_to_ask(page, request.user)} if name == "ask" else {}
            forms[name] = type(forms[name])(request.POST, prefix=name, **known)
        done = _do(request, page, name, forms.get(name), may_publish)
        if done:
            return redirect("dscp_cms_approval", page.pk)
    return TemplateResponse(request, "dscp_cms/approval/screen.html", _context(page, forms, may_publish, request.user))


def _context(page: Page, forms: dict, may_publish: bool, user) -> dict:
    links = [
        {"link": link, "address": "" if link.email else draft_links.address_of(link)}  # mailed: theirs alone
        for link in DraftLink.objects.open().filter(page_id=page.pk).select_related("made_by", "revision")
    ]
    draft = page.get_latest_revision_as_object()
    found = check_page(draft) if isinstance(draft, BasePage) else []
    where = approvals.state(page)
    return {
        "page": page,
        "blocks": sum(finding.level == "block" for finding in found),
        "warnings": sum(finding.level == "warn" for finding in found),
        "title": page.get_admin_display_title(),
        "needed": getattr(page, "needs_second_person", False),
        "state": where,
        "published": page.live and not page.has_unpublished_changes,
        "complaint": approvals.complaint(page, user, where),
        "may_publish": may_publish,
        "links": links,
        "answers": page.approvals.select_related("revision")[:20],
        **forms,
    }


def _do(request, page: Page, name: str, form, may_publish: bool) -> bool:
    """Do what a button asks for; say whether the screen is to be shown anew."""
    if form is not None and not form.is_valid():
        return False
    if name in {"ask", "share"}:
        return _make_link(request, page, Kind.APPROVE if name == "ask" else Kind.SHARE, form.cleaned_data["email"])
    if name == "end":
        link = get_object_or_404(DraftLink, page_id=page.pk, pk=_number(request.POST.get("link")))
        draft_links.end(link)
        messages.success(request, "The link doesn’t open anything any more.")
    elif name in {"alone", "publish"} and not may_publish:
        raise PermissionDenied
    elif name == "alone":
        return _publish(request, page, form, form.cleaned_data["reason"])
    elif name == "publish":
        if complaint := approvals.complaint(page, request.user):
            messages.error(request, complaint)
        else:
            return _publish(request, page, form)
    return True


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 12 else 0


def _make_link(request, page: Page, kind: Kind, email: str) -> bool:
    if page.get_latest_revision() is None:
        messages.error(request, "There is no draft to show yet. Save one first.")
        return True
    draft_links.make_link(page, kind, request.user, email)
    said = f"The link is on its way to {email}." if email else "Here is the link. Copy it and send it on."
    messages.success(request, said)
    return True


def _publish(request, page: Page, form, reason: str = "") -> bool:
    """Publish the latest version as it was saved, unless the checks of every page find something."""
    found = complaints([page])
    if found:
        for sentence in found:
            messages.error(request, sentence)
        return True
    if reason:
        approvals.publish_alone(page, request.user, reason)
        messages.success(request, "It is published. The Moderators have been told, with your reason.")
    else:
        page.get_latest_revision().publish(user=request.user)
        approvals.settle(page, request.user)
        messages.success(request, "It is published.")
    return True


# What Wagtail's other ways to publish are asked


@protection.before("wagtailadmin_pages:workflow_action")
def before_workflow_action(request, page_id: int, action_name: str, **kwargs):
    """Approving publishes: nobody approves their own words."""
    page = Page.objects.filter(pk=page_id).first()
    complaint = approvals.complaint(page, request.user) if page and action_name == "approve" else ""
    if not complaint:
        return None
    messages.error(request, complaint)
    address = reverse("wagtailadmin_pages:edit", args=[page.pk])
    if request.headers.get("x-requested-with") == "XMLHttpRequest":  # it is a dialogue
        return render_modal_workflow(request, "", None, {}, json_data={"step": "success", "redirect": address})
    return redirect(address)


@hooks.register("before_bulk_action")
def before_publishing_many(request, action_type, objects, action):
    """Publishing many at once asks the same of each."""
    if action_type != "publish" or not objects or not isinstance(objects[0], Page):
        return None
    pages = {page.pk: page for page in objects}
    if request.POST.get("include_descendants"):
        pages |= {below.pk: below for page in objects for below in page.get_descendants()}
    refused = [page for page in pages.values() if approvals.complaint(page, request.user)]
    for page in refused:
        messages.error(request, f"“{page.get_admin_display_title()}”: {approvals.complaint(page, request.user)}")
    return redirect("wagtailadmin_explore", objects[0].get_parent().pk) if refused else None


@hooks.register("before_copy_page")
def copies_are_drafts(request, page):
    """A copy is somebody's new page, so it isn't published in the same press."""
    if request.method != "POST" or not request.POST.get("publish_copies"):
        return None
    pages = (
        page.get_descendants(inclusive=True) if request.POST.get("copy_subpages") else Page.objects.filter(pk=page.pk)
    )
    if not any(getattr(each.specific_class, "needs_second_person", False) for each in pages):
        return None
    messages.error(request, "Copy it without publishing: the copy needs somebody to approve it first.")
    return redirect("wagtailadmin_pages:copy", page.pk)


@hooks.register("after_publish_page")
def write_down_who_approved(request, page):
    """The approval hangs on the version that was published."""
    if getattr(page, "needs_second_person", False):
        approvals.settle(page, request.user)


# Where it is found


@hooks.register("register_admin_urls")
def approval_urls():
    """The screen."""
    return [path("approval/<int:pk>/", screen, name="dscp_cms_approval")]


@hooks.register("register_page_header_buttons")
def approval_button(page, user, view_name, next_url=None):
    """On every page that one may edit."""
    if page.is_root() or not page.permissions_for_user(user).can_edit():
        return
    words = "Share and approve" if getattr(page.specific_class, "needs_second_person", False) else "Share this draft"
    yield Button(words, reverse("dscp_cms_approval", args=[page.pk]), icon_name="view", priority=55)


@hooks.register("register_log_actions")
def approval_log_actions(actions):
    """What a page's history says of it."""
    actions.register_action("dscp_cms.asked", "Ask for approval", "Asked for approval by a link")
    actions.register_action("dscp_cms.shared", "Share a draft", "Shared the draft by a link")

    def register(name: str, words: str, sentence: str, key: str):
        @actions.register_action(name)
        class Said(LogFormatter):
            label = words

            def format_message(self, entry):
                return sentence.format(entry.data.get(key, ""))

    register("dscp_cms.approved", "Approve by a link", "Approved by {}, by a link", "name")
    register("dscp_cms.changes_asked", "Ask for changes by a link", "{} asked for changes, by a link", "name")
    register("dscp_cms.alone", "Publish alone", "Published without a second person: {}", "reason")
