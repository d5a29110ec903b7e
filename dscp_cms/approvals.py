"""A second person for what goes to many: who approved which version of a page.

A page type with ``needs_second_person`` is published only when somebody who changed none of its words since the
last approval has let them through: by the workflow, by the press of “Publish”, or by an answer to a link
(``dscp_cms.draft_links``). So two people who write together need a third, and whoever corrects a comma can neither
approve their own comma nor make the rest somebody else's to approve. A deadline can be met alone, with a reason that
is kept and mailed to the Moderators. Any other words need a new approval; saving the same words again doesn't.
"""

import hashlib
import json
import re
from dataclasses import dataclass

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone
from wagtail.log_actions import log
from wagtail.models import Page, Revision, TaskState

from dscp_cms import audit, mail
from dscp_cms.faces import absolute
from dscp_cms.models import Approval

Decision = Approval.Decision
MODERATORS = "Moderators"
LOOKED_BACK = 50  # versions whose words are compared; whoever saved an older one is taken to have changed something
# What a version holds besides the words that readers get.
BESIDES_WORDS = {
    *("pk", "path", "depth", "numchild", "url_path", "content_type", "translation_key", "locale", "alias_of", "owner"),
    *("live", "has_unpublished_changes", "draft_title", "live_revision", "latest_revision", "first_published_at"),
    *("last_published_at", "latest_revision_created_at", "go_live_at", "expire_at", "expired", "locked", "locked_at"),
    *("locked_by", "wagtail_admin_comments", "review_date", "review_owner", "index_entries"),
}
NEEDED = (
    "Somebody else has to approve these words before they are published: somebody who has changed none of them since "
    "the last approval. Save the draft, then submit it for approval, or choose “Share and approve” on top to ask by a "
    "link or to publish without a second person."
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


@dataclass(frozen=True)
class Hands:
    """Whose words a version holds that nobody has approved yet, and whether it was approved in the workflow."""

    writers: frozenset[int]  # keys of accounts
    approved: bool


def hands(revision: Revision) -> Hands:
    """Go through a page's versions since the last answer that approved one, and note who changed words.

    What the clock or a program wrote is taken for the words of whoever saves it next. An approval in the
    workflow counts where whoever gave it had changed nothing. Only the last LOOKED_BACK versions are
    compared; whoever saved one before them counts as a writer.
    """
    versions = Revision.objects.filter(
        base_content_type_id=revision.base_content_type_id, object_id=revision.object_id, pk__lte=revision.pk
    ).order_by("pk")
    answers = Approval.objects.filter(page_id=revision.object_id, decision=Decision.APPROVED)
    base = answers.filter(revision__lte=revision.pk).aggregate(models.Max("revision"))["revision__max"]
    if base:
        versions = versions.filter(pk__gte=base)
    saved = list(versions.values_list("pk", "user_id"))
    before, compared = saved[:-LOOKED_BACK], saved[-LOOKED_BACK:]
    writers = {user for key, user in before if user and key != base}
    approvers = _approvers([key for key, _user in compared])
    mark, approved, taken = "", False, True
    for each in versions.filter(pk__gte=compared[0][0]):
        was, mark = mark, fingerprint(each)
        if each.pk == base:
            approved = True
        elif mark != was or not taken:
            writers |= {each.user_id} - {None}
            approved, taken = False, each.user_id is not None
        if approvers.get(each.pk, set()) - writers:
            writers, approved, taken = set(), True, True
    return Hands(frozenset(writers), approved)


def _approvers(keys: list[int]) -> dict[int, set[int]]:
    """Who approved these versions in the workflow."""
    given = TaskState.objects.filter(revision__in=keys, status=TaskState.STATUS_APPROVED, finished_by__isnull=False)
    found: dict[int, set[int]] = {}
    for key, user in given.values_list("revision", "finished_by"):
        found.setdefault(key, set()).add(user)
    return found


def verdict(page: Page, revision: Revision) -> Approval | None:
    """The last answer to these words that anybody gave by a link, or by publishing them."""
    same = models.Q(revision=revision) | models.Q(fingerprint=fingerprint(revision))
    return Approval.objects.filter(same, page_id=page.pk).first()


def is_approved(page: Page, revision: Revision, by=None) -> bool:
    """Whether somebody who changed none of these words has let them through, or ``by`` does so now."""
    last = verdict(page, revision)
    if last is not None:
        return last.decision != Decision.CHANGES
    known = hands(revision)
    return known.approved or (by is not None and by.pk not in known.writers)


def complaint(page: Page, by, where: "State | None" = None) -> str:
    """Why this person can't publish the page's latest version as it is, in a sentence; empty when they can.

    ``where`` is its state, if that has been asked for already.
    """
    if not getattr(page.specific_class, "needs_second_person", False):
        return ""
    where = where or state(page)
    if where.approved or (not where.answered and where.hands and by.pk not in where.hands.writers):
        return ""
    return CHANGES_ASKED if where.answered else NEEDED


@dataclass(frozen=True)
class State:
    """Where a page's latest draft stands."""

    approved: bool
    said: str  # a sentence
    words: str = ""  # of whoever answered
    writers: tuple[str, ...] = ()  # the names of those who can't approve it, since they changed something
    answered: bool = False
    hands: Hands | None = None  # where nobody has answered


def state(page: Page) -> State:
    """Whether somebody has approved the page's latest version, as a sentence for staff."""
    revision = page.get_latest_revision()
    if revision is None:
        return State(False, "Nobody has approved it yet.")
    last = verdict(page, revision)
    if last is not None:
        when = timezone.localtime(last.at)
        said = f"{last.get_decision_display()}: {last.name}, {when:%d/%m/%Y at %H:%M}."
        return State(last.decision != Decision.CHANGES, said, last.words, answered=True)
    known = hands(revision)
    if known.approved:
        return State(True, "Approved by a Moderator.", hands=known)
    people = get_user_model().objects.filter(pk__in=known.writers).order_by("first_name", "last_name", "pk")
    names = tuple(name_of(one) for one in people)
    return State(False, "Nobody has approved this draft yet.", writers=names, hands=known)


@transaction.atomic
def settle(page: Page, by) -> Approval | None:
    """After a publication, write down who approved the version published; None where there is nothing to add.

    Sending changes a version's words by itself, so the approval has to hang on the version.
    """
    page = Page.objects.get(pk=page.pk)
    revision = page.scheduled_revision or page.live_revision
    if revision is None or Approval.objects.filter(page=page, revision=revision).exists():
        return None
    last = verdict(page, revision)
    if last is not None and last.decision != Decision.CHANGES:
        known = {"decision": last.decision, "name": last.name, "user": last.user, "words": last.words}
        return add(page, revision, **known)
    if by.pk in hands(revision).writers:
        return None
    return add(page, revision, decision=Decision.APPROVED, name=name_of(by), user=by)


def add(page: Page, revision: Revision, **known) -> Approval:
    """Write down what somebody said of a version."""
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
    given = add(page, revision, decision=Decision.ALONE, name=name_of(by), user=by, words=reason)
    audit.record(audit.Action.ALONE, by, page.get_admin_display_title())
    log(instance=page, action="dscp_cms.alone", user=by, revision=revision, data={"reason": reason[:500]})
    if publish:
        revision.publish(user=by)
    title = page.get_admin_display_title()
    text = (
        f"{name_of(by)} published “{title}” without a second person.\n\nThe reason given:\n{reason}\n\n"
        f"Please read it now that it is out:\n{edit_address(page)}\n"
    )
    subject = f"Published without a second person: {title}"
    tell_moderators(text, kind="published alone", subject=subject, without=by)
    return given


def edit_address(page: Page) -> str:
    """Where the page is edited, for a message."""
    return absolute(reverse("wagtailadmin_pages:edit", args=[page.pk]))


def tell_moderators(text: str, *, kind: str, subject: str, without) -> None:
    """Mail every Moderator, but the one whose deed it was."""
    people = get_user_model().objects.filter(groups__name=MODERATORS, is_active=True).exclude(email="")
    if without is not None:
        people = people.exclude(pk=without.pk)
    for email in people.values_list("email", flat=True).distinct():
        mail.send(kind=kind, to=email, subject=subject, text=text)


# In the editor

NOT_THE_WORDS = {"go_live_at", "expire_at", "review_date", "review_owner"}
CHANGED = (
    "You have changed something since it was approved or saved. Save the draft, then have it approved by somebody who "
    "has changed nothing in it: submit it, or choose “Share and approve” on top."
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
