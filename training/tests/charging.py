"""Rules, charges and the training team for tests about charging."""

from datetime import date, timedelta
from decimal import Decimal

from django.contrib.auth.models import Group, User
from django.utils import timezone

from home.roles import TRAINING_TEAM, sync
from training import booking
from training.models import Booking, Charge, ChargeRule, SessionDay, TrainingSession
from training.tests import factories

LONG_AGO = date(2020, 1, 1)
CHARGES, RULES = "/admin/training/charge/", "/admin/training/chargerule/"
DO, EXPORT = "/admin/training-charge/", "/admin/training-charges/export/"


def rule(event: str = "late_cancellation", amount: str = "45.00", **fields) -> ChargeRule:
    return ChargeRule.objects.create(**{"event": event, "amount": Decimal(amount), "valid_from": LONG_AGO, **fields})


def html(client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status, address
    return response.content.decode()


def make_late(session) -> None:
    """The time to cancel freely is over."""
    TrainingSession.objects.filter(pk=session.pk).update(cancel_until=timezone.now() - timedelta(hours=1))


def team_account(address: str = "training@example.org") -> User:
    sync()
    user = User.objects.create_user(address, address, is_staff=True)
    user.groups.add(Group.objects.get(name=TRAINING_TEAM))
    return user


def late(number: int = 1, session=None, **fields) -> Charge:
    """A charge proposed for a late cancellation."""
    if not ChargeRule.objects.filter(event="late_cancellation").exists():
        rule()
    session = session or factories.session(cancel_until=timezone.now() + timedelta(days=1), capacity=200)
    made = booking.book(session.pk, factories.person(number, **{"agency_name": "Example Nursery", **fields}))
    make_late(session)
    booking.cancel(made.key)
    return made.charges.get()


def move(session, **by) -> None:
    """Let time pass: the session lies so long ago."""
    start = timezone.now() - timedelta(**by)
    SessionDay.objects.filter(session=session).update(starts_at=start, ends_at=start + timedelta(hours=3))


def states() -> list[tuple[str, str]]:
    return list(Charge.objects.order_by("pk").values_list("event", "status"))


def settled(made: Booking, outcome: str) -> None:
    Booking.objects.filter(pk=made.pk).update(outcome=outcome, outcome_at=timezone.now())
