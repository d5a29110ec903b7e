"""Importing a list of subscribers from another system, row by row, each with its fate.

First the whole file is looked through, so that one that can't be read changes nothing. Then it is
imported in batches, each a transaction. A second run finds everything done and changes nothing; one that
was stopped goes on where it is needed. Nobody is brought back who left, here or there, and no suppression
is overridden.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import BinaryIO

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from dscp_cms import suppression
from dscp_cms.models import Agency, Suppression
from news import consents, import_files
from news.import_files import ImportRefusedError, Row
from news.models import Consent, MailingList, Membership, Subscriber

BATCH = 500
IMPORTED, UPDATED, SKIPPED = "imported", "updated", "skipped"
Status = Subscriber.Status

# What other systems call a state, and ours.
STATES = {
    "": Status.SUBSCRIBED,
    "subscribed": Status.SUBSCRIBED,
    "active": Status.SUBSCRIBED,
    "confirmed": Status.SUBSCRIBED,
    "inactive": Status.SUBSCRIBED,  # MailPoet: hasn't opened mail lately; the consent stands
    "unsubscribed": Status.UNSUBSCRIBED,
    "optedout": Status.UNSUBSCRIBED,
    "bounced": Status.BOUNCED,
    "cleaned": Status.BOUNCED,
    "complained": Status.COMPLAINED,
    "spam": Status.COMPLAINED,
    "unconfirmed": Status.PENDING,
    "pending": Status.PENDING,
    "nonsubscribed": Status.PENDING,
}
DATE_FORMATS = ("%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y", "%Y-%m-%d", "%d.%m.%Y", "%d %B %Y", "%d %b %Y")


@dataclass(frozen=True)
class Fate:
    """What became of one row."""

    line: int
    outcome: str
    reason: str = ""


@dataclass
class Import:
    """One run over a file. Create it, which looks the file through, then go over ``run()``.

    Raises ImportRefusedError, from both, with one sentence for people.
    """

    file: BinaryIO
    lists: list[MailingList]
    name: str
    by: object = None
    total: int = field(init=False, default=0)

    def __post_init__(self):
        self.layout = import_files.examine(self.file)
        self.out = set()  # digests of those whom any row of the file says to have left
        for row in self._rows():
            self.total += 1
            email, state = row.cells.get("email", ""), _state(row)
            if email and state in {Status.UNSUBSCRIBED, Status.COMPLAINED}:
                self.out.add(_key(email))
        if not self.total:
            raise ImportRefusedError("This file names its columns and has no rows below.")
        self.agencies = {name.lower(): pk for name, pk in Agency.objects.filter(active=True).values_list("name", "pk")}

    def run(
        self, *, dry_run: bool = False, start: int = 0, along: Callable[[list[Fate]], None] = lambda fates: None
    ) -> Iterator[list[Fate]]:
        """Import, or only say what would be imported; yield the fates of each batch once it is committed.

        ``start`` is how many rows an earlier run did. ``along`` is called within each batch's transaction.
        """
        seen: dict[bytes, int] = {}  # digest and the line where it was first
        everything = self._rows()
        for row in islice(everything, start):
            self._unusable(row, seen)
        while batch := list(islice(everything, BATCH)):
            yield self._batch(batch, seen, dry_run, along)

    def _rows(self) -> Iterator[Row]:
        return import_files.rows(self.file, self.layout)

    def _batch(self, batch: list[Row], seen: dict[bytes, int], dry_run: bool, along) -> list[Fate]:
        unusable, usable = {}, []
        for row in batch:
            if reason := self._unusable(row, seen):
                unusable[row.line] = Fate(row.line, SKIPPED, reason)
            else:
                usable.append(row)
        for attempt in range(3):
            try:
                with transaction.atomic():
                    decided = _Batch(self, usable).decide()
                    if not dry_run:
                        decided.write()
                    by_line = unusable | {fate.line: fate for fate in decided.fates}
                    fates = [by_line[row.line] for row in batch]
                    along(fates)
                return fates
            except IntegrityError:  # somebody signed up with one of the addresses meanwhile
                if attempt == 2:
                    raise
        raise AssertionError("unreachable")

    def _unusable(self, row: Row, seen: dict[bytes, int]) -> str:
        """Why a row can't be imported, whatever is known of the address; notes the address as seen."""
        if row.broken:
            return row.broken
        email = row.cells.get("email", "")
        if not email:
            return "no e-mail address"
        try:
            validate_email(email)
        except ValidationError:
            return "not an e-mail address"
        if len(email) > 254:
            return "not an e-mail address"
        state = _state(row)
        if state is None:
            return "a status that we don't know"
        if state == Status.PENDING:
            return "never confirmed in the old system"
        if state == Status.SUBSCRIBED and _state(row, "list_status") != Status.SUBSCRIBED:
            return "not on this list in the old system"
        first = seen.setdefault(_key(email), row.line)
        return "" if first == row.line else f"same address as in line {first}"


class _Batch:
    """Rows with different, good addresses: what is to be done with each, and doing it."""

    def __init__(self, run: Import, rows: list[Row]):
        self.run, self.rows, self.fates = run, rows, []
        self.new: list[tuple[Row, Subscriber]] = []
        self.changed: list[Subscriber] = []
        self.joined: list[tuple[Subscriber, list[MailingList], Row]] = []
        self.withdrawn: list[tuple[Subscriber, Row]] = []

    def decide(self) -> "_Batch":
        digests = [suppression.digest(row.cells["email"]) for row in self.rows]
        known = Subscriber.objects.select_for_update(of=("self",)).filter(digest__in=digests)
        self.known = {each.digest: each for each in known.order_by("pk")}
        keys = [each.pk for each in self.known.values()]
        self.left = consents.lists_left(keys)
        self.members = set(
            Membership.objects.filter(subscriber__in=keys).values_list("subscriber_id", "mailing_list_id")
        )
        own = Consent.objects.filter(subscriber__in=keys, kind__in=[Consent.Kind.CONFIRMED, Consent.Kind.STAFF])
        self.own = set(own.values_list("subscriber_id", flat=True))
        stopped = Suppression.objects.filter(digest__in=digests)
        self.stopped = {each.digest: each.get_reason_display() for each in stopped}
        for row, digest in zip(self.rows, digests, strict=True):
            outcome, reason = self._decide(row, digest)
            self.fates.append(Fate(row.line, outcome, reason))
        return self

    def _decide(self, row: Row, digest: str) -> tuple[str, str]:
        state = Status.UNSUBSCRIBED if bytes.fromhex(digest) in self.run.out else _state(row)
        if _state(row) == Status.COMPLAINED:
            state = Status.COMPLAINED
        if digest in self.stopped:
            return SKIPPED, f"mail to it is stopped here: {self.stopped[digest].lower()}"
        subscriber = self.known.get(digest)
        if subscriber is None:
            return self._decide_new(row, state)
        if subscriber.status in {Status.UNSUBSCRIBED, Status.COMPLAINED, Status.BOUNCED}:
            return SKIPPED, f"here already: {subscriber.get_status_display().lower()}"
        if state != Status.SUBSCRIBED:
            return self._decide_gone(row, subscriber, state)
        return self._decide_known(row, subscriber)

    def _decide_new(self, row: Row, state: str) -> tuple[str, str]:
        name, agency, agency_name = self._details(row)
        given, left = _date(_given(row)), _date(row.cells.get("left_at", ""))
        subscriber = Subscriber(
            email=row.cells["email"],
            name=name,
            agency_id=agency,
            agency_name=agency_name,
            status=state,
            confirmed_at=given if state == Status.SUBSCRIBED else None,
            left_at=(left or timezone.now()) if state == Status.UNSUBSCRIBED else None,
        )
        self.new.append((row, subscriber))
        if state == Status.SUBSCRIBED:
            return IMPORTED, ""
        return IMPORTED, f"as {Status(state).label.lower()}, so that no later import adds it"

    def _decide_gone(self, row: Row, subscriber: Subscriber, state: str) -> tuple[str, str]:
        """The old system says that somebody left who is subscribed here: their own word here counts more."""
        if subscriber.pk in self.own:
            return SKIPPED, "left in the old system, and signed up here"
        if state == Status.BOUNCED:
            return SKIPPED, "address refused mail in the old system; subscribed here"
        subscriber.status, subscriber.left_at = state, _date(row.cells.get("left_at", "")) or timezone.now()
        self.changed.append(subscriber)
        self.withdrawn.append((subscriber, row))
        return UPDATED, "left in the old system"

    def _decide_known(self, row: Row, subscriber: Subscriber) -> tuple[str, str]:
        left = self.left.get(subscriber.pk, set())
        missing = [each for each in self.run.lists if (subscriber.pk, each.pk) not in self.members]
        joining = [each for each in missing if each.slug not in left]
        name, agency, agency_name = self._details(row)
        more = []
        if name and not subscriber.name:
            subscriber.name, more = name, ["name"]
        if (agency or agency_name) and not (subscriber.agency_id or subscriber.agency_name):
            subscriber.agency_id, subscriber.agency_name = agency, agency_name
            more.append("agency")
        if subscriber.status == Status.PENDING:
            subscriber.status, subscriber.asked = Status.SUBSCRIBED, {}
            subscriber.confirmed_at = _date(_given(row)) or timezone.now()
            more.append("confirmed in the old system")
        if more:
            self.changed.append(subscriber)
        if joining or "confirmed in the old system" in more:
            self.joined.append((subscriber, joining, row))
        if joining or more:
            return UPDATED, ", ".join([*(f"added to {each.name}" for each in joining), *more])
        return SKIPPED, "here already" if len(joining) == len(missing) else "left this list here"

    def _details(self, row: Row) -> tuple[str, int | None, str]:
        """Name, the key of a known agency, or the agency's name as written."""
        cells = row.cells
        both = f"{cells.get('first_name', '')} {cells.get('last_name', '')}".strip()
        agency = cells.get("agency", "")
        key = self.run.agencies.get(agency.lower())
        return (both or cells.get("name", ""))[:120], key, "" if key else agency[:200]

    def write(self) -> None:
        Subscriber.objects.bulk_create([subscriber for _row, subscriber in self.new])
        fields = ["name", "agency", "agency_name", "status", "asked", "confirmed_at", "left_at"]
        Subscriber.objects.bulk_update(self.changed, fields)
        coming = [
            (each, self.run.lists, row) for row, each in self.new if each.status == Status.SUBSCRIBED
        ] + self.joined
        Membership.objects.bulk_create(
            [Membership(subscriber=each, mailing_list=one) for each, lists, _row in coming for one in lists],
            ignore_conflicts=True,
        )
        for gone, _row in self.withdrawn:
            gone.memberships.all().delete()
        written = [self._consent(each, Consent.Kind.IMPORTED, lists, row) for each, lists, row in coming]
        gone = self.withdrawn + [(each, row) for row, each in self.new if each.status != Status.SUBSCRIBED]
        written += [self._consent(each, Consent.Kind.WITHDRAWN, self.run.lists, row) for each, row in gone]
        Consent.objects.bulk_create(written)

    def _consent(self, subscriber: Subscriber, kind: str, lists: Iterable[MailingList], row: Row) -> Consent:
        told = row.cells.get("source", "")
        dated = row.cells.get("left_at", "") if kind == Consent.Kind.WITHDRAWN else _given(row)
        date = _date(dated)
        source = f"file “{self.run.name[:80]}”" + (f": {told[:80]}" if told else "")
        if dated and date is None:
            source += f" (dated “{dated[:20]}”)"
        return consents.prepare(subscriber, kind, source=source, lists=lists, given_at=date, by=self.run.by)


def count(fates: Iterable[Fate]) -> Counter:
    """How many rows had each outcome."""
    return Counter(fate.outcome for fate in fates)


def _key(email: str) -> bytes:
    return bytes.fromhex(suppression.digest(email))


def _state(row: Row, column: str = "status") -> str | None:
    """The state that a row gives somebody; None for one that we don't know."""
    cells = row.cells
    if cells.get("cleaned_at"):
        return Status.BOUNCED
    if cells.get("left_at") and not cells.get("status"):
        return Status.UNSUBSCRIBED
    return STATES.get("".join(filter(str.isalnum, cells.get(column, "").lower())))


def _given(row: Row) -> str:
    """When consent was given, as the file says it."""
    return row.cells.get("given_at") or row.cells.get("asked_at", "")


def _date(text: str) -> datetime | None:
    """A moment as other systems write it, days before months; None for one that can't be read or is to come."""
    found = None
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    for pattern in () if found else DATE_FORMATS:
        try:
            found = datetime.strptime(text, pattern)
            break
        except ValueError:
            continue
    if found is None or found.year < 1990:
        return None
    if timezone.is_naive(found):
        found = timezone.make_aware(found)
    return found if found <= timezone.now() else None
