"""``manage.py import_courses FILE.xlsx``: the programme's courses from a workbook."""

from home.imports.programme_command import SheetCommand


class Command(SheetCommand):
    """Courses."""

    help = "Import courses from a workbook; --template writes an empty one, --export one with what is here."
    what = "courses"
