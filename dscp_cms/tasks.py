"""Background tasks: each takes an id and calls the job that does the work."""

from django_tasks import task

from dscp_cms import mail


@task()
def deliver_mail(pk: int) -> str:
    """Send one transactional message."""
    return str(mail.deliver(pk) or "")
