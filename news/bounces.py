"""Bounces and complaints: read from a mailbox or reported by a mail service, and what follows from them.

A bounce belongs to the delivery whose Message-ID it quotes; failing that, to the last message that went
to the address it names. What names neither is left in the mailbox for a person. Every report may come
twice; the second changes nothing.
"""

import contextlib
import email
import email.policy
import logging
import mailbox
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from imaplib import IMAP4, IMAP4_SSL
from typing import Literal
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from flufl.bounce import all_failures

from dscp_cms import suppression
from dscp_cms.models import Suppression
from news.models import Delivery, Subscriber
from news.sending import refusals

logger = logging.getLogger(__name__)

MEMORY = timedelta(days=30)  # how long after a message its address alone may tell which one bounced
LARGEST = 2_000_000  # bytes of a report; a longer one has the reason in its first part
OUR_ID = re.compile(rb"(?im)^message-id:\s*<([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@")
STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
# The mailbox is full, too busy, or the message too large or disliked: the address itself may be good.
SOFT = re.compile(r"^(4\.|5\.2\.2|5\.3\.|5\.6\.|5\.7\.)")


@dataclass(frozen=True)
class Report:
    """What one bounce or complaint says."""

    kind: Literal["hard", "soft", "complaint"]
    address: str  # as the report names it; may be empty
    key: uuid.UUID | None  # of our delivery, where the report quotes its Message-ID
    words: str


# What follows


@transaction.atomic
def record(report: Report, at: datetime | None = None) -> bool:
    """Draw the consequences of a report; False where nobody of ours is meant."""
    at = at or timezone.now()
    delivery = _delivery(report, at)
    if report.kind == "complaint":
        return _complaint(report, delivery, at)
    if delivery is None:
        return False
    if delivery.bounced_at is None:
        refusals.address_refused(delivery, report.words, soft=report.kind == "soft", bounced_at=at)
    return True


def _delivery(report: Report, at: datetime) -> Delivery | None:
    deliveries = Delivery.objects.select_related("subscriber", "campaign")
    if report.key:
        return deliveries.filter(key=report.key).first()
    if not report.address:
        return None
    recent = deliveries.filter(email__iexact=report.address, sent_at__gte=at - MEMORY)
    return recent.order_by("-sent_at").first()


def _complaint(report: Report, delivery: Delivery | None, at: datetime) -> bool:
    """Somebody marked our mail as unwanted: they never get another, whichever message it was."""
    person = delivery.subscriber if delivery else Subscriber.objects.filter(email__iexact=report.address).first()
    address = (delivery.email if delivery else "") or report.address
    if not address or (person is None and delivery is None):
        return False
    if delivery and delivery.complained_at is None:
        Delivery.objects.filter(pk=delivery.pk).update(complained_at=at)
    suppression.suppress(address, Suppression.Reason.COMPLAINT, report.words)
    if person:
        Subscriber.objects.filter(pk=person.pk).update(status=Subscriber.Status.COMPLAINED, left_at=at)
    return True


# Reading reports


def read(content: bytes) -> list[Report]:
    """What a message reports: one entry an address. Empty for anything that is no bounce or complaint."""
    message = email.message_from_bytes(content[:LARGEST], policy=email.policy.default)
    key = _our_key(content[:LARGEST])
    parts = {part.get_content_type(): part for part in message.walk()}
    if "message/feedback-report" in parts:
        return [_complaint_report(parts["message/feedback-report"], key)]
    if "message/delivery-status" in parts:
        return _status_reports(parts["message/delivery-status"], key)
    return _other_reports(content[:LARGEST], message, key)


def _our_key(content: bytes) -> uuid.UUID | None:
    """Our delivery's key, from the Message-ID of the message that is quoted in the report."""
    found = OUR_ID.findall(content)
    return uuid.UUID(found[-1].decode()) if found else None


def _fields(part: EmailMessage) -> list[EmailMessage]:
    """The groups of fields that a report consists of."""
    payload = part.get_payload()
    if isinstance(payload, list):
        return payload
    return [email.message_from_string(block) for block in re.split(r"\r?\n\r?\n", str(payload).strip())]


def _complaint_report(part: EmailMessage, key: uuid.UUID | None) -> Report:
    """RFC 5965. The address is often left out by design; then the quoted Message-ID tells."""
    address, kind = "", "abuse"
    for fields in _fields(part):
        address = address or _address(fields.get("Original-Rcpt-To", ""))
        kind = fields.get("Feedback-Type", kind)
    return Report("complaint", address, key, f"Complaint ({kind.strip()})"[:200])


def _status_reports(part: EmailMessage, key: uuid.UUID | None) -> list[Report]:
    """RFC 3464: one group of fields for the message, then one for each address."""
    reports = []
    for fields in _fields(part):
        action, status = fields.get("Action", "").strip().lower(), fields.get("Status", "").strip()
        address = _address(fields.get("Original-Recipient", "") or fields.get("Final-Recipient", ""))
        if action != "failed" or not address:
            continue  # delayed, relayed, delivered: nothing has gone wrong, or not yet
        said = " ".join(str(fields.get("Diagnostic-Code", "")).partition(";")[2].split())
        kind = "soft" if SOFT.match(status) else "hard"
        reports.append(Report(kind, address, key, f"{status} {said}".replace(address, "…").strip()[:200]))
    # The quoted Message-ID is one delivery's; it can't speak for two addresses.
    return reports if len(reports) < 2 else [Report(r.kind, r.address, None, r.words) for r in reports]


def _other_reports(content: bytes, message: EmailMessage, key: uuid.UUID | None) -> list[Report]:
    """Servers with a form of their own: Mailman's parser knows some thirty of them."""
    if message.get("Auto-Submitted", "").strip().lower() == "auto-replied":
        return []  # somebody's holiday
    try:
        addresses = sorted(
            {found.decode(errors="replace") for found in all_failures(email.message_from_bytes(content))[1]}
        )
    except Exception:  # some of its thirty readers stumble over messages that are no bounces
        return []
    found = STATUS.search(content.decode(errors="replace"))
    status = found.group(0) if found else ""
    kind = "soft" if SOFT.match(status) else "hard"
    key = key if len(addresses) == 1 else None
    return [Report(kind, address, key, f"{status} Bounced".strip()) for address in addresses]


def _address(field: str) -> str:
    """The address in a field such as ``rfc822; someone@example.org``."""
    address = str(field).rpartition(";")[2].strip().strip("<>")
    return address if "@" in address else ""


# Mailboxes


@dataclass
class Tally:
    """What a look into the mailbox came to."""

    recorded: int = 0
    nobody: int = 0
    no_report: int = 0

    def __str__(self):
        return (
            f"{self.recorded} recorded, {self.nobody} about nobody of ours, {self.no_report} that are no report "
            "(left in the mailbox)"
        )


def read_mailbox(url: str) -> Tally:
    """Read every unread report of ``imaps://user:password@host/INBOX`` or ``maildir:///path``; mark it as read.

    Each message is recorded before it is marked, so that a crash between the two repeats it, which
    changes nothing. What is no report stays unread for a person.
    """
    tally = Tally()
    opened = _maildir(url) if url.startswith("maildir:") else _imap(url)
    with contextlib.closing(opened) as messages:
        for content, done in messages:
            reports = _read_calmly(content)
            if not reports:
                tally.no_report += 1
                continue
            known = [record(report) for report in reports]
            tally.recorded += sum(known)
            tally.nobody += len(known) - sum(known)
            done()
    return tally


def read_bounces() -> Tally | None:
    """Read the mailbox of BOUNCES_URL, where one is set; the clock's job."""
    return read_mailbox(settings.SENDING.bounces_url) if settings.SENDING.bounces_url else None


def _read_calmly(content: bytes) -> list[Report]:
    try:
        return read(content)
    except Exception:  # the world's mail servers write anything; one odd message mustn't stop the rest
        logger.exception("a message in the bounce mailbox can't be read")
        return []


def _maildir(url: str) -> Iterator:
    box = mailbox.Maildir(urlsplit(url).path, create=False)
    for key in sorted(box.keys()):
        message = box.get_message(key)
        if "S" in message.get_flags():
            continue

        def done(key=key, message=message):
            message.set_subdir("cur")
            message.add_flag("S")
            box[key] = message

        yield box.get_bytes(key), done


def _imap(url: str) -> Iterator:
    parts = urlsplit(url)
    client = (IMAP4_SSL if parts.scheme == "imaps" else IMAP4)(parts.hostname, parts.port or _port(parts), timeout=30)
    with client:
        client.login(unquote(parts.username or ""), unquote(parts.password or ""))
        client.select(f'"{unquote(parts.path.strip("/")) or "INBOX"}"')
        _status, found = client.uid("search", None, "UNSEEN")
        for uid in found[0].split():
            _status, answer = client.uid("fetch", uid, "(BODY.PEEK[])")
            content = next((part[1] for part in answer if isinstance(part, tuple)), None)
            if content is None:
                continue
            yield content, lambda uid=uid: client.uid("store", uid, "+FLAGS", r"(\Seen)")


def _port(parts) -> int:
    return 993 if parts.scheme == "imaps" else 143
