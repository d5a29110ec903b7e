"""The lists behind the dashboard's numbers that stand on no other screen. Each takes what its panel takes."""

from collections.abc import Callable
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from home.dashboard import content, gather, work, writing
from home.dashboard.checklist import ChecklistPanel, sample_pages
from home.dashboard.panel import Line, edit_address, on_day

MOST = 200


@dataclass(frozen=True)
class List:
    """A list: what it is called, whose matter it is, and its lines."""

    title: str
    concerns: Callable
    lines: Callable
    nothing: str


def _drafts(user) -> list[Line]:
    return writing.draft_lines(gather.rows([writing.drafts_list(writing.drafts(user))])["drafts"])


def _to_review(user) -> list[Line]:
    found = gather.rows([writing.to_review_list(writing.to_review(user))])["to_review"]
    return [
        Line(row.text, edit_address(row.more, row.key), f"Since {on_day(row.at)}")
        for row in sorted(found, key=lambda row: row.at)
    ]


def _priorities(user) -> list[Line]:
    return content.priority_lines(gather.rows(content.priorities(timezone.localtime())))


def _awareness(user) -> list[Line]:
    today = timezone.localdate()
    return content.awareness_lines(gather.rows(content.awareness(today)), today)


def _pdfs(user) -> list[Line]:
    found = gather.rows([content.failed_pdfs_list(content.failed_pdfs())])["pdfs"]
    return [
        Line(row.text, reverse("wagtailadmin_pages:edit", args=[row.key]), row.extra)
        for row in sorted(found, key=lambda row: row.text)
    ]


def _jobs(user) -> list[Line]:
    found = gather.rows([work.failed_tasks_list(work.failed_tasks())])["tasks"]
    return [
        Line(row.text.rsplit(".", 1)[-1].replace("_", " "), note=f"{on_day(row.at)}: {row.more.rsplit('.', 1)[-1]}")
        for row in sorted(found, key=lambda row: row.at, reverse=True)
    ]


def _sample(user) -> list[Line]:
    found = gather.rows([gather.listed("sample", sample_pages(), text="title")])["sample"]
    return [
        Line(row.text, reverse("wagtailadmin_pages:edit", args=[row.key]))
        for row in sorted(found, key=lambda row: row.text)
    ]


LISTS = {
    "drafts": List("Your drafts", writing.DraftsPanel.concerns, _drafts, "You have no drafts."),
    "to-review": List("Waiting for your review", writing.ReviewPanel.concerns, _to_review, "Nothing waits for you."),
    "priorities": List("Priorities with a gap", content.PrioritiesPanel.concerns, _priorities,
                       "Every priority has a course to come, and news."),
    "awareness": List("Awareness days that aren’t ready", content.AwarenessPanel.concerns, _awareness,
                      "Every awareness day of the next six weeks is ready."),
    "pdfs": List("PDFs that couldn’t be made", content.FilesPanel.concerns, _pdfs, "Every PDF was made."),
    "jobs": List("Background jobs that failed", lambda user: user.has_perm("dscp_cms.change_outgoingmail"), _jobs,
                 "No job failed in the last week."),
    "sample": List("Published pages of sample activity", ChecklistPanel.concerns, _sample,
                   "No page of sample activity is published."),
}  # fmt: skip


@require_safe
def show_list(request, name: str):
    """One of the lists."""
    wanted = LISTS.get(name)
    if wanted is None:
        raise Http404("No such list.")
    if not wanted.concerns(request.user):
        raise PermissionDenied
    lines = wanted.lines(request.user)
    context = {"lines": lines[:MOST], "number": len(lines), "most": MOST, "nothing": wanted.nothing}
    here = [{"url": reverse("wagtailadmin_home"), "label": "Home"}, {"url": "", "label": wanted.title}]
    header = {"page_title": wanted.title, "header_icon": "list-ul", "breadcrumbs_items": here}
    return render(request, "home/admin/dashboard/list.html", {**context, **header})
