"""The admin's screens for issues and bulletins. Each asks for its rights, parses, and calls a job."""

from itertools import groupby

from django.contrib import messages
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.generic import FormView, TemplateView
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from dscp_cms import links
from dscp_cms.tasks import check_due_links
from news import bulletin, drafting, preflight
from news import call_for_items as calling
from news.blocks import Section
from news.issue_forms import BulletinForm, CallForm, NewIssueForm
from news.models import NewsletterIndexPage, NewsletterIssuePage

CHECKS_EVERY = 20  # seconds between two nudges to the worker to look at links


def may_start(user) -> bool:
    """Whether the user may add issues to the archive."""
    archive = NewsletterIndexPage.objects.first()
    return archive is not None and archive.permissions_for_user(user).can_add_subpage()


class IssueScreen(WagtailAdminTemplateMixin):
    """A screen about one issue, for those who may edit it."""

    header_icon = "mail"

    def dispatch(self, request, *args, **kwargs):
        self.issue = get_object_or_404(NewsletterIssuePage, pk=kwargs["pk"])
        if not self.issue.permissions_for_user(request.user).can_edit():
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    @property
    def edit_url(self) -> str:
        """Back to the editor."""
        return reverse("wagtailadmin_pages:edit", args=[self.issue.pk])

    def get_page_subtitle(self):
        return self.issue.get_admin_display_title()

    def get_breadcrumbs_items(self):
        here = [
            {"url": self.edit_url, "label": self.issue.get_admin_display_title()},
            {"url": "", "label": self.page_title},
        ]
        return [*super().get_breadcrumbs_items(), *here]

    def get_context_data(self, **kwargs):
        return {**super().get_context_data(**kwargs), "issue": self.issue, "edit_url": self.edit_url}


class StartScreen(WagtailAdminTemplateMixin, FormView):
    """A form that starts an issue or a bulletin, for those who may."""

    template_name = "news/admin/issue/start.html"

    def dispatch(self, request, *args, **kwargs):
        if not may_start(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_breadcrumbs_items(self):
        return [*super().get_breadcrumbs_items(), {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        return {**context, "media": context["form"].media}


class NewIssue(StartScreen):
    """Makes the draft of an issue and opens it in the editor."""

    page_title = "New issue"
    header_icon = "mail"
    form_class = NewIssueForm
    extra_context = {
        "lead": "The issue drafts itself: everything published since the last one, and what is coming, in its "
        "sections. You reorder, reword and remove in the editor.",
        "submit": "Draft the issue",
    }

    def form_valid(self, form):
        dates = form.cleaned_data
        issue = drafting.draft_issue(
            on=dates["date"], copy_date=dates["copy_date"], send_date=dates["send_date"], user=self.request.user
        )
        count = sum(len(section.value["items"]) for section in issue.sections)
        said = (
            f"{_pages(count)} in {'its section' if count == 1 else 'their sections'}"
            if count
            else "nothing new since the last one"
        )
        messages.success(self.request, f"Here is the draft of the issue, with {said}.")
        return redirect("wagtailadmin_pages:edit", issue.pk)


class NewBulletin(StartScreen):
    """Makes a bulletin, and the alert that leads to it."""

    page_title = "Urgent bulletin"
    header_icon = "warning"
    form_class = BulletinForm
    extra_context = {
        "lead": "One story, now. It is published if you may publish it, or submitted for approval. "
        "Nothing is sent before you choose “Send” and confirm how many people get it.",
        "submit": "Make the bulletin",
    }

    def form_valid(self, form):
        words, alert = form.cleaned_data, None
        if words["with_alert"]:
            alert = bulletin.Alert(level=words["level"], end=words["alert_end"])
        started = bulletin.start_bulletin(
            headline=words["headline"],
            text=words["text"],
            planned_list=words["planned_list"],
            alert=alert,
            user=self.request.user,
        )
        for sentence in _what_became(started):
            messages.success(self.request, sentence)
        ready = started.issue.live and self.request.user.has_perm("news.send_campaign")
        return redirect("news_send_issue" if ready else "wagtailadmin_pages:edit", started.issue.pk)


def _what_became(started: bulletin.Started) -> list[str]:
    said = [
        "The bulletin is published. It hasn’t been sent yet."
        if started.issue.live
        else "The bulletin is submitted for approval. It can be sent once it is approved."
    ]
    if started.alert:
        said.append(
            "The alert is on every page now."
            if started.alert.live
            else "The alert is drafted. Ask somebody who may publish alerts to publish it, under “Alert banner”."
        )
    return said


class WhatsNew(IssueScreen, TemplateView):
    """Shows what an issue hasn't been offered yet; POST adds it."""

    page_title = "Add what’s new since this draft"
    template_name = "news/admin/issue/whats_new.html"

    def get_context_data(self, **kwargs):
        found = drafting.whats_new(self.issue.get_latest_revision_as_object())
        sections = [(Section(kind).label, pages) for kind, pages in found.items()]
        count = sum(len(pages) for _label, pages in sections)
        return {**super().get_context_data(**kwargs), "sections": sections, "count": count}

    def post(self, request, *args, **kwargs):
        added = drafting.add_whats_new(self.issue, user=request.user)
        if added:
            messages.success(request, f"{_pages(len(added))} added to the ends of their sections.")
        else:
            messages.info(request, "There is nothing new to add.")
        return redirect(self.edit_url)


class Preflight(IssueScreen, TemplateView):
    """The findings of the check of the latest draft; with ``?part=1`` without the page around them."""

    page_title = "Before it is sent"

    def get_template_names(self):
        return [f"news/admin/issue/{'findings' if 'part' in self.request.GET else 'preflight'}.html"]

    def get_context_data(self, **kwargs):
        findings = preflight.preflight(self.issue.get_latest_revision_as_object())
        # A nudge only: what is due is in the table, and the clock finds it too.
        if links.due().exists() and cache.add("news-links-nudged", True, CHECKS_EVERY):
            check_due_links.enqueue()
        levels = {level: list(group) for level, group in groupby(findings, key=lambda finding: finding.level)}
        return {
            **super().get_context_data(**kwargs),
            "blocks": levels.get("block", []),
            "warnings": levels.get("warn", []),
        }


class CallForItems(IssueScreen, FormView):
    """Writes to the agencies' contacts, after showing to how many."""

    page_title = "Call for items"
    template_name = "news/admin/issue/call_for_items.html"
    form_class = CallForm

    def get_initial(self):
        subject, text = calling.suggested_words(self.issue)
        return {**super().get_initial(), "subject": subject, "text": text}

    def get_context_data(self, **kwargs):
        contacts = calling.contacts()
        agencies = sorted(name for names in contacts.values() for name in names)
        return {
            **super().get_context_data(**kwargs),
            "count": len(contacts),
            "agencies": agencies,
            "calls": calling.calls(self.issue),
        }

    def form_valid(self, form):
        count = calling.call_for_items(self.issue, user=self.request.user, **form.cleaned_data)
        if count:
            messages.success(
                self.request, f"The call is on its way to {count} {'address' if count == 1 else 'addresses'}."
            )
        else:
            messages.info(
                self.request, "Nothing was sent: this call was made already, or no agency has a contact address."
            )
        return redirect(self.edit_url)


def _pages(count: int) -> str:
    return "1 page" if count == 1 else f"{count} pages"
