"""What the database itself refuses, shown by raw SQL."""

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from training import booking, charge_database, database_rules
from training.models import Attendance, Booking, SessionDay, TrainingSession
from training.tests import factories

pytestmark = pytest.mark.django_db


def insert(session, name: str, status: str = "confirmed", **more) -> None:
    """A booking as another program would write it."""
    texts = [
        field.column
        for field in Booking._meta.concrete_fields
        if field.get_internal_type() in {"CharField", "TextField"}
    ]
    row = dict.fromkeys(texts, "")
    row |= {field.column: "" for field in Booking._meta.concrete_fields if field.get_internal_type() == "EmailField"}
    now = timezone.now().replace(tzinfo=None).isoformat(" ")  # in UTC, as Django writes it
    row |= {"key": uuid.uuid4().hex, "session_id": session.pk, "name": name, "person": name, "status": status}
    row |= {"created_at": now, "confirmed_at": now, "waiting_since": now, "offer_expires_at": now, "cancelled_at": now}
    row |= {"late": False, "walk_in": False, "sequence": 0, **more}
    columns, marks = ", ".join(f'"{name}"' for name in row), ", ".join(["%s"] * len(row))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO training_booking ({columns}) VALUES ({marks})", list(row.values()))


def run(sql: str, *values) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)


def taken(session) -> int:
    return TrainingSession.objects.values_list("taken", flat=True).get(pk=session.pk)


@pytest.mark.parametrize("status", ["confirmed", "offered"])
def test_place_21_is_refused(status):
    session = factories.session(capacity=20)
    for number in range(20):
        insert(session, f"person {number}", status)
    assert taken(session) == 20
    with pytest.raises(IntegrityError, match="session_is_never_overbooked"):
        insert(session, "one too many", status)
    insert(session, "waits", "waiting")
    with pytest.raises(IntegrityError, match="session_is_never_overbooked"):
        run("UPDATE training_booking SET status = %s WHERE name = 'waits'", status)
    assert taken(session) == 20


@pytest.mark.parametrize("status", ["confirmed", "offered", "waiting", "approval"])
def test_a_person_is_in_a_session_once(status):
    session, other = factories.session(), factories.session(days=30)
    insert(session, "sam", status)
    with pytest.raises(IntegrityError, match="one_active_booking_a_person|UNIQUE"):
        insert(session, "sam")
    insert(session, "sam", "cancelled")
    insert(other, "sam")
    with pytest.raises(IntegrityError, match="one_active_booking_a_person|UNIQUE"):
        run(
            "UPDATE training_booking SET session_id = %s WHERE session_id = %s AND status <> 'cancelled'",
            session.pk,
            other.pk,
        )


def test_the_capacity_cannot_be_less_than_what_is_taken():
    session = factories.session(capacity=3)
    factories.fill(session)
    for sql in (
        "UPDATE training_trainingsession SET capacity = 2 WHERE id = %s",
        "UPDATE training_trainingsession SET capacity = 2, taken = 0 WHERE id = %s",
    ):
        with pytest.raises(IntegrityError, match="session_is_never_overbooked"):
            run(sql, session.pk)


def test_the_count_follows_every_change_and_cannot_be_written():
    session, other = factories.session(capacity=9), factories.session(days=30, capacity=9)
    for number in range(4):
        insert(session, f"person {number}")
    assert taken(session) == 4
    run("UPDATE training_booking SET status = 'cancelled' WHERE name = 'person 0'")
    run("UPDATE training_booking SET session_id = %s WHERE name = 'person 1'", other.pk)
    run("DELETE FROM training_booking WHERE name = 'person 2'")
    assert (taken(session), taken(other)) == (1, 1)
    run("UPDATE training_booking SET status = 'confirmed' WHERE name = 'person 0'")
    run("UPDATE training_trainingsession SET taken = 0, starts_at = NULL, ends_at = NULL WHERE id = %s", session.pk)
    assert taken(session) == 2
    stored = TrainingSession.objects.get(pk=session.pk)
    assert (stored.starts_at, stored.ends_at) == (session.starts_at, session.ends_at)


def test_a_form_that_saves_an_old_copy_does_no_harm():
    session = factories.session(capacity=2)
    old = TrainingSession.objects.get(pk=session.pk)
    factories.fill(session)
    old.facilitator = "Somebody else"
    old.save()
    assert taken(session) == 2
    old.capacity = 1
    with pytest.raises(IntegrityError), transaction.atomic():
        old.save()


def test_start_and_end_follow_the_days():
    session = factories.session(number=2)
    first, second = SessionDay.objects.filter(session=session)
    later = second.ends_at + timedelta(days=3)
    SessionDay.objects.filter(pk=second.pk).update(starts_at=later, ends_at=later + timedelta(hours=1))
    first.delete()
    session.refresh_from_db()
    assert (session.starts_at, session.ends_at) == (later, later + timedelta(hours=1))
    SessionDay.objects.all().delete()
    session.refresh_from_db()
    assert session.starts_at is None and session.ends_at is None and session.state == "not_yet_open"


@pytest.mark.parametrize(
    ("status", "column"),
    [
        ("confirmed", "confirmed_at"),
        ("waiting", "waiting_since"),
        ("offered", "offer_expires_at"),
        ("cancelled", "cancelled_at"),
    ],
)
def test_a_status_has_its_moment(status, column):
    session = factories.session()
    insert(session, "sam", status)
    with pytest.raises(IntegrityError, match="booking_has_its_moment"):
        run(f"UPDATE training_booking SET {column} = NULL")


def test_a_day_ends_after_it_starts_and_booking_closes_after_it_opens():
    session = factories.session()
    with pytest.raises(IntegrityError, match="day_ends_after_it_starts"):
        run("UPDATE training_sessionday SET ends_at = starts_at")
    now = timezone.now()
    with pytest.raises(IntegrityError, match="session_closes_after_it_opens"):
        TrainingSession.objects.filter(pk=session.pk).update(booking_opens_at=now, booking_closes_at=now)


def test_a_session_with_bookings_and_a_course_with_sessions_stay():
    session = factories.session()
    made = booking.book(session.pk, factories.person())
    for thing in (session, session.course, session.venue):
        with pytest.raises(Exception, match="protected|PROTECT|Cannot delete"):
            thing.delete()
    assert Booking.objects.get() == made


def test_a_mark_is_of_its_own_session_and_one_a_day():
    session, other = factories.session(number=2), factories.session(days=30)
    here, there = booking.book(session.pk, factories.person()), booking.book(other.pk, factories.person(2))
    insert_mark(here, session.days.first())
    with pytest.raises(IntegrityError, match="one_mark_a_person_and_day|UNIQUE"):
        insert_mark(here, session.days.first())
    with pytest.raises(IntegrityError, match="mark_is_of_its_session"):
        insert_mark(here, other.days.first())
    with pytest.raises(IntegrityError, match="mark_is_of_its_session"):
        run("UPDATE training_attendance SET booking_id = %s", there.pk)
    with pytest.raises(IntegrityError, match="mark_is_of_its_session"):
        run("UPDATE training_booking SET session_id = %s WHERE id = %s", other.pk, here.pk)
    with pytest.raises(IntegrityError, match="mark_is_of_its_session"):
        run("UPDATE training_sessionday SET session_id = %s WHERE id = %s", other.pk, session.days.first().pk)
    run("UPDATE training_attendance SET mark = 'late', day_id = %s", session.days.last().pk)
    assert Attendance.objects.get().day == session.days.last()


def insert_mark(made, day) -> None:
    """A mark as another program would write it."""
    run(
        "INSERT INTO training_attendance (booking_id, day_id, mark, source, at) VALUES (%s, %s, 'attended', 'link', %s)",
        *(made.pk, day.pk, timezone.now().isoformat(" ")),
    )


def check_that_one_place_is_one_place():
    session = factories.session(capacity=1)
    insert(session, "one")
    with pytest.raises(IntegrityError):
        insert(session, "two")
    return session


@pytest.mark.scale  # to go through every migration of this app takes long
@pytest.mark.django_db(transaction=True)
def test_migrations_leave_the_triggers_standing():
    """SQLite drops a table's triggers when a migration makes it anew; both are there again afterwards."""
    from django.core.management import call_command
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    last = max(key for key in executor.loader.graph.leaf_nodes("training"))
    call_command("migrate", "training", "0002", verbosity=0)
    call_command("migrate", "training", last[1], verbosity=0)
    check_that_one_place_is_one_place()


@pytest.mark.django_db(transaction=True)
def test_a_migration_of_the_table_leaves_the_triggers_standing():
    session = check_that_one_place_is_one_place()
    with connection.schema_editor() as editor:  # as a migration does it that changes this table
        database_rules.before_migrating(None, using="default", plan=["some"])
        old = Booking._meta.get_field("job_title")
        new = old.clone()
        new.max_length = 130
        new.set_attributes_from_name("job_title")
        editor.alter_field(Booking, old, new)
        editor.alter_field(Booking, new, old)
    database_rules.after_migrating(None, using="default")
    with pytest.raises(IntegrityError):
        insert(session, "two")


def triggers() -> set[str]:
    where = "pg_trigger WHERE NOT tgisinternal" if connection.vendor == "postgresql" else "sqlite_master"
    column = "tgname" if connection.vendor == "postgresql" else "name"
    kind = " AND " if connection.vendor == "postgresql" else " WHERE type = 'trigger' AND "
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {where}{kind}{column} LIKE 'training%%'")  # noqa: S608 - constants
        return {name for (name,) in cursor.fetchall()}


@pytest.mark.parametrize("rules", [database_rules, charge_database], ids=["bookings", "charges"])
@pytest.mark.parametrize("fails_at", [1, 2])
def test_no_trigger_is_missing_while_they_are_made_anew(rules, fails_at):
    """What breaks off half-way leaves all of them: others never see some missing."""
    before, made = triggers(), []
    assert set(charge_database.NAMES) < before

    def break_off(execute, sql, *rest):
        if "DROP TRIGGER" in sql:
            assert connection.vendor == "sqlite"
        if "TRIGGER" in sql and "CREATE" in sql:
            made.append(sql)
            if len(made) == fails_at:
                raise RuntimeError("pulled the plug")
        return execute(sql, *rest)

    with connection.execute_wrapper(break_off), pytest.raises(RuntimeError, match="pulled the plug"):
        rules.put_up("default")
    assert triggers() == before
    rules.put_up("default")
    assert triggers() == before
