"""Whatever people, staff, the clock and crashes do in whatever order: what must never happen doesn't."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from dscp_cms.models import OutgoingMail
from dscp_cms.testing.scale import FULL, size
from training import booking, locking, scheduling, waiting_list
from training.booking import Refused
from training.models import Booking, BookingEvent, KeptPlaces, SessionDay, TrainingSession
from training.tests import factories

PEOPLE = st.integers(1, 14)
TAKING = {"confirmed", "offered"}


class Killed(Exception):
    """The process dies in the middle of a job."""


class Bookings(RuleBasedStateMachine):
    """Two small sessions, fourteen people of three agencies and none, staff, a clock that somebody moves."""

    executed = Counter()  # how often each kind of step was done, in all runs

    def __init__(self):
        super().__init__()
        self.traveller = time_machine.travel(timezone.make_aware(datetime(2027, 3, 1, 10, 0)), tick=False)
        self.clock = self.traveller.start()
        self.known, self.steps = set(), 0
        self.staff_acted, self.raced = False, False

    def teardown(self):
        self.traveller.stop()

    @initialize(capacity=st.integers(1, 4), limit=st.sampled_from([None, 1, 2]), kept=st.integers(0, 2))
    def begin(self, capacity, limit, kept):
        from django.contrib.auth import get_user_model

        self.staff = get_user_model().objects.get_or_create(username="staff", defaults={"email": "staff@example.org"})[
            0
        ]
        school, trust = factories.agency(), factories.agency("Example Health Trust", "health")
        self.agencies = [{"agency": school}, {"agency": trust}, {"agency_name": "Example Charity"}, {}]
        self.sessions = [
            factories.session(capacity=capacity, max_per_agency=limit),
            factories.session(days=24, capacity=capacity),
        ]
        if kept:
            until = timezone.now() + timedelta(days=5)
            KeptPlaces.objects.create(session=self.sessions[0], agency_kind="health", places=kept, until=until)
        before = Counter(Bookings.executed)
        self.remember()
        for number in range(1, capacity + 6):  # a line from the beginning, else most steps would have nothing to do
            self.do(booking.book, self.sessions[0].pk, self.person(number))
        Bookings.executed = before
        self.remember()

    # What is remembered from before a step, to be compared with what is there after it

    def rows(self) -> dict[int, Booking]:
        found = Booking.objects.filter(session__in=self.sessions).select_related("agency", "session")
        return {row.pk: row for row in found}

    def remember(self):
        self.before = self.rows()
        self.last_mail = OutgoingMail.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        self.last_event = BookingEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        self.staff_acted, self.raced = False, False

    def do(self, job, *arguments, kill=False, **more):
        """Do a job; it may be refused, or die before its transaction is committed."""
        self.clock.shift(1)
        self.count(job.__name__)
        self.steps += 1
        try:
            with transaction.atomic():
                result = job(*arguments, **more)
                if kill:
                    raise Killed
        except (Refused, Killed):
            return
        made = result if isinstance(result, list) else [result]
        self.known |= {one.pk for one in made if isinstance(one, Booking)}

    def count(self, what):
        """That a step was really taken."""
        Bookings.executed[what] += 1

    def pick(self, number, *statuses):
        """One of the bookings, preferably with such a status."""
        found = [row for row in self.before.values() if not statuses or row.status in statuses] or list(
            self.before.values()
        )
        return found[number % len(found)]

    def person(self, number):
        return factories.person(number, **self.agencies[number % 4])

    some = st.integers(0, 99)
    anything = precondition(lambda self: bool(self.before))

    @rule(number=PEOPLE, which=st.integers(0, 1), kill=st.booleans())
    def book(self, number, which, kill):
        self.do(booking.book, self.sessions[which].pk, self.person(number), kill=kill and number % 3 == 0)

    @rule(numbers=st.lists(PEOPLE, min_size=1, max_size=4))
    def book_team(self, numbers):
        people = [self.person(number) for number in numbers]
        self.do(booking.book_team, self.sessions[0].pk, people, booking.Booker("A", "a@example.org"))

    @anything
    @rule(number=some, kill=st.booleans())
    def cancel(self, number, kill):
        wanted = ["confirmed"] if number % 4 else []  # now and then one that is cancelled already
        self.do(booking.cancel, self.pick(number, *wanted).key, kill=kill and number % 3 == 0)

    @anything
    @rule(number=some)
    def accept(self, number):
        self.raced = True
        self.do(booking.accept_offer, self.pick(number, "offered", "waiting").key)

    @anything
    @rule(number=some)
    def decline(self, number):
        self.do(booking.decline_offer, self.pick(number, "offered").key)

    @anything
    @rule(number=some)
    def not_me(self, number):
        self.do(booking.not_me, self.pick(number).key)

    @anything
    @rule(number=some, other=PEOPLE)
    def substitute(self, number, other):
        self.do(booking.substitute, self.pick(number, "confirmed").key, self.person(other))

    @anything
    @rule(number=some, other=PEOPLE)
    def change_address(self, number, other):
        self.do(booking.change_address, self.pick(number).key, self.person(other).email)

    @anything
    @rule(number=some, above=st.booleans())
    def staff_confirm(self, number, above):
        self.staff_acted = True
        job, why = (booking.override, "Needed") if above else (booking.confirm_waiting, "")
        self.do(job, self.pick(number, "waiting").key, self.staff, why=why)

    @anything
    @rule(number=some, which=st.integers(0, 1))
    def staff_move(self, number, which):
        self.staff_acted = True
        self.do(booking.move, self.pick(number).key, self.sessions[which].pk, self.staff)

    @rule(which=st.integers(0, 1), capacity=st.integers(1, 6))
    def resize(self, which, capacity):
        self.do(scheduling.resize, self.sessions[which].pk, capacity)

    @rule(which=st.integers(0, 1), capacity=st.integers(1, 6), limit=st.sampled_from([None, 1, 2]))
    def staff_save_the_form(self, which, capacity, limit):
        """The row as it was at the beginning, with other limits: the database refuses it or keeps its own count."""
        self.count("save the form")
        stale = self.sessions[which]
        stale.max_per_agency, stale.capacity = limit, capacity
        stored = TrainingSession.objects.get(pk=stale.pk)
        stale.extra_places = stored.extra_places
        if stored.taken <= capacity + stored.extra_places:
            stale.save()

    @rule(kind=st.sampled_from(["health", "school"]), places=st.integers(0, 3), hours=st.sampled_from([5, 100]))
    def staff_keep_places(self, kind, places, hours):
        """Places kept from now on, for longer, or no more."""
        self.count("keep places")
        self.clock.shift(1)
        with transaction.atomic():
            session = locking.lock_session(self.sessions[1].pk)
            KeptPlaces.objects.filter(session=session, agency_kind=kind).delete()
            if places:
                until = timezone.now() + timedelta(hours=hours)
                KeptPlaces.objects.create(session=session, agency_kind=kind, places=places, until=until)

    @rule(which=st.integers(0, 1), open_to=st.sampled_from(list(TrainingSession.OpenTo)))
    def staff_ask_for_approval(self, which, open_to):
        self.count("who may book")
        self.sessions[which].open_to = open_to
        TrainingSession.objects.filter(pk=self.sessions[which].pk).update(open_to=open_to)

    @anything
    @rule(number=some)
    def approve(self, number):
        self.do(booking.approve, self.pick(number, "approval").key, self.staff)

    @rule(which=st.integers(0, 1), days=st.sampled_from([-2, 1, 7]))
    def reschedule(self, which, days):
        stored = SessionDay.objects.filter(session=self.sessions[which])
        later = timedelta(days=days)
        moved = [scheduling.DayTimes(day.starts_at + later, day.ends_at + later) for day in stored]
        self.do(scheduling.reschedule, self.sessions[which].pk, moved)

    @anything
    @rule(number=some, can_come=st.booleans())
    def answer_the_change(self, number, can_come):
        asked = [row for row in self.before.values() if row.move_asked_at and row.is_active]
        if asked:
            self.do(booking.answer_change, asked[number % len(asked)].key, can_come=can_come)

    @rule(which=st.integers(0, 9))
    def cancel_the_session(self, which):
        """Seldom, else there would be nothing left to do; another one takes its place."""
        if which > 1:
            return
        self.do(scheduling.cancel_session, self.sessions[which].pk)
        self.remember_after_a_cancellation(which)

    def remember_after_a_cancellation(self, which):
        self.nothing_is_wrong()
        old = TrainingSession.objects.get(pk=self.sessions[which].pk)
        if old.status == "cancelled":
            assert not old.bookings.active().exists() and old.taken == 0
            self.sessions.append(old)
            self.sessions[which] = factories.session(days=24, capacity=old.capacity, max_per_agency=old.max_per_agency)
            self.sessions[which].refresh_from_db()

    @rule(hours=st.sampled_from([1, 4, 20, 50]))
    def time_passes(self, hours):
        self.count("time passes")
        self.clock.shift(timedelta(hours=hours))

    @rule()
    def the_clock_runs(self):
        self.do(waiting_list.work_through)

    @invariant()
    def nothing_is_wrong(self):
        if not hasattr(self, "before"):
            return
        after = self.rows()
        assert self.known <= after.keys(), "a booking that was answered for is gone"
        for session in TrainingSession.objects.filter(pk__in=[session.pk for session in self.sessions]):
            here = [row for row in after.values() if row.session_id == session.pk]
            taken = sum(row.status in TAKING for row in here)
            assert taken == session.taken <= session.places, "too many, or miscounted"
            persons = Counter(row.person for row in here if row.is_active)
            assert max(persons.values(), default=0) <= 1, "somebody is there twice"
            gained = [row for row in here if row.status in TAKING and self.is_new(row)]
            self.order_was_kept(session, here, gained)
            if not self.staff_acted:
                self.quotas_were_kept(session, here, gained)
        self.one_mail_a_change()
        self.remember()

    def is_new(self, row) -> bool:
        """Whether it got its place in this step, and not from a colleague."""
        old = self.before.get(row.pk)
        had = old is not None and old.status in TAKING and old.session_id == row.session_id
        return not had and row.substitutes_id is None

    def order_was_kept(self, session, here, gained):
        if self.raced:  # in the last hours the first to accept has it
            return
        skipped = set(
            BookingEvent.objects.filter(pk__gt=self.last_event, kind="skipped").values_list("booking_id", flat=True)
        )
        for row in gained:
            turn = (row.waiting_since or row.created_at, row.pk)
            for other in here:
                old = self.before.get(other.pk)
                if other.status == "waiting" and old and old.status == "waiting" and old.session_id == session.pk:
                    in_front = (other.waiting_since, other.pk) < turn
                    assert not in_front or other.pk in skipped, f"{other} was passed over without a word"

    def quotas_were_kept(self, session, here, gained):
        taking = [row for row in here if row.status in TAKING]
        by_agency = Counter(row.agency_label for row in taking)
        by_kind = Counter(row.agency.kind for row in taking if row.agency)
        kept = KeptPlaces.objects.in_force().filter(session=session)
        for row in gained:
            if session.max_per_agency and row.agency_label:
                assert by_agency[row.agency_label] <= session.max_per_agency, "an agency has too many"
            kind = row.agency.kind if row.agency else ""
            reserved = sum(
                max(keeping.places - by_kind[keeping.agency_kind], 0) for keeping in kept if keeping.agency_kind != kind
            )
            assert session.places_left >= reserved, "a kept place was given away"

    def one_mail_a_change(self):
        """To one person about one booking: each thing that a step did, once."""
        events = BookingEvent.objects.filter(pk__gt=self.last_event).exclude(mail=None)
        mails = Counter((event.booking_id, event.mail.to, event.mail.kind) for event in events.select_related("mail"))
        assert max(mails.values(), default=0) <= 1, mails
        assert OutgoingMail.objects.filter(pk__gt=self.last_mail).count() == sum(mails.values())


@pytest.mark.scale
@pytest.mark.django_db
def test_no_order_of_events_breaks_a_promise_in_two_thousand_steps(tasks_in_database):
    executed = run(runs=size(80, 10), steps=50)
    assert executed.total() >= size(2000), "too few steps: this shows nothing"


@pytest.mark.django_db
def test_no_order_of_events_breaks_a_promise(tasks_in_database):
    executed = run(runs=25, steps=15)
    assert executed.total() >= 200, "too few steps: this shows nothing"


def run(runs: int, steps: int) -> Counter:
    """At most so many steps each time; the same ones in the quick version, others each time in the large one.

    Returns how often each was really taken: Hypothesis ends some runs early. What a run begins with isn't counted.
    """
    chosen = settings(
        max_examples=runs,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        derandomize=not FULL,
        suppress_health_check=list(HealthCheck),
    )
    Bookings.executed = Counter()
    run_state_machine_as_test(Bookings, settings=chosen)
    print(f"\n{Bookings.executed.total()} steps: {dict(Bookings.executed.most_common())}")
    return Bookings.executed
