"""Background tasks: each takes an id and calls the job that does the work."""

from django_tasks import task

from dscp_cms import links, mail, page_pdfs, renditions


@task()
def deliver_mail(pk: int) -> str:
    """Send one transactional message."""
    return str(mail.deliver(pk) or "")


@task()
def check_due_links() -> int:
    """Look at some of the outside addresses that somebody asked about, and go on later with the rest."""
    waiting = links.check_due()
    if waiting:
        check_due_links.enqueue()
    return waiting


@task()
def make_pdf(page_id: int, kind: str) -> bool:
    """Make the PDF of a page that a reader asked for."""
    return page_pdfs.make_asked(page_id, kind)


@task()
def make_renditions(pk: int) -> bool:
    """Make every size of a picture that was uploaded or changed."""
    return renditions.make(pk)
