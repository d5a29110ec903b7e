"""Holds a restored site's mail until a person says that it may leave: much of it was sent after the backup."""

from datetime import timedelta

from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from dscp_cms import clock, mail
from dscp_cms.models import OutgoingMail
from news.sending import campaigns

REASON = "This site was restored from a backup, and may have sent it already."


def hold_mail() -> None:
    """Hold every message and campaign that waits, also those that jobs find due later for a time before now.

    What was being sent is uncertain. Tasks are nudges that the rows don't need, and some would send at once: they
    go, but for Wagtail's, which keep search and references in step.
    """
    now = timezone.now()
    late = now - mail.HELD_AFTER - timedelta(minutes=1)
    OutgoingMail.objects.filter(status=OutgoingMail.Status.SENDING).update(
        status=OutgoingMail.Status.UNCERTAIN, error=REASON
    )
    OutgoingMail.objects.filter(status=OutgoingMail.Status.QUEUED).update(not_before=late)
    campaigns.hold_everything(REASON)
    clock.note_restored(now)
    DBTaskResult.objects.exclude(task_path__startswith="wagtail.").filter(status__in=["READY", "RUNNING"]).delete()
    DBTaskResult.objects.filter(status="RUNNING").update(status="READY")
