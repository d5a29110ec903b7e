"""Background tasks: each takes an id and calls the job that does the work."""

from django_tasks import task

from resources import inside


@task()
def read_file(pk: int) -> str:
    """Read what is inside a document."""
    return str(inside.read_document(pk) or "")
