"""A second person for what goes to many: who approved which version of a page, and links for those without an account.

A page type with ``needs_second_person`` is published only when somebody other than the author of its words has
let these words through: by the workflow, by the press of “Publish”, or by an answer to a link. A deadline can be
met alone, with a reason that is kept and mailed to the Moderators. Any other words need a new approval; saving
the same words again doesn't.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth import get_user_model
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone
from wagtail.log_actions import log
from wagtail.models import Page, Revision, TaskState

from dscp_cms import audit, mail
from dscp_cms.faces import absolute
from dscp_cms.models import Approval, DraftLink

Kind, Decision = DraftLink.Kind, Approval.Decision
LASTS = {Kind.APPROVE: timedelta(days=14), Kind.SHARE: timedelta(days=7)}
SALT = "dscp_cms.approvals"
MODERATORS = "Moderators"
LOOKED_BACK = 50  # versions; whoever saves more often than that without a change is taken for the author
# What a version holds besides the words that readers get.
BESIDES_WORDS = {
    *("pk", "path", "depth", "numchild", "url_path", "content_type", "translation_key", "locale", "alias_of", "owner"),
    *("live", "has_unpublished_changes", "draft_title", "live_revision", "latest_revision", "first_published_at"),
    *("last_published_at", "latest_revision_created_at", "go_live_at", "expire_at", "expired", "locked", "locked_at"),
    *("locked_by", "wagtail_admin_comments", "review_date", "review_owner", "index_entries"),
}
NEEDED = (
    "Somebody else has to approve these words before they are published. Save the draft, then submit it for "
    "approval, or choose “Share and approve” on top to ask by a link or to publish without a second person."
)
CHANGES_ASKED = "Changes were asked for. Make them, then have the new draft approved."


# What is approved


def fingerprint(revision: Revision) -> str:
    """The same for two versions of a page whose words are the same."""
    words = {name: value for name, value in revision.content.items() if name not in BESIDES_WORDS}
    return hashlib.sha256(_without_marks(json.dumps(words, sort_keys=True, default=str)).encode()).hexdigest()


def _without_marks(text: str) -> str:
    """The editor of rich text marks paragraphs for itself when it saves them first; that is no change of words."""
    return re.sub(r' data-block-key=\\*"[^"\\]*\\*"', "", text)


def _same_words(revision: Revision) -> list[Revision]:
    """The version and those right before it that say the same, the newest first."""
    older = Revision.objects.filter(
        base_content_type_id=revision.base_content_type_id, object_id=revision.object_id, pk__lte=revision.pk
    ).order_by("-pk")[:LOOKED_BACK]
    mark, found = fingerprint(revision), []
    for each in older:
        if fingerprint(each) != mark:
            break
        found.append(each)
    return found


def _author(same: list[Revision]) -> int | None:
    """The key of whoever first saved these words; what the clock or a program saved is nobody's yet."""
    return next((each.user_id for each in reversed(same) if each.user_id), None)


def verdict(page: Page, revision: Revision) -> Approval | None:
    """The last answer to these words that anybody gave by a link, or by publishing them."""
    same = models.Q(revision=revision) | models.Q(fingerprint=fingerprint(revision))
    return Approval.objects.filter(same, page_id=page.pk).first()


def is_approved(page: Page, revision: Revision, by=None) -> bool:
    """Whether somebody other than their author has let these words through, or ``by`` does so now."""
    last = verdict(page, revision)
    if last is not None:
        return last.decision != Decision.CHANGES
    same = _same_words(revision)
    author = _author(same)
    if by is not None and by.pk != author:
        return True
    approved = TaskState.objects.filter(revision__in=same, status=TaskState.STATUS_APPROVED, finished_by__isnull=False)
    return approved.exclude(finished_by=author).exists()


def complaint(page: Page, by) -> str:
    """Why this person can't publish the page's latest version as it is, in a sentence; empty when they can."""
    if not getattr(page.specific_class, "needs_second_person", False):
        return ""
    revision = page.get_latest_revision()
    if revision is None:
        return NEEDED
    if is_approved(page, revision, by):
        return ""
    last = verdict(page, revision)
    return CHANGES_ASKED if last else NEEDED


@dataclass(frozen=True)
class State:
    """Where a page's latest draft stands."""

    approved: bool
    said: str  # a sentence
    words: str = ""  # of whoever answered


def state(page: Page) -> State:
    """Whether somebody has approved the page's latest version, as a sentence for staff."""
    revision = page.get_latest_revision()
    if revision is None:
        return State(False, "Nobody has approved it yet.")
    last = verdict(page, revision)
    if last is not None:
        when = timezone.localtime(last.at)
        said = f"{last.get_decision_display()}: {last.name}, {when:%d/%m/%Y at %H:%M}."
        return State(last.decision != Decision.CHANGES, said, last.words)
    if is_approved(page, revision):
        return State(True, "Approved by a Moderator.")
    return State(False, "Nobody has approved this draft yet.")


@transaction.atomic
def settle(page: Page, by) -> Approval | None:
    """After a publication, write down who approved the version published; None where there is nothing to add.

    Sending changes a version's words by itself, so the approval has to hang on the version.
    """
    page = Page.objects.get(pk=page.pk)
    revision = page.scheduled_revision or page.live_revision
    if revision is None or Approval.objects.filter(page=page, revision=revision).exists():
        return None
    last, same = verdict(page, revision), _same_words(revision)
    if last is not None and last.decision != Decision.CHANGES:
        known = {"decision": last.decision, "name": last.name, "user": last.user, "words": last.words}
        return _add(page, revision, **known)
    if by.pk == _author(same):
        return None
    return _add(page, revision, decision=Decision.APPROVED, name=name_of(by), user=by)


def _add(page: Page, revision: Revision, **known) -> Approval:
    return Approval.objects.create(page_id=page.pk, revision=revision, fingerprint=fingerprint(revision), **known)


def name_of(user) -> str:
    """A person's name, or the address where there is none."""
    return (user.get_full_name() or user.get_username())[:120]


# Alone


@transaction.atomic
def publish_alone(page: Page, by, reason: str, *, publish: bool = True) -> Approval:
    """Publish the latest version without a second person, keep the reason, and tell the Moderators.

    Raises ValidationError without a reason. Whether ``by`` may publish is for the caller to ask.
    """
    reason = " ".join(reason.split())
    if len(reason) < 10:
        raise ValidationError("Say in a sentence why it can't wait for a second person.")
    revision = page.get_latest_revision()
    given = _add(page, revision, decision=Decision.ALONE, name=name_of(by), user=by, words=reason)
    audit.record(audit.Action.ALONE, by, page.get_admin_display_title())
    log(instance=page, action="dscp_cms.alone", user=by, revision=revision, data={"reason": reason[:500]})
    if publish:
        revision.publish(user=by)
    title = page.get_admin_display_title()
    text = (
        f"{name_of(by)} published “{title}” without a second person.\n\nThe reason given:\n{reason}\n\n"
        f"Please read it now that it is out:\n{_edit_address(page)}\n"
    )
    subject = f"Published without a second person: {title}"
    _tell_moderators(text, kind="published alone", subject=subject, without=by)
    return given


def _edit_address(page: Page) -> str:
    return absolute(reverse("wagtailadmin_pages:edit", args=[page.pk]))


def _tell_moderators(text: str, *, kind: str, subject: str, without) -> None:
    people = get_user_model().objects.filter(groups__name=MODERATORS, is_active=True).exclude(email="")
    if without is not None:
        people = people.exclude(pk=without.pk)
    for email in people.values_list("email", flat=True).distinct():
        mail.send(kind=kind, to=email, subject=subject, text=text)


# Links


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
    """The addresses, in small letters, of whoever asks and of the author of the latest version."""
    revision = page.get_latest_revision()
    author = _author(_same_words(revision)) if revision else None
    found = get_user_model().objects.filter(pk__in={by.pk, author} - {None}).values_list("email", flat=True)
    return {email.lower() for email in found if email}


def may_not_answer(link: DraftLink, user) -> str:
    """Why somebody who is signed in can't answer a link, in a sentence; empty when they can."""
    if not user.is_authenticated or user.pk not in {link.made_by_id, _author(_same_words(link.revision))}:
        return ""
    return "You asked for this approval, or wrote the draft, so somebody else has to answer."


def _mail(link: DraftLink, page: Page, by) -> None:
    approve = link.kind == Kind.APPROVE
    wish = "read it and say whether it can go out" if approve else "read it"
    until = timezone.localtime(link.expires_at)
    text = (
        f"{name_of(by)} asks you to look at a draft of the partnership’s website, and to {wish}.\n\n"
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
    given = _add(link.page, link.revision, decision=decision, name=name, email=link.email, words=words)
    action = "dscp_cms.approved" if decision == Decision.APPROVED else "dscp_cms.changes_asked"
    data = {"name": name, "words": words[:500], "version": link.revision_id}
    log(instance=link.page, action=action, revision=link.revision, data=data)
    if decision == Decision.APPROVED:
        title = link.page.get_admin_display_title()
        audit.record(audit.Action.APPROVED, None, f"{title}, by a link")
        text = (
            f"“{title}” was approved by a link that was mailed to {link.email}. The name given: {name}.\n\n"
            f"If you don’t know of this, please ask them:\n{_edit_address(link.page)}\n"
        )
        _tell_moderators(text, kind="approved by link", subject=f"Approved by a link: {title}", without=link.made_by)
    if link.made_by and link.made_by.is_active and link.made_by.email:
        _tell_asker(link, given)
    return given


def _tell_asker(link: DraftLink, given: Approval) -> None:
    said = "has approved" if given.decision == Decision.APPROVED else "asks for changes to"
    title = link.page.get_admin_display_title()
    text = f"{given.name} {said} “{title}”.\n\n"
    text += f"{given.words}\n\n" if given.words else ""
    text += f"{_edit_address(link.page)}\n"
    subject = f"{'Approved' if given.decision == Decision.APPROVED else 'Changes asked for'}: {title}"
    mail.send(kind="draft answered", to=link.made_by.email, subject=subject, text=text)


def forget(before: datetime) -> dict[str, int]:
    """Delete links that ended or expired before then, and the addresses of those who answered; return how many."""
    over = models.Q(expires_at__lt=before) | models.Q(ended_at__lt=before)
    return {
        "links to drafts": DraftLink.objects.filter(over).delete()[0],
        "addresses of people who approved": Approval.objects.filter(at__lt=before).exclude(email="").update(email=""),
    }


# In the editor

NOT_THE_WORDS = {"go_live_at", "expire_at", "review_date", "review_owner"}
CHANGED = (
    "You have changed something since it was approved, or since its author saved it. Save the draft, then have it "
    "approved: submit it, or choose “Share and approve” on top."
)


def form_complaint(form) -> str:
    """Why an editor's press of “Publish”, or a Moderator's approval, can't be taken; empty when it can."""
    page = form.instance
    if not getattr(page, "needs_second_person", False):
        return ""
    if not page.pk or page.latest_revision_id is None:
        return NEEDED
    if sentence := complaint(page, form.for_user):
        return sentence
    others = (formset for name, formset in form.formsets.items() if name != "comments")
    changed = any(_has_other_words(form, name) for name in set(form.changed_data) - NOT_THE_WORDS)
    return CHANGED if changed or any(formset.has_changed() for formset in others) else ""


def _has_other_words(form, name: str) -> bool:
    before, after = form.initial.get(name), form.cleaned_data.get(name)
    return _without_marks(_plain(before)) != _without_marks(_plain(after))


def _plain(value) -> str:
    """A field's value as text to compare; a stream with everything in it."""
    return json.dumps(value.get_prep_value(), default=str) if hasattr(value, "get_prep_value") else str(value or "")
