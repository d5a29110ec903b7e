"""Calendar entries: what a calendar keeps, updates and removes."""

from datetime import timedelta

import pytest
from icalendar import Calendar

from dscp_cms.models import OutgoingMail
from training import booking, invitations, scheduling
from training.tests import factories

pytestmark = pytest.mark.django_db


class Diary:
    """A calendar program that follows the rules: the newest sequence of a UID counts, a cancellation removes it."""

    def __init__(self):
        self.entries, self.sequences = {}, {}

    def receive(self, address: str) -> "Diary":
        for message in OutgoingMail.objects.filter(to=address).order_by("pk"):
            for file in message.attachments:
                calendar = Calendar.from_ical(file["content"])
                assert file["type"] == f"text/calendar; method={calendar['method']}"
                for event in calendar.walk("VEVENT"):
                    self.take(str(calendar["method"]), event)
        return self

    def take(self, method: str, event) -> None:
        uid, sequence = str(event["uid"]), int(event["sequence"])
        if sequence < self.sequences.get(uid, 0):
            return
        self.sequences[uid] = sequence
        self.entries.pop(uid, None)
        if method == "REQUEST":
            self.entries[uid] = event

    def starts(self) -> list:
        return sorted(event.decoded("dtstart") for event in self.entries.values())


def test_an_entry_has_what_a_calendar_needs():
    session = factories.session(number=2)
    made = booking.book(session.pk, factories.person(name='O"Neill, Zoë; "x"'))
    file = invitations.request(made)
    assert all(len(line.encode()) <= 75 for line in file.content.split("\r\n"))
    events = list(Calendar.from_ical(file.content).walk("VEVENT"))
    assert [str(event["summary"]) for event in events] == ["Neglect basics (day 1 of 2)", "Neglect basics (day 2 of 2)"]
    day, event = session.days.first(), events[0]
    assert event.decoded("dtstart") == day.starts_at and event.decoded("dtstart").utcoffset() == timedelta(0)
    assert event.decoded("dtend") == day.ends_at and str(event["status"]) == "CONFIRMED"
    assert str(event["location"]) == "Example Hall, 1 Example Street, Durham"
    assert str(event["attendee"]) == f"mailto:{made.email}" and "mailto:" in str(event["organizer"])
    assert len({str(event["uid"]) for event in events}) == 2


def test_a_moved_session_moves_in_the_calendar():
    session = factories.session(number=2)
    made = booking.book(session.pk, factories.person())
    shift = timedelta(days=3)
    for _time in range(2):
        days = [scheduling.DayTimes(day.starts_at + shift, day.ends_at + shift) for day in session.days.all()]
        scheduling.reschedule(session.pk, days)
    assert Diary().receive(made.email).starts() == [day.starts_at for day in session.days.all()]
    scheduling.reschedule(session.pk, days[:1])
    assert Diary().receive(made.email).starts() == [session.days.get().starts_at]


@pytest.mark.parametrize("ending", ["cancel", "session", "substitute"])
def test_what_is_cancelled_leaves_the_calendar(ending):
    session = factories.session(number=2)
    made = booking.book(session.pk, factories.person())
    assert len(Diary().receive(made.email).entries) == 2
    if ending == "cancel":
        booking.cancel(made.key)
    elif ending == "session":
        scheduling.cancel_session(session.pk)
    else:
        booking.substitute(made.key, factories.person(2))
        assert len(Diary().receive(factories.person(2).email).entries) == 2
    assert Diary().receive(made.email).entries == {}


def test_who_is_moved_has_only_the_new_days(admin_user):
    old, new = factories.session(number=2), factories.session(days=40)
    shift = timedelta(days=1)
    days = [scheduling.DayTimes(day.starts_at + shift, day.ends_at + shift) for day in old.days.all()]
    made = booking.book(old.pk, factories.person())
    scheduling.reschedule(old.pk, days)
    booking.move(made.key, new.pk, admin_user)
    assert Diary().receive(made.email).starts() == [new.starts_at]
    days = [scheduling.DayTimes(new.starts_at + shift, new.ends_at + shift)]
    scheduling.reschedule(new.pk, days)
    assert Diary().receive(made.email).starts() == [new.starts_at + shift]
    # And back again, where its days were cancelled before.
    booking.move(made.key, old.pk, admin_user)
    assert Diary().receive(made.email).starts() == [day.starts_at for day in old.days.all()]


def test_who_only_waits_has_no_entry():
    session = factories.session(capacity=1)
    factories.fill(session)
    made = booking.book(session.pk, factories.person(2))
    booking.cancel(made.key)
    assert Diary().receive(made.email).sequences == {}
