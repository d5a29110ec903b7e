"""What a mail service tells by webhook; django-anymail takes it and sends its own signal."""

from anymail.signals import EventType, tracking
from django.conf import settings
from django.dispatch import receiver
from django.urls import path

from news import bounces

HARD_REASONS = {"invalid", "bounced"}


def urlpatterns() -> list:
    """The address of the one service that is configured, under /webhooks/."""
    from anymail.urls import urlpatterns as known

    name = f"{settings.SENDING.webhooks}_tracking_webhook"
    return [
        path(f"webhooks/{pattern.pattern}", pattern.callback, name=name) for pattern in known if pattern.name == name
    ]


@receiver(tracking, dispatch_uid="news.webhooks")
def told(sender, event, esp_name, **more) -> None:
    """Record a bounce or complaint; whatever else a service tells (opens, clicks) isn't kept."""
    if event.event_type == EventType.COMPLAINED:
        kind = "complaint"
    elif event.event_type == EventType.BOUNCED:
        kind = "hard" if event.reject_reason in HARD_REASONS or event.reject_reason is None else "soft"
    else:
        return
    words = " ".join(str(event.mta_response or event.description or event.reject_reason or "").split())[:200]
    bounces.record(bounces.Report(kind, event.recipient or "", None, f"{esp_name}: {words}"), event.timestamp)
