"""One way out for every transactional message: a row first, the worker after the commit."""

import contextlib
import logging
import random
import smtplib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction
from django.utils import timezone

from dscp_cms import clock, logs, suppression
from dscp_cms.models import OutgoingMail

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 14  # with the pauses below, temporary refusals are tried for more than a day
HELD_AFTER = timedelta(hours=6)  # found due later than this, mail waits for a person
URGENT = 50  # the priority of a task; others have 0
LEASE = timedelta(minutes=10)  # a message "being sent" for longer was left by a crash
# By these a person shows that an address which refused mail works again; at most one a day is sent.
PROVES_THE_ADDRESS = ("newsletter confirmation", "newsletter address change", "change notice confirmation")


@dataclass(frozen=True)
class Attachment:
    """A small text that goes with a message, such as a calendar entry; ``type`` may have parameters."""

    name: str
    type: str
    content: str


def send(
    *,
    kind: str,
    to: str,
    subject: str,
    text: str,
    html: str = "",
    reply_to: str = "",
    attachments: Sequence[Attachment] = (),
    urgent: bool = False,
    due: datetime | None = None,
    drop_at: datetime | None = None,
    unsubscribe_url: str = "",
    change: str | None = None,
) -> OutgoingMail:
    """Save a message to one person and ask the worker to send it once the transaction is committed.

    The row is the truth: if the worker never hears of it, ``send_due`` finds it. Line breaks in the
    subject are taken out, so that nothing typed into a form becomes a header. An urgent message goes out
    before others. One that was ``due`` more than HELD_AFTER ago is held for a person to release; from
    ``drop_at`` on it isn't sent any more. Mail that somebody subscribed to has an ``unsubscribe_url``,
    which takes a one-click POST (RFC 8058): it goes to no suppressed address, whatever the reason.

    ``change`` names the one change that the message tells of: the database refuses a second message about it
    (IntegrityError), and with it whatever else was done in the same transaction.
    """
    if due and (restored := clock.restored_at()) and due < restored:
        due = min(due, timezone.now() - HELD_AFTER)  # the site as it was before its restoring may have sent it
    mail = OutgoingMail.objects.create(
        key=logs.new_key(),
        kind=kind,
        to=to,
        subject=" ".join(subject.split())[:250],
        text=text,
        html=html,
        reply_to=reply_to,
        attachments=[asdict(attachment) for attachment in attachments],
        urgent=urgent,
        not_before=due or timezone.now(),
        drop_at=drop_at,
        unsubscribe_url=unsubscribe_url,
        change=change,
    )
    if timezone.now() - HELD_AFTER < mail.not_before <= timezone.now():
        transaction.on_commit(lambda: _nudge(mail.pk, urgent))
    return mail


def _nudge(pk: int, urgent: bool) -> None:
    from dscp_cms.tasks import deliver_mail  # the task calls back into this module

    (deliver_mail.using(priority=URGENT) if urgent else deliver_mail).enqueue(pk)


def deliver(pk: int) -> OutgoingMail.Status | None:
    """Send one message if it is due; return its new status, or None if another worker has it.

    Commits *sending* before the message leaves. A temporary refusal is tried again later, up to
    MAX_ATTEMPTS; a connection lost after the message was handed over leaves it *uncertain*.
    """
    now = timezone.now()
    # A task that waited for a worker for hours is late too: what is held needs a person.
    due = OutgoingMail.objects.due().filter(pk=pk, not_before__gt=now - HELD_AFTER)
    claimed = due.update(status=OutgoingMail.Status.SENDING, claimed_at=now)
    if not claimed:
        return None
    mail = OutgoingMail.objects.get(pk=pk)
    if mail.drop_at and mail.drop_at <= now:
        return _finish(mail, OutgoingMail.Status.DROPPED)
    mail.attempts += 1
    if not suppression.may_be_written_to(mail.to):
        return _finish(mail, OutgoingMail.Status.SUPPRESSED, suppression.NOT_ALLOWED)
    if mail.kind not in PROVES_THE_ADDRESS and suppression.stops_all_mail(mail.to):
        return _finish(mail, OutgoingMail.Status.SUPPRESSED)
    if mail.unsubscribe_url and suppression.suppression_of(mail.to):
        return _finish(mail, OutgoingMail.Status.SUPPRESSED)
    return _hand_over(mail, _message(mail))


def _own_domain() -> str:
    """The sender's domain, which belongs in a Message-ID (RFC 5322, 3.6.4)."""
    return parseaddr(settings.MAIL_FROM)[1].rpartition("@")[2] or "localhost"


def _message(mail: OutgoingMail) -> EmailMultiAlternatives:
    headers = {"Message-ID": f"<{mail.key}@{_own_domain()}>", "Auto-Submitted": "auto-generated"}
    if mail.unsubscribe_url:
        headers["List-Unsubscribe"] = f"<{mail.unsubscribe_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message = EmailMultiAlternatives(
        mail.subject,
        mail.text,
        settings.MAIL_FROM,
        [mail.to],
        reply_to=[mail.reply_to] if mail.reply_to else None,
        headers=headers,
    )
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    for attachment in mail.attachments:
        message.attach(attachment["name"], attachment["content"], attachment["type"])
    return message


def _hand_over(mail: OutgoingMail, message: EmailMultiAlternatives) -> OutgoingMail.Status:
    connection = get_connection()
    try:
        connection.open()
    except OSError as error:  # also a refused password: nothing to do with this message, which left nobody's hands
        return _try_later(mail, str(error))
    try:
        connection.send_messages([message])
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPResponseException) as error:
        return _refused(mail, error)
    except smtplib.SMTPServerDisconnected as error:
        return _finish(mail, OutgoingMail.Status.UNCERTAIN, str(error))
    except OSError as error:
        return _try_later(mail, str(error))
    except ValueError as error:  # an address or header that can't be written as one
        return _finish(mail, OutgoingMail.Status.FAILED, str(error))
    finally:
        with contextlib.suppress(OSError):  # the message is already taken or refused
            connection.close()
    return _finish(mail, OutgoingMail.Status.OUTBOX if settings.OUTBOX_DIR else OutgoingMail.Status.SENT)


def _refused(mail: OutgoingMail, error: Exception) -> OutgoingMail.Status:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, answer = next(iter(error.recipients.values()))
    else:
        code, answer = error.smtp_code, error.smtp_error
    answer = answer.decode(errors="replace") if isinstance(answer, bytes) else str(answer)
    if 400 <= code < 500:
        return _try_later(mail, f"{code} {answer}")
    return _finish(mail, OutgoingMail.Status.FAILED, f"{code} {answer}")


def _try_later(mail: OutgoingMail, error: str) -> OutgoingMail.Status:
    if mail.attempts >= MAX_ATTEMPTS:
        return _finish(mail, OutgoingMail.Status.FAILED, error)
    minutes = min(2**mail.attempts, 240) * random.uniform(0.8, 1.2)  # noqa: S311 - jitter, not a secret
    mail.not_before = timezone.now() + timedelta(minutes=minutes)
    return _finish(mail, OutgoingMail.Status.QUEUED, error)


def _finish(mail: OutgoingMail, status: OutgoingMail.Status, error: str = "") -> OutgoingMail.Status:
    mail.status, mail.error = status, error.replace(mail.to, "the address")[:500]
    if status in {OutgoingMail.Status.SENT, OutgoingMail.Status.OUTBOX}:
        mail.sent_at = timezone.now()
    # Not what may have been written meanwhile, such as that it is of no use any more.
    mail.save(update_fields=["status", "error", "attempts", "not_before", "sent_at"])
    level = logging.WARNING if mail.error else logging.INFO
    logger.log(level, "message %s (%s) is %s after attempt %s", mail.pk, mail.key, status, mail.attempts)
    return status


def send_due() -> int:
    """Send every message that is due, and mark what a crash left in the middle; return how many were tried.

    Messages that became due more than HELD_AFTER ago are left for a person to release.
    """
    now = timezone.now()
    OutgoingMail.objects.filter(status=OutgoingMail.Status.SENDING, claimed_at__lt=now - LEASE).update(
        status=OutgoingMail.Status.UNCERTAIN, error="The worker stopped while the message was being sent."
    )
    # Held messages too: nobody should release what is of no use any more.
    OutgoingMail.objects.due().filter(drop_at__lte=now).update(status=OutgoingMail.Status.DROPPED)
    due = OutgoingMail.objects.due().filter(not_before__gt=now - HELD_AFTER).order_by("-urgent", "not_before")
    keys = list(due.values_list("pk", flat=True)[:500])
    for pk in keys:
        deliver(pk)
    return len(keys)


def release_held() -> int:
    """Make held messages due again, after a person said so; return how many there were."""
    now = timezone.now()
    return OutgoingMail.objects.due().filter(not_before__lte=now - HELD_AFTER).update(not_before=now)


def waiting_for(email: str):
    """The messages to an address that aren't sent yet, held ones too."""
    return OutgoingMail.objects.filter(to__iexact=email.strip(), status=OutgoingMail.Status.QUEUED)


def take_out(email: str, reason: str) -> int:
    """Don't send what waits for an address, held messages too, and note why; return how many there were.

    A message that is just being handed to the server may still leave; it isn't tried a second time.
    """
    under_way = OutgoingMail.objects.filter(to__iexact=email.strip(), status=OutgoingMail.Status.SENDING)
    under_way.update(drop_at=timezone.now())
    return waiting_for(email).update(status=OutgoingMail.Status.SUPPRESSED, error=reason[:500])
