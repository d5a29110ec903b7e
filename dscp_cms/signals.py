"""Signals that keep derived data in step. None of them does business: publishing sends nothing."""

from functools import partial

from django.core.signals import request_started
from django.db import transaction
from django.db.models.signals import post_save
from django.dispatch import receiver
from wagtail.signals import page_published, page_unpublished

from dscp_cms import rich_text
from dscp_cms.models import Passage, SearchEntry, SiteImage
from dscp_cms.passages import index_page
from dscp_cms.tasks import make_renditions


@receiver(request_started)
def on_request(sender, **kwargs):
    """A thread answers many requests, and each begins with nothing known."""
    rich_text.forget_links()


@receiver(page_published)
def on_published(sender, instance, **kwargs):
    """What is live can be found."""
    index_page(instance)


@receiver(page_unpublished)
def on_unpublished(sender, instance, **kwargs):
    """What isn't can't."""
    Passage.objects.filter(page_id=instance.pk).delete()
    SearchEntry.objects.filter(page_id=instance.pk).delete()


@receiver(post_save, sender=SiteImage)
def on_picture(sender, instance, **kwargs):
    """What may be shown is made in every size, before anybody asks for it."""
    if instance.consent_stands:
        transaction.on_commit(partial(make_renditions.enqueue, instance.pk))
