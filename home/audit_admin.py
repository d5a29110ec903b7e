"""Who did what: signing in, sending, exporting, erasing, and what Wagtail's own history tells, in one list."""

from datetime import datetime
from itertools import islice

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.log_actions import registry
from wagtail.models import ModelLogEntry, PageLogEntry

from dscp_cms.models import AuditEntry
from news import call_for_items
from news.models import Campaign
from training import needs

SIZE = 100
# The words of Wagtail's history that this report is about; small edits stand in each page's own history.
PUBLISHING = (
    *("wagtail.publish", "wagtail.publish.schedule", "wagtail.publish.scheduled", "wagtail.workflow.approve"),
    *("wagtail.unpublish", "wagtail.unpublish.scheduled", "wagtail.delete", call_for_items.ACTION),
    *(needs.JOINED, needs.NAMED),
    *("wagtail.view_restriction.create", "wagtail.view_restriction.edit", "wagtail.view_restriction.delete"),
)


def entries(*, user=None, action: str = "", before: datetime | None = None) -> list[dict]:
    """The latest entries before a moment, newest first; five queries whatever their number.

    ``action`` is one of ours or one of Wagtail's, by its name.
    """
    ours = AuditEntry.objects.select_related("user").order_by("-at", "-pk")
    lists = [PageLogEntry.objects, ModelLogEntry.objects]
    logs = [log.select_related("user").order_by("-timestamp", "-pk") for log in lists]
    if before:
        ours, logs = ours.filter(at__lt=before), [log.filter(timestamp__lt=before) for log in logs]
    if user:
        ours, logs = ours.filter(user=user), [log.filter(user=user) for log in logs]
    if action:
        ours, logs = ours.filter(action=action), [log.filter(action=action) for log in logs]
    else:
        logs = [log.filter(action__in=PUBLISHING) for log in logs]
    found = [
        {"at": one.at, "user": one.user, "action": one.get_action_display(), "what": one.what} for one in ours[:SIZE]
    ]
    words = dict(registry.get_choices())
    for log in logs:
        found += [
            {"at": one.timestamp, "user": one.user, "action": str(words.get(one.action, one.action)), "what": one.label}
            for one in log[:SIZE]
        ]
    if action in {"", AuditEntry.Action.SENT}:
        sendings = Campaign.objects.filter(**({"created_by": user} if user else {}))
        sendings = sendings.filter(created_at__lt=before) if before else sendings
        found += [
            {"at": at, "user": one, "action": "Planned to be sent", "what": subject}
            for at, subject, one in _people(
                sendings.order_by("-created_at").values_list("created_at", "subject", "created_by")[:SIZE]
            )
        ]
    found.sort(key=lambda entry: entry["at"], reverse=True)
    return list(islice(found, SIZE))


def _people(rows) -> list[tuple]:
    """The same rows, the key of an account at their end replaced by the account."""
    rows = list(rows)
    accounts = get_user_model().objects.in_bulk({row[-1] for row in rows if row[-1]})
    return [(*row[:-1], accounts.get(row[-1])) for row in rows]


def who_did_what(request):
    """The report, for administrators."""
    if not request.user.is_superuser:
        raise PermissionDenied
    key = request.GET.get("user", "")
    user = (
        get_user_model().objects.filter(pk=key).first() if key.isascii() and key.isdigit() and len(key) < 10 else None
    )
    words = dict(registry.get_choices())
    choices = [*AuditEntry.Action.choices, *((name, str(words[name])) for name in PUBLISHING if name in words)]
    action = request.GET.get("action", "")
    action = action if action in dict(choices) else ""
    before = _moment(request.GET.get("before", ""))
    found = entries(user=user, action=action, before=before)
    context = {
        "entries": found,
        "people": get_user_model().objects.order_by("last_name", "first_name", "username"),
        "chosen": user,
        "choices": choices,
        "action": action,
        "older": found[-1]["at"].isoformat() if len(found) == SIZE else "",
    }
    return render(request, "home/admin/who_did_what.html", context)


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if timezone.is_aware(moment) else None


@hooks.register("register_admin_urls")
def report_screen():
    """Where it is."""
    return [path("reports/who-did-what/", who_did_what, name="who_did_what")]


class AdministratorsMenuItem(MenuItem):
    """Shown to administrators only."""

    def is_shown(self, request):
        return request.user.is_superuser


@hooks.register("register_reports_menu_item")
def report_menu_item():
    """The way to it."""
    return AdministratorsMenuItem("Who did what", reverse("who_did_what"), icon_name="history", order=50)
