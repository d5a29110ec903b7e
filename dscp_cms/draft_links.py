"""Links to a draft for those without an account: to read it, or to say whether it can go out.

Tokens are signed for their kind. A link to approve is mailed to a second person and shown to nobody else; what its
answer is worth stands in ``dscp_cms.approvals``.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth import get_user_model
from django.core import signing
from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone
from wagtail.log_actions import log
from wagtail.models import Page

from dscp_cms import approvals, audit, mail
from dscp_cms.faces import absolute
from dscp_cms.models import Approval, DraftLink

Kind, Decision = DraftLink.Kind, Approval.Decision
LASTS = {Kind.APPROVE: timedelta(days=14), Kind.SHARE: timedelta(days=7)}
SALT = "dscp_cms.approvals"  # as it was when the first links were mailed


@transaction.atomic
def make_link(page: Page, kind: Kind, by, email: str = "") -> DraftLink:
    """Make a link to the page's latest version, good for LASTS; mail it to ``email`` if there is one.

    Raises ValueError for a link to approve that would go to nobody, or to whoever asks or wrote it: whoever has
    such a link can answer, so nobody but a second person may ever see it.
    """
    if kind == Kind.APPROVE and (not email or email.lower() in not_to_ask(page, by)):
        raise ValueError("A link to approve is mailed to a second person.")
    link = DraftLink.objects.create(
        kind=kind,
        page_id=page.pk,
        revision=page.get_latest_revision(),
        email=email,
        made_by=by,
        expires_at=timezone.now() + LASTS[kind],
    )
    action = "dscp_cms.asked" if kind == Kind.APPROVE else "dscp_cms.shared"
    log(instance=page, action=action, user=by, revision=link.revision)
    if email:
        _mail(link, page, by)
    return link


def not_to_ask(page: Page, by) -> set[str]:
    """The addresses, in small letters, of whoever asks and of all who wrote what nobody has approved yet."""
    revision = page.get_latest_revision()
    writers = approvals.hands(revision).writers if revision else frozenset()
    found = get_user_model().objects.filter(pk__in={by.pk, *writers}).values_list("email", flat=True)
    return {email.lower() for email in found if email}


def may_not_answer(link: DraftLink, user) -> str:
    """Why somebody who is signed in can't answer a link, in a sentence; empty when they can."""
    if not user.is_authenticated or user.pk not in {link.made_by_id, *approvals.hands(link.revision).writers}:
        return ""
    return "You asked for this approval, or changed something in the draft, so somebody else has to answer."


def _mail(link: DraftLink, page: Page, by) -> None:
    approve = link.kind == Kind.APPROVE
    wish = "read it and say whether it can go out" if approve else "read it"
    until = timezone.localtime(link.expires_at)
    text = (
        f"{approvals.name_of(by)} asks you to look at a draft of the partnership’s website, and to {wish}.\n\n"
        f"{address_of(link)}\n\n"
        f"You need no account. The link works until {until.day} {until:%B %Y}, for this draft only. It isn’t "
        "published yet, so please don’t pass the link on.\n"
    )
    subject = f"{'Please approve' if approve else 'A draft to read'}: {page.get_admin_display_title()}"
    mail.send(kind="draft link", to=link.email, subject=subject, text=text, reply_to=by.email or "")


def token_of(link: DraftLink) -> str:
    """What stands in the link's address: its key, signed for its kind."""
    return signing.Signer(salt=f"{SALT}.{link.kind}").sign(link.key.hex).replace(":", ".")


def address_of(link: DraftLink) -> str:
    """The link as it is given to people."""
    name = "approve_draft" if link.kind == Kind.APPROVE else "shared_draft"
    return absolute(reverse(name, args=[token_of(link)]))


def find(kind: Kind, token: str) -> DraftLink | None:
    """The link of a token, open or not; None for one that isn't ours or is gone."""
    try:
        key = UUID(signing.Signer(salt=f"{SALT}.{kind}").unsign(token.replace(".", ":")))
    except (signing.BadSignature, ValueError):
        return None
    return DraftLink.objects.filter(kind=kind, key=key).select_related("page", "revision", "made_by").first()


def end(link: DraftLink) -> bool:
    """Take a link back; say whether it was open."""
    return bool(DraftLink.objects.open().filter(pk=link.pk).update(ended_at=timezone.now()))


@transaction.atomic
def answer(link: DraftLink, *, decision: Decision, name: str, words: str = "") -> Approval | None:
    """Take the one answer to a link, and tell who asked; None where it was answered, or had ended, before."""
    if not end(link):
        return None
    given = approvals.add(link.page, link.revision, decision=decision, name=name, email=link.email, words=words)
    action = "dscp_cms.approved" if decision == Decision.APPROVED else "dscp_cms.changes_asked"
    data = {"name": name, "words": words[:500], "version": link.revision_id}
    log(instance=link.page, action=action, revision=link.revision, data=data)
    if decision == Decision.APPROVED:
        title = link.page.get_admin_display_title()
        audit.record(audit.Action.APPROVED, None, f"{title}, by a link")
        text = (
            f"“{title}” was approved by a link that was mailed to {link.email}. The name given: {name}.\n\n"
            f"If you don’t know of this, please ask them:\n{approvals.edit_address(link.page)}\n"
        )
        approvals.tell_moderators(
            text, kind="approved by link", subject=f"Approved by a link: {title}", without=link.made_by
        )
    if link.made_by and link.made_by.is_active and link.made_by.email:
        _tell_asker(link, given)
    return given


def _tell_asker(link: DraftLink, given: Approval) -> None:
    said = "has approved" if given.decision == Decision.APPROVED else "asks for changes to"
    title = link.page.get_admin_display_title()
    text = f"{given.name} {said} “{title}”.\n\n"
    text += f"{given.words}\n\n" if given.words else ""
    text += f"{approvals.edit_address(link.page)}\n"
    subject = f"{'Approved' if given.decision == Decision.APPROVED else 'Changes asked for'}: {title}"
    mail.send(kind="draft answered", to=link.made_by.email, subject=subject, text=text)


def forget(before: datetime) -> dict[str, int]:
    """Delete links that ended or expired before then, and the addresses of those who answered; return how many."""
    over = models.Q(expires_at__lt=before) | models.Q(ended_at__lt=before)
    return {
        "links to drafts": DraftLink.objects.filter(over).delete()[0],
        "addresses of people who approved": Approval.objects.filter(at__lt=before).exclude(email="").update(email=""),
    }
