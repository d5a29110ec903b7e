"""Loading many pages at once without a background task for each: the indexes are rebuilt at the end instead."""

from contextlib import contextmanager

from django.core.management import call_command
from django.db.models.signals import post_save
from wagtail.search import index
from wagtail.search.signal_handlers import post_save_signal_handler
from wagtail.signal_handlers import disable_reference_index_auto_update

from dscp_cms import passages


@contextmanager
def quiet_indexes():
    """Keep saves from queueing index updates; whoever uses it calls ``rebuild_indexes`` afterwards."""
    models = [model for model in index.get_indexed_models() if getattr(model, "search_auto_update", True)]
    for model in models:
        post_save.disconnect(post_save_signal_handler, sender=model)
    try:
        with disable_reference_index_auto_update():
            yield
    finally:
        for model in models:
            post_save.connect(post_save_signal_handler, sender=model)


def rebuild_indexes() -> None:
    """Bring the reference index, the admin's search and the public search up to date."""
    call_command("rebuild_references_index", verbosity=0)
    call_command("update_index", verbosity=0)
    passages.index_all()
