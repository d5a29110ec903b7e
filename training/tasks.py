"""What the worker does for training."""

from django_tasks import task

from training import booking_links


@task()
def mail_link(email: str) -> bool:
    """Mail the link to somebody's bookings, if there are any. The row of the task goes with the clock's pruning."""
    return booking_links.mail_link(email)
