"""What the clock does for the foundations."""

from datetime import timedelta

from django.core.management import call_command

from dscp_cms import (
    clock,
    consent,
    limits,
    link_report,
    links,
    mail,
    page_cache_editions,
    page_pdfs,
    passages,
    protection,
    renditions,
    tasks,
)
from dscp_cms.models import Edition

DAY = 24 * 60


@clock.every(minutes=1)
def publish_scheduled():
    """Publish and expire what editors scheduled, except what facts have come to need."""
    protection.keep_from_expiring()
    call_command("publish_scheduled", verbosity=0)


@clock.every(minutes=1)
def send_due_mail():
    """Send messages whose task was lost, or that are tried again."""
    mail.send_due()


@clock.every(minutes=60)
def end_lapsed_consents():
    """Take down pictures whose consent has ended."""
    consent.end_lapsed_consents()


@clock.every(minutes=DAY)
def prune_task_results():
    """Forget finished background tasks after a fortnight: each save in the admin adds some."""
    call_command("prune_db_task_results", queue_name="*", min_age_days=14, verbosity=0)


@clock.every(minutes=DAY)
def clear_sessions():
    """Forget sessions that have ended."""
    call_command("clearsessions")


@clock.every(minutes=60)
def forget_past_limits():
    """Forget how often things were done in hours that are over."""
    limits.forget_past()


@clock.every(minutes=DAY, lease=timedelta(hours=1))
def collect_links():
    """Note the links of published pages to other sites, and ask for those that were not looked at for a week."""
    link_report.collect()


@clock.every(minutes=10)
def check_links():
    """Have outside addresses looked at whose task was lost."""
    if links.due().exists():
        tasks.check_due_links.enqueue()


@clock.every(minutes=1)
def make_pdfs():
    """Make the PDFs of pages that were published since."""
    page_pdfs.make_due()


@clock.every(minutes=10)
def make_stale_pdfs():
    """Make PDFs anew that print another page, a picture or a look that has changed."""
    page_pdfs.make_stale()


@clock.every(minutes=DAY)
def tidy_pdfs():
    """Delete PDFs of pages that are gone."""
    page_pdfs.tidy()


@clock.every(minutes=10)
def index_missing_pages():
    """Index pages for search that nothing has indexed yet."""
    passages.index_missing()


@clock.every(minutes=DAY)
def rebuild_search_words():
    """Collect the words by which typing mistakes are recognised."""
    passages.rebuild_words()


@clock.every(minutes=0.5)
def end_editions_by_time():
    """Have pages rendered anew on which something began or ended."""
    page_cache_editions.end_by_time()


@clock.every(minutes=60)
def fold_editions():
    """Put the many small rows of the editions into one for each section."""
    Edition.objects.fold()


@clock.every(minutes=10)
def make_renditions():
    """Have the sizes of pictures made whose task was lost."""
    for pk in renditions.missing():
        tasks.make_renditions.enqueue(pk)
