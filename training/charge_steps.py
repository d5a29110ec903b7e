"""The steps of a charge after it was proposed: confirmed, invoiced, disputed, waived, reversed; never edited.

Jobs raise Refused with a sentence; what was done already is not done again.
"""

from django.db import connection, transaction
from django.utils import timezone

from training.charge_rules import pounds
from training.history import note as write_down
from training.models import BookingEvent, Charge
from training.people import Refused

Status = Charge.Status


@transaction.atomic
def confirm(key: int, by) -> Charge:
    """Let a proposed charge stand, or a disputed one after all. Finance gets it with the next export."""
    charge = locked(key)
    if charge.status in {Status.CONFIRMED, Status.INVOICED}:
        return charge
    _refuse_unless(charge, Status.PROPOSED, Status.DISPUTED)
    charge.confirmed_at = charge.confirmed_at or timezone.now()
    return set_status(charge, Status.INVOICED if charge.invoiced_at else Status.CONFIRMED, "confirmed", by=by)


@transaction.atomic
def mark_invoiced(key: int, by) -> Charge:
    """Write down that finance has sent the invoice."""
    charge = locked(key)
    if charge.status == Status.INVOICED:
        return charge
    _refuse_unless(charge, Status.CONFIRMED)
    charge.invoiced_at = timezone.now()
    return set_status(charge, Status.INVOICED, "invoiced", by=by)


@transaction.atomic
def waive(key: int, by, *, note: str) -> Charge:
    """Charge nothing after all. Once finance has the line, Refused: it has to be reversed."""
    charge = locked(key)
    if charge.status == Status.WAIVED:
        return charge
    _refuse_unless(charge, Status.PROPOSED, Status.CONFIRMED, Status.DISPUTED)
    if charge.is_with_finance:
        raise Refused("Finance has this line already. Reverse it instead.")
    return set_status(charge, Status.WAIVED, "waived", _needed(note), by)


@transaction.atomic
def dispute(key: int, by, *, note: str) -> Charge:
    """The agency doesn't agree. The charge rests until it is confirmed, waived or reversed."""
    charge = locked(key)
    if charge.status == Status.DISPUTED:
        return charge
    _refuse_unless(charge, Status.PROPOSED, Status.CONFIRMED, Status.INVOICED)
    return set_status(charge, Status.DISPUTED, "disputed", _needed(note), by)


@transaction.atomic
def reverse(key: int, by, *, note: str) -> Charge:
    """Take a confirmed charge back by a line with the negative amount, and return that line. The first stays as it is.

    Once more gives the same line. Raises Refused where finance never had it and it isn't confirmed.
    """
    charge = locked(key)
    if charge.reversed_at:
        return charge.reversal
    if charge.is_reversal:
        raise Refused("This line takes back another one. It can't be reversed itself.")
    if charge.status not in {Status.CONFIRMED, Status.INVOICED} and not charge.is_with_finance:
        raise Refused("Only a confirmed charge is reversed. Waive this one instead.")
    note, now = _needed(note), timezone.now()
    charge.reversed_at = now
    charge.save(update_fields=["reversed_at"])
    facts = ("booking", "rule", "event", "words", "agency_name", "course_title", "session_date", "order_number")
    line = Charge.objects.create(
        **{name: getattr(charge, name) for name in (*facts, "finance_contact")},
        amount=-charge.amount,
        reverses=charge,
        status=Status.CONFIRMED,
        confirmed_at=now,
        note=note,
    )
    note_step(charge, f"reversed by {line.line}", note, by)
    return line


def locked(key: int) -> Charge:
    """The charge as it is now; nobody else changes it until the transaction ends. Raises Charge.DoesNotExist."""
    rows = Charge.objects.select_related("booking")
    if connection.features.has_select_for_update:
        rows = rows.select_for_update(of=("self",), no_key=True)
    return rows.get(pk=key)


def _refuse_unless(charge: Charge, *states: str) -> None:
    if charge.reversed_at:
        raise Refused("This charge was reversed.")
    if charge.is_reversal and states != (Status.CONFIRMED,):  # only its credit note may be written down
        raise Refused("This line takes back another one. It stays as it is.")
    if charge.status not in states:
        raise Refused(f"This charge is {charge.get_status_display().lower()} already.")


def _needed(note: str) -> str:
    note = " ".join(note.split())
    if not note:
        raise Refused("Say why.", "note")
    if len(note) > Charge._meta.get_field("note").max_length:
        raise Refused("Write this in 250 letters at most.", "note")
    return note


def set_status(charge: Charge, status: str, done: str, why: str = "", by=None) -> Charge:
    """Write its new state, and a line in the booking's history."""
    charge.status, charge.note = status, why or charge.note
    charge.save(update_fields=["status", "note", "confirmed_at", "invoiced_at"])
    note_step(charge, done, why, by)
    return charge


def note_step(charge: Charge, done: str, why: str, by) -> None:
    """A line in the booking's history."""
    text = f"{charge.line} of {pounds(charge.amount)} {done}{f': {why}' if why else '.'}"
    write_down(charge.booking, BookingEvent.Kind.CHARGE, text, by=by)
