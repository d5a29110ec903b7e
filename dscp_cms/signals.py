"""Signals that keep derived data in step. None of them does business: publishing sends nothing."""

from django.dispatch import receiver
from wagtail.signals import page_published, page_unpublished

from dscp_cms.models import Passage, SearchEntry
from dscp_cms.passages import index_page


@receiver(page_published)
def on_published(sender, instance, **kwargs):
    """What is live can be found."""
    index_page(instance)


@receiver(page_unpublished)
def on_unpublished(sender, instance, **kwargs):
    """What isn't can't."""
    Passage.objects.filter(page_id=instance.pk).delete()
    SearchEntry.objects.filter(page_id=instance.pk).delete()
