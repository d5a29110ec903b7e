"""What is charged, from the proposal to the invoice: the jobs that views, screens and the clock call.

Here is what is proposed and withdrawn; the steps after it are in training/charge_steps.py.

A charge is proposed where a rule fits (training/charge_rules.py), and nothing is charged before a person confirms
it. What the partnership changed or cancelled, what somebody else booked in a person's name, and sending a colleague
instead are never charged. Jobs raise Refused with a sentence; what was done already is not done again.
"""

from datetime import timedelta
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from training import locking
from training.charge_rules import choose, fitting, kind_of, may_charge, what_may_be_charged
from training.charge_steps import (
    confirm,
    dispute,
    locked,
    mark_invoiced,
    note_step,
    reverse,
    set_status,
    waive,
)
from training.models import Booking, Charge, ChargedEvent, ChargeRule, TrainingSession
from training.one_by_one import one_by_one
from training.people import Refused

__all__ = [
    "confirm",
    "dispute",
    "mark_invoiced",
    "may_charge",
    "propose",
    "propose_again",
    "propose_due",
    "reverse",
    "waive",
    "was_shown",
    "what_may_be_charged",
    "withdraw_undue",
]

LOOK_BACK = timedelta(days=92)  # so that a rule entered with an old from-date doesn't charge years that are over
UNKNOWN_AGENCY = "No agency given"
Status = Charge.Status
CALLED_OFF = "The partnership cancelled the session."
CAME = "The register says that they came."
CAME_BACK = "The same person has a place in the session again."
NO_PLACE = "The booking was cancelled by the training team."


def _due(event: str) -> Q:
    """Bookings for which something is due, whatever the rules say, of people who accepted the charging policy.

    Who never answered whether they can come to a changed session is charged nothing for not coming, nor for the place.
    """
    over = Q(session__ends_at__lte=timezone.now())
    held = ~Q(session__status=TrainingSession.Status.CANCELLED) & ~Q(policy_version="")
    if event == ChargedEvent.LATE_CANCELLATION:
        by_person = Q(cancelled_by=Booking.CancelledBy.PERSON)
        return held & by_person & Q(status=Booking.Status.CANCELLED, late=True) & ~_has_a_place_again()
    agreed = Q(move_asked_at=None) | Q(move_answer=Booking.MoveAnswer.CAN_COME)  # to the session as it was held
    had_place = held & over & agreed & Q(status=Booking.Status.CONFIRMED)
    if event == ChargedEvent.NON_ATTENDANCE:
        return had_place & Q(outcome=Booking.Outcome.NOT_ATTENDED)
    return had_place & Q(walk_in=False)  # who walked in was shown nothing and agreed to nothing


def _has_a_place_again(prefix: str = "") -> Exists:
    """Whether the person of a cancelled booking, which ``prefix`` leads to, has another place in its session."""
    same = {"session": OuterRef(f"{prefix}session"), "person": OuterRef(f"{prefix}person")}
    return Exists(Booking.objects.confirmed().filter(**same))


def propose(booking: Booking, event: ChargedEvent, *, by=None) -> Charge | None:
    """Propose what the rule that fits says, once for a booking and event; None where nothing is to be charged.

    Nothing is to who never accepted the charging policy: who was sent instead, or added by staff. The caller holds
    the session's lock, and knows that it is due.
    """
    found = booking.charges.filter(event=event).first()
    if found or not booking.policy_version:
        return found
    return _make(booking, event, by)


def _make(booking: Booking, event: str, by) -> Charge | None:
    session = booking.session
    rule = choose(fitting(session), event, kind_of(booking))
    if rule is None:
        return None
    made = Charge.objects.create(
        booking=booking,
        rule=rule,
        event=event,
        amount=rule.amount,
        words=_words(rule),
        agency_name=booking.agency_label or UNKNOWN_AGENCY,
        course_title=session.course.title,
        session_date=timezone.localtime(session.starts_at).date(),
        order_number=booking.order_number,
        finance_contact=booking.finance_contact,
    )
    note_step(made, "proposed", made.words, by)
    return made


def _words(rule: ChargeRule) -> str:
    """The rule as it was, for the line: what for, for whom, since when."""
    who = rule.get_agency_kind_display() or "any agency"
    length = rule.get_length_display().lower() or "any length"
    return f"{rule.get_event_display()}, {who}, {length}, rule from {rule.valid_from:%d/%m/%Y}"


def propose_due() -> int:
    """For the clock: propose all that is due and not proposed yet, withdraw what isn't due any more; return how many.

    Sessions that ended more than three months ago are left alone.
    """
    withdraw_undue()
    every_rule = list(ChargeRule.objects.all())
    since, number = timezone.now() - LOOK_BACK, 0
    for event in sorted({rule.event for rule in every_rule}):
        due = Booking.objects.filter(_due(event), session__ends_at__gte=since, purged_at=None)
        without = due.exclude(charges__event=event).select_related("agency", "session")
        rules: dict[int, list[ChargeRule]] = {}
        found = []
        for booking in without.prefetch_related("session__days").order_by("pk"):
            if booking.session_id not in rules:
                rules[booking.session_id] = fitting(booking.session, every_rule)
            if choose(rules[booking.session_id], event, kind_of(booking)):
                found.append(booking.key)
        number += one_by_one(partial(_propose_locked, event=event), found, "the charge for booking")
    return number


@transaction.atomic
def _propose_locked(key: UUID, event: str) -> bool:
    """Look again with the session locked: somebody may have changed the booking meanwhile."""
    now = locking.lock_booking(key)
    if not Booking.objects.filter(_due(event), pk=now.pk).exists() or now.charges.filter(event=event).exists():
        return False
    return propose(now, event) is not None


def withdraw_undue() -> int:
    """Waive or reverse what the partnership's own doing, or a corrected register, makes undue; return how many."""
    standing = Charge.objects.standing().exclude(status=Status.WAIVED)
    cancelled = Q(booking__session__status=TrainingSession.Status.CANCELLED)
    came = Q(event=ChargedEvent.NON_ATTENDANCE) & Q(
        booking__outcome__in=[Booking.Outcome.ATTENDED, Booking.Outcome.PARTLY]
    )
    no_place = ~Q(event=ChargedEvent.LATE_CANCELLATION) & Q(booking__status=Booking.Status.CANCELLED)
    back = Q(event=ChargedEvent.LATE_CANCELLATION) & _has_a_place_again("booking__")
    number = 0
    for which, why in ((cancelled, CALLED_OFF), (came, CAME), (no_place, NO_PLACE), (back, CAME_BACK)):
        keys = list(standing.filter(which).values_list("pk", flat=True))
        number += one_by_one(partial(_withdraw, why=why), keys, "the charge to withdraw,")
    return number


@transaction.atomic
def _withdraw(key: int, *, why: str) -> bool:
    charge = locked(key)
    if not charge.is_standing or charge.status == Status.WAIVED:
        return False
    if charge.is_with_finance:
        reverse(key, None, note=why)
    else:
        waive(key, None, note=why)
    return True


@transaction.atomic
def propose_again(key: int, by) -> Charge:
    """Take up again what was waived or reversed by mistake; a reversed charge gets a new line, by the rule that fits.

    Raises Refused where nothing is due, so that the clock wouldn't withdraw it again at once.
    """
    before = Charge.objects.select_related("booking").get(pk=key)
    booking = locking.lock_booking(before.booking.key)
    charge = locked(key)
    standing = booking.charges.standing().filter(event=charge.event).first()
    if standing and standing.status != Status.WAIVED:
        return standing
    if charge.is_standing and charge.status != Status.WAIVED or charge.is_reversal:
        raise Refused("Only what was waived or reversed is proposed again.")
    if not booking.policy_version:
        raise Refused("This person never accepted the charging policy, so nothing is charged.")
    if not Booking.objects.filter(_due(charge.event), pk=booking.pk).exists():
        raise Refused("Nothing is due for this booking any more.")
    if standing:
        standing = locked(standing.pk)
        standing.note = ""
        return set_status(standing, Status.PROPOSED, "proposed again", by=by)
    made = _make(booking, charge.event, by)
    if made is None:
        raise Refused("No rule fits this booking now.")
    return made


def was_shown(charge: Charge) -> bool:
    """Whether the rule stood as it is when the place was booked, so that the delegate was shown it."""
    return charge.rule.changed_at <= charge.booking.created_at
