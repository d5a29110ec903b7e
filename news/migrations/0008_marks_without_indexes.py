from django.db import migrations, models


def leave_room(apps, schema_editor):
    """A row's next state finds a place beside it, so that PostgreSQL needn't tell its indexes (HOT)."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE news_delivery SET (fillfactor = 45)")


def leave_none(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE news_delivery RESET (fillfactor)")


class Migration(migrations.Migration):
    old_code_copes = "without an index it only searches longer"

    dependencies = [("news", "0007_discussion_questions")]

    operations = [
        migrations.RemoveIndex("delivery", name="delivery_queued"),
        migrations.RemoveIndex("delivery", name="delivery_open"),
        migrations.AddIndex(
            "delivery",
            models.Index(condition=models.Q(("worker", "")), fields=["campaign", "id"], name="delivery_unclaimed"),
        ),
        migrations.RunPython(leave_room, leave_none),
    ]
