"""When somebody leaves: what they answer for, handed over in one step; their account closed, their mail stopped."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Page, PageSubscription, Revision, WorkflowState, get_page_models
from wagtail.users.models import UserProfile

from dscp_cms import audit, mail
from dscp_cms.accounts import partners
from dscp_cms.models import DraftLink, PartnerProfile
from dscp_cms.pages import BasePage
from dscp_cms.staff import STAFF
from news.models import Campaign, Subscriber
from resources import watching
from resources.models import Watch
from training.models import Booking, SessionDay, TrainingSession

SHOWN = 50  # of one kind; the rest is counted
NOT_SENT = "Not sent: the person has left, and the account with this address was closed."


@dataclass(frozen=True)
class Owned:
    """Things of one kind that somebody answers for: what becomes of them, and where each is looked at."""

    label: str
    becomes: str
    count: int
    things: list[tuple[str, str]] = field(default_factory=list)  # title, address in the admin


def name_of(user) -> str:
    """What somebody is called where only words are kept, such as a session's facilitator."""
    return user.get_full_name() or user.email


def staff(without=None):
    """Those who may take over: accounts that open the admin."""
    users = get_user_model().objects.with_perm(STAFF, backend="dscp_cms.accounts.backend.AccountBackend")
    return users.exclude(pk=getattr(without, "pk", None)).order_by("last_name", "first_name", "username")


def owned(user) -> list[Owned]:
    """Everything that this account answers for; kinds without any are left out."""
    reviewed = Page.objects.filter(pk__in=_reviewed_keys(user))
    waiting = WorkflowState.objects.filter(requested_by=user, status__in=("in_progress", "needs_changes"))
    waiting = Page.objects.filter(pk__in=[int(key) for key in waiting.values_list("object_id", flat=True)])
    planned = Revision.objects.page_revisions().filter(user=user, approved_go_live_at__isnull=False)
    planned = Page.objects.filter(pk__in=[int(key) for key in planned.values_list("object_id", flat=True)])
    campaigns = Campaign.objects.filter(created_by=user, status=Campaign.Status.SCHEDULED)
    kinds = [
        _of_pages("Pages and resources to review, with their reminders", "The other person reviews them.", reviewed),
        _of_pages("Pages that they made", "The other person is named as owner.", Page.objects.filter(owner=user)),
        _of_pages("Pages that they locked", "They are unlocked.", Page.objects.filter(locked_by=user)),
        _of_pages("Pages that wait for approval", "They stay where they are; Moderators see them.", waiting),
        _of_pages("Pages that are published on a date", "They are published as planned.", planned),
        _of_sessions(user),
        _of(
            "Newsletters planned to be sent",
            "They are sent as planned, unless somebody stops them.",
            campaigns,
            lambda one: (str(one), reverse("news_campaign", args=[one.pk])),
        ),
        *_at_their_address(user.email),
    ]
    return [kind for kind in kinds if kind.count]


def _of(label: str, becomes: str, things, named: Callable[[Any], tuple[str, str]]) -> Owned:
    """One query, unless there are more than are shown."""
    first = list(things[: SHOWN + 1])
    count = len(first) if len(first) <= SHOWN else things.count()
    return Owned(label, becomes, count, [named(one) for one in first[:SHOWN]])


def _of_pages(label: str, becomes: str, pages) -> Owned:
    return _of(label, becomes, pages.order_by("title"), lambda page: (page.get_admin_display_title(), _edit(page.pk)))


def _edit(key: int) -> str:
    return reverse("wagtailadmin_pages:edit", args=[key])


def _of_sessions(user) -> Owned:
    return _of(
        "Training sessions to come",
        "The other person is named as facilitator.",
        _sessions(user).select_related("course").order_by("starts_at"),
        lambda one: (f"{one.course.title}, {timezone.localtime(one.starts_at):%d/%m/%Y}", _session(one.pk)),
    )


def _session(key: int) -> str:
    return reverse("training_trainingsession_modeladmin_edit", args=[key])


def _at_their_address(email: str) -> list[Owned]:
    """What the site would write to this address about, account or not."""
    if not email:
        return []
    waiting = mail.waiting_for(email).count()
    wishes = Watch.objects.filter(email__iexact=email).select_related("page").order_by("page__title")
    places = Booking.objects.at_address(email).active().filter(session__starts_at__gt=timezone.now())
    places = places.select_related("session__course").order_by("session__starts_at")
    reader = Subscriber.objects.with_address(email).subscribed().first()
    letters = [("Their entry", reverse("news_subscriber_modeladmin_inspect", args=[reader.pk]))] if reader else []
    return [
        Owned("E-mails to them that aren’t sent yet", "They are taken out.", waiting),
        _of(
            "Pages that they want to hear of when they change",
            "They aren’t told any more.",
            wishes,
            lambda wish: (wish.page.title, _edit(wish.page_id)),
        ),
        _of(
            "Places on training booked with their address",
            "They stay, with their reminders. Cancel those that nobody comes to.",
            places,
            lambda one: (one.session.course.title, _booking(one.pk)),
        ),
        Owned("Newsletter", "Their subscription stays, until they or you end it.", len(letters), letters),
    ]


def _booking(key: int) -> str:
    return reverse("training_booking_modeladmin_inspect", args=[key])


def _sessions(user):
    return TrainingSession.objects.filter(facilitator__iexact=name_of(user), starts_at__gt=timezone.now())


def _page_models() -> list[type[BasePage]]:
    return [model for model in get_page_models() if issubclass(model, BasePage) and not model._meta.abstract]


def _reviewed_keys(user) -> set[int]:
    first, *others = (_reviewed(model, user).order_by() for model in _page_models())
    return {key for (key,) in first.union(*others, all=True)}


def _reviewed(model, user):
    return model.objects.filter(review_owner=user).values_list("pk")


@transaction.atomic
def leave(user, *, to=None, by) -> None:
    """Hand over what somebody answers for, close their account, and end their sessions and their mail.

    ``to`` may be nobody when there is nothing to hand over. Raises ValidationError for the last administrator,
    for oneself, and when somebody must take over and nobody was named. A second run changes nothing.
    """
    users = get_user_model().objects.select_for_update()
    user = users.get(pk=user.pk)
    _refuse(user, to, by)
    if to is not None:
        _hand_over(user, to)
        audit.record(audit.Action.HANDED_OVER, by, f"From account {user.pk} to account {to.pk}")
    Page.objects.filter(locked_by=user).update(locked=False, locked_by=None, locked_at=None)
    _close(user, by)


def _refuse(user, to, by) -> None:
    if user == by:
        raise ValidationError("You can't do this for your own account. Ask another administrator.")
    others = get_user_model().objects.filter(is_superuser=True, is_active=True).exclude(pk=user.pk)
    if user.is_superuser and user.is_active and not others.exists():
        raise ValidationError("This is the only administrator. Make another one first.")
    if to is not None and (to == user or not to.is_active or not to.has_perm(STAFF)):
        raise ValidationError("Choose somebody who may sign in to the admin.")
    if to is None and (_reviewed_keys(user) or _sessions(user).exists()):
        raise ValidationError("Choose who takes over: there are reviews or sessions to look after.")


def _hand_over(user, to) -> None:
    for model in _page_models():
        keys = {key for (key,) in _reviewed(model, user)}
        model.objects.filter(pk__in=keys).update(review_owner=to)
        # Drafts and what is scheduled too, or the next one published would bring the old name back.
        latest = models.Q(pk__in=model.objects.values("latest_revision_id"))
        of_model = models.Q(content_type=ContentType.objects.get_for_model(model))
        scheduled = of_model & models.Q(approved_go_live_at__isnull=False)
        for revision in Revision.objects.filter(latest | scheduled, content__review_owner=user.pk):
            revision.content["review_owner"] = to.pk
            revision.save(update_fields=["content"])
    Page.objects.filter(owner=user).update(owner=to)
    sessions = _sessions(user)
    days = SessionDay.objects.filter(facilitator__iexact=name_of(user), starts_at__gt=timezone.now())
    days.update(facilitator=name_of(to))
    sessions.update(facilitator=name_of(to))


def _close(user, by) -> None:
    """Nobody signs in to it any more. It is kept, since what they wrote keeps their name."""
    was_open = user.is_active
    DraftLink.objects.open().filter(made_by=user).update(ended_at=timezone.now())
    profile = PartnerProfile.objects.filter(user=user).first()
    if profile:
        partners.end_access(profile, by)
        user.refresh_from_db()
    groups = ", ".join(user.groups.order_by("name").values_list("name", flat=True))
    user.is_active = user.is_superuser = user.is_staff = False
    user.set_unusable_password()  # with it every session ends
    user.save()
    user.groups.clear()
    user.user_permissions.clear()
    Authenticator.objects.filter(user=user).delete()
    UserProfile.get_for_user(user)  # without one, every notification is on
    PageSubscription.objects.filter(user=user).delete()
    _stop_mail(user.email)
    UserProfile.objects.filter(user=user).update(
        submitted_notifications=False,
        approved_notifications=False,
        rejected_notifications=False,
        updated_comments_notifications=False,
    )
    if was_open or groups:
        audit.record(audit.Action.ACCESS_ENDED, by, f"Account {user.pk} closed; it was in: {groups or 'no group'}")


def _stop_mail(email: str) -> None:
    """What waits for the address, or would be written to it because of a wish. Another account may use it as well."""
    others = get_user_model().objects.filter(email__iexact=email, is_active=True)
    if email and not others.exists():
        mail.take_out(email, NOT_SENT)
        watching.stop_all(email)
