"""Triggers by which the database itself keeps the versions of files as they were added, whoever asks.

A version is looked into once and withdrawn once; the people it names may be forgotten with their accounts.
Nothing else of it changes, and it is deleted only together with its resource, which says so first (``Removal``).

Put up after every migration, since SQLite makes a table anew, without its triggers, to change it.
"""

from django.db import connections

from dscp_cms import triggers

TABLE = "resources_fileversion"
CHANGED, DELETED = "a file version is never changed", "a file version is deleted only with its resource"
KEPT = ("id", "resource_id", "document_id", "label", "published_on", "what_changed", "added_at", "corrects_id")
ONCE = ("checked_at", "withdrawn_at")
FORGOTTEN = ("added_by_id",)
ENDED = "EXISTS (SELECT 1 FROM resources_removal WHERE resource_id = OLD.resource_id)"


def _changes(differs: str) -> str:
    """The condition under which an update changes what must stay; ``differs`` compares, with NULL as a value."""
    parts = [f"NEW.{name} {differs} OLD.{name}" for name in KEPT]
    parts += [f"(OLD.{name} IS NOT NULL AND NEW.{name} {differs} OLD.{name})" for name in ONCE]
    parts += [f"(NEW.{name} IS NOT NULL AND NEW.{name} {differs} OLD.{name})" for name in FORGOTTEN]
    # Who looked into it is said in the same moment as that somebody did, and may be forgotten later.
    parts.append(
        f"(OLD.checked_at IS NOT NULL AND NEW.checked_by_id IS NOT NULL"
        f" AND NEW.checked_by_id {differs} OLD.checked_by_id)"
    )
    return " OR ".join(parts)


POSTGRESQL = (
    f"""CREATE OR REPLACE FUNCTION resources_version_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF {ENDED} THEN RETURN OLD; END IF;
    RAISE EXCEPTION '{DELETED}' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF {_changes("IS DISTINCT FROM")} THEN
    RAISE EXCEPTION '{CHANGED}' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$""",
    f"""CREATE OR REPLACE TRIGGER resources_version_is_kept BEFORE UPDATE OR DELETE ON {TABLE}
    FOR EACH ROW EXECUTE FUNCTION resources_version_is_kept()""",
)
SQLITE = {
    "resources_version_not_changed": f"""BEFORE UPDATE ON {TABLE} WHEN {_changes("IS NOT")}
        BEGIN SELECT RAISE(ABORT, '{CHANGED}'); END""",
    "resources_version_not_deleted": f"""BEFORE DELETE ON {TABLE} WHEN NOT {ENDED}
        BEGIN SELECT RAISE(ABORT, '{DELETED}'); END""",
    # REPLACE deletes the old row without asking the trigger above.
    "resources_version_not_replaced": f"""BEFORE INSERT ON {TABLE}
        WHEN EXISTS (SELECT 1 FROM {TABLE} WHERE id = NEW.id)
        BEGIN SELECT RAISE(ABORT, '{CHANGED}'); END""",  # noqa: S608 - constants
}


def put_up(alias: str) -> None:
    """Create the triggers; those that stand are made anew."""
    on_sqlite = (f"CREATE TRIGGER {name} {rest}" for name, rest in SQLITE.items())
    triggers.put_up(alias, _tables(alias), POSTGRESQL if connections[alias].vendor == "postgresql" else on_sqlite)


def take_down(alias: str) -> None:
    """Drop the triggers that stand."""
    triggers.take_down(alias, _tables(alias))


def _tables(alias: str) -> dict[str, str]:
    names = ["resources_version_is_kept"] if connections[alias].vendor == "postgresql" else SQLITE
    return dict.fromkeys(names, TABLE)


def before_migrating(sender, using: str, plan, **kwargs) -> None:
    """Let SQLite make the table anew."""
    if triggers.would_be_lost(using, plan):
        take_down(using)


def after_migrating(sender, using: str, **kwargs) -> None:
    """Put the triggers up once their tables are there (a migration may stop before them, or go back)."""
    if "resources_removal" in triggers.tables_there(using) and {*KEPT, *ONCE} <= triggers.columns_there(using, TABLE):
        put_up(using)
