"""Whom to tell of a weakness: /.well-known/security.txt (RFC 9116), when SECURITY_CONTACT says whom."""

from datetime import UTC, timedelta

from django.conf import settings
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

VALID_FOR = timedelta(days=180)  # RFC 9116, 2.5.5, recommends less than a year


@require_safe
def security_txt(request):
    """Only what is known: the contact, until when to believe it, the language and the address."""
    if not settings.SECURITY_CONTACT:
        raise Http404("SECURITY_CONTACT isn't set.")
    # The same all day, so that it can be cached.
    expires = timezone.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + VALID_FOR
    lines = [
        f"Contact: {settings.SECURITY_CONTACT}",
        f"Expires: {expires.strftime('%Y-%m-%dT%H:%M:%SZ')}",
        "Preferred-Languages: en",
        f"Canonical: {settings.PUBLIC_URL}/.well-known/security.txt",
        "",
    ]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")
