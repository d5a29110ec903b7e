"""Removes personal data whose time is over, everywhere on the site, and keeps the counts.

How long each kind is kept stands in two settings, *Training* and *Retention of personal data*. Each app knows how
to forget its own; this job asks all of them. Whatever was removed once isn't found again.
"""

import logging
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from dscp_cms import audit, draft_links
from dscp_cms.models import OutgoingMail
from home import contributions
from home.models import ContactMessage, RetentionSettings
from news import retention
from resources import watching
from training import certificates, personal_data, register_links

logger = logging.getLogger(__name__)

MONTH, DAY = timedelta(days=30.44), timedelta(days=1)
# States in which nothing more will happen to a message.
OVER = (
    OutgoingMail.Status.SENT,
    OutgoingMail.Status.OUTBOX,
    OutgoingMail.Status.FAILED,
    OutgoingMail.Status.SUPPRESSED,
    OutgoingMail.Status.UNCERTAIN,
    OutgoingMail.Status.DROPPED,
)


AT_ONCE = 500
# What the apps call it, for people.
WORDS = {
    "needs": "access and dietary needs",
    "mobiles": "mobile numbers",
    "bookings": "names and addresses of bookings",
    "charges": "finance contacts of charges",
    "words": "words in evaluations",
    "pending": "sign-ups that nobody confirmed",
    "new_addresses": "changes of address that nobody confirmed",
    "left": "people who left the newsletter",
    "deliveries": "addresses in reports of newsletters",
    "requests": "requests of the sign-up page",
}


@dataclass
class Purged:
    """How many rows of each kind lost their personal data, and which jobs failed."""

    counts: dict[str, int]
    failed: list[str]


def purge(*, dry_run: bool = False) -> Purged:
    """Remove what is older than the settings allow; return how much of what.

    A dry run does the same in one transaction and takes it back, so that its figures are exact. A job that
    fails is logged and named, and doesn't keep the others from theirs.
    """
    if dry_run:
        with transaction.atomic():
            done = _all()
            transaction.set_rollback(True)
        return done
    return _all()


def _all() -> Purged:
    done = Purged({}, [])
    for job in JOBS:
        try:
            with transaction.atomic(savepoint=True) if transaction.get_connection().in_atomic_block else nullcontext():
                done.counts |= job()
        except Exception:
            name = job.__name__.strip("_").replace("_", " ")
            logger.exception("removing personal data failed: %s", name)
            done.failed.append(name)
    gone = [f"{number} {what}" for what, number in done.counts.items() if number]
    if gone:
        audit.record(audit.Action.ERASED, None, f"Their time was over: {', '.join(gone)}")
    return done


def _training() -> dict[str, int]:
    return {WORDS.get(name, name.replace("_", " ")): n for name, n in asdict(personal_data.purge()).items()}


def _certificates() -> dict[str, int]:
    return {"certificates": certificates.forget_old()}


def _register_links() -> dict[str, int]:
    return {"links to registers": register_links.purge()}


def _newsletter() -> dict[str, int]:
    conf, now = RetentionSettings.load(), timezone.now()
    limits = retention.Limits(
        pending=now - conf.pending_days * DAY,
        left=now - conf.left_months * MONTH,
        deliveries=now - conf.delivery_months * MONTH,
    )
    return {WORDS[name]: number for name, number in asdict(retention.purge(limits)).items()}


def _wishes() -> dict[str, int]:
    return {"wishes to be told of changes": watching.forget()}


def _messages() -> dict[str, int]:
    before = timezone.now() - RetentionSettings.load().message_months * MONTH
    return {"messages from the contact page": ContactMessage.objects.filter(handled_at__lt=before).delete()[0]}


def _contributions() -> dict[str, int]:
    before = timezone.now() - RetentionSettings.load().message_months * MONTH
    return {"people who sent something in": contributions.forget(before)}


def _drafts() -> dict[str, int]:
    return draft_links.forget(timezone.now() - RetentionSettings.load().mail_months * MONTH)


def _mails() -> dict[str, int]:
    before = timezone.now() - RetentionSettings.load().mail_months * MONTH
    old, gone = OutgoingMail.objects.filter(status__in=OVER, created_at__lt=before), 0
    while keys := list(old.values_list("pk", flat=True)[:AT_ONCE]):
        OutgoingMail.objects.filter(pk__in=keys).delete()
        gone += len(keys)
    return {"e-mails to single people": gone}


JOBS = (
    _training,
    _certificates,
    _register_links,
    _newsletter,
    _wishes,
    _messages,
    _contributions,
    _drafts,
    _mails,
)
