"""Background tasks of news: each takes an id and calls the job that does the work."""

from django_tasks import task

from news import form_requests, import_uploads


@task()
def answer_form_request(pk: int) -> bool:
    """Act on what somebody typed on a sign-up page."""
    return form_requests.answer(pk)


@task()
def work_on_import(pk: int) -> None:
    """Look through, or import, some of an uploaded list."""
    import_uploads.work(pk)
