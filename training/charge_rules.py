"""Which charging rule fits, and what may be charged in words. Without rules there is nothing to say.

Of the rules in force on a session's first day the most specific counts: one for the kind of agency before one for
any, then one for the length before one for any; of several alike the one with the latest from-date.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from dscp_cms.models import Agency
from training.models import Booking, ChargedEvent, ChargeRule, SessionLength, TrainingSession
from training.when import clock, long_day

HALF_DAY = timedelta(hours=4)  # all days together; what is longer counts as a full day
OTHER_KINDS, OTHERS = "Other kinds of agency", "Everybody else"


@dataclass(frozen=True)
class Possible:
    """One thing that may be charged: what for, and how much for whom. No amount: nothing is charged."""

    event: ChargedEvent
    words: str
    amounts: tuple[tuple[str, Decimal | None], ...]  # for one agency a single one, without a name

    @property
    def amount(self) -> Decimal | None:
        """The amount where it is the same for everybody."""
        return self.amounts[0][1] if len(self.amounts) == 1 else None

    @property
    def sentence(self) -> str:
        """“Cancelling after …: £45.00”, on one line."""
        if len(self.amounts) == 1:
            return f"{self.words}: {pounds(self.amounts[0][1])}"
        return f"{self.words}: " + "; ".join(f"{who} {pounds(amount)}" for who, amount in self.amounts)


def pounds(amount: Decimal | None) -> str:
    """£45.00; a reversal -£45.00; and in words that nothing is charged."""
    if amount is None:
        return "nothing"
    return f"{'-' if amount < 0 else ''}£{abs(amount):,.2f}"


def length_of(session: TrainingSession) -> SessionLength:
    """Half a day up to four hours, all days together; else a full day."""
    taken = sum((day.ends_at - day.starts_at for day in session.days.all()), timedelta(0))
    return SessionLength.HALF_DAY if taken <= HALF_DAY else SessionLength.FULL_DAY


def fitting(session: TrainingSession, among: Sequence[ChargeRule] | None = None) -> list[ChargeRule]:
    """The rules that may count for a session, for any agency and event; one query, the days' apart.

    ``among`` are all rules, where they were fetched once for many sessions.
    """
    if session.starts_at is None:
        return []
    day = timezone.localtime(session.starts_at).date()
    rules = (
        ChargeRule.objects.in_force_on(day) if among is None else (rule for rule in among if rule.is_in_force_on(day))
    )
    rules = list(rules)
    length = length_of(session) if rules else ""
    return [rule for rule in rules if rule.length in {"", length}]


def choose(rules: Sequence[ChargeRule], event: str, agency_kind: str) -> ChargeRule | None:
    """The one that counts. ``agency_kind`` is empty for an agency that isn't in our table."""
    found = [rule for rule in rules if rule.event == event and rule.agency_kind in {"", agency_kind}]
    return max(found, key=lambda rule: (rule.agency_kind != "", rule.length != "", rule.valid_from), default=None)


def kind_of(booking: Booking) -> str:
    """The kind of a booking's agency; empty where we don't know the agency."""
    return booking.agency.kind if booking.agency else ""


def what_may_be_charged(session: TrainingSession, agency_kind: str | None = None) -> list[Possible]:
    """What may be charged for a place in a session, to be shown before booking and before a late cancellation.

    For one kind of agency (empty: not in our table) with one amount each; for None, as long as the agency isn't
    known, with the amounts of all kinds.
    """
    rules = fitting(session)
    if not rules:
        return []
    possible = []
    for event in ChargedEvent:
        if event == ChargedEvent.LATE_CANCELLATION and session.cancel_until is None:
            continue  # nothing is late
        amounts = _of_all_kinds(rules, event) if agency_kind is None else _of_one(rules, event, agency_kind)
        if amounts:
            possible.append(Possible(event, _words(event, session), amounts))
    return possible


def may_charge(session: TrainingSession) -> bool:
    """Whether a rule may charge for a place in this session, so that its booking form asks who pays."""
    return bool(what_may_be_charged(session))


def _of_one(rules: list[ChargeRule], event: str, agency_kind: str) -> tuple:
    rule = choose(rules, event, agency_kind)
    return (("", rule.amount),) if rule else ()


def _of_all_kinds(rules: list[ChargeRule], event: str) -> tuple:
    """Kinds with the same amount together; those that have what all others have aren't named."""
    general = choose(rules, event, "")
    rest = general.amount if general else None
    groups: dict[Decimal, list[str]] = {}
    for kind in Agency.Kind:
        rule = choose(rules, event, kind)
        if rule and rule.amount != rest:
            groups.setdefault(rule.amount, []).append(OTHER_KINDS if kind == Agency.Kind.OTHER else kind.label)
    if not groups:
        return (("", rest),) if general else ()
    return (*((_together(names), amount) for amount, names in groups.items()), (OTHERS, rest))


def _together(names: list[str]) -> str:
    """Early years, voluntary or community."""
    return ", ".join([names[0], *(name[0].lower() + name[1:] for name in names[1:])])


def _words(event: ChargedEvent, session: TrainingSession) -> str:
    if event == ChargedEvent.LATE_CANCELLATION:
        until = session.cancel_until
        if until <= timezone.now():
            return "Cancelling, since the time to cancel freely is over"
        return f"Cancelling after {clock(until)} on {long_day(until)}"
    return {ChargedEvent.PLACE: "A place", ChargedEvent.NON_ATTENDANCE: "Not coming without having cancelled"}[event]


def listed() -> list[ChargeRule]:
    """The rules for the page with the charging policy: those in force, and those to come."""
    return list(ChargeRule.objects.not_over_on(timezone.localdate()).order_by(*ChargeRule._meta.ordering))
