"""Whether the last release's code goes on working on a database that the next one's migrations have changed.

While a new release takes over, and after a rollback, old code runs on the new tables. So from the first release on
a migration may only add: tables, indexes, and columns that the old code's INSERT may leave out. What takes away
waits for the release after the one that stopped using it, and says so: ``old_code_copes = "since release 1.4"``
in the Migration class.

``released.txt`` names each app's last migration that is released; ``python -m dscp_cms.testing.migrations --release``
writes it anew, when a release is made.
"""

import sys
from pathlib import Path

LIST = Path(__file__).with_name("released.txt")
OUR_APPS = ("dscp_cms", "home", "news", "training", "resources")


def complaints() -> list[str]:
    """A sentence for each operation, of a migration that isn't released yet, which old code may not survive."""
    from django.db.migrations.loader import MigrationLoader

    released = dict(line.split() for line in LIST.read_text().splitlines())
    found = []
    for (app, name), migration in sorted(MigrationLoader(None).disk_migrations.items()):
        if app not in OUR_APPS or name <= released.get(app, "") or getattr(migration, "old_code_copes", ""):
            continue
        found += [f"{app}.{name}: {why}" for operation in migration.operations if (why := complaint(operation))]
    return found


def complaint(operation) -> str:
    """Why old code may stumble over what this operation does; empty when it can't."""
    from django.db import migrations

    harmless = (
        migrations.CreateModel,
        migrations.AddIndex,
        migrations.AlterModelOptions,
        migrations.AlterModelManagers,
    )
    if isinstance(operation, harmless):
        return ""
    words = operation.describe()
    if isinstance(operation, migrations.AddField):
        field = operation.field
        may_be_left_out = field.many_to_many or field.null or field.has_db_default()
        return "" if may_be_left_out else f"“{words}” needs null=True or db_default: old code inserts rows without it."
    if isinstance(operation, migrations.AlterField | migrations.RunPython):
        return f"“{words}” can't be judged here: look whether the last release works on with it, then say so."
    return f"“{words}” takes away or changes what the last release may use."


def release() -> None:
    """Take every migration there is as released."""
    from django.db.migrations.loader import MigrationLoader

    last = {}
    for app, name in sorted(MigrationLoader(None).disk_migrations):
        if app in OUR_APPS:
            last[app] = name
    LIST.write_text("".join(f"{app} {name}\n" for app, name in last.items()))


def main(arguments: list[str]) -> int:
    """Print what there is to complain of; return the exit code."""
    import django

    django.setup()
    if "--release" in arguments:
        release()
        return 0
    found = complaints()
    print(*found, sep="\n")
    if found:
        print('Where the last release copes with it, add old_code_copes = "why" to the Migration class.')
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
