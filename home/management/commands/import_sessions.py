"""``manage.py import_sessions FILE.xlsx``: the programme's sessions from a workbook."""

from home.imports.programme_command import SheetCommand


class Command(SheetCommand):
    """Sessions."""

    help = "Import sessions from a workbook; --template writes an empty one, --export one with what is here."
    what = "sessions"
