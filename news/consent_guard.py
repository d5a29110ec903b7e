"""Triggers that keep the records of consent as they were written, also against raw SQL.

A record may lose its subscriber and its member of staff, when those are deleted; nothing else of it
changes. Only records of the sample activity may be deleted, by a source that they were born with.
(``manage.py flush``, which empties every table, still does: by TRUNCATE on PostgreSQL, and by our own
command on SQLite.)
"""

SAMPLE = "Sample activity%"  # as in news.models.subscribers; migrations import no models

POSTGRESQL = f"""
CREATE OR REPLACE FUNCTION news_consent_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF OLD.source LIKE '{SAMPLE}' THEN RETURN OLD; END IF;
    RAISE EXCEPTION 'a consent record is never deleted' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF (NEW.subscriber_id IS NULL OR NEW.subscriber_id IS NOT DISTINCT FROM OLD.subscriber_id)
     AND (NEW.by_id IS NULL OR NEW.by_id IS NOT DISTINCT FROM OLD.by_id)
     AND to_jsonb(NEW) - 'subscriber_id' - 'by_id' = to_jsonb(OLD) - 'subscriber_id' - 'by_id' THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'a consent record is never changed' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER news_consent_is_kept BEFORE UPDATE OR DELETE ON news_consent
  FOR EACH ROW EXECUTE FUNCTION news_consent_is_kept();
"""
KEPT = ("id", "digest", "kind", "wording", "wording_version", "lists", "source", "given_at", "at")
SAME = " AND ".join(f"NEW.{column} IS OLD.{column}" for column in KEPT)
SQLITE = {
    "news_consent_not_changed": f"""
        BEFORE UPDATE ON news_consent
        WHEN NOT ({SAME} AND (NEW.subscriber_id IS NULL OR NEW.subscriber_id IS OLD.subscriber_id)
                  AND (NEW.by_id IS NULL OR NEW.by_id IS OLD.by_id))
        BEGIN SELECT RAISE(ABORT, 'a consent record is never changed'); END""",
    "news_consent_not_deleted": f"""
        BEFORE DELETE ON news_consent WHEN OLD.source NOT LIKE '{SAMPLE}'
        BEGIN SELECT RAISE(ABORT, 'a consent record is never deleted'); END""",
    # REPLACE deletes the old row without asking the trigger above.
    "news_consent_not_replaced": """
        BEFORE INSERT ON news_consent WHEN EXISTS (SELECT 1 FROM news_consent WHERE id = NEW.id)
        BEGIN SELECT RAISE(ABORT, 'a consent record is never changed'); END""",
}


def put_up(cursor, vendor: str) -> None:
    """Create the triggers; those that stand are made anew."""
    take_down(cursor, vendor)
    if vendor == "postgresql":
        cursor.execute(POSTGRESQL)
        return
    for name, rest in SQLITE.items():
        cursor.execute(f"CREATE TRIGGER {name} {rest}")


def take_down(cursor, vendor: str) -> None:
    """Drop the triggers."""
    if vendor == "postgresql":
        cursor.execute("DROP TRIGGER IF EXISTS news_consent_is_kept ON news_consent")
        return
    for name in SQLITE:
        cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
