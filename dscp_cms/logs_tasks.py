"""Ties the background tasks' logs to the requests that asked for them, by the keys that ``logs.new_key`` makes."""

import uuid

from django.dispatch import receiver
from django_tasks.signals import task_finished, task_started

from dscp_cms import logs


@receiver(task_started)
def begin(sender, task_result, **kwargs):
    """Log what follows under the request that enqueued the task; a worker's own."""
    if is_of_worker(task_result):
        logs.set_request_id(logs.id_in(task_result.id))


@receiver(task_finished)
def end(sender, task_result, **kwargs):
    """The next task has another."""
    if is_of_worker(task_result):
        logs.forget_request_id()


def is_of_worker(task_result) -> bool:
    """Whether a worker runs it, rather than the request itself, as in tests; ids of other backends are no keys."""
    try:
        uuid.UUID(str(task_result.id))
    except ValueError:
        return False
    return hasattr(task_result, "db_result")
