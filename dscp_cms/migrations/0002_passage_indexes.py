"""The full-text indexes of the passage table: FTS5 on SQLite, a generated tsvector on PostgreSQL."""

from django.db import migrations

SQLITE = [
    """CREATE VIRTUAL TABLE dscp_cms_passage_fts USING fts5(
        title, text, content='dscp_cms_passage', content_rowid='id',
        tokenize='porter unicode61 remove_diacritics 2', prefix='2 3')""",
    """CREATE TRIGGER dscp_cms_passage_inserted AFTER INSERT ON dscp_cms_passage BEGIN
        INSERT INTO dscp_cms_passage_fts(rowid, title, text) VALUES (new.id, new.title, new.text); END""",
    """CREATE TRIGGER dscp_cms_passage_deleted AFTER DELETE ON dscp_cms_passage BEGIN
        INSERT INTO dscp_cms_passage_fts(dscp_cms_passage_fts, rowid, title, text)
        VALUES ('delete', old.id, old.title, old.text); END""",
    """CREATE TRIGGER dscp_cms_passage_updated AFTER UPDATE ON dscp_cms_passage BEGIN
        INSERT INTO dscp_cms_passage_fts(dscp_cms_passage_fts, rowid, title, text)
        VALUES ('delete', old.id, old.title, old.text);
        INSERT INTO dscp_cms_passage_fts(rowid, title, text) VALUES (new.id, new.title, new.text); END""",
]
SQLITE_BACK = [
    "DROP TRIGGER dscp_cms_passage_inserted",
    "DROP TRIGGER dscp_cms_passage_deleted",
    "DROP TRIGGER dscp_cms_passage_updated",
    "DROP TABLE dscp_cms_passage_fts",
]
POSTGRESQL = [
    """ALTER TABLE dscp_cms_passage ADD COLUMN vector tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('english', title), 'A') || setweight(to_tsvector('english', text), 'C')) STORED""",
    "CREATE INDEX dscp_cms_passage_vector ON dscp_cms_passage USING gin(vector)",
]
POSTGRESQL_BACK = ["ALTER TABLE dscp_cms_passage DROP COLUMN vector"]


def make(apps, schema_editor):
    """Create the index of the database in use."""
    _run(schema_editor, SQLITE, POSTGRESQL)


def remove(apps, schema_editor):
    """Take it away again."""
    _run(schema_editor, SQLITE_BACK, POSTGRESQL_BACK)


def _run(schema_editor, sqlite, postgresql):
    for statement in postgresql if schema_editor.connection.vendor == "postgresql" else sqlite:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("dscp_cms", "0001_initial")]

    operations = [migrations.RunPython(make, remove)]
