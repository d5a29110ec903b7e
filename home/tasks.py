"""Background tasks: each takes an id and calls the job that does the work."""

from django_tasks import task

from home.imports import runs


@task()
def advance_import(pk: int) -> bool:
    """Work on an uploaded export for some seconds; it asks for the next task itself."""
    return runs.advance(pk)
