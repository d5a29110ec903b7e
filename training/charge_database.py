"""Triggers by which the database itself keeps a charge as it was made.

Its amount and its facts are never edited, whoever asks: what was wrong is reversed by a line of its own, which
must take back exactly one whole charge. A line that finance was given stays in the export that gave it. The
finance contact alone may be emptied, when the time to keep it is over.

Put up after every migration, like the triggers of training/database_rules.py, and for the same reasons.
"""

from django.db import connections

from dscp_cms import triggers

TABLE = "training_charge"
NAMES = {"training_charge_stays": "a_charge_is_never_edited", "training_reversal_matches": "a_reversal_takes_back_all"}
TABLES = dict.fromkeys(NAMES, TABLE)
FROZEN = (
    *("booking_id", "rule_id", "event", "amount", "words", "agency_name", "course_title", "session_date"),
    *("order_number", "reverses_id"),
)
KEPT_ONCE_SET = ("export_id", "reversed_at", "confirmed_at", "invoiced_at")
UNLIKE_ORIGINAL = f"""NEW.reverses_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {TABLE} original
    WHERE original.id = NEW.reverses_id AND original.amount = -NEW.amount AND original.booking_id = NEW.booking_id
    AND original.event = NEW.event AND original.reverses_id IS NULL AND original.reversed_at IS NOT NULL)"""  # noqa: S608 - constants


def _edited(differs: str) -> str:
    """The condition under which an update edits what must stay; ``differs`` compares, with NULL as a value."""
    parts = [f"NEW.{name} {differs} OLD.{name}" for name in FROZEN]
    parts += [f"(OLD.{name} IS NOT NULL AND NEW.{name} {differs} OLD.{name})" for name in KEPT_ONCE_SET]
    parts.append("(NEW.finance_contact <> OLD.finance_contact AND NEW.finance_contact <> '')")
    return " OR ".join(parts)


def _postgresql(name: str, event: str, condition: str) -> tuple[str, str]:
    return (
        f"""CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF {condition} THEN
    RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = '{NAMES[name]}', CONSTRAINT = '{NAMES[name]}';
  END IF;
  RETURN NEW;
END $$""",
        f"CREATE OR REPLACE TRIGGER {name} BEFORE {event} ON {TABLE} FOR EACH ROW EXECUTE FUNCTION {name}()",
    )


def _sqlite(name: str, event: str, condition: str) -> tuple[str]:
    return (
        f"CREATE TRIGGER {name} BEFORE {event} ON {TABLE} WHEN {condition}"
        f" BEGIN SELECT RAISE(ABORT, '{NAMES[name]}'); END",
    )


def put_up(alias: str) -> None:
    """Create the triggers; those that stand are made anew."""
    on_postgresql = connections[alias].vendor == "postgresql"
    edited = _edited("IS DISTINCT FROM" if on_postgresql else "IS NOT")
    rules = (
        ("training_charge_stays", "UPDATE", edited),
        ("training_reversal_matches", "INSERT", UNLIKE_ORIGINAL),
    )
    write = _postgresql if on_postgresql else _sqlite
    triggers.put_up(alias, TABLES, (statement for rule in rules for statement in write(*rule)))


def take_down(alias: str) -> None:
    """Drop the triggers that stand."""
    triggers.take_down(alias, TABLES)


def before_migrating(sender, using: str, plan, **kwargs) -> None:
    """Let SQLite make the table anew."""
    if triggers.would_be_lost(using, plan):
        take_down(using)


def after_migrating(sender, using: str, **kwargs) -> None:
    """Put the triggers up once their table is there."""
    if TABLE in triggers.tables_there(using):
        put_up(using)
