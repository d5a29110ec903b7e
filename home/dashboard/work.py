"""Panels on messages, mail and background work; and the button that lets held mail go."""

from datetime import timedelta

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST
from django_tasks_db.models import DBTaskResult

from dscp_cms import audit, health, mail
from dscp_cms.models import OutgoingMail
from home.dashboard.gather import listed
from home.dashboard.panel import Line, Panel, counted, list_address
from home.models import ContactMessage, Contribution

FAILED_WITHIN = timedelta(days=7)


def held_mail():
    """Messages found due too late, which wait for a person."""
    return OutgoingMail.objects.due().filter(not_before__lte=timezone.now() - mail.HELD_AFTER)


def failed_tasks():
    """Work that the worker gave up in the last week."""
    return DBTaskResult.objects.failed().filter(finished_at__gte=timezone.now() - FAILED_WITHIN)


def failed_tasks_list(queryset):
    """For ``gather.rows``: a task has no number of its own."""
    return listed("tasks", queryset, key="priority", text="task_path", more="exception_class_path", at="finished_at")


class MessagesPanel(Panel):
    """Messages from the contact page that nobody has dealt with."""

    name, order, title = "messages", 10, "Messages waiting"

    @classmethod
    def concerns(cls, user):
        return user.has_perm("home.view_contactmessage")

    def counts(self):
        waiting = ContactMessage.objects.waiting()
        return {"messages": waiting, "urgent": waiting.filter(urgent=True)}

    def lines(self):
        address, found = reverse("home_contactmessage_modeladmin_index"), []
        if urgent := self.numbers["urgent"]:
            has = "it has" if urgent == 1 else "they have"
            words = f"{urgent} urgent: {has} words that may mean a child is being harmed"
            found.append(Line(words, f"{address}?todo=urgent", urgent=True))
        if waiting := self.numbers["messages"]:
            found.append(Line(f"{counted(waiting, 'message')} from the contact page", f"{address}?todo=waiting"))
        return found


class SentInPanel(Panel):
    """What agencies sent in and nobody has decided on."""

    name, order, title = "sent-in", 12, "Sent in by agencies"

    @classmethod
    def concerns(cls, user):
        return user.has_perm("home.view_contribution")

    def counts(self):
        return {"sent_in": Contribution.objects.waiting()}

    def lines(self):
        if not (waiting := self.numbers["sent_in"]):
            return []
        address = f"{reverse('home_contribution_modeladmin_index')}?status__exact=waiting"
        return [Line(f"{counted(waiting, 'contribution')} to accept or decline", address)]


class WorkPanel(Panel):
    """Mail that didn't leave, and processes that have gone silent."""

    name, order, title = "work", 100, "Mail and background work"
    template_name = "home/admin/dashboard/work.html"

    @classmethod
    def concerns(cls, user):
        return user.has_perm("dscp_cms.view_outgoingmail")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.runs_the_site = self.user.has_perm("dscp_cms.change_outgoingmail")
        self.warnings = health.stalled() if self.runs_the_site else []

    def counts(self):
        found = {"held": held_mail(), "undelivered": OutgoingMail.objects.undelivered()}
        return found | ({"tasks": failed_tasks()} if self.runs_the_site else {})

    def lines(self):
        address, found = reverse("dscp_cms_outgoingmail_modeladmin_index"), []
        if held := self.numbers["held"]:
            is_late = "because it is" if held == 1 else "because they are"
            words = f"{counted(held, 'message')} held, {is_late} more than six hours late"
            found.append(Line(words, f"{address}?delivery=held"))
        if undelivered := self.numbers["undelivered"]:
            words = f"{counted(undelivered, 'message')} not delivered, or not known to be"
            found.append(Line(words, f"{address}?delivery=undelivered"))
        if tasks := self.numbers.get("tasks"):
            found.append(Line(f"{counted(tasks, 'job')} failed in the last week", list_address("jobs")))
        return found

    def has_anything(self):
        return bool(self.said or self.warnings)

    def get_context_data(self, parent_context):
        may_send = self.runs_the_site and self.numbers["held"]
        return {**super().get_context_data(parent_context), "warnings": self.warnings, "may_send": may_send}


@require_POST
def send_held_mail(request):
    """Let held messages go, since a person said so."""
    if not request.user.has_perm("dscp_cms.change_outgoingmail"):
        raise PermissionDenied
    count = mail.release_held()
    if count:
        audit.record(audit.Action.SENT, request.user, f"E-mails that were held: {count}")
        messages.success(request, f"{count} held {'message is' if count == 1 else 'messages are'} on the way.")
    else:
        messages.info(request, "No message is held any more.")
    return redirect("wagtailadmin_home")
