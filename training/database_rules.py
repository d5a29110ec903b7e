"""Triggers by which the database itself keeps a session's count and moments, and marks with their own session.

The count is never added to: each time it is taken anew from the bookings, with the session's row locked,
and an update that writes something else there is put right. With the constraint that no more are taken
than there are places, the database refuses place 21 whoever asks, in raw SQL too.

They are put up after every migration rather than in one, because SQLite drops a table's triggers whenever a
migration makes the table anew, and refuses to rename a table that another table's trigger names.
"""

from django.db import connections

from dscp_cms import triggers

TAKING = "('confirmed', 'offered')"
COUNT = f"SELECT COUNT(*) FROM training_booking WHERE session_id = {{session}}.id AND status IN {TAKING}"  # noqa: S608 - constants
FIRST = "SELECT MIN(starts_at) FROM training_sessionday WHERE session_id = {session}.id"
LAST = "SELECT MAX(ends_at) FROM training_sessionday WHERE session_id = {session}.id"

# GetTupleForTrigger locks the row before a BEFORE UPDATE trigger runs, and each statement of a volatile function
# sees what others have committed by then, so the count includes a booking that this update waited for.
POSTGRESQL = (
    f"""CREATE OR REPLACE FUNCTION training_session_is_counted() RETURNS trigger LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  NEW.taken := ({COUNT.format(session="NEW")});
  NEW.starts_at := ({FIRST.format(session="NEW")});
  NEW.ends_at := ({LAST.format(session="NEW")});
  RETURN NEW;
END $$""",
    """CREATE OR REPLACE FUNCTION training_count_session() RETURNS trigger LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    UPDATE training_trainingsession SET taken = taken WHERE id = OLD.session_id;
  END IF;
  IF TG_OP = 'INSERT' OR (TG_OP = 'UPDATE' AND NEW.session_id <> OLD.session_id) THEN
    UPDATE training_trainingsession SET taken = taken WHERE id = NEW.session_id;
  END IF;
  RETURN NULL;
END $$""",
    """CREATE OR REPLACE TRIGGER training_session_is_counted BEFORE INSERT OR UPDATE ON training_trainingsession
  FOR EACH ROW EXECUTE FUNCTION training_session_is_counted()""",
    """CREATE OR REPLACE TRIGGER training_count_booking AFTER INSERT OR DELETE OR UPDATE OF status, session_id
  ON training_booking FOR EACH ROW EXECUTE FUNCTION training_count_session()""",
    """CREATE OR REPLACE TRIGGER training_count_day AFTER INSERT OR DELETE OR UPDATE OF starts_at, ends_at, session_id
  ON training_sessionday FOR EACH ROW EXECUTE FUNCTION training_count_session()""",
)
ON = {
    "training_session_is_counted": "training_trainingsession",
    "training_count_booking": "training_booking",
    "training_count_day": "training_sessionday",
}

# A mark belongs to a booking and a day of one session, and neither of them leaves it while the mark stands.
STRAY = """EXISTS (SELECT 1 FROM training_attendance mark
    JOIN training_booking booking ON booking.id = mark.booking_id JOIN training_sessionday day ON day.id = mark.day_id
    WHERE booking.session_id <> day.session_id AND {which})"""
STRAYS = {
    "training_mark_has_its_session": ("training_attendance", "mark.id = NEW.id"),
    "training_booking_keeps_its_marks": ("training_booking", "mark.booking_id = NEW.id"),
    "training_day_keeps_its_marks": ("training_sessionday", "mark.day_id = NEW.id"),
}
NO_STRAY = "mark_is_of_its_session"
POSTGRESQL_STRAYS = tuple(
    statement
    for name, (table, which) in STRAYS.items()
    for statement in (
        f"""CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF {STRAY.format(which=which)} THEN
    RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = '{NO_STRAY}', CONSTRAINT = '{NO_STRAY}';
  END IF;
  RETURN NULL;
END $$""",
        f"""CREATE OR REPLACE TRIGGER {name}
  AFTER {"INSERT OR UPDATE" if table == "training_attendance" else "UPDATE OF session_id"}
  ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()""",
    )
)


def _sqlite() -> dict[str, str]:
    """SQLite's triggers by name: it has no OR between events, and can't change a row before it is written."""
    right = f"""UPDATE training_trainingsession
        SET taken = ({COUNT}), starts_at = ({FIRST}), ends_at = ({LAST}) WHERE id = {{key}}"""  # noqa: S608 - constants
    session = right.format(session="training_trainingsession", key="{key}")
    wrong = f"""NEW.taken IS NOT ({COUNT}) OR NEW.starts_at IS NOT ({FIRST}) OR NEW.ends_at IS NOT ({LAST})"""
    wrong = wrong.format(session="NEW")
    made = {
        f"training_session_is_counted_{event.lower()}": f"""AFTER {event} ON training_trainingsession WHEN {wrong}
            BEGIN {session.format(key="NEW.id")}; END"""
        for event in ("INSERT", "UPDATE")
    }
    for table, columns in (("booking", "status"), ("sessionday", "starts_at, ends_at")):
        for event, rows in (("INSERT", ["NEW"]), ("DELETE", ["OLD"]), ("UPDATE", ["OLD", "NEW"])):
            what = f"UPDATE OF {columns}, session_id" if event == "UPDATE" else event
            body = " ".join(f"{session.format(key=f'{row}.session_id')};" for row in rows)
            made[f"training_count_{table}_{event.lower()}"] = f"AFTER {what} ON training_{table} BEGIN {body} END"
    return made


def _sqlite_strays() -> dict[str, str]:
    made = {}
    for name, (table, which) in STRAYS.items():
        events = ("INSERT", "UPDATE") if table == "training_attendance" else ("UPDATE OF session_id",)
        for event in events:
            made[f"{name}_{event.split()[0].lower()}"] = f"""AFTER {event} ON {table}
                WHEN {STRAY.format(which=which)} BEGIN SELECT RAISE(ABORT, '{NO_STRAY}'); END"""
    return made


SQLITE, SQLITE_STRAYS = _sqlite(), _sqlite_strays()


def put_up(alias: str, *, marks: bool = True) -> None:
    """Create the triggers; those that stand are made anew. ``marks``: whether there are registers already."""
    rules = SQLITE | (SQLITE_STRAYS if marks else {})
    statements = [f"CREATE TRIGGER {name} {rest}" for name, rest in rules.items()]
    if connections[alias].vendor == "postgresql":
        statements = POSTGRESQL + (POSTGRESQL_STRAYS if marks else ())
    triggers.put_up(alias, _tables(alias), statements)


def take_down(alias: str) -> None:
    """Drop the triggers that stand."""
    triggers.take_down(alias, _tables(alias))


def _tables(alias: str) -> dict[str, str]:
    if connections[alias].vendor == "postgresql":
        return ON | {name: table for name, (table, _which) in STRAYS.items()}
    return dict.fromkeys(SQLITE | SQLITE_STRAYS, "")  # whose names are enough


def before_migrating(sender, using: str, plan, **kwargs) -> None:
    """Let SQLite make tables anew."""
    if triggers.would_be_lost(using, plan):
        take_down(using)


def after_migrating(sender, using: str, **kwargs) -> None:
    """Put the triggers up once their tables are there (a migration may stop before them, or go back)."""
    tables = triggers.tables_there(using)
    if set(ON.values()) <= tables:
        put_up(using, marks="training_attendance" in tables)
