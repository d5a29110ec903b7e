"""Whether the last release's code really works on a database that the migrations since then have changed.

``python -m dscp_cms.testing.old_code`` migrates an empty database to the release (``released.txt``), lets the release's
own models read, add and change a row of each table, applies the later migrations, and does it all again. What the old
code could do before, it must be able to do after. Deleting is left out: a new rule may well keep what nobody deletes.
"""

import itertools
import sys
import uuid
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from dscp_cms.testing.migrations import LIST, OUR_APPS

_numbers = itertools.count(1)


def main() -> int:
    """Print what no longer works; return the exit code."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.core.management.sql import emit_pre_migrate_signal
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    leaves = executor.loader.graph.leaf_nodes()
    released = [tuple(line.split()) for line in LIST.read_text().splitlines()]
    others = [(app, name) for app, name in leaves if app not in OUR_APPS]
    emit_pre_migrate_signal(verbosity=0, interactive=False, db="default", plan=[])  # as the command would
    executor.migrate([*others, *released])
    for app, name in released:  # nothing is left to apply, but triggers are made by what comes after migrating
        call_command("migrate", app, name, verbosity=0)
    old = executor.loader.project_state([*others, *released]).apps
    before = outcomes(old)
    later = [migration for migration, _back in MigrationExecutor(connection).migration_plan(leaves)]
    call_command("migrate", verbosity=0)
    after = outcomes(old)
    worked = sum(outcome == "works" for outcome in before.values())
    print(f"{len(later)} later migrations; the released code could write {worked} of {len(before)} tables")
    broken = [f"{name}: {before[name]} before, {after[name]} after" for name in before if before[name] != after[name]]
    print(*broken, sep="\n")
    return 1 if broken else 0


def outcomes(apps) -> dict[str, str]:
    """For each table of ours: "works", or what the database said."""
    from django.core.exceptions import ObjectDoesNotExist
    from django.db import Error, transaction

    found = {}
    for model in apps.get_models():
        meta = model._meta
        if meta.app_label not in OUR_APPS or meta.proxy or not meta.managed:
            continue
        try:
            with transaction.atomic():
                _use(model)
                transaction.set_rollback(True)
            found[meta.label] = "works"
        except (Error, ObjectDoesNotExist, ValueError, TypeError, AttributeError) as error:
            diagnosis = getattr(error.__cause__, "diag", None)
            # The first line alone: in the others are the values, which are new each time.
            words = str(error).partition("\n")[0]
            found[meta.label] = (diagnosis and diagnosis.constraint_name) or f"{type(error).__name__}: {words}"
    return found


def _use(model) -> None:
    list(model._base_manager.all()[:1])
    row = _added(model)
    model._base_manager.filter(pk=row.pk).values().get()
    row.save()


def _added(model, depth: int = 0):
    """A row of it, with a value for each column that needs one."""
    values = {}
    for field in model._meta.concrete_fields:
        if field.generated or field.has_default() or field.null or field.auto_created:
            continue
        if field.primary_key and not field.is_relation:
            continue
        if field.is_relation:
            values[field.name] = _added(field.related_model, depth + 1) if depth < 5 else None
        elif not field.empty_strings_allowed or not field.blank:
            values[field.name] = _value(field)
    return model._base_manager.create(**values)


def _value(field):
    number = next(_numbers)
    if field.choices:
        return field.choices[0][0]
    now = datetime(2025, 1, 6, 12, tzinfo=UTC) + timedelta(days=number)
    kinds = {
        "DateTimeField": now,
        "DateField": date(2025, 1, 6) + timedelta(days=number),
        "TimeField": time(9, 30),
        "UUIDField": uuid.uuid4(),
        "JSONField": {},
        "DecimalField": Decimal(1),
        "DurationField": timedelta(hours=1),
        "BooleanField": False,
        "GenericIPAddressField": "127.0.0.1",
        "EmailField": f"delegate.{number}@example.org",
    }
    kind = field.get_internal_type()
    if kind in kinds:
        return kinds[kind]
    if "Integer" in kind or kind == "FloatField":
        return number
    return f"{number:04}"[-(field.max_length or 20) :]


if __name__ == "__main__":
    sys.exit(main())
