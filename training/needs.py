"""Who sees the access and dietary needs of the people who booked: the staff of their session, and nobody else.

Every screen asks here. The right "can see access and dietary needs" alone shows none: it lets somebody be the staff
of a session, which is written in the history that administrators read ("Who did what").
"""

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Q
from wagtail.log_actions import log

from training.models import Booking, TrainingSession

RIGHT = "training.see_needs"
JOINED, NAMED = "training.joined_staff", "training.named_staff"


def may_see(user, session: TrainingSession) -> bool:
    """Whether this person is staff of the session. Not even an administrator sees needs of others' sessions."""
    return user.has_perm(RIGHT) and session.staff.filter(pk=user.pk).exists()


def may_join(user, session: TrainingSession) -> bool:
    """Whether this person may make themselves staff of the session, and isn't yet."""
    rights = (RIGHT, "training.change_trainingsession")
    return user.has_perms(rights) and not session.staff.filter(pk=user.pk).exists()


def stated(session: TrainingSession) -> list[Booking]:
    """The bookings whose delegate stated needs, by name; without those that are cancelled."""
    return list(session.bookings.active().exclude(needs="").select_related("agency").order_by("name", "pk"))


def who_may_be_staff(session: TrainingSession | None = None):
    """The accounts to choose from: those who may see needs at all, and whoever is chosen already."""
    may = get_user_model().objects.with_perm(RIGHT, backend="django.contrib.auth.backends.ModelBackend")
    chosen = session.staff.values("pk") if session and session.pk else []
    found = get_user_model().objects.filter(Q(pk__in=may.values("pk")) | Q(pk__in=chosen))
    return found.order_by("last_name", "first_name", "pk")


@transaction.atomic
def join(session_id: int, user) -> TrainingSession:
    """Make oneself staff of a session; written down. Once more does nothing."""
    session = TrainingSession.objects.get(pk=session_id)
    if may_join(user, session):
        session.staff.add(user)
        log(instance=session, action=JOINED, user=user)
    return session


def write_down(session: TrainingSession, user, before: set[int]) -> None:
    """Write down that somebody named others as staff of a session; ``before`` are the keys of who was."""
    now = set(session.staff.values_list("pk", flat=True))
    if now != before:
        log(
            instance=session,
            action=NAMED,
            user=user,
            data={"added": sorted(now - before), "gone": sorted(before - now)},
        )
